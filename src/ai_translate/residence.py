"""Models that share a bounded memory: those of least recent use leave it, and come back on demand.

A model that is not in memory is known all the same: what it translates is told, and a sentence for
it brings it back. That takes a thread and some seconds, in which its sentences wait as they would
for a worker. A model never leaves while it works; but when another one needs its room, it takes no
new work until it has left, so that none is kept out for good by one that is always busy.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from ai_translate.artifact import Artifact
from ai_translate.engine import DecodingOptions, Engine, ScoredSentence
from ai_translate.engine.pace import Pace
from ai_translate.engine.stats import EngineStats
from ai_translate.engine.turn import ANYTIME, Turn
from ai_translate.engine.work import Work
from ai_translate.errors import EngineFailure, NotReady, ServiceError
from ai_translate.languages import LanguagePair

__all__ = ["Residence", "Tenant", "room_of"]

_log = logging.getLogger(__name__)

# What a model occupies by the bytes of its files, and beside them: measured, see docs/lifecycle.md.
_FACTOR = 1.1
_BESIDE = 12_000_000


def room_of(artifact: Artifact) -> int:
    """Bytes of memory that a loaded model counts for."""
    return int(artifact.size * _FACTOR) + _BESIDE


class Residence:
    """The memory that some models share. Thread-safe.

    One thread loads them, one after the other, and lives only as long as there is one to load.

    Args:
        ceiling: Bytes that all models in memory may count for together, by `room_of`.
        load: Makes an engine of a model's name and artifact. Called again each time that the model
            comes back, with an artifact of which every byte has been verified anew.
    """

    def __init__(self, ceiling: int, load: Callable[[str, Artifact], Engine]) -> None:
        self.ceiling = ceiling
        self._load = load
        self._changed = threading.Condition()
        self._used = 0
        self._uses = 0
        self._in: list[Tenant] = []
        self._wanted: deque[Tenant] = deque()
        self._loader: threading.Thread | None = None

    @property
    def used(self) -> int:
        """Bytes that the models in memory count for."""
        return self._used

    def tenant(self, name: str, artifact: Artifact) -> Tenant:
        """A model of this residence; loaded at once where there is room left for it.

        Raises:
            EngineFailure: It cannot be loaded.
        """
        tenant = Tenant(name, artifact, self)
        with self._changed:
            if self._used + tenant.room > self.ceiling:
                return tenant
            self._used += tenant.room
        try:
            engine = self._load(name, artifact)
        except BaseException:
            self._free(tenant)
            raise
        with self._changed:
            self._enter(tenant, engine)
        return tenant

    def begin(self, tenant: Tenant) -> Engine | Future[Engine]:
        """Keeps a model in memory until `end` is called; its future where it has to come first.

        Whoever gives up that future cancels it, and calls `end` if it is too late for that.

        Raises:
            NotReady: The model is closed.
        """
        with self._changed:
            if tenant.closed:
                raise _closing(tenant)
            if tenant.engine is not None and not tenant.leaving:
                self._use(tenant, 1)
                return tenant.engine
            coming: Future[Engine] = Future()
            tenant.waiting.append(coming)
            if tenant not in self._wanted:
                self._wanted.append(tenant)
            if self._loader is None:
                loader = threading.Thread(target=self._bring, name="residence", daemon=True)
                try:
                    loader.start()
                except BaseException:
                    tenant.waiting.remove(coming)
                    raise
                self._loader = loader
            self._changed.notify_all()
            return coming

    def end(self, tenant: Tenant) -> None:
        """Ends one use."""
        with self._changed:
            tenant.users -= 1
            self._changed.notify_all()

    def stats_of(self, tenant: Tenant) -> EngineStats:
        """What a model does, and has done since it was first in memory."""
        with self._changed:  # or else it could leave between the two, and count twice
            if tenant.engine is None:
                return tenant.before
            return tenant.engine.stats().after(tenant.before)

    def close(self, tenant: Tenant) -> None:
        """Frees a model for good. Whoever waits for it gets `NotReady`. Idempotent."""
        with self._changed:
            tenant.closed = True
            engine = tenant.engine
            waiting = self._waiting(tenant)
            if engine is not None:
                self._leave(tenant)
            # What is being loaded is closed by the thread that loads it.
            self._changed.notify_all()
        for future in waiting:
            future.set_exception(_closing(tenant))
        if engine is not None:
            engine.close()
            self._free(tenant)

    def _use(self, tenant: Tenant, users: int) -> None:
        tenant.users += users
        self._uses += 1
        tenant.used_at = self._uses

    def _waiting(self, tenant: Tenant) -> list[Future[Engine]]:
        """Those who wait for a model, no more to be cancelled; it is wanted no more."""
        waiting = [one for one in tenant.waiting if one.set_running_or_notify_cancel()]
        tenant.waiting = []
        if tenant in self._wanted:
            self._wanted.remove(tenant)
        return waiting

    def _enter(self, tenant: Tenant, engine: Engine) -> list[Future[Engine]]:
        """Takes a loaded model in, which those who waited use from now on.

        So none is brought in its place before they have had it.
        """
        tenant.engine = engine
        tenant.pace = engine.pace
        tenant.leaving = False
        if tenant not in self._in:
            self._in.append(tenant)
        waiting = self._waiting(tenant)
        self._use(tenant, len(waiting))
        return waiting

    def _leave(self, tenant: Tenant) -> None:
        self._in.remove(tenant)
        tenant.before = tenant.stats().at_rest()
        tenant.engine = None
        tenant.leaving = False

    def _free(self, tenant: Tenant) -> None:
        with self._changed:
            self._used -= tenant.room
            self._changed.notify_all()

    def _bring(self) -> None:
        """What the thread does: brings in what is wanted, until nothing is."""
        while True:
            with self._changed:
                if not self._wanted:
                    self._loader = None
                    return
                tenant = self._wanted[0]
                engine: Engine | None = None
                leaving: list[tuple[Tenant, Engine]] = []
                if tenant.engine is not None:
                    # It was to leave, but whoever needed its room has found another.
                    engine = tenant.engine
                    waiting = self._enter(tenant, engine)
                elif self._used + tenant.room > self.ceiling:
                    leaving = self._vacated(tenant.room)
                    if not leaving:
                        self._changed.wait()
                        continue
                else:
                    self._used += tenant.room
                    for other in self._in:
                        other.leaving = False
            for other, old in leaving:
                old.close()
                self._free(other)
                _log.info("%s has left the memory.", other.name)
            if leaving:
                continue
            if engine is None:
                self._come(tenant)
            else:
                _answer(waiting, engine)

    def _vacated(self, room: int) -> list[tuple[Tenant, Engine]]:
        """Takes those out that make so much room, to be closed.

        None while one of them works, which is given no more work. Those that do not work are taken
        first, and among them those of least recent use.
        """
        lacking = self._used + room - self.ceiling
        chosen: list[Tenant] = []
        for other in sorted(self._in, key=lambda one: (one.users > 0, one.used_at)):
            if lacking > 0:
                chosen.append(other)
                lacking -= other.room
        for other in self._in:
            other.leaving = other in chosen
        if any(other.users for other in chosen):
            return []
        taken = [(other, other.engine) for other in chosen if other.engine is not None]
        for other, _ in taken:
            self._leave(other)
        return taken

    def _come(self, tenant: Tenant) -> None:
        """Loads a model for which room was made, and tells those who wait for it."""
        engine: Engine | None = None
        try:
            artifact = Artifact.open(tenant.artifact.path)
            artifact.verify()
            engine = self._load(tenant.name, artifact)
        except Exception:  # noqa: BLE001  # it is answered, and the next demand tries again
            _log.exception("%s cannot be loaded again.", tenant.name)
        with self._changed:
            # Whoever closed it meanwhile has told those who waited.
            taken = engine is not None and not tenant.closed
            if engine is not None and taken:
                waiting = self._enter(tenant, engine)
            else:
                waiting = self._waiting(tenant)
        if taken and engine is not None:
            _log.info("%s is in memory again.", tenant.name)
            _answer(waiting, engine)
            return
        if engine is not None:
            engine.close()
        self._free(tenant)
        for future in waiting:
            future.set_exception(
                EngineFailure(
                    f"{tenant.name} was not in memory and cannot be loaded again.",
                    hint="The log says why; `ai-translate doctor` looks at its files.",
                )
            )


class Tenant:
    """A model of a residence, behind the `Engine` protocol.

    Args:
        name: What the lock calls it.
        artifact: A verified artifact.
        residence: Where it lives; changes all attributes but these, under its lock.

    Attributes:
        room: Bytes that it counts for.
        engine: The loaded model, while it is in memory.
        pace: See `Engine.pace`; what it last was, while it is not.
        before: What it has done while it was in memory earlier.
        users: How many are at work with it.
        used_at: When one last began, counted in uses of all.
        leaving: Whether it takes no new work, since its room is needed.
        waiting: Those who wait for it.
        closed: Whether it is gone for good.
    """

    def __init__(self, name: str, artifact: Artifact, residence: Residence) -> None:
        self.name = name
        self.artifact = artifact
        self.room = room_of(artifact)
        self.engine: Engine | None = None
        self.pace = Pace()
        self.before = EngineStats.none()
        self.users = 0
        self.used_at = 0
        self.leaving = False
        self.waiting: list[Future[Engine]] = []
        self.closed = False
        self._residence = residence

    @property
    def resident(self) -> bool:
        """See `Engine.resident`."""
        return self.engine is not None

    def translate(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        *,
        turn: Turn = ANYTIME,
        cached: bool = True,
    ) -> Work[list[ScoredSentence | ServiceError]]:
        """See `Engine.translate`."""
        try:
            engine = yield from self._in_memory()
        except EngineFailure as error:
            return [EngineFailure(error.message, hint=error.hint) for _ in sentences]
        try:
            return (yield from engine.translate(sentences, pair, options, turn=turn, cached=cached))
        finally:
            self._residence.end(self)

    def _in_memory(self) -> Work[Engine]:
        found = self._residence.begin(self)
        if not isinstance(found, Future):
            return found
        try:
            engine: Engine = yield found
        except BaseException:
            # A caller who leaves when the model has come, but before it was used.
            if not found.cancel() and found.exception() is None:
                self._residence.end(self)
            raise
        return engine

    def stats(self) -> EngineStats:
        """See `Engine.stats`; since it was first in memory."""
        return self._residence.stats_of(self)

    def close(self) -> None:
        """See `Engine.close`."""
        self._residence.close(self)


def _answer(waiting: list[Future[Engine]], engine: Engine) -> None:
    for future in waiting:
        future.set_result(engine)


def _closing(tenant: Tenant) -> NotReady:
    return NotReady(f"{tenant.name} is being closed.", hint="Try another instance, or again later.")
