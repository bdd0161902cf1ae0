"""What a second tier can do, whatever it is kept in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from ai_translate.artifact import Artifact, Manifest
from ai_translate.supply.hub.progress import Progress

__all__ = ["Remote"]


class Remote(Protocol):
    """Artifacts by the keys of their inputs.

    Every method raises:
        RemoteError, HubError: It cannot be reached, or refuses.
        IntegrityError, BadFile: What it holds is not what it must be; the message names the
            address and the file.
    """

    @property
    def address(self) -> str:
        """Where it is, as it may be printed."""

    def manifest(self, key: str, digest: str) -> Manifest | None:
        """The manifest of the artifact of a key, if it has one.

        Args:
            key: Of the inputs.
            digest: Of the artifact that must be found.
        """

    def fetch(self, key: str, manifest: Manifest, folder: Path, progress: Progress) -> None:
        """Brings the files of an artifact into an empty folder, each held against the manifest."""

    def put(self, key: str, artifact: Artifact, *, replace: bool) -> None:
        """Keeps an artifact under a key. Until all of it is there, nobody finds it.

        Args:
            key: Of its inputs.
            artifact: A verified one.
            replace: Whether to write what is there already once more, since it is wrong.
        """

    def turn(self, key: str, waiting: Callable[[], None]) -> AbstractContextManager[bool]:
        """Lets one after the other make the artifact of a key, as far as the place can.

        Args:
            key: Of the inputs.
            waiting: Is called once if another makes it now.

        Returns:
            For the block of a with: whether another may have put the artifact just before it.
        """
