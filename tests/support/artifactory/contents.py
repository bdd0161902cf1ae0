"""What a model repository holds: bytes, entries of a tree, commits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Blob", "Commit", "Entry", "Lfs", "kept_as_lfs"]

_LFS_SUFFIXES = frozenset({".safetensors", ".bin", ".spm", ".model"})
_LFS_FROM_BYTES = 10 * 1024 * 1024
_BLOCK_BYTES = 1 << 20


def kept_as_lfs(path: str, size: int) -> bool:
    """Whether the Hub keeps a file of this name and size in bytes outside git."""
    return Path(path).suffix in _LFS_SUFFIXES or size >= _LFS_FROM_BYTES


@dataclass(frozen=True)
class Blob:
    """The bytes of one file.

    Attributes:
        source: The bytes, or the file that holds them.
        size: In bytes.
        sha256: Hexadecimal.
        git_oid: SHA-1 that git gives to a blob of these bytes, hexadecimal.
    """

    source: bytes | Path
    size: int
    sha256: str
    git_oid: str

    @classmethod
    def of(cls, source: bytes | Path) -> Blob:
        """Hashes bytes or a file."""
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        sha256, sha1 = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size)
        for block in _blocks(source):
            sha256.update(block)
            sha1.update(block)
        return cls(source, size, sha256.hexdigest(), sha1.hexdigest())

    def read(self) -> bytes:
        """All of its bytes."""
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()


@dataclass(frozen=True)
class Lfs:
    """What git holds in place of a large file.

    Attributes:
        sha256: Of the file.
        pointer_size: Size of the pointer, in bytes.
    """

    sha256: str
    pointer_size: int


@dataclass(frozen=True)
class Entry:
    """A file in a tree, known even where its bytes have not come yet.

    Attributes:
        path: Its name in the repository.
        size: In bytes.
        oid: Git's name for what git holds: the file, or the pointer to it.
        lfs: The pointer's content, if it is a pointer.
    """

    path: str
    size: int
    oid: str
    lfs: Lfs | None

    @classmethod
    def of(cls, path: str, blob: Blob) -> Entry:
        """The entry that the Hub would make for a file."""
        if not kept_as_lfs(path, blob.size):
            return cls(path, blob.size, blob.git_oid, None)
        pointer = Blob.of(
            b"version https://git-lfs.github.com/spec/v1\n"
            b"oid sha256:%s\nsize %d\n" % (blob.sha256.encode(), blob.size)
        )
        return cls(path, blob.size, pointer.git_oid, Lfs(blob.sha256, pointer.size))

    @property
    def etag(self) -> str:
        """The hash that the Hub gives for it, without quotes."""
        return self.lfs.sha256 if self.lfs else self.oid


@dataclass(frozen=True)
class Commit:
    """One state of a model.

    Attributes:
        oid: Its name, 40 hexadecimal digits.
        entries: Its files by path.
    """

    oid: str
    entries: Mapping[str, Entry]

    @classmethod
    def of(cls, model: str, parent: str, entries: Mapping[str, Entry]) -> Commit:
        """Names a state; the same history has the same names in every run."""
        content = [model, parent, sorted((path, entry.oid) for path, entry in entries.items())]
        return cls(hashlib.sha1(json.dumps(content).encode()).hexdigest(), dict(entries))


def _blocks(source: bytes | Path) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
