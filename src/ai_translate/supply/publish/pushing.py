"""Publishes the artifact of a locked model as a version."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

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
from ai_translate.supply.signatures import SIGNATURE_NAME, Signer, statement
from ai_translate.supply.store import Store

__all__ = ["default_version", "push"]

_DIGITS = 12


def default_version(model: LockedModel) -> str:
    """The name of a version for whoever gives none: the first digits of the digest."""
    return model.artifact[:_DIGITS]


def push(
    model: LockedModel,
    store: Store,
    endpoint: Endpoint,
    named: Named,
    progress: Progress,
    *,
    signer: Signer | None = None,
) -> Version:
    """Publishes an artifact of the store, after every byte of it was verified.

    Args:
        model: What the lock says; its artifact must be in the store.
        store: Where the artifact lies.
        endpoint: Where to.
        named: Repository and name of the version.
        progress: Is told how much has gone.
        signer: Signs the artifact and where it comes from.

    Raises:
        InvalidRequest: The model is a published version itself.
        ModelMissing: The store lacks the artifact.
        VersionTaken: The name stands for another artifact, or for one that is not signed so.
        IntegrityError: The artifact is damaged, or what can be read there is not what was sent.
        HubError: The endpoint refuses, or cannot be reached.
    """
    if holds_artifact(model.files):
        raise InvalidRequest(
            f"{model.name} is a published version already: {model.source}.",
            hint="`ai-translate models promote` copies it to another repository.",
        )
    artifact = store.open(model.artifact)
    provenance = Provenance.of(model)
    beside = {
        PROVENANCE_NAME: provenance.to_json(),
        CARD_NAME: card(artifact.manifest, provenance, named),
    }
    must_be_there: tuple[str, ...] = ()
    if signer is not None:
        signed = statement(artifact.digest, sha256(beside[PROVENANCE_NAME]).hexdigest())
        beside[SIGNATURE_NAME] = f"{signer.sign(signed)}\n".encode()
        must_be_there = (PROVENANCE_NAME, SIGNATURE_NAME)
    with _written(beside) as written:
        own = sorted(artifact.all_files().items())
        files = [*written, *(LocalFile.of(artifact.path / name, entry) for name, entry in own)]
        return put(endpoint, named, artifact.digest, files, progress, same=must_be_there)


@contextmanager
def _written(contents: Mapping[str, bytes]) -> Iterator[list[LocalFile]]:
    with tempfile.TemporaryDirectory(prefix="ai-translate-") as folder:
        files = []
        for name, content in contents.items():
            path = Path(folder) / name
            path.write_bytes(content)
            files.append(LocalFile(name, path, len(content), sha256(content).hexdigest()))
        yield files
