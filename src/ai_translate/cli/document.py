"""Files of other kinds than plain text, for the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ai_translate.cli.progress import progress_bar
from ai_translate.text.documents.opening import kinds
from ai_translate.text.documents.protocol import Reading

if TYPE_CHECKING:
    from ai_translate.document import Progress
    from ai_translate.engine import DecodingOptions
    from ai_translate.journey import How
    from ai_translate.translator import Translator

__all__ = ["document_among", "write_document"]

_STEPS = 1000
_SHOWN = 60


def document_among(text: tuple[str, ...], files: tuple[Path, ...], *, named: bool) -> Path | None:
    """The file that is to be translated as a document, if there is one.

    That is a TEXT that alone is the name of an existing file of a known kind, or a --file of such
    a kind; one of plain text goes line by line instead, in bounded memory and to the same end.

    Args:
        text: The words of the command.
        files: Its files.
        named: Whether the caller has said how to read it, so that it is one whatever its name.

    Raises:
        UsageError: The caller has, but there is no one file.
    """
    extensions = {extension for kind in kinds() for extension in kind.extensions}
    plain = {extension for kind in kinds() if kind.name == "text" for extension in kind.extensions}
    if len(text) == 1 and not files:
        path = Path(text[0])
        if (named or path.suffix.lower() in extensions) and _is_file(path):
            return path
    if len(files) == 1 and (named or files[0].suffix.lower() in extensions - plain):
        return files[0]
    if named:
        raise click.UsageError("--columns and --kind are for one document: name its file.")
    return None


def write_document(
    translator: Translator,
    path: Path,
    sink: BinaryIO,
    *,
    source: str,
    target: str,
    options: DecodingOptions,
    how: How,
    reading: Reading,
    progress: bool | None,
) -> int:
    """Translates a document. How many of its parts failed.

    Raises:
        UsageError: It would go to a terminal.
        AITranslateError: It cannot be read or translated.
    """
    if sink is getattr(sys.stdout, "buffer", None) and sys.stdout.isatty():
        raise click.UsageError("Name the file to write with --output.")
    shown = sys.stderr.isatty() if progress is None else progress
    at = 0
    with progress_bar("Translating", _STEPS, _told, shown=shown) as bar:

        def told(now: Progress) -> None:
            nonlocal at
            step = _STEPS * now.done // now.characters if now.characters else _STEPS
            bar.update(step - at, now)
            at = step

        translated = translator.translate_document(
            *(path.name, path.read_bytes(), source, target, options),
            reading=reading,
            told=told,
            **how,
        )
    sink.write(translated.content)
    for warning in translated.warnings:
        click.echo(f"warning: {warning.message} ({warning.sentence[:_SHOWN]})", err=True)
    return translated.failed


def _told(now: Progress | None) -> str | None:
    return None if now is None else f"{now.done} of {now.characters} characters"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text that no file can be called
        return False
