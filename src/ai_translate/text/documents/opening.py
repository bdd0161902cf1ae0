"""Chooses who reads a document: by the kind that the caller names, else by the file's name.

Each kind has a module of its own, which is imported when a document of the kind is first opened,
and a function in it that takes the content and the caller's wishes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import Final

from ai_translate.errors import UnknownDocument
from ai_translate.text.documents.protocol import Document, Reading

__all__ = ["Kind", "kind_by_name", "kinds", "open_document"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    Attributes:
        name: What `Reading.kind` calls it.
        extensions: How names of such files end, each with its dot, in lower case.
        media_type: What its bytes are to HTTP.
    """

    name: str
    extensions: tuple[str, ...]
    media_type: str


_DEFAULT: Final = Reading()
_Opener = Callable[[bytes, Reading], Document]

# Each kind, and the function that opens it: `module:function` of this package.
_KINDS: Final[tuple[tuple[Kind, str], ...]] = (
    (Kind("text", (".txt", ".text"), "text/plain"), "whole:open_text"),
    (Kind("markdown", (".md", ".markdown"), "text/markdown"), "markdown:open_markdown"),
    (
        Kind(
            "docx",
            (".docx", ".docm", ".dotx", ".dotm"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        "docx:open_docx",
    ),
    (Kind("html", (".html", ".htm", ".xhtml"), "text/html"), "whole:open_html"),
    (Kind("csv", (".csv",), "text/csv"), "tables:open_csv"),
    (Kind("tsv", (".tsv", ".tab"), "text/tab-separated-values"), "tables:open_tsv"),
    (Kind("json", (".json",), "application/json"), "json_values:open_json"),
    (Kind("yaml", (".yaml", ".yml"), "application/yaml"), "yaml_values:open_yaml"),
    (Kind("properties", (".properties",), "text/x-java-properties"), "properties:open_properties"),
    (Kind("po", (".po", ".pot"), "text/x-gettext-translation"), "gettext:open_po"),
    (Kind("xliff", (".xlf", ".xliff"), "application/xliff+xml"), "xliff:open_xliff"),
    (Kind("android", (), "application/xml"), "android:open_android"),
    (Kind("strings", (".strings",), "text/plain"), "apple:open_strings"),
    (Kind("stringsdict", (".stringsdict",), "application/x-plist"), "apple:open_stringsdict"),
    (Kind("srt", (".srt",), "application/x-subrip"), "subtitles:open_srt"),
    (Kind("vtt", (".vtt",), "text/vtt"), "subtitles:open_vtt"),
    (
        Kind(
            "xlsx",
            (".xlsx", ".xlsm", ".xltx", ".xltm"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        "xlsx:open_xlsx",
    ),
    (Kind("xml", (".xml",), "application/xml"), "whole:open_xml"),
)
_BY_NAME: Final = {kind.name: (kind, opener) for kind, opener in _KINDS}
_BY_EXTENSION: Final = {extension: kind.name for kind, _ in _KINDS for extension in kind.extensions}
# What a file that is named `.xml` may be, by the name of its root element.
_BY_ROOT: Final = {"resources": "android", "xliff": "xliff"}
_ROOT: Final = re.compile(r"<(?:[\w.-]{1,100}:)?([A-Za-z_][\w.-]*)[\s/>]")
_HEAD_BYTES: Final = 16_384


def kinds() -> tuple[Kind, ...]:
    """Every kind that can be opened."""
    return tuple(kind for kind, _ in _KINDS)


def open_document(name: str, content: bytes, reading: Reading = _DEFAULT) -> Document:
    """Reads a document.

    Args:
        name: Name of its file; only how it ends matters, and not even that if `reading` names the
            kind.
        content: All its bytes.
        reading: What the caller says about how to read it.

    Raises:
        UnknownDocument: No kind has this name or extension; the message names those that exist.
        BrokenDocument: The content is not what its kind says.
        InvalidRequest: The caller's wishes do not fit the document.
    """
    kind = kind_by_name(name, reading)
    if kind == "xml" and reading.kind is None:
        root = _ROOT.search(_without_comments(content[:_HEAD_BYTES]))
        kind = _BY_ROOT.get(root[1] if root else "", kind)
    _, place = _BY_NAME[kind]
    module, _, function = place.partition(":")
    opener: _Opener = getattr(import_module(f"{__package__}.{module}"), function)
    return opener(content, reading)


def kind_by_name(name: str, reading: Reading = _DEFAULT) -> str:
    """What a document is by its name, or by what the caller says.

    Raises:
        UnknownDocument: No kind has this name or extension; the message names those that exist.
    """
    if reading.kind is not None:
        if reading.kind not in _BY_NAME:
            raise UnknownDocument(
                f"No kind of document is called {reading.kind[:40]!r}.", hint=_those_that_exist()
            )
        return reading.kind
    extension = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if extension not in _BY_EXTENSION:
        what = f"Documents named {extension[:20]!r}" if extension else "Names without an extension"
        raise UnknownDocument(f"{what} are not read.", hint=_those_that_exist())
    return _BY_EXTENSION[extension]


def _without_comments(head: bytes) -> str:
    # The names that matter are ASCII: in every encoding of XML, they are what is left of NULs.
    return re.sub(r"<!--.*?-->", "", head.replace(b"\0", b"").decode("latin-1"), flags=re.DOTALL)


def _those_that_exist() -> str:
    known = ", ".join(f"{kind.name} ({' '.join(kind.extensions)})" for kind in kinds())
    return f"These are: {known}. Name the kind if the file's name does not tell."
