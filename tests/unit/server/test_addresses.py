from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from ai_translate.errors import ConfigurationError
from ai_translate.server.addresses import Addresses, moved
from ai_translate.server.door import Door, door_in
from ai_translate.settings import load_settings


def door(name: str, *roots: str) -> Door:
    return Door(
        name=name,
        prefix=f"/{name}",
        roots=frozenset(roots),
        refused=lambda refusal: (refusal.status, {}),
        access=lambda _method, _path: None,
        counted=frozenset(),
    )


DOORS = [door("libretranslate", "/translate", "/languages"), door("deepl", "/v2")]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers the path as it came in, and the door."""
    found = door_in(scope)
    told = PlainTextResponse(f"{found.name if found else 'native'} {scope['path']}")
    await told(scope, receive, send)


@pytest.mark.parametrize(
    ("root", "path", "told"),
    [
        ("native", "/translate", "native /translate"),
        ("native", "/", "native /"),
        ("native", "/native/translate/batch", "native /translate/batch"),
        ("native", "/native", "native /"),
        ("native", "/nativeness", "native /nativeness"),
        ("native", "/native/deepl/v2/translate", "native /native/deepl/v2/translate"),
        ("deepl", "/native/deepl", "native /native/deepl"),
        ("deepl", "/native/v2/translate", "native /v2/translate"),
        ("native", "/deepl/v2/translate", "deepl /deepl/v2/translate"),
        ("native", "/v2/translate", "native /v2/translate"),
        ("deepl", "/v2/translate", "deepl /deepl/v2/translate"),
        ("deepl", "/translate", "native /translate"),
        ("libretranslate", "/translate", "libretranslate /libretranslate/translate"),
        ("libretranslate", "/translate/batch", "libretranslate /libretranslate/translate/batch"),
        ("libretranslate", "/native/translate", "native /translate"),
        ("libretranslate", "/native/native/translate", "native /native/translate"),
        ("libretranslate", "/livez", "native /livez"),
    ],
)
def test_the_root_speaks_what_it_is_told_to(root: str, path: str, told: str) -> None:
    """Prefixes always lead where they say; at the root, a door has the addresses that it names."""
    client = TestClient(Addresses(echo, DOORS, root))
    assert client.get(path).text == told


def test_openapi_says_where_our_own_addresses_went() -> None:
    """Those that a door has taken stand below /native, and no other ones."""
    paths = {"/translate/batch": 1, "/languages": 2, "/livez": 3, "/deepl/v2/translate": 4}
    assert moved(paths, DOORS, "native") == paths
    assert moved(paths, DOORS, "libretranslate") == {
        "/native/translate/batch": 1,
        "/native/languages": 2,
        "/livez": 3,
        "/deepl/v2/translate": 4,
    }


def test_a_closed_door_cannot_have_the_root() -> None:
    """A setting that contradicts another one is told at the start."""
    assert load_settings(doors="deepl", root="deepl").root == "deepl"
    assert load_settings(doors="").doors is None
    with pytest.raises(ConfigurationError, match="libretranslate is closed"):
        load_settings(doors="deepl", root="libretranslate")
