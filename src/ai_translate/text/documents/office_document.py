"""A document of Office, whichever program it is of: some of its files are read and rewritten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ai_translate.errors import TooLarge
from ai_translate.text.documents.inline import Translate
from ai_translate.text.documents.office_package import OfficePackage
from ai_translate.text.documents.protocol import Part

__all__ = ["OfficeDocument", "Rewrite"]

Rewrite = Callable[[str, bytes, Translate], bytes | None]
"""Takes the name of a file and its bytes, has each part of it translated in order, and gives the
bytes with the translations in them, or None if nothing has changed."""

_MOST_PARTS: Final = 100_000


class OfficeDocument:
    """A document of Office.

    Only its packed bytes and its parts are kept: a file is unpacked and read when the document is
    opened and once more when it is written, one at a time.

    Args:
        media_type: What it is to HTTP.
        package: Its files.
        names: Those that have text, in the order of the document.
        rewrite: Reads one of them. It must ask for the same parts each time.

    Raises:
        BrokenDocument: A file is missing, damaged or hostile.
        TooLarge: The document is over a bound.
    """

    def __init__(
        self, media_type: str, package: OfficePackage, names: Sequence[str], rewrite: Rewrite
    ) -> None:
        self.media_type = media_type
        self._package = package
        self._names = tuple(names)
        self._rewrite = rewrite
        found: list[Part] = []

        def collect(part: Part) -> str:
            if len(found) >= _MOST_PARTS:
                raise TooLarge(
                    f"The document has more than {_MOST_PARTS} pieces of text.", hint="Split it."
                )
            found.append(part)
            return part.text

        for name in self._names:
            rewrite(name, package.read(name), collect)
        self.parts = tuple(found)

    def written(self, translations: Sequence[str]) -> bytes:
        """The document with its parts translated, and every other byte as it is.

        Raises:
            ValueError: There are more or fewer translations than parts.
        """
        if len(translations) != len(self.parts):
            raise ValueError(f"{len(translations)} translations of {len(self.parts)} parts")
        given = iter(translations)
        changes: dict[str, bytes] = {}
        for name in self._names:
            data = self._rewrite(name, self._package.read(name), lambda _: next(given))
            if data is not None:
                changes[name] = data
        return self._package.written(changes)
