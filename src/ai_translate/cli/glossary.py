"""A glossary in a file, for one call of the command line."""

from __future__ import annotations

from pathlib import Path

from ai_translate.directions import parse_tag
from ai_translate.errors import ConfigurationError, InvalidRequest
from ai_translate.languages import AUTO, LanguagePair
from ai_translate.text.glossary import Glossary
from ai_translate.text.glossary_files import format_of, parse

__all__ = ["read_glossary"]


def read_glossary(path: Path, source: str, target: str) -> Glossary:
    """The glossary of a file; the end of its name says how it is written.

    Args:
        path: Of the file.
        source: Language translated from, for a file that does not say it.
        target: Language translated into, likewise.

    Raises:
        ConfigurationError: The file cannot be read.
        InvalidRequest: It is no glossary, or a tag is malformed.
        TooLarge: It is over a limit.
    """
    form = format_of(path.name)
    if source == AUTO and form != "json":
        raise InvalidRequest(
            f"{path.name} does not say which language its terms are in.",
            hint="Name one with --from, or write the glossary as JSON.",
        )
    pair = None
    if source != AUTO:
        pair = LanguagePair(parse_tag("source_lang", source), parse_tag("target_lang", target))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.", hint="Name another file with --glossary."
        ) from error
    return Glossary.of(path.name, parse(content, form, pair))
