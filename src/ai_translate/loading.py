"""From a lock to loaded models, at the start and again when the lock has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from ai_translate.artifact import Artifact
from ai_translate.engine import DecodingOptions, Engine, ScoredSentence
from ai_translate.engine.work import finish
from ai_translate.errors import ConfigurationError, LockError
from ai_translate.residence import Residence, room_of
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.signatures import require_signature
from ai_translate.supply.store import Store, open_locked

__all__ = ["Loading"]

_SENTENCE: Final = "Hello, where is the station?"


class Loading:
    """How the models of a lock are loaded.

    Args:
        lock: Path of the lock.
        models_dir: The folder that holds `store/`.
        signed_by: Public keys, of which one must have signed each model; None asks for none.
        load: Makes an engine of a model's name and artifact.
        most_bytes: Memory that all models may take together, see `residence`; 0 for any.
    """

    def __init__(
        self,
        lock: Path,
        models_dir: Path,
        signed_by: str | None,
        load: Callable[[str, Artifact], Engine],
        most_bytes: int = 0,
    ) -> None:
        self._lock = lock
        self._store = Store(models_dir)
        self._signed_by = signed_by
        self._residence = Residence(most_bytes, load) if most_bytes else None
        self._load = self._residence.tenant if self._residence else load
        self._locked: dict[str, LockedModel] = {}

    def engines(self, known: Sequence[Engine] = ()) -> list[Engine]:
        """Every model of the lock as it stands, verified and loaded; all or none.

        Args:
            known: Loaded models. Those of the same name and artifact are taken as they are; any
                other one translates a sentence before it is given.

        Raises:
            SupplyError: The lock or a model is missing, damaged or not to be trusted.
            ConfigurationError: A public key is none, or a model is larger than all may be.
            EngineFailure: A model cannot be loaded.
            ServiceError: A new model does not translate.
        """
        locked = Lock.read(self._lock)
        if not locked.models:
            raise LockError(f"{self._lock} names no model.", hint="Run `ai-translate models add`.")
        for model in locked.models:
            require_signature(model, self._signed_by)
        opened = open_locked(locked, self._store)
        self._refuse_too_large(opened)
        engines: list[Engine] = []
        new: list[Engine] = []
        try:
            for model, artifact in opened:
                engine = _same(known, model.name, artifact)
                if engine is None:
                    engine = self._load(model.name, artifact)
                    new.append(engine)
                    if known:
                        _try(engine)
                engines.append(engine)
        except BaseException:
            for engine in new:
                engine.close()
            raise
        self._locked = {model.name: model for model, _ in opened}
        return engines

    def locked(self, engine: Engine) -> LockedModel | None:
        """What the lock said of a model when it was last read; None if it had another by then."""
        model = self._locked.get(engine.name)
        return model if model and model.artifact == engine.artifact.digest else None

    def _refuse_too_large(self, opened: Iterable[tuple[LockedModel, Artifact]]) -> None:
        if self._residence is None:
            return
        ceiling = self._residence.ceiling
        large = [
            f"{model.name} takes {room_of(artifact)}"
            for model, artifact in opened
            if room_of(artifact) > ceiling
        ]
        if large:
            raise ConfigurationError(
                f"AIT_MODELS_BYTES is {ceiling}, but {' and '.join(large)} bytes of memory.",
                hint="Raise it to that of the largest model at least, or to 0 for no limit.",
            )


def _same(known: Iterable[Engine], name: str, artifact: Artifact) -> Engine | None:
    for engine in known:
        if engine.name == name and engine.artifact.digest == artifact.digest:
            return engine
    return None


def _try(engine: Engine) -> None:
    """Lets a model translate a sentence, so that it is warm and known to work.

    Raises:
        ServiceError: It does not.
    """
    pair = engine.artifact.manifest.pairs[0]
    [outcome] = finish(engine.translate([_SENTENCE], pair, DecodingOptions(), cached=False))
    if not isinstance(outcome, ScoredSentence):
        raise outcome
