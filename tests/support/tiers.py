"""Second tiers of each kind, and what may be done to them behind everybody's back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from ai_translate.artifact import MANIFEST_NAME, Artifact
from support.artifactory import Artifactory
from support.s3 import BUCKET, S3

__all__ = ["BucketTier", "Change", "FolderTier", "RepositoryTier", "TierCase"]

Change: TypeAlias = Callable[[bytes], bytes | None]
"""Makes other bytes of a file, or none at all."""


class TierCase(Protocol):
    """A tier that works, until a test does something to it."""

    @property
    def address(self) -> str:
        """What AIT_STORE_REMOTE is set to."""

    @property
    def environment(self) -> dict[str, str]:
        """What else a runner is told."""

    def change(self, key: str, artifact: Artifact, name: str, change: Change) -> None:
        """Changes a file of the artifact of a key."""

    def keys(self) -> list[str]:
        """The keys under which something can be found."""


@dataclass(frozen=True)
class FolderTier:
    """One in a folder. See TierCase."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """See TierCase."""
        return f"file://{self.folder}"

    def change(self, key: str, artifact: Artifact, name: str, change: Change) -> None:
        """See TierCase."""
        path = self.folder / _shelved(key, artifact, name)
        content = change(path.read_bytes())
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)

    def keys(self) -> list[str]:
        """See TierCase."""
        return [path.stem for path in self.folder.glob("artifacts/*.json")]


@dataclass(frozen=True)
class BucketTier:
    """One in a bucket. See TierCase."""

    server: S3

    @property
    def address(self) -> str:
        """See TierCase."""
        return f"s3://{BUCKET}/shared/tier"

    @property
    def environment(self) -> dict[str, str]:
        """See TierCase."""
        return self.server.environment

    def change(self, key: str, artifact: Artifact, name: str, change: Change) -> None:
        """See TierCase."""
        place = {"Bucket": BUCKET, "Key": f"shared/tier/{_shelved(key, artifact, name)}"}
        client: Any = self.server.client
        content = change(client.get_object(**place)["Body"].read())
        if content is None:
            client.delete_object(**place)
        else:
            client.put_object(**place, Body=content)

    def keys(self) -> list[str]:
        """See TierCase."""
        prefix = "shared/tier/artifacts/"
        found = self.server.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        names = [entry["Key"] for entry in found.get("Contents", [])]
        return [name.removeprefix(prefix).removesuffix(".json") for name in names]


@dataclass(frozen=True)
class RepositoryTier:
    """One in a repository of Artifactory, beside that of the models. See TierCase."""

    server: Artifactory
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """See TierCase."""
        return f"{self.server.endpoint('tier')}/acme/tier"

    def change(self, key: str, artifact: Artifact, name: str, change: Change) -> None:
        """See TierCase."""
        names = (MANIFEST_NAME, *artifact.manifest.files)
        changed = {one: change((artifact.path / one).read_bytes()) for one in (name,)}
        files = {one: (artifact.path / one).read_bytes() for one in names} | changed
        kept = {one: content for one, content in files.items() if content is not None}
        self.server.add_model("tier", "acme/tier", kept, key)

    def keys(self) -> list[str]:
        """See TierCase."""
        return self.server.branches("tier", "acme/tier")


def _shelved(key: str, artifact: Artifact, name: str) -> str:
    if name == MANIFEST_NAME:
        return f"artifacts/{key}.json"
    return f"files/{artifact.manifest.files[name].sha256}"
