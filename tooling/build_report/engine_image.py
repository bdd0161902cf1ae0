"""Asks the engine, or a registry, what an image consists of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from build_report.image import Made
from image_check.client import Client, ClientFailed

__all__ = ["ImageUnknown", "loaded", "pushed"]

_HISTORY: Final = ("history", "--no-trunc", "--human=false", "--format={{json .}}")
_LAYERS: Final = "{{json .RootFS.Layers}}"
_UNCOMPRESSED: Final = "containerd.io/uncompressed"


class ImageUnknown(Exception):
    """Nobody tells of the image; the message says why."""


def loaded(client: Client, name: str, cache: Path | None = None) -> tuple[Made, ...]:
    """The history of an image in the engine, the lowest layer first.

    Args:
        client: Of the engine.
        name: Of the image.
        cache: The local cache that its build wrote, which knows packed sizes.

    Raises:
        ImageUnknown: The engine does not tell.
    """
    shown: list[str] = []
    try:
        packed = _packed(cache) if cache else {}
        told = client.run(*_HISTORY, name)
        if packed:
            shown = json.loads(client.run("image", "inspect", f"--format={_LAYERS}", name))
        lines = [json.loads(line) for line in told.splitlines()][::-1]
        sizes = [int(line["Size"]) for line in lines]
    except (ClientFailed, OSError, ValueError, KeyError, TypeError) as error:
        raise ImageUnknown(f"the engine does not tell of {name}: {error}") from error
    with_layer = [number for number, size in enumerate(sizes) if size]
    # An empty layer cannot be told from none. Then packed sizes are not known.
    of = dict(zip(with_layer, shown, strict=True)) if len(with_layer) == len(shown) else {}
    return tuple(
        Made(line.get("CreatedBy", ""), size, packed.get(of.get(number, "")) if size else 0)
        for number, (line, size) in enumerate(zip(lines, sizes, strict=True))
    )


def pushed(client: Client, name: str) -> tuple[Made, ...]:
    """The same of an image in a registry. Of several platforms, it is the first.

    Raises:
        ImageUnknown: The registry does not tell.
    """
    ask = ("buildx", "imagetools", "inspect")
    try:
        found = json.loads(client.run(*ask, name, "--format={{json .}}"))
        manifest, image = found["manifest"], found["image"]
        if "config" not in manifest:
            platforms = [one for one in manifest["manifests"] if _runs(one)]
            repository = name.partition("@")[0]
            # A colon after the last slash begins a tag, one before it a port.
            if ":" in repository.rpartition("/")[2]:
                repository = repository.rpartition(":")[0]
            digest = platforms[0]["digest"]
            manifest = json.loads(client.run(*ask, f"{repository}@{digest}", "--raw"))
            image = image.get(_platform(platforms[0]), image)
        sizes = [int(layer["size"]) for layer in manifest["layers"]][::-1]
        return tuple(
            Made(
                line.get("created_by", ""),
                None if _has_layer(line) else 0,
                sizes.pop() if _has_layer(line) else 0,
            )
            for line in image["history"]
        )
    except (ClientFailed, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ImageUnknown(f"the registry does not tell of {name}: {error}") from error


def _has_layer(line: Mapping[str, Any]) -> bool:
    return not line.get("empty_layer")


def _runs(manifest: Mapping[str, Any]) -> bool:
    """Whether it is an image, and no attestation of one."""
    return bool(manifest.get("platform", {}).get("os") != "unknown")


def _platform(manifest: Mapping[str, Any]) -> str:
    platform = manifest["platform"]
    words: Sequence[str] = [platform["os"], platform["architecture"], platform.get("variant", "")]
    return "/".join(word for word in words if word)


def _packed(cache: Path) -> dict[str, int]:
    """Bytes of the layers in a local cache, by the digest of what they are when unpacked."""
    index = json.loads((cache / "index.json").read_text(encoding="utf-8"))
    algorithm, _, digest = index["manifests"][0]["digest"].partition(":")
    manifest = json.loads((cache / "blobs" / algorithm / digest).read_text(encoding="utf-8"))
    return {
        layer["annotations"][_UNCOMPRESSED]: int(layer["size"])
        for layer in manifest["layers"]
        if _UNCOMPRESSED in layer.get("annotations", {})
    }
