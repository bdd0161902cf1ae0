"""Who sends a request, where proxies that are trusted stand between.

A proxy adds the address of whoever it heard a request from at the right of `X-Forwarded-For`, or
of `Forwarded` (RFC 7239). What stands left of that, anybody may have written. So it is read from
the right, and the first address that is no proxy of ours is the client.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import chain, islice
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["TrustedProxies"]

_Address = IPv4Address | IPv6Address

_SCHEMES: Final = frozenset({"http", "https"})
_MOST_HOPS: Final = 32
_LONGEST: Final = 64


class TrustedProxies:
    """Plain ASGI middleware that puts the client's address and scheme in place of the proxy's.

    Where both headers are there, `X-Forwarded-For` counts: a proxy that writes that one may pass
    on whatever came as the other. An address that is none ends the way, and the last one that was
    heard from a proxy of ours counts.

    Args:
        app: What takes the requests.
        networks: Addresses of proxies that are trusted.
    """

    def __init__(self, app: ASGIApp, networks: Collection[IPv4Network | IPv6Network]) -> None:
        self._app = app
        networks = tuple(networks)

        @lru_cache(maxsize=1024)
        def trusts(address: _Address) -> bool:
            return any(address in network for network in networks)

        self._trusts = trusts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] == "http" and scope.get("client"):
            direct = _address(scope["client"][0])
            if direct is not None and self._trusts(direct):
                self._rewrite(scope, direct)
        await self._app(scope, receive, send)

    def _rewrite(self, scope: Scope, direct: _Address) -> None:
        listed, forwarded, protocols = (
            [value for name, value in scope["headers"] if name == wanted]
            for wanted in (b"x-forwarded-for", b"forwarded", b"x-forwarded-proto")
        )
        hops = _from_right(listed)
        schemes = _from_right(protocols)
        if not listed:
            elements = list(_from_right(forwarded))
            hops = (_parameter(element, "for") for element in elements)
            schemes = chain(schemes, (_parameter(element, "proto") for element in elements[:1]))
        scope["client"] = (str(self._client(direct, hops)), 0)
        scheme = next(schemes, "").lower()
        if scheme in _SCHEMES:
            scope["scheme"] = scheme

    def _client(self, direct: _Address, hops: Iterator[str]) -> _Address:
        """The first address on the way back that is no proxy of ours."""
        client = direct
        for hop in islice(hops, _MOST_HOPS):
            address = _address(hop)
            if address is None:
                break
            client = address
            if not self._trusts(address):
                break
        return client


def _from_right(values: list[bytes]) -> Iterator[str]:
    """The parts between commas of a header that may stand several times, the last one first."""
    for value in reversed(values):
        rest = value.decode("latin-1")
        while rest:
            rest, _, part = rest.rpartition(",")
            yield part.strip()


def _parameter(element: str, name: str) -> str:
    """One parameter of an element of `Forwarded`; empty if it has none."""
    for pair in element.split(";"):
        key, _, value = pair.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"')
    return ""


def _address(text: str) -> _Address | None:
    """An address that may have brackets and a port; an IPv4 one in IPv6 is itself."""
    return None if len(text) > _LONGEST else _parsed(text)


@lru_cache(maxsize=4096)  # parsing takes longer than all else here
def _parsed(text: str) -> _Address | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
