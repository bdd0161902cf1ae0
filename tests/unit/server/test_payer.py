from __future__ import annotations

from typing import Any

import pytest

from ai_translate.server.caller import Access, Caller, name_caller
from ai_translate.server.payer import payer_in
from ai_translate.settings import load_settings


def scope_of(host: str | None) -> dict[str, Any]:
    return {"type": "http", "client": None if host is None else (host, 1)}


def name_at(host: str | None) -> str:
    return payer_in(scope_of(host), load_settings()).name


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("192.0.2.7", "address:192.0.2.7"),
        ("::ffff:192.0.2.7", "address:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "address:2001:db8:1:2::/64"),
        ("testclient", "address:testclient"),
        (None, "address:"),
    ],
)
def test_an_address_pays_for_its_network(host: str | None, name: str) -> None:
    """Of IPv6 the network counts, an address of IPv4 in either way of writing is one."""
    assert name_at(host) == name


def test_a_key_pays_wherever_it_is_sent_from() -> None:
    """Its own limits count; what it leaves open the settings say."""
    settings = load_settings(requests_per_minute=60, characters_per_month=1000)
    scope = scope_of("192.0.2.7")
    name_caller(scope, Caller("abc", frozenset({Access.TRANSLATE}), requests_per_minute=5))
    payer = payer_in(scope, settings)
    assert (payer.name, payer.key) == ("key:abc", "abc")
    assert (payer.requests_per_minute, payer.characters_per_month) == (5, 1000)
    assert payer.name != payer_in(scope_of("abc"), settings).name
