"""Names of documents: what a client called a file, and what its translation is called."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

__all__ = ["disposition", "name_of_upload", "translated_name"]

_NAMELESS: Final = "document"
_LONGEST: Final = 150
# Control characters, surrogates and marks that turn the direction of writing, by which a name can
# look like another one; and what no file system of some has in a name.
_UNFIT: Final = re.compile(
    '[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff<>:"|?*]'
)


def name_of_upload(sent: str | None) -> str:
    """A name without folders, of characters that a name may have; never empty.

    Args:
        sent: As the client says it, which may be a path of its own, or made to do harm.
    """
    last = (sent or "").replace("\\", "/").rpartition("/")[2]
    name = _UNFIT.sub("_", last).strip(" .")
    suffix = PurePosixPath(name).suffix[:20]
    return name.removesuffix(suffix)[:_LONGEST] + suffix or _NAMELESS


def translated_name(name: str, source: str, target: str) -> str:
    """`report.docx` as `report.fr.docx`, and `report.en.docx` as well."""
    path = PurePosixPath(name)
    stem = path.stem
    return f"{stem.removesuffix(f'.{source}') or stem}.{target}{path.suffix}"


def disposition(name: str) -> str:
    """The header Content-Disposition of a file to keep, by RFC 6266.

    Old clients read the first name, which is ASCII; all others the second (RFC 8187).
    """
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
