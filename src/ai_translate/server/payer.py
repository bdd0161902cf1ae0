"""Whose account a request is on: a key's or, where none is asked for, an address's."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from starlette.types import Scope

from ai_translate.server.caller import caller_in
from ai_translate.settings import Settings

__all__ = ["Payer", "payer_in"]


class Payer(NamedTuple):
    """Who pays for a request, and what it may.

    Attributes:
        name: What its requests are counted under: no key has the same as an address.
        key: Identifier of the key; empty for an address.
        requests_per_minute: Most requests in a minute; None for any number.
        characters_per_month: Most characters in a calendar month; None for any number.
    """

    name: str
    key: str
    requests_per_minute: int | None
    characters_per_month: int | None


def payer_in(scope: Scope, settings: Settings) -> Payer:
    """Who pays for the request of a scope; what its key leaves open, the settings say."""
    caller = caller_in(scope)
    requests, characters = caller.requests_per_minute, caller.characters_per_month
    if caller.key:
        name = f"key:{caller.key}"
    else:
        client = scope.get("client")
        name = _network(client[0]) if client else "address:"
    return Payer(
        name,
        caller.key,
        settings.requests_per_minute if requests is None else requests,
        settings.characters_per_month if characters is None else characters,
    )


@lru_cache(maxsize=4096)
def _network(host: str) -> str:
    """An address, or of IPv6 the network: whoever has one has all the addresses of it."""
    try:
        address = ip_address(host)
    except ValueError:
        return f"address:{host}"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return f"address:{ip_network((int(address) >> 64 << 64, 64))}"
        address = address.ipv4_mapped
    return f"address:{address}"
