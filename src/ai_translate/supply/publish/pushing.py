"""Publishes the artifact of a locked model as a version."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_translate.artifact import MANIFEST_NAME, Artifact
from ai_translate.errors import InvalidRequest
from ai_translate.supply.finished import holds_artifact
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.hub.upload import LocalFile
from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.provenance import PROVENANCE_NAME, Provenance
from ai_translate.supply.publish.card import CARD_NAME, card
from ai_translate.supply.publish.places import Named
from ai_translate.supply.publish.putting import put
from ai_translate.supply.publish.reading import Version
from ai_translate.supply.store import Store

__all__ = ["default_version", "push"]

_DIGITS = 12


def default_version(model: LockedModel) -> str:
    """The name of a version for whoever gives none: the first digits of the digest."""
    return model.artifact[:_DIGITS]


def push(
    model: LockedModel, store: Store, endpoint: Endpoint, named: Named, progress: Progress
) -> Version:
    """Publishes an artifact of the store, after every byte of it was verified.

    Args:
        model: What the lock says; its artifact must be in the store.
        store: Where the artifact lies.
        endpoint: Where to.
        named: Repository and name of the version.
        progress: Is told how much has gone.

    Raises:
        InvalidRequest: The model is a published version itself.
        ModelMissing: The store lacks the artifact.
        VersionTaken: The name stands for another artifact.
        IntegrityError: The artifact is damaged, or what can be read there is not what was sent.
        HubError: The endpoint refuses, or cannot be reached.
    """
    if holds_artifact(model.files):
        raise InvalidRequest(
            f"{model.name} is a published version already: {model.source}.",
            hint="`ai-translate models promote` copies it to another repository.",
        )
    artifact = store.open(model.artifact)
    with _beside(artifact, Provenance.of(model), named) as beside:
        files = [*_files(artifact), *beside]
        return put(endpoint, named, artifact.digest, files, progress)


def _files(artifact: Artifact) -> list[LocalFile]:
    manifest = artifact.path / MANIFEST_NAME
    files = [LocalFile(MANIFEST_NAME, manifest, manifest.stat().st_size, artifact.digest)]
    for name, entry in sorted(artifact.manifest.files.items()):
        files.append(LocalFile(name, artifact.path / name, entry.size, entry.sha256))
    return files


@contextmanager
def _beside(artifact: Artifact, provenance: Provenance, named: Named) -> Iterator[list[LocalFile]]:
    contents = {
        PROVENANCE_NAME: provenance.to_json(),
        CARD_NAME: card(artifact.manifest, provenance, named),
    }
    with tempfile.TemporaryDirectory(prefix="ai-translate-") as folder:
        files = []
        for name, content in contents.items():
            path = Path(folder) / name
            path.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            files.append(LocalFile(name, path, len(content), digest))
        yield files
