"""Glossaries over HTTP: put, got, listed, deleted, and honoured in translations."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from ai_translate.state.database import FILE_NAME
from support.serving import error_of, serving

pytestmark = pytest.mark.anyio

CSV = {"Content-Type": "text/csv"}
PAIR = {"source_lang": "en", "target_lang": "fr"}


async def put(client: httpx.AsyncClient, name: str = "mine", body: str = "bus,CAR\n") -> None:
    response = await client.put(f"/glossaries/{name}", content=body, headers=CSV, params=PAIR)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("kind", "body", "params"),
    [
        ("text/csv; charset=utf-8", "source,target\nbus,car\n", PAIR),
        ("text/tab-separated-values", "bus\tcar\n", PAIR),
        ("application/json", '{"en-fr": {"bus": "car"}}', {}),
        ("application/json", '[{"source": "bus", "target": "car"}]', PAIR),
    ],
)
async def test_a_glossary_is_put_got_and_deleted(
    kind: str, body: str, params: dict[str, str]
) -> None:
    """In each form; without a state folder it says that it does not last."""
    path = "/glossaries/my.Terms_1-a"
    async with serving() as service:
        done = await service.put(path, content=body, headers={"Content-Type": kind}, params=params)
        got = await service.get(path)
        listed = await service.get("/glossaries")
        again = await service.put(path, json=got.json()["terms"])
        gone = await service.delete(path)
        missing = await service.get(path)
    assert done.status_code == again.status_code == 200
    info = done.json()
    assert info.pop("updated")
    assert info == {
        "name": "my.Terms_1-a",
        "lasting": False,
        "pairs": [{"source": "en", "target": "fr", "entries": 1}],
    }
    assert got.json() == {**done.json(), "terms": {"en-fr": {"bus": "car"}}}
    assert listed.json() == {"glossaries": [done.json()]}
    assert (gone.status_code, gone.content) == (204, b"")
    assert missing.status_code == 404
    assert error_of(missing)["code"] == "not_found"


async def test_terms_are_honoured_and_told() -> None:
    """For one text, in the address and in a batch; an edit counts at once."""
    async with serving() as service:
        await put(service)
        body = {"text": "the bus", "glossary": "mine"}
        first = (await service.post("/translate", json=body)).json()
        await put(service, body="bus,COACH\ncar,BUS\n")
        second = (await service.get("/translate", params=body)).json()
        batch = {"texts": ["the car", "the boat", "FAIL bus"], "glossary": "mine"}
        third = (await service.post("/translate/batch", json=batch)).json()["translations"]
        plain = (await service.post("/translate", json={"text": "the bus"})).json()
    assert first["translated_text"] == "THE CAR"
    assert first["glossary"] == {"applied": ["bus"], "missed": []}
    assert second["translated_text"] == "THE COACH"
    assert [one.get("translated_text") for one in third] == ["THE BUS", "THE BOAT", None]
    assert third[1]["glossary"] == {"applied": [], "missed": []}
    assert third[2]["error"]["code"] == "engine_failure"
    assert "glossary" not in plain


async def test_a_missed_term_has_a_warning() -> None:
    """What no way could put in is named, in the answer and in the warning."""
    async with serving() as service:
        await put(service, body="bus,voiture LOOP\n")
        body = {"text": "the bus", "glossary": "mine"}
        answer = (await service.post("/translate", json=body)).json()
    applied, missed = answer["glossary"]["applied"], answer["glossary"]["missed"]
    assert sorted(applied + missed) == ["bus"]
    assert [w["code"] for w in answer.get("warnings", [])] == ["term_missed"] * len(missed)


async def test_a_name_that_is_not_there_is_a_404() -> None:
    """With those that are; nothing is translated."""
    async with serving() as service:
        await put(service)
        for path, body in (
            ("/translate", {"text": "the bus", "glossary": "yours"}),
            ("/translate/batch", {"texts": ["the bus"], "glossary": "yours"}),
        ):
            response = await service.post(path, json=body)
            assert response.status_code == 404
            assert "mine" in error_of(response)["message"]
        assert service.engine.calls == []


async def test_a_glossary_of_another_direction_is_a_422() -> None:
    """The message names the directions that it has."""
    async with serving() as service:
        response = await service.put("/glossaries/mine", json={"de-fr": {"Bus": "car"}})
        assert response.status_code == 200
        body = {"text": "the bus", "glossary": "mine"}
        refused = await service.post("/translate", json=body)
    assert refused.status_code == 422
    assert "no terms for en→fr. Its directions: de→fr." in error_of(refused)["message"]


@pytest.mark.parametrize(
    ("path", "kind", "body", "status", "expected"),
    [
        ("/glossaries/a%20b", "text/csv", "a,b", 422, "no name"),
        ("/glossaries/%2e%2e", "text/csv", "a,b", 422, "no name"),
        ("/glossaries/a%2Fb", "text/csv", "a,b", 404, ""),
        ("/glossaries/%00", "text/csv", "a,b", 422, "no name"),
        ("/glossaries/" + "x" * 65, "text/csv", "a,b", 422, "no name"),
        ("/glossaries/a'%3B--", "text/csv", "a,b", 422, "no name"),
        ("/glossaries/a", "text/plain", "a,b", 422, "text/csv"),
        ("/glossaries/a", "", "a,b", 422, "text/csv"),
        ("/glossaries/a", "text/csv", "", 422, "no entries"),
        ("/glossaries/a", "text/csv", "a,b,c", 422, "Line 1"),
        ("/glossaries/a", "text/csv", "a,b\na,c", 422, "line 1 and 'c' in line 2"),
        ("/glossaries/a", "text/csv", "x" * 501 + ",b", 413, "the limit is 500"),
        ("/glossaries/a", "application/json", "{", 422, "not JSON"),
        ("/glossaries/a?target_lang=no%20tag", "text/csv", "a,b", 422, "target_lang"),
        ("/glossaries/a?source=en", "text/csv", "a,b", 422, "source"),
    ],
)
async def test_what_is_wrong_is_told(
    path: str, kind: str, body: str, status: int, expected: str
) -> None:
    """In the one shape of errors; nothing is kept."""
    path = path if "?" in path else f"{path}?source_lang=en&target_lang=fr"
    async with serving() as service:
        response = await service.put(path, content=body, headers={"Content-Type": kind})
        listed = await service.get("/glossaries")
    assert response.status_code == status
    assert expected in error_of(response)["message"]
    assert listed.json() == {"glossaries": []}


async def test_a_direction_has_two_ends() -> None:
    """One alone is refused, and none where the form does not say it."""
    async with serving() as service:
        for params in ({"source_lang": "en"}, {"target_lang": "fr"}, {}):
            response = await service.put("/glossaries/a", content="a,b", headers=CSV, params=params)
            assert response.status_code == 422
            assert "target_lang" in response.text


async def test_other_methods_are_told_which_there_are() -> None:
    """Of all routes that an address has, also one with a name in it."""
    async with serving() as service:
        response = await service.post("/glossaries/a", json={})
    assert response.status_code == 405
    assert response.headers["allow"] == "DELETE, GET, HEAD, PUT"


async def test_with_a_state_folder_a_glossary_lasts(tmp_path: Path) -> None:
    """It is there at the next start, and says so."""
    async with serving(state_dir=tmp_path) as service:
        await put(service)
    async with serving(state_dir=tmp_path) as service:
        assert (await service.get("/glossaries/mine")).json()["lasting"] is True
    assert (tmp_path / FILE_NAME).exists()


async def test_a_name_in_a_request_is_only_a_name() -> None:
    """Whatever stands there finds nothing; what is no string is refused."""
    async with serving() as service:
        for name in ("'; DROP TABLE glossaries; --", "../mine", "\u0000", "MINE"):
            body = {"text": "a", "glossary": name}
            assert (await service.post("/translate", json=body)).status_code == 404
        for wrong in ("", "x" * 65, 5, ["mine"]):
            body = json.loads(json.dumps({"text": "a", "glossary": wrong}))
            assert (await service.post("/translate", json=body)).status_code == 422
