"""Who may ask, where nobody has said: everybody on this machine, and nobody beyond it."""

from __future__ import annotations

import logging
from ipaddress import ip_address

from ai_translate.errors import ConfigurationError
from ai_translate.settings import Settings

__all__ = ["require_choice"]

_log = logging.getLogger(__name__)


def require_choice(settings: Settings, address: str) -> None:
    """Sees to it that a server that others reach was told who may use it.

    Args:
        settings: What it was told.
        address: That it listens on, as numbers.

    Raises:
        ConfigurationError: It was not.
    """
    if settings.auth == "keys" or ip_address(address.partition("%")[0]).is_loopback:
        return
    if settings.auth is None:
        raise ConfigurationError(
            f"AIT_AUTH is not set, and others than this machine reach {address}.",
            hint="Set AIT_AUTH=keys to ask for keys (`ai-translate keys create NAME` makes one), "
            "or AIT_AUTH=none to let anybody translate who reaches the port.",
        )
    _log.warning(
        "AIT_AUTH=none: anybody who reaches %s may translate. AIT_AUTH=keys asks for keys.",
        address,
    )
