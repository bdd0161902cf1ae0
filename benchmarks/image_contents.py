"""What the layers of an image hold, file by file, and whose the files are."""

from __future__ import annotations

import csv
import json
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support.engine import Engine

__all__ = ["Layer", "megabytes", "parts", "saved_layers"]

_SITE_PACKAGES: Final = "/site-packages/"
_APPLICATION: Final = "ai_translate"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of an image.

    Attributes:
        files: Sizes in bytes of its regular files, by path without a leading slash.
        owners: The distribution that each first folder or file of site-packages is of, as the
            RECORD files of the layer say.
        compressed: Bytes of the layer as it is kept and pushed.
    """

    files: Mapping[str, int]
    owners: Mapping[str, str]
    compressed: int


def saved_layers(engine: Engine, image: str, folder: Path) -> tuple[Layer, ...]:
    """The layers of an image, lowest first; `folder` has room for a copy of it."""
    archive = folder / "image.tar"
    engine.docker("save", "--output", archive, image)
    try:
        return tuple(_layers(archive))
    finally:
        archive.unlink()


def megabytes(layers: Sequence[Layer]) -> float:
    """Sum of the sizes of all their files, in MB of 10^6 bytes."""
    return sum(sum(layer.files.values()) for layer in layers) / 1e6


def parts(layers: Sequence[Layer]) -> dict[str, float]:
    """MB by what the files are of, largest first.

    Parts are `models`, `application`, each distribution by its name, and `other`.
    """
    found: Counter[str] = Counter()
    for layer in layers:
        for path, size in layer.files.items():
            found[_part(path, layer.owners)] += size
    return {name: size / 1e6 for name, size in found.most_common()}


def _part(path: str, owners: Mapping[str, str]) -> str:
    if path.startswith("app/models/"):
        return "models"
    inside = path.partition(_SITE_PACKAGES)[2]
    first = inside.partition("/")[0]
    if first.startswith(_APPLICATION):
        return "application"
    return owners.get(first, "other")


def _layers(archive: Path) -> Iterator[Layer]:
    with tarfile.open(archive) as image:
        (manifest,) = json.load(_stream(image, image.getmember("manifest.json")))
        for name in manifest["Layers"]:
            member = image.getmember(name)
            # Compressed or not: the archive says it.
            with tarfile.open(fileobj=_stream(image, member)) as layer:
                yield _layer(layer, member.size)


def _layer(layer: tarfile.TarFile, compressed: int) -> Layer:
    files: dict[str, int] = {}
    owners: dict[str, str] = {}
    for member in layer:
        if not member.isreg():
            continue
        files[member.name.removeprefix("./")] = member.size
        folder, _, name = member.name.rpartition("/")
        if name == "RECORD" and folder.endswith(".dist-info"):
            distribution = folder.rpartition("/")[2].partition("-")[0]
            lines = _stream(layer, member).read().decode().splitlines()
            owners |= {row[0].partition("/")[0]: distribution for row in csv.reader(lines)}
    return Layer(files, owners, compressed)


def _stream(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tarfile.ExFileObject:
    stream = archive.extractfile(member)
    assert isinstance(stream, tarfile.ExFileObject), member.name
    return stream
