"""Copies a version from one repository to another, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ai_translate.artifact import MANIFEST_NAME, Manifest, hash_file
from ai_translate.config import SupplySettings
from ai_translate.errors import BadFile, IntegrityError, NotOnHub
from ai_translate.supply.adding_finished import locked_version
from ai_translate.supply.fetching import Fetching
from ai_translate.supply.finished import read_manifest
from ai_translate.supply.hub.endpoint import Endpoint, shown
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.hub.upload import LocalFile
from ai_translate.supply.publish.card import CARD_NAME
from ai_translate.supply.publish.places import Named
from ai_translate.supply.publish.putting import put
from ai_translate.supply.publish.reading import Version, find
from ai_translate.supply.signatures import require_signature
from ai_translate.supply.snapshots import held_snapshot
from ai_translate.supply.sources import HubSource

__all__ = ["promote"]


def promote(
    settings: SupplySettings, source: Endpoint, target: Endpoint, named: Named, progress: Progress
) -> Version:
    """Copies a version under the same name; its bytes come by here and are hashed on the way.

    What was fetched stays among the downloads until `gc`, so that a promotion that was interrupted
    goes on where it was.

    Args:
        settings: Whose signature is wanted, and where downloads lie.
        source: Where it is.
        target: Where to.
        named: Repository and name of the version, in both.
        progress: Is told how much has come and gone.

    Raises:
        NotOnHub: There is no such version.
        BadFile: It holds no artifact.
        NotSigned: AIT_REQUIRE_SIGNATURE wants it to be signed.
        VersionTaken: The target has another artifact under this name.
        IntegrityError: Bytes are not what the manifest says, or not what was sent.
        HubError: An endpoint refuses, or cannot be reached.
    """
    found = find(source, named)
    if found is None:
        raise NotOnHub(
            f"{shown(source.url)} has no version {named.version} of {named.repo}.",
            hint="`ai-translate models versions` lists those that it has.",
        )
    if found.manifest is None:
        raise BadFile(
            f"{named.repo}@{named.version} at {shown(source.url)} is no artifact.",
            hint="Publish one with `ai-translate models push`.",
        )
    with held_snapshot(settings, named.repo, found.commit) as folder:
        fetching = Fetching(source, found.resolved, folder, progress)
        model = locked_version(fetching, _name(named), HubSource(*named, found.commit))
        require_signature(model, settings.require_signature)
        names = [*model.files, *(name for name in (CARD_NAME,) if name in fetching.files)]
        fetching.fetch(names)
        files = list(_verified(folder, names, named, found.manifest))
        return put(target, named, found.manifest.digest, files, progress)


def _name(named: Named) -> str:
    return named.repo.partition("/")[2]


def _verified(
    folder: Path, names: Iterable[str], named: Named, manifest: Manifest
) -> Iterator[LocalFile]:
    """The files, each of which is what the manifest says if that names it."""
    if read_manifest(folder) != manifest:
        raise IntegrityError(f"{folder / MANIFEST_NAME} has changed.")
    for name in names:
        found = hash_file(folder / name)
        expected = manifest.files.get(name, found)
        if found != expected:
            raise IntegrityError(
                f"{name} of {named.repo}@{named.version} has sha256 {found.sha256}, but its "
                f"manifest says {expected.sha256}.",
                hint="It was damaged or changed after it was published: do not use it.",
            )
        yield LocalFile.of(folder / name, found)
