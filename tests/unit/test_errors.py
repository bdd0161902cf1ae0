"""The error tree."""

from __future__ import annotations

import inspect

from ai_translate import errors
from ai_translate.errors import AITranslateError, TooLarge


def classes() -> list[type[AITranslateError]]:
    found = [getattr(errors, name) for name in errors.__all__]
    assert all(inspect.isclass(value) for value in found)
    return found


def test_docstring_draws_every_error_below_its_parent() -> None:
    """The tree in the module's docstring is the tree of the classes."""
    drawn: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        name = line.strip(" │├└─").split(" ")[0]
        if name in errors.__all__:
            drawn.append((line.index(name), name))
    assert {name for _, name in drawn} == set(errors.__all__)
    for place, (indent, name) in enumerate(drawn[1:], start=1):
        parent = next(above for depth, above in reversed(drawn[:place]) if depth < indent)
        assert getattr(errors, name).__bases__ == (getattr(errors, parent),)


def test_codes_are_distinct() -> None:
    """A program can tell every error from every other by its code."""
    codes = [error.code for error in classes()]
    assert len(set(codes)) == len(codes)


def test_error_reads_as_a_sentence_and_a_hint() -> None:
    """Printing an error shows what is wrong and what to do."""
    assert str(TooLarge("3 is over 2.", hint="Send fewer.")) == "3 is over 2. Send fewer."
    assert str(TooLarge("3 is over 2.")) == "3 is over 2."
