"""`ai-translate translate`."""

from __future__ import annotations

import io
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import click

from ai_translate.cli.output import opened_output
from ai_translate.cli.progress import progress_bar
from ai_translate.cli.serve import open_translator
from ai_translate.errors import AITranslateError
from ai_translate.settings import load_settings

if TYPE_CHECKING:
    from ai_translate.cli.records import Record
    from ai_translate.engine import DecodingOptions
    from ai_translate.journey import How
    from ai_translate.translator import Translation, Translator

# Leaves room for a terminal's usual width.
_SHOWN = 60
_SOME_FAILED = 3


@click.command()
@click.argument("text", nargs=-1)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Translate a file; repeatable, one after the other.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file, which appears when all is done.",
)
@click.option(
    "-s", "--from", "source", default="en", show_default=True, help="Source language, or `auto`."
)
@click.option("-t", "--to", "target", default="fr", show_default=True, help="Target language.")
@click.option("--candidate", "candidates", multiple=True, help="A language that `auto` may find.")
@click.option(
    "--keep", "kept", multiple=True, help="Words that stay as they are, wherever; repeatable."
)
@click.option(
    "--format",
    "syntax",
    type=click.Choice(["text", "html", "xml"]),
    default="text",
    show_default=True,
    help="What the text is written in; markup is translated whole, not line by line.",
)
@click.option(
    "--attributes", is_flag=True, help="In HTML, translate attributes such as `alt`; set `lang`."
)
@click.option(
    "--glossary",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of terms with their translations: .csv, .tsv or .json.",
)
@click.option("--beam-size", type=click.IntRange(1, 16), help="Beam width; 1 is fastest.")
@click.option(
    "--columns", multiple=True, help="Of a table, the columns to translate, with commas between."
)
@click.option("--kind", help="What kind of document a file is, if its name does not tell.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with confidence.")
@click.option(
    "--jsonl", "as_lines", is_flag=True, help="Read and write a JSON object (`text`) a line."
)
@click.option(
    "--progress/--no-progress",
    default=None,
    help="Show a progress bar.  [default: when the input is a file and errors go to a terminal]",
)
def translate(  # noqa: PLR0913, PLR0917  # click gives each option by name
    text: tuple[str, ...],
    files: tuple[Path, ...],
    output: Path | None,
    source: str,
    target: str,
    candidates: tuple[str, ...],
    kept: tuple[str, ...],
    syntax: Literal["text", "html", "xml"],
    attributes: bool,
    glossary: Path | None,
    beam_size: int | None,
    columns: tuple[str, ...],
    kind: str | None,
    as_json: bool,
    as_lines: bool,
    progress: bool | None,
) -> None:
    """Translate TEXT, files, or standard input when there is neither.

    A file that is a document, such as page.html, may stand alone in the place of TEXT:
    `ai-translate translate page.html -o page.fr.html`.

    Several words need no quotes. Of files and standard input the layout survives, however long
    they are. Exits with 3 if some texts could not be translated: they stand as they were, or
    with --jsonl have an `error`.
    """
    if text and files:
        raise click.UsageError("Give either TEXT or --file, not both.")
    if as_json and as_lines:
        raise click.UsageError("Give either --json or --jsonl, not both.")
    from ai_translate.cli import document as documents  # noqa: PLC0415  # the same
    from ai_translate.engine import DecodingOptions  # noqa: PLC0415  # heavy; only this needs it
    from ai_translate.journey import How  # noqa: PLC0415  # the same
    from ai_translate.text.documents.protocol import Reading  # noqa: PLC0415  # the same

    settings = load_settings()
    options = DecodingOptions(beam_size=beam_size or settings.beam_size)
    how = How(candidates=list(candidates) or None, kept=kept, syntax=syntax, tag_texts=attributes)
    if glossary is not None:
        from ai_translate.cli.glossary import read_glossary  # noqa: PLC0415  # the same

        how["glossary"] = read_glossary(glossary, source, target)
    call = _Call(source, target, options, how)
    document = None
    if columns or kind or not (as_json or as_lines or syntax != "text"):
        document = documents.document_among(text, files, named=bool(columns or kind))
    with open_translator(settings) as translator, opened_output(output) as sink:
        if document:
            failed = documents.write_document(
                *(translator, document, sink),
                source=source,
                target=target,
                options=options,
                how=how,
                reading=Reading.asked_for(columns, kind),
                progress=progress,
            )
        elif as_json or ((text or syntax != "text") and not as_lines):
            given = " ".join(text) if text else _all(files)
            call.whole(translator, given, sink, as_json=as_json, newline=bool(text))
            return
        else:
            failed = call.stream(
                translator,
                [io.BytesIO(" ".join(text).encode())] if text else _inputs(files),
                sink,
                as_lines=as_lines,
                bar=_bar(files, progress),
            )
    if failed:
        click.echo(
            f"{failed} {'parts' if document else 'texts'} could not be translated.", err=True
        )
        sys.exit(_SOME_FAILED)


class _Call:
    """How one invocation translates."""

    def __init__(
        self,
        source: str,
        target: str,
        options: DecodingOptions,
        how: How,
    ) -> None:
        self._source = source
        self._target = target
        self._options = options
        self._how = how

    def whole(
        self, translator: Translator, text: str, sink: BinaryIO, *, as_json: bool, newline: bool
    ) -> None:
        """One text, as it is or as one JSON object."""
        import json  # noqa: PLC0415  # with records, below

        from ai_translate.cli.records import described  # noqa: PLC0415  # loads the translator

        result = translator.translate(text, self._source, self._target, self._options, **self._how)
        if as_json:
            fields = {"original_text": text, **described(result)}
            sink.write(json.dumps(fields, ensure_ascii=False, indent=2).encode() + b"\n")
            return
        sink.write(result.text.encode("utf-8", "surrogateescape") + (b"\n" if newline else b""))
        _warn(result)

    def stream(
        self,
        translator: Translator,
        inputs: Iterator[BinaryIO] | list[Any],
        sink: BinaryIO,
        *,
        as_lines: bool,
        bar: Callable[[], Any],
    ) -> int:
        """Many texts in order and in bounded memory. How many failed."""
        from ai_translate.cli import records  # noqa: PLC0415  # loads the translator

        read = records.read_json_lines if as_lines else records.read_lines
        written = records.written_json_line if as_lines else records.written_text
        ahead: deque[Record] = deque()

        def texts() -> Iterator[str]:
            for stream in inputs:
                for record in read(stream):
                    ahead.append(record)
                    yield record.text

        failed = done = 0
        with bar() as shown:
            for outcome in translator.stream(
                texts(), self._source, self._target, self._options, **self._how
            ):
                record = ahead.popleft()
                sink.write(written(record, outcome))
                done += 1
                if record.error or isinstance(outcome, AITranslateError):
                    failed += 1
                elif not as_lines:
                    _warn(outcome)
                shown.update(record.size, done)
        return failed


def _inputs(files: tuple[Path, ...]) -> Iterator[BinaryIO]:
    if not files:
        yield sys.stdin.buffer
    for path in files:
        with path.open("rb") as stream:
            yield stream


def _all(files: tuple[Path, ...]) -> str:
    return b"".join(stream.read() for stream in _inputs(files)).decode("utf-8", "surrogateescape")


def _bar(files: tuple[Path, ...], wanted: bool | None) -> Callable[[], Any]:
    """What shows progress: bytes of the files, with texts done and the time left."""
    shown = wanted if wanted is not None else bool(files) and sys.stderr.isatty()
    length = sum(os.path.getsize(path) for path in files) if files else None  # noqa: PTH202  # sum

    started = time.monotonic()

    def told(done: int | None) -> str | None:
        if done is None:
            return None
        return f"{done} lines, {done / (time.monotonic() - started):.0f}/s"

    def bar() -> Any:
        return progress_bar("Translating", length, told, shown=shown)

    return bar


def _warn(result: Translation) -> None:
    for warning in result.warnings:
        click.echo(f"warning: {warning.message} ({warning.sentence[:_SHOWN]})", err=True)
