"""Who has no key, or one for something else, gets no further than the gate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from ai_translate.server.gate import access_for
from ai_translate.server.routing import NATIVE
from ai_translate.state.database import Database
from ai_translate.state.key_texts import new_key_text
from ai_translate.state.keys import Access, Keys
from support.serving import Service, error_of, serving

pytestmark = pytest.mark.anyio

OPEN = ["/", "/livez", "/readyz", "/health", "/docs", "/docs.js", "/docs.css", "/openapi.json"]
OPEN += ["/page/front.js", "/page/status.html"]
TEXT = {"text": "a"}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Keys]:
    database = Database.open(tmp_path)
    yield Keys(database)
    database.close()


@asynccontextmanager
async def guarded(folder: Path, **settings: Any) -> AsyncIterator[Service]:
    async with serving(auth="keys", state_dir=folder, **settings) as service:
        yield service


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize("path", OPEN)
async def test_some_addresses_are_open(tmp_path: Path, path: str) -> None:
    """Probes, the overview and the documentation."""
    async with guarded(tmp_path) as service:
        assert (await service.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[("POST", path) for path in ("/translate", "/translate/batch", "/translate/stream")],
        *[("GET", path) for path in ("/translate?text=a", "/languages", "/glossaries")],
        *[("GET", path) for path in ("/nowhere", "/translate/document/x", "/docs/")],
        *[("POST", "/translate/document"), ("PUT", "/glossaries/a"), ("DELETE", "/glossaries/a")],
        *[("GET", "/metrics"), ("POST", "/admin/reload"), ("OPTIONS", "/translate")],
    ],
)
async def test_everything_else_needs_a_key(tmp_path: Path, method: str, path: str) -> None:
    """Also what does not exist; the answer has the one shape and says how to send one."""
    async with guarded(tmp_path) as service:
        response = await service.request(method, path)
        assert service.engine.calls == []
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert error_of(response) == {
        "code": "unauthorized",
        "message": "This needs a key.",
        "hint": "Send it as Authorization: Bearer KEY, or as X-API-Key: KEY.",
    }


async def test_a_key_opens_in_either_header(tmp_path: Path, kept: Keys) -> None:
    """`Authorization` in any case of its scheme; X-API-Key beside another's `Authorization`."""
    text = kept.create("CI", [Access.TRANSLATE]).text
    headers = [
        bearer(text),
        {"authorization": f"bearer  {text} "},
        {"X-API-Key": text},
        {"X-API-Key": text, "Authorization": "Basic bWU6bWU="},
        {"X-API-Key": text, "Authorization": "Bearer of.another.kind"},
    ]
    async with guarded(tmp_path) as service:
        for one in headers:
            response = await service.post("/translate", json=TEXT, headers=one)
            assert response.status_code == 200, one


async def test_a_key_elsewhere_opens_nothing(tmp_path: Path, kept: Keys) -> None:
    """In the address, in a cookie, in the body, as a name of Basic, without its scheme, twice."""
    text = kept.create("CI", [Access.TRANSLATE]).text
    wrong: list[httpx.Request] = []
    async with guarded(tmp_path) as service:

        def asked(**given: Any) -> None:
            wrong.append(service.build_request("POST", "/translate", **{"json": TEXT, **given}))

        for name in ("key", "api_key", "access_token", "X-API-Key"):
            asked(params={name: text})
        asked(headers={"Cookie": f"X-API-Key={text}"})
        asked(json={**TEXT, "api_key": text})
        for value in (text, f"Basic {text}", "Bearer", f"Bearer {new_key_text()}", f"Bearer{text}"):
            asked(headers={"Authorization": value})
        asked(headers=[("X-API-Key", text), ("X-API-Key", text)])
        asked(headers=[("Authorization", f"Bearer {text}"), ("Authorization", "Basic x")])
        asked(headers={"X-API-Key": new_key_text(), **bearer(text)})
        for request in wrong:
            response = await service.send(request)
            assert response.status_code == 401, request.headers
            assert text[15:] not in f"{error_of(response)}{response.headers}"


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("POST", "/translate", Access.TRANSLATE),
        ("GET", "/glossaries/a", Access.TRANSLATE),
        ("HEAD", "/glossaries", Access.TRANSLATE),
        ("PUT", "/glossaries/a", Access.GLOSSARIES),
        ("PATCH", "/glossaries/a", Access.GLOSSARIES),
        ("DELETE", "/glossaries/a", Access.GLOSSARIES),
        ("GET", "/metrics", Access.METRICS),
        ("POST", "/admin/reload", Access.ADMIN),
        ("GET", "/usage", Access.TRANSLATE),
        ("GET", "/admin", Access.ADMIN),
        ("GET", "/docs/x", Access.TRANSLATE),
        ("GET", "//docs", Access.TRANSLATE),
        ("GET", "", Access.TRANSLATE),
        ("GET", "/docs", None),
    ],
)
def test_each_address_needs_its_access(method: str, path: str, needed: Access | None) -> None:
    """What nobody has thought of needs what translating needs."""
    assert access_for(method, path) is needed


async def test_a_key_for_something_else_is_forbidden(tmp_path: Path, kept: Keys) -> None:
    """Whatever it lacks; admin lacks nothing."""
    texts = {access: kept.create("CI", [access]).text for access in Access}
    lacking = {
        ("POST", "/translate"): {Access.GLOSSARIES, Access.METRICS},
        ("DELETE", "/glossaries/a"): {Access.TRANSLATE, Access.METRICS},
        ("GET", "/metrics"): {Access.TRANSLATE, Access.GLOSSARIES},
        ("POST", "/admin/reload"): {Access.TRANSLATE, Access.GLOSSARIES, Access.METRICS},
    }
    async with guarded(tmp_path) as service:
        for (method, path), these in lacking.items():
            for access, text in texts.items():
                response = await service.request(method, path, headers=bearer(text))
                refused = response.status_code == HTTPStatus.FORBIDDEN
                assert refused is (access in these), (path, access)
                if refused:
                    error = error_of(response)
                    assert error["code"] == "forbidden"
                    assert f"is for {access}; this needs " in error["message"]


async def test_a_document_belongs_to_its_key(tmp_path: Path, kept: Keys) -> None:
    """Another key sees, fetches and cancels it as little as one that is not there."""
    mine, other = (bearer(kept.create("x", [Access.TRANSLATE]).text) for _ in range(2))
    admin = bearer(kept.create("x", [Access.ADMIN]).text)
    async with guarded(tmp_path) as service:
        sent = await service.post(
            "/translate/document",
            data={"source_lang": "en", "target_lang": "fr", "wait": "0"},
            files={"file": ("a.txt", b"One.")},
            headers=mine,
        )
        assert sent.status_code == 202, sent.text
        address = sent.headers["location"]
        asked = [("GET", address), ("GET", f"{address}/result"), ("DELETE", address)]
        for method, path in asked:
            hidden = await service.request(method, path, headers=other)
            nothing = await service.request(method, path.replace(address, f"{address}x"))
            assert nothing.status_code == 401
            absent = await service.request(
                method, path.replace(address, f"{address}x"), headers=other
            )
            assert hidden.status_code == absent.status_code == 404
            assert hidden.content == absent.content
        assert (await service.get(address, headers=mine)).status_code == 200
        assert (await service.get(address, headers=admin)).status_code == 200
        assert (await service.delete(address, headers=admin)).status_code in {200, 204}


async def test_openapi_says_what_needs_a_key(tmp_path: Path) -> None:
    """With keys, which access; without, nothing."""
    async with guarded(tmp_path) as service:
        api = (await service.get("/openapi.json")).json()
        again = (await service.get("/openapi.json")).json()
    assert api == again
    schemes = api["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["header"]["in"], schemes["header"]["name"]) == ("header", "X-API-Key")
    operations = {
        (method, path): operation
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
        if NATIVE in operation["tags"]
    }
    for (method, path), operation in operations.items():
        needed = access_for(method.upper(), path)
        if needed is None:
            assert operation["security"] == []
            assert "401" not in operation["responses"]
        else:
            assert operation["security"] == [{"bearer": [needed]}, {"header": [needed]}]
            shown = operation["responses"]["401"]["content"]["application/json"]
            assert shown["schema"]["$ref"].endswith("/Failure")
            assert shown["example"]["error"]["code"] == "unauthorized"
            assert operation["responses"]["403"]
    assert operations["put", "/glossaries/{name}"]["security"][0] == {"bearer": ["glossaries"]}
    async with serving() as service:
        api = (await service.get("/openapi.json")).json()
    assert "securitySchemes" not in api["components"]
    assert not any(
        "security" in one for methods in api["paths"].values() for one in methods.values()
    )
