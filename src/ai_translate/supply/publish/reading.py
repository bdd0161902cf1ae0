"""Versions as they are in a repository: which there are, and what each holds."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ai_translate.artifact import MANIFEST_NAME, Manifest
from ai_translate.errors import NotOnHub, SupplyError
from ai_translate.supply.fetching import Fetching
from ai_translate.supply.finished import holds_artifact, read_manifest
from ai_translate.supply.hub.endpoint import Endpoint, shown
from ai_translate.supply.hub.files import ResolvedRepo
from ai_translate.supply.hub.metadata import Branch, branches, resolve
from ai_translate.supply.hub.progress import Silent
from ai_translate.supply.publish.places import Named

__all__ = ["Version", "find", "versions"]


@dataclass(frozen=True, slots=True)
class Version:
    """What a name stands for in one repository now.

    Attributes:
        named: Repository and name.
        resolved: The commit with its files.
        manifest: Of the artifact that it holds; None where it holds none.
    """

    named: Named
    resolved: ResolvedRepo
    manifest: Manifest | None

    @property
    def commit(self) -> str:
        """40 hexadecimal digits."""
        return self.resolved.commit


def find(endpoint: Endpoint, named: Named) -> Version | None:
    """What a version is; None where there is no such version, or no such model.

    Raises:
        HubError: There is no usable answer.
        BadFile: The manifest there is none.
        InvalidRequest: A name is none that Artifactory would take.
    """
    try:
        resolved = resolve(endpoint, *named)
    except NotOnHub:
        return None
    names = {file.name for file in resolved.files}
    manifest = _manifest(endpoint, resolved) if holds_artifact(names) else None
    return Version(named, resolved, manifest)


def versions(endpoint: Endpoint, repo: str) -> tuple[Version, ...]:
    """All versions of a model that hold an artifact, as a person would count them.

    Raises:
        NotOnHub: There is no such model, or the endpoint cannot list revisions.
        HubError: There is no usable answer.
        InvalidRequest: The name is none that Artifactory would take.
    """
    found = []
    for branch in sorted(branches(endpoint, repo), key=_as_counted):
        version = find(endpoint, Named(repo, branch.name))
        if version is not None and version.manifest is not None:
            found.append(version)
    if not found:
        raise NotOnHub(
            f"{shown(endpoint.url)} has no version of {repo}.",
            hint="Publish one with `ai-translate models push`.",
        )
    return tuple(found)


def _manifest(endpoint: Endpoint, resolved: ResolvedRepo) -> Manifest:
    with tempfile.TemporaryDirectory(prefix="ai-translate-") as folder:
        fetching = Fetching(endpoint, resolved, Path(folder) / "version", Silent())
        fetching.fetch([MANIFEST_NAME])
        try:
            return read_manifest(fetching.folder)
        except SupplyError as error:
            raise type(error)(
                f"{resolved.repo} at {resolved.commit} at {shown(endpoint.url)} holds a "
                f"{MANIFEST_NAME} that is none of ours.",
                hint=error.hint,
            ) from error


def _as_counted(branch: Branch) -> list[tuple[int, int, str]]:
    """Sorts 1.10 behind 1.9."""
    parts = re.findall(r"\d+|\D+", branch.name)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
