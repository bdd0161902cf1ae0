"""The models of the lock, and how they would be loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ai_translate.artifact import Artifact
from ai_translate.cli.doctor.finding import Finding
from ai_translate.errors import AITranslateError
from ai_translate.settings import Settings

__all__ = ["models"]


def models(settings: Settings) -> Iterator[Finding]:
    """Whether the models of the lock are there, whole and trusted, and how they run."""
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # the other findings do not wait
    from ai_translate.supply.signatures import require_signature  # noqa: PLC0415  # the same
    from ai_translate.supply.store import Store  # noqa: PLC0415  # the same

    store = Store(settings.models_dir)
    if os.access(store.folder, os.R_OK | os.X_OK):
        yield Finding("ok", "models folder", str(settings.models_dir))
    else:
        yield Finding(
            "fail",
            "models folder",
            f"{store.folder} does not exist or cannot be read",
            "Run `ai-translate models pull`, or set AIT_MODELS_DIR to where the models are.",
        )
    try:
        lock = Lock.read(settings.models_lock)
    except AITranslateError as error:
        yield Finding("fail", "models lock", error.message, error.hint)
        return
    if not lock.models:
        yield Finding(
            "fail", "models lock", f"{lock.path} names no model", "Run `ai-translate models add`."
        )
    for model in lock.models:
        try:
            require_signature(model, settings.require_signature)
            artifact = store.open(model.artifact)
        except AITranslateError as error:
            yield Finding("fail", f"model {model.name}", error.message, error.hint)
        else:
            yield Finding("ok", f"model {model.name}", f"verified {model.artifact[:12]}")
            yield _threads(settings, artifact)


def _threads(settings: Settings, artifact: Artifact) -> Finding:
    """What one model is, or would be, loaded with."""
    from ai_translate.engine.cpus import usable_cpus  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.engine.threads import choose_threads  # noqa: PLC0415  # the same

    choice = choose_threads(
        artifact,
        settings.device,
        settings.inter_threads,
        settings.intra_threads,
        state_dir=settings.state_dir,
    )
    where = f", in {choice.kept_in}" if choice.kept_in else ""
    message = (
        f"{choice.inter} batches at once, {choice.intra} threads in each ({choice.source}{where})"
    )
    if choice.source == "measured" and choice.kept_in is None:
        return Finding(
            "note",
            "threads",
            f"{message}; no folder can keep it, so that each start measures again",
            "Set AIT_STATE_DIR to a folder that can be written, or AIT_INTER_THREADS.",
        )
    if choice.source == "setting" and choice.inter * choice.intra > usable_cpus():
        return Finding(
            "note", "threads", message, "Set AIT_INTER_THREADS and AIT_INTRA_THREADS to fit."
        )
    return Finding("ok", "threads", message)
