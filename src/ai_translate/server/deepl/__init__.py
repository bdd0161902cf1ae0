"""The contract of DeepL's API, version 2, and the glossaries of its version 3."""
