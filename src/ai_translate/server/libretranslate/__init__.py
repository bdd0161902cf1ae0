"""The contract of LibreTranslate, below `/libretranslate`."""
