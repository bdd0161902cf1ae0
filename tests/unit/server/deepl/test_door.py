"""What is refused before it comes to a route is refused in DeepL's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from ai_translate.state.database import Database
from ai_translate.state.keys import Access, Keys
from support.serving import serving

pytestmark = pytest.mark.anyio

TEXT = {"text": ["the bus"], "target_lang": "FR", "source_lang": "EN"}


def message_of(response: httpx.Response) -> str:
    """The message of an error, held against the one shape that every error has."""
    body = response.json()
    assert {"message"} <= set(body) <= {"message", "detail"}, body
    assert all(isinstance(value, str) and value for value in body.values())
    message: str = body["message"]
    return message


def headers(folder: Path, *access: Access, **limits: Any) -> dict[str, str]:
    database = Database.open(folder)
    key = Keys(database).create("mine", access or (Access.TRANSLATE,), **limits)
    database.close()
    return {"Authorization": f"DeepL-Auth-Key {key.text}"}


async def test_a_key_is_needed_and_403_says_so(tmp_path: Path) -> None:
    """Missing, wrong, or for something else; the right one is let in as DeepL's clients send it."""
    mine = headers(tmp_path)
    wrong = {"Authorization": "DeepL-Auth-Key nonsense"}
    async with serving(auth="keys", state_dir=tmp_path) as service:
        for path, sent in (("translate", TEXT), ("languages", {}), ("usage", None)):
            for given in ({}, wrong):
                address = f"/deepl/v2/{path}"
                method = "GET" if sent is None else "POST"
                refused = await service.request(method, address, json=sent, headers=given)
                assert refused.status_code == 403
                assert "key" in message_of(refused)
        done = await service.post("/deepl/v2/translate", json=TEXT, headers=mine)
        assert done.status_code == 200
        listed = await service.get("/deepl/v2/glossaries", headers=mine)
        assert listed.status_code == 200
        for version in ("v2", "v3"):
            path = f"/deepl/{version}/glossaries"
            assert (await service.post(path, json={}, headers=mine)).status_code == 403
            assert (await service.delete(f"{path}/x", headers=mine)).status_code == 403
            # Nor by another name: what is behind a door is there alone.
            for around in (f"/native{path}", f"/native/native{path}"):
                assert (await service.post(around, json={}, headers=mine)).status_code == 404


async def test_a_key_for_glossaries_writes_them(tmp_path: Path) -> None:
    """And translates nothing with that."""
    mine = headers(tmp_path, Access.GLOSSARIES)
    body = {"name": "a", "source_lang": "en", "target_lang": "fr", "entries": "bus\tcar"}
    async with serving(auth="keys", state_dir=tmp_path) as service:
        made = await service.post("/deepl/v2/glossaries", json=body, headers=mine)
        refused = await service.post("/deepl/v2/translate", json=TEXT, headers=mine)
    assert (made.status_code, refused.status_code) == (201, 403)


async def test_requests_that_are_too_many_are_429(tmp_path: Path) -> None:
    """With the seconds to wait."""
    mine = headers(tmp_path, requests_per_minute=1)
    async with serving(auth="keys", state_dir=tmp_path) as service:
        for status in (200, 429):
            answer = await service.post("/deepl/v2/translate", json=TEXT, headers=mine)
            assert answer.status_code == status
    assert "1 request" in message_of(answer)
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_month_that_is_used_up_is_456(tmp_path: Path) -> None:
    """And usage says how much is; of documents too."""
    mine = headers(tmp_path, characters_per_month=10)
    path = "/deepl/v2/document"
    file = {"file": ("a.txt", b"the bus")}
    async with serving(auth="keys", state_dir=tmp_path) as service:
        first = await service.post("/deepl/v2/translate", json=TEXT, headers=mine)
        second = await service.post("/deepl/v2/translate", json=TEXT, headers=mine)
        third = await service.post(path, data={"target_lang": "fr"}, files=file, headers=mine)
        usage = await service.get("/deepl/v2/usage", headers=mine)
    assert [first.status_code, second.status_code, third.status_code] == [200, 456, 456]
    assert "the 3 that are left of the 10" in message_of(second)
    assert usage.json() == {"character_count": 7, "character_limit": 10}


async def test_without_a_limit_usage_tells_a_large_one() -> None:
    """Clients divide by it."""
    async with serving() as service:
        usage = await service.get("/deepl/v2/usage")
    assert usage.json() == {"character_count": 0, "character_limit": 10**12}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/deepl/v2/write/rephrase", 404),
        ("GET", "/deepl/v3/style_rules", 404),
        ("GET", "/deepl/v3/translation_memories", 404),
        ("GET", "/deepl/v2/translate", 405),
        ("POST", "/deepl/v2/usage", 405),
        ("GET", "/deepl/", 404),
    ],
)
async def test_what_is_not_here_is_told_in_the_same_shape(
    method: str, path: str, status: int
) -> None:
    """An address that is none, or has no such method."""
    async with serving() as service:
        refused = await service.request(method, path)
    assert refused.status_code == status
    assert message_of(refused)


async def test_bodies_that_are_too_long_are_413() -> None:
    """Before they are read; those of documents may be longer."""
    async with serving(max_body_bytes=1_000, max_document_bytes=5_000) as service:
        refused = await service.post("/deepl/v2/translate", json=TEXT | {"context": "x" * 2_000})
        file = {"file": ("a.txt", b"the bus. " * 300)}
        taken = await service.post(
            "/deepl/v2/document", data={"target_lang": "fr", "source_lang": "en"}, files=file
        )
    assert refused.status_code == 413
    assert message_of(refused)
    assert taken.status_code == 200


async def test_it_is_503_until_there_are_models() -> None:
    """As our own contract is."""

    def load() -> Any:
        raise RuntimeError

    async with serving(load=load) as service:
        for path in ("languages", "glossary-language-pairs"):
            refused = await service.get(f"/deepl/v2/{path}")
            assert refused.status_code == 503
            assert message_of(refused)


async def test_faults_of_ours_are_500() -> None:
    """And tell nothing but the name that the log has."""
    async with serving() as service:
        refused = await service.post("/deepl/v2/translate", json=TEXT | {"text": ["BUG"]})
    assert refused.status_code == 500
    assert "Its log tells why" in message_of(refused)


async def test_a_closed_door_has_no_addresses() -> None:
    """And one at the root has two."""
    async with serving(doors="") as service:
        assert (await service.post("/deepl/v2/translate", json=TEXT)).status_code == 404
    async with serving(root="deepl") as service:
        for path in ("/v2/translate", "/deepl/v2/translate"):
            assert (await service.post(path, json=TEXT)).status_code == 200
        lost = await service.get("/v3/style_rules")
        assert message_of(lost)
        assert (await service.post("/translate", json={"text": "a"})).status_code == 200
