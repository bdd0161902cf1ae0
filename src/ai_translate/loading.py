"""From a lock to loaded models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ai_translate.artifact import Artifact
from ai_translate.engine import Engine
from ai_translate.errors import LockError
from ai_translate.supply.lockfile import Lock
from ai_translate.supply.signatures import require_signature
from ai_translate.supply.store import Store, open_locked

__all__ = ["loaded"]


def loaded(
    lock: Path, models_dir: Path, signed_by: str | None, load: Callable[[str, Artifact], Engine]
) -> list[Engine]:
    """Every model of a lock, verified and loaded; all or none.

    Args:
        lock: Path of the lock.
        models_dir: The folder that holds `store/`.
        signed_by: Public keys, of which one must have signed each model; None asks for none.
        load: Makes an engine of a model's name and artifact.

    Raises:
        SupplyError: The lock or a model is missing, damaged or not to be trusted.
        ConfigurationError: A public key is none.
        EngineFailure: A model cannot be loaded.
    """
    locked = Lock.read(lock)
    if not locked.models:
        raise LockError(f"{lock} names no model.", hint="Run `ai-translate models add`.")
    for model in locked.models:
        require_signature(model, signed_by)
    engines: list[Engine] = []
    try:
        for model, artifact in open_locked(locked, Store(models_dir)):
            engines.append(load(model.name, artifact))
    except BaseException:
        for engine in engines:
            engine.close()
        raise
    return engines
