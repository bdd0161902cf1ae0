"""Files of a repository: what a mirror says of them, and what is wanted of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from ai_translate.artifact import refuse_unsafe_name
from ai_translate.errors import BadFile, IntegrityError

__all__ = ["RemoteFile", "ResolvedRepo", "WantedFile"]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SHA1: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a commit, as the mirror describes it.

    Attributes:
        name: Its path in the repository.
        size: In bytes.
        sha256: Hexadecimal; only of files that the Hub keeps as LFS.
        git_sha1: Name of the git blob, hexadecimal; only of all other files.
    """

    name: str
    size: int
    sha256: str | None
    git_sha1: str | None


@dataclass(frozen=True, slots=True)
class ResolvedRepo:
    """What a revision names.

    Attributes:
        repo: ORGANISATION/NAME.
        commit: 40 hexadecimal digits.
        licence: As the model's card has it; empty if it says nothing.
        files: All files of the commit, by name.
    """

    repo: str
    commit: str
    licence: str
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file to be fetched, and the hashes that its bytes must have: at least one.

    Attributes:
        name: A plain file name, without folders.
        size: In bytes.
        sha256: Hexadecimal.
        git_sha1: Name that git would give to a blob of these bytes, hexadecimal.

    Raises:
        BadFile: The name could lead out of its folder.
        IntegrityError: There is no hash to check it by, or one is malformed.
    """

    name: str
    size: int
    sha256: str | None = None
    git_sha1: str | None = None

    def __post_init__(self) -> None:
        refuse_unsafe_name(self.name)
        if self.size < 0:
            raise BadFile(f"{self.name} cannot have {self.size} bytes.")
        if self.sha256 is None and self.git_sha1 is None:
            raise IntegrityError(
                f"No hash of {self.name} is known, so that its bytes cannot be checked.",
                hint="A mirror must pass on what the Hub says of its files.",
            )
        for digest, form in ((self.sha256, _SHA256), (self.git_sha1, _SHA1)):
            if digest is not None and not form.fullmatch(digest):
                raise IntegrityError(f"{digest[:80]!r} of {self.name} is no hash.")

    @classmethod
    def of(cls, remote: RemoteFile) -> Self:
        """Wants a file just as the mirror describes it."""
        return cls(remote.name, remote.size, remote.sha256, remote.git_sha1)
