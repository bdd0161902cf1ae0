"""Proxies that are trusted tell where a request comes from; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from ai_translate.server.proxies import TrustedProxies
from ai_translate.settings import load_settings

pytestmark = pytest.mark.anyio

PROXIES = "10.0.0.0/8, 192.0.2.7, 2001:db8::/32"
PROXY, CLIENT, FAKE = "10.0.0.1", "203.0.113.9", "198.51.100.66"


async def seen(
    peer: str | None, *headers: tuple[str, str], trusted: str = PROXIES
) -> tuple[str | None, str]:
    """The address and the scheme that stand in a request further in."""
    found: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del receive, send
        found.update(scope)

    networks = load_settings(trusted_proxies=trusted).trusted_proxies
    assert networks is not None
    scope = {
        "type": "http",
        "scheme": "http",
        "client": peer and (peer, 1234),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    await TrustedProxies(app, networks)(scope, None, None)  # type: ignore[arg-type]  # not used
    return found["client"] and found["client"][0], found["scheme"]


@pytest.mark.parametrize("peer", [CLIENT, "192.0.2.8", "2001:db9::1", "::1", "localhost", None])
async def test_a_stranger_s_word_does_not_count(peer: str | None) -> None:
    """Whatever it says of itself."""
    said = [("X-Forwarded-For", FAKE), ("X-Forwarded-Proto", "https"), ("Forwarded", f"for={FAKE}")]
    assert await seen(peer, *said) == (peer, "http")


@pytest.mark.parametrize("peer", [PROXY, "192.0.2.7", "2001:db8::5", f"::ffff:{PROXY}"])
async def test_a_proxy_s_word_counts(peer: str) -> None:
    """By its address, by its network, and where IPv4 comes in through IPv6."""
    said = [("X-Forwarded-For", CLIENT), ("X-Forwarded-Proto", "https")]
    assert await seen(peer, *said) == (CLIENT, "https")


@pytest.mark.parametrize(
    ("values", "client"),
    [
        ([f"{FAKE}, {CLIENT}"], CLIENT),
        ([f"{FAKE}, {CLIENT}, 10.9.9.9, 192.0.2.7"], CLIENT),
        ([FAKE, f"{CLIENT}, 10.9.9.9"], CLIENT),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ([f"{FAKE}, unknown"], PROXY),
        ([f"{FAKE}, _hidden, 10.2.2.2"], "10.2.2.2"),
        ([f"{FAKE},"], PROXY),
        ([""], PROXY),
        ([f"{FAKE}, {'9' * 100}"], PROXY),
        (["203.0.113.9:5678"], CLIENT),
        (["[2001:db9::1]:443"], "2001:db9::1"),
        (["2001:db9::1"], "2001:db9::1"),
        ([f"::ffff:{CLIENT}"], CLIENT),
        ([f"{FAKE}, " + "10.0.0.3, " * 40 + "10.0.0.2"], "10.0.0.3"),
    ],
)
async def test_the_last_address_that_is_no_proxy_is_the_client(
    values: list[str], client: str
) -> None:
    """What stands left of it anybody may have written; what is no address ends the way."""
    assert (await seen(PROXY, *(("X-Forwarded-For", value) for value in values)))[0] == client


@pytest.mark.parametrize(
    ("value", "client", "scheme"),
    [
        (f"for={CLIENT};proto=https", CLIENT, "https"),
        (f'for={FAKE}, For="{CLIENT}:99"; Proto=HTTPS;by=10.0.0.1', CLIENT, "https"),
        ('for="[2001:db9::1]:443"', "2001:db9::1", "http"),
        (f"for={FAKE};proto=https, for=10.0.0.9;proto=http", FAKE, "http"),
        (f"for={FAKE}, for=_hidden", PROXY, "http"),
        (f"for={FAKE}, proto=https", PROXY, "https"),
        (";;=,=;", PROXY, "http"),
    ],
)
async def test_the_standard_header_is_read(value: str, client: str, scheme: str) -> None:
    """RFC 7239, with names in any case, quotes and ports."""
    assert await seen(PROXY, ("Forwarded", value)) == (client, scheme)


async def test_of_two_headers_the_older_one_counts() -> None:
    """A proxy that writes it may pass on what a client wrote as the other."""
    said = [("Forwarded", f"for={FAKE};proto=https"), ("X-Forwarded-For", CLIENT)]
    assert await seen(PROXY, *said) == (CLIENT, "http")


@pytest.mark.parametrize(
    ("value", "scheme"),
    [("https", "https"), ("http, HTTPS", "https"), ("gopher", "http"), ("", "http")],
)
async def test_the_scheme_is_one_of_two(value: str, scheme: str) -> None:
    """The last proxy's word counts; what is no scheme of ours does not."""
    assert (await seen(PROXY, ("X-Forwarded-Proto", value)))[1] == scheme
