"""Sentences in, scored sentences out. Has never heard of HTTP, HTML or Hugging Face."""

from ai_translate.engine.protocol import (
    DecodingOptions,
    Engine,
    Hypothesis,
    ScoredSentence,
)

__all__ = ["DecodingOptions", "Engine", "Hypothesis", "ScoredSentence"]
