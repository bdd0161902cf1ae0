"""What every command about models begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ai_translate.settings import Settings, load_settings

if TYPE_CHECKING:
    from ai_translate.supply.lockfile import Lock
    from ai_translate.supply.store import Store

__all__ = ["Opened", "opened"]


class Opened(NamedTuple):
    """The settings of this call, and the lock and the store that they name."""

    settings: Settings
    lock: Lock
    store: Store


def opened(*, missing_ok: bool = False) -> Opened:
    """Reads settings and lock; a missing lock may stand for an empty one."""
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # keeps `--help` quick
    from ai_translate.supply.store import Store  # noqa: PLC0415  # the same

    settings = load_settings()
    lock = Lock.read(settings.models_lock, missing_ok=missing_ok)
    return Opened(settings, lock, Store(settings.models_dir))
