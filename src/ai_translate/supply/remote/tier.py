"""The second tier as one command uses it: it may help, and never keeps a model from being made.

The first time that it cannot be used there is one warning, and the command goes on without it. What
it holds of wrong bytes is refused with a warning, made here, and put there again.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self

from ai_translate.artifact import Artifact, Manifest
from ai_translate.config import SupplySettings
from ai_translate.errors import BadFile, HubError, IntegrityError, RemoteError
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.remote.input_key import input_key
from ai_translate.supply.remote.opening import open_remote
from ai_translate.supply.remote.protocol import Remote
from ai_translate.supply.store import Store

__all__ = ["Tier"]

_LOG: Final = logging.getLogger(__name__)
_UNUSABLE: Final = (HubError, RemoteError)
_WRONG: Final = (IntegrityError, BadFile)


class Tier:
    """A second tier, or none.

    Args:
        remote: Where artifacts are kept; None if there is no second tier.
        writes: Whether to put there what is made here.
    """

    def __init__(self, remote: Remote | None = None, *, writes: bool = True) -> None:
        self._remote = remote
        self._writes = writes
        self._wrong: set[str] = set()

    @classmethod
    def of(cls, settings: SupplySettings) -> Self:
        """The one that the settings name. Nobody is asked yet.

        Raises:
            ConfigurationError: Its address is malformed, or what it needs is not installed.
        """
        address = settings.store_remote
        remote = None if address is None else open_remote(address, settings)
        return cls(remote, writes=settings.store_remote_write)

    @property
    def address(self) -> str:
        """Where it is, as it may be printed; empty if there is none, or none any more."""
        return "" if self._remote is None else self._remote.address

    def take(self, model: LockedModel, store: Store, progress: Progress) -> Artifact | None:
        """The artifact of a locked model, brought into the store; None if that does not help.

        Raises:
            SupplyError: The store cannot be written.
        """
        key = input_key(model)
        with self._unless_unusable() as remote:
            if remote is None or key in self._wrong:
                return None
            try:
                manifest = remote.manifest(key, model.artifact)
                if manifest is None:
                    return None
                progress.note(f"Taking it from {remote.address}.")

                def build(folder: Path) -> Manifest:
                    remote.fetch(key, manifest, folder, progress)
                    return manifest

                return store.add(build, expected=model.artifact)
            except _WRONG as error:
                self._wrong.add(key)
                then = "made here and put there again" if self._writes else "made here"
                _LOG.warning("%s: %s It is refused; the model is %s.", model.name, error, then)
        return None

    @contextlib.contextmanager
    def turn(self, model: LockedModel, waiting: Callable[[], None]) -> Iterator[bool]:
        """Lets one after the other make a model's artifact, as far as the tier can.

        Args:
            model: What is to be made.
            waiting: Is called once if another makes it now.

        Returns:
            For the block of a with: whether another may have put it just before.
        """
        with contextlib.ExitStack() as stack:
            again = False
            if self._writes:
                with self._unless_unusable() as remote:
                    if remote is not None:
                        again = stack.enter_context(remote.turn(input_key(model), waiting))
            yield again

    def offer(self, model: LockedModel, artifact: Artifact) -> None:
        """Puts there what was made here, if it may."""
        if not self._writes:
            return
        key = input_key(model)
        with self._unless_unusable() as remote:
            if remote is not None:
                remote.put(key, artifact, replace=key in self._wrong)
                self._wrong.discard(key)

    @contextlib.contextmanager
    def _unless_unusable(self) -> Iterator[Remote | None]:
        try:
            yield self._remote
        except _UNUSABLE as error:
            address, self._remote = self.address, None
            _LOG.warning("Going on without the second tier at %s: %s", address, error)
