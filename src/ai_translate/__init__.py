"""AI Translate: neural translation whose models are pinned, verified and never fetched at start.

from ai_translate import Translator

with Translator.open() as translator:
    print(translator.translate("Where is the station?").text)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ai_translate.engine import DecodingOptions
    from ai_translate.errors import AITranslateError
    from ai_translate.translator import QualityWarning, Translation, Translator

__version__ = "0.1.0"

__all__ = [
    "AITranslateError",
    "DecodingOptions",
    "QualityWarning",
    "Translation",
    "Translator",
]

# Loaded on first use, so that importing the package costs nothing of the engine's start.
_HOMES: Final = {
    "AITranslateError": "ai_translate.errors",
    "DecodingOptions": "ai_translate.engine",
    "QualityWarning": "ai_translate.translator",
    "Translation": "ai_translate.translator",
    "Translator": "ai_translate.translator",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
