from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import close_session

from support.artifactory import Artifactory
from support.hub_client import HubClient

CARD = b"""---
license: apache-2.0
language:
- en
- fr
tags: [translation]
pipeline_tag: translation
library_name: transformers
---
# A model
"""


@pytest.fixture
def files() -> dict[str, bytes]:
    """A model's files: small ones, a large one, an empty one, one in a folder."""
    return {
        "README.md": CARD,
        "config.json": b'{"model_type": "marian"}',
        "empty.bin": b"",
        "model.safetensors": random.Random(7).randbytes(60_000),
        "onnx/note.txt": "Un été à l’école".encode(),
        "source.spm": random.Random(8).randbytes(3_000),
    }


@pytest.fixture
def folder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """A folder with the model's files."""
    made = tmp_path / "model"
    for path, content in files.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(content)
    return made


@pytest.fixture
def artifactory() -> Iterator[Artifactory]:
    """A server with a local repository, one token that reads and one that writes too."""
    with Artifactory() as server:
        server.add_token("read-token")
        server.add_token("write-token", write=True)
        server.local("models")
        yield server
        close_session()


@pytest.fixture
def commit(artifactory: Artifactory, files: dict[str, bytes]) -> str:
    """The commit of the model acme/opus-en-fr in the local repository."""
    return artifactory.add_model("models", "acme/opus-en-fr", files)


@pytest.fixture
def client(artifactory: Artifactory, commit: str, tmp_path: Path) -> HubClient:  # noqa: ARG001  # the model shall be there
    """A reader's client of the local repository."""
    return HubClient(artifactory.endpoint("models"), "read-token", tmp_path)


@pytest.fixture
def writer(artifactory: Artifactory, tmp_path: Path) -> HubClient:
    """A writer's client of the local repository."""
    return HubClient(artifactory.endpoint("models"), "write-token", tmp_path)
