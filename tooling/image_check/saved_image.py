"""Reads an image as `docker save` streams it: once, front to back, in bounded memory."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from image_check.secret_values import Search, Secret

__all__ = ["SECRET", "Entry", "Fault", "Layer", "SavedImage", "Sighting", "Unreadable", "read"]

SECRET: Final = "secret"
"""The rule that a file with a secret breaks."""

_CHUNK: Final = 1 << 20
_LARGEST_DOCUMENT: Final = 16 << 20
# Below this there is no layer and no document: an empty layer is 32 bytes.
_SMALLEST: Final = 20
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"


class Unreadable(Exception):
    """What came is no image that can be read here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a layer, as it is looked at.

    Attributes:
        path: Where it lies, without a leading slash.
        sha256: Only of one whose size was asked for, otherwise empty.
    """

    path: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file.

    Attributes:
        rule: What it breaks.
        what: What it is.
    """

    rule: str
    what: str


@dataclass(slots=True)
class Sighting:
    """Where in a layer a fault was seen first, and how often."""

    path: str
    times: int = 0


@dataclass(slots=True)
class Layer:
    """A layer of an image.

    Attributes:
        number: Its place, from 1, lowest first.
        command: What made it, as the history tells.
        faults: What was seen in it.
    """

    number: int
    command: str
    faults: dict[Fault, Sighting]


@dataclass(frozen=True, slots=True)
class SavedImage:
    """All that was read.

    Attributes:
        layers: Lowest first.
        config: The image's configuration.
        leaks: Secrets in what else names the image, such as its provenance, by name of file.
    """

    layers: tuple[Layer, ...]
    config: Mapping[str, Any]
    leaks: Mapping[str, Sequence[Secret]]


Judge = Callable[[Entry], Iterable[Fault]]


def read(
    stream: IO[bytes], secrets: Sequence[Secret], sizes: Container[int], judge: Judge
) -> SavedImage:
    """Reads all of it.

    Args:
        stream: What `docker save` writes.
        secrets: What to look for in every file and document.
        sizes: Files of these sizes are hashed.
        judge: Says what is wrong with a file.

    Raises:
        Unreadable: It is no such archive, or its layers are packed in a way that is not known.
    """
    faults: dict[str, dict[Fault, Sighting]] = {}
    documents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.size < _SMALLEST or (content := archive.extractfile(member)) is None:
                    continue
                packed = io.BufferedReader(content, _CHUNK)  # type: ignore[type-var]
                head = packed.peek(len(_ZSTANDARD))
                if head[:1] in {b"{", b"["}:
                    documents[member.name] = packed.read(_LARGEST_DOCUMENT)
                elif head.startswith(_ZSTANDARD):
                    raise Unreadable("its layers are packed by Zstandard, which is not read here")
                else:
                    faults[member.name] = _faults(packed, secrets, sizes, judge)
    except tarfile.TarError as error:
        raise Unreadable(f"it is no archive of an image: {error}") from error
    return _assembled(faults, documents, secrets)


def _faults(
    stream: IO[bytes], secrets: Sequence[Secret], sizes: Container[int], judge: Judge
) -> dict[Fault, Sighting]:
    """What is wrong with the files of one layer."""
    seen: dict[Fault, Sighting] = {}
    with tarfile.open(fileobj=stream, mode="r|*") as layer:
        for member in layer:
            path = member.name.removeprefix("./")
            search = Search(secrets)
            search.feed(path.encode(errors="surrogateescape"))
            search.feed(b"\0" + member.linkname.encode(errors="surrogateescape") + b"\0")
            digest = hashlib.sha256() if member.size in sizes else None
            if content := layer.extractfile(member) if member.isreg() else None:
                while chunk := content.read(_CHUNK):
                    search.feed(chunk)
                    if digest:
                        digest.update(chunk)
            # What begins so is a mark that a lower layer's file is gone.
            gone = path.rpartition("/")[2].startswith(".wh.")
            entry = Entry(path, digest.hexdigest() if digest else "")
            for fault in (
                *(() if gone else judge(entry)),
                *(Fault(SECRET, secret.name) for secret in search.found),
            ):
                seen.setdefault(fault, Sighting(path)).times += 1
    return seen


def _assembled(
    faults: Mapping[str, dict[Fault, Sighting]],
    documents: Mapping[str, bytes],
    secrets: Sequence[Secret],
) -> SavedImage:
    """Brings what was seen into the order of the image."""
    try:
        (manifest,) = json.loads(documents["manifest.json"])
        config = json.loads(documents[manifest["Config"]])
        history = [step for step in config["history"] if not step.get("empty_layer")]
        layers = tuple(
            Layer(number, step.get("created_by", ""), faults[name])
            for number, (name, step) in enumerate(
                zip(manifest["Layers"], history, strict=True), start=1
            )
        )
    except (KeyError, ValueError) as error:
        raise Unreadable(f"its manifest and its layers do not fit: {error!r}") from error
    others = documents.keys() - {manifest["Config"]}
    values = [secret for secret in secrets if not secret.host]
    leaks = {name: Search.through([documents[name]], values) for name in sorted(others)}
    return SavedImage(layers, config, {name: found for name, found in leaks.items() if found})
