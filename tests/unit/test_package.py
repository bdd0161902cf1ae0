"""The public surface of the package."""

from __future__ import annotations

import subprocess
import sys

import ai_translate


def test_public_names_are_these() -> None:
    """What the package promises is closed: a new name is a decision."""
    assert ai_translate.__all__ == [
        "AITranslateError",
        "DecodingOptions",
        "QualityWarning",
        "Translation",
        "Translator",
    ]
    assert all(getattr(ai_translate, name).__name__ == name for name in ai_translate.__all__)


def test_importing_the_package_loads_no_engine() -> None:
    """Importing costs nothing of the engine's start."""
    code = (
        "import sys, ai_translate; "
        "print([m for m in ('ctranslate2', 'numpy', 'pydantic', 'fastapi') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    """Lazy loading keeps the language's own error for a wrong name."""
    assert not hasattr(ai_translate, "Translater")
