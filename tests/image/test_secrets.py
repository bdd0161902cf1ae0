"""What a build needs to know, and that nothing of it stays."""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import pytest

from support.artifactory import Artifactory
from support.checkout import Checkout, secret_files
from support.engine import Build, BuildFailed, Engine
from support.project import SECRET, marian_files

NEW: Final = "acme/opus-new"
PIP_SECRET: Final = "pip-password-kept-to-itself"
TOLD: Final = """
FROM model-opus-en-fr AS asked
RUN env >/env
FROM scratch AS told
COPY --from=asked /env /
"""
_CHUNK: Final = 1 << 20


def decompressed(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces, as it was before gzip if it was compressed."""
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    piece = stream.read(_CHUNK)
    compressed = piece.startswith(b"\x1f\x8b")
    while piece:
        yield inflater.decompress(piece) if compressed else piece
        piece = stream.read(_CHUNK)


def found(stream: IO[bytes], words: set[bytes]) -> set[bytes]:
    """Which of the words are in a stream, compressed or not."""
    seen: set[bytes] = set()
    kept = max(map(len, words)) - 1
    window = b""
    for piece in decompressed(stream):
        window = window[-kept:] + piece
        seen |= {word for word in words - seen if word in window}
    return seen


def in_archive(archive: Path) -> Iterator[IO[bytes]]:
    """The members of an archive."""
    with tarfile.open(archive) as members:
        for member in members:
            stream = members.extractfile(member)
            if stream is not None:
                yield stream


def in_folder(folder: Path) -> Iterator[IO[bytes]]:
    """The files of a folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                yield stream


def test_the_starter_is_built_without_any_secret(
    engine: Engine, as_it_is: Checkout, prepared: Checkout, first: Build
) -> None:
    """Without any cache, too; its layers are those of the image of two models, and it translates.

    The certificates are those of this machine's network, as a company's would be.
    """
    build = engine.build(as_it_is.folder, "--no-cache", image="ai-translate:starter")
    assert {"dependencies", "converter", "model-starter-en-fr"} < build.stages_run
    known = prepared.layers(first)
    layers = as_it_is.layers(build)
    differing = {name for name, diff_id in layers.items() if diff_id != known[name]}
    assert differing == {"lock"}
    run = ("run", "--rm", "--network=none", "--read-only", build.image)
    assert engine.docker(*run, "translate", "Where is the station?").stdout == "Où est la gare ?\n"


def test_a_model_comes_from_artifactory(
    engine: Engine, artifactory: Artifactory, endpoint: str, prepared: Checkout, tmp_path: Path
) -> None:
    """The locked commit is asked for with the token; a wrong token ends the build with our words.

    No token is in what the build says.
    """
    commit = artifactory.add_model("models", NEW, marian_files(tmp_path / "model", seed=9))
    checkout = prepared.copied(tmp_path / "checkout")
    checkout.add_model(endpoint, NEW)
    target = ("--target=model-opus-new", "--output=type=cacheonly")
    artifactory.requests.clear()

    wrong = {"hf_endpoint": endpoint, "hf_token": "hf_wrong-and-private"}
    with pytest.raises(BuildFailed) as failed:
        engine.solve(checkout.folder, *target, secrets=secret_files(tmp_path / "wrong", wrong))
    assert "ai-translate: " in failed.value.said
    assert "HF_TOKEN" in failed.value.said
    assert "Traceback" not in failed.value.said
    assert "hf_wrong-and-private" not in failed.value.said
    assert {e.request.headers["authorization"] for e in artifactory.requests} == {
        "Bearer hf_wrong-and-private"
    }

    artifactory.requests.clear()
    right = {"hf_endpoint": f"{endpoint}\n", "hf_token": f"{SECRET}\n"}
    progress = engine.solve(
        checkout.folder, *target, secrets=secret_files(tmp_path / "right", right)
    )
    [model] = [m for m in checkout.lock.models if m.name == "opus-new"]
    assert f"opus-new: artifact {model.artifact[:12]}" in progress.said
    assert SECRET not in progress.said
    asked = artifactory.requests.of(f"/{NEW}/resolve/{commit}/", "GET")
    assert {e.request.path.rpartition("/")[2] for e in asked} == set(model.files)
    assert {e.request.headers["authorization"] for e in artifactory.requests} == {
        f"Bearer {SECRET}"
    }


def test_a_build_waits_as_long_as_artifactory_recommends(
    engine: Engine, checkout: Checkout, secrets: dict[str, Path], tmp_path: Path
) -> None:
    """Both timeouts of the Hugging Face libraries are a day where models are made."""
    checkout.edit("Dockerfile", TOLD)
    out = tmp_path / "out"
    engine.solve(
        checkout.folder, "--target=told", f"--output=type=local,dest={out}", secrets=secrets
    )
    told = (out / "env").read_text().splitlines()
    assert {"HF_HUB_ETAG_TIMEOUT=86400", "HF_HUB_DOWNLOAD_TIMEOUT=86400"} <= set(told)


def test_no_secret_stays_in_what_is_published(
    engine: Engine,
    first: Build,  # noqa: ARG001  # its steps have run with the secrets
    prepared: Checkout,
    secrets: dict[str, Path],
    endpoint: str,
    tmp_path: Path,
) -> None:
    """Neither layers, configuration, attestation nor the exported cache know token or mirror."""
    hidden = {SECRET.encode(), PIP_SECRET.encode(), endpoint.encode()}
    # These show that the search sees into layers, configuration and attestation.
    shown = {b"Bearer ", b"AIT_MODELS_LOCK=/app/models.lock", b"https://slsa.dev/provenance"}
    cache, archive = tmp_path / "cache", tmp_path / "image.tar"
    build = engine.build(
        prepared.folder,
        *("--provenance=mode=max", f"--cache-to=type=local,dest={cache},mode=max"),
        image="ai-translate:published",
        secrets=secrets,
    )
    assert build.stages_run == set()
    engine.docker("save", f"--output={archive}", build.image)
    published = set().union(*(found(stream, hidden | shown) for stream in in_archive(archive)))
    assert published == shown
    cached = set().union(*(found(stream, hidden | shown) for stream in in_folder(cache)))
    assert cached == {b"Bearer "}
    history = engine.docker("history", "--no-trunc", build.image).stdout
    assert not re.search("|".join(word.decode() for word in hidden), history)
