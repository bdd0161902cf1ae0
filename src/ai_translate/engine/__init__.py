"""Sentences in, scored sentences out. Has never heard of HTTP, HTML or Hugging Face."""

import os

from ai_translate.engine.protocol import (
    DecodingOptions,
    Engine,
    Hypothesis,
    ScoredSentence,
    Suspicion,
)
from ai_translate.engine.turn import Priority, Turn

# Threads of OpenMP that wait for each other sleep instead of spinning, which on shared CPUs takes
# time from whoever is meant to run. CTranslate2's OpenMP reads this when it is loaded, which is
# after this line; who has set it keeps what was set.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__all__ = [
    "DecodingOptions",
    "Engine",
    "Hypothesis",
    "Priority",
    "ScoredSentence",
    "Suspicion",
    "Turn",
]
