"""Documents by DeepL's contract: sent, looked after, and got once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from ai_translate.state.database import Database
from ai_translate.state.keys import Access, Keys
from support.serving import Service, serving

pytestmark = pytest.mark.anyio

PATH = "/deepl/v2/document"
PAIR = {"source_lang": "EN", "target_lang": "FR"}


async def send(
    service: Service, content: bytes = b"the bus", name: str = "a.txt", **fields: Any
) -> httpx.Response:
    return await service.post(PATH, data={**PAIR, **fields}, files={"file": (name, content)})


async def look(service: Service, handle: dict[str, str], more: str = "") -> httpx.Response:
    body = {"document_key": handle["document_key"]}
    return await service.post(f"{PATH}/{handle['document_id']}{more}", json=body)


async def over(service: Service, handle: dict[str, str]) -> httpx.Response:
    """The state of a document when it is over."""
    while True:
        state = await look(service, handle)
        if state.json()["status"] not in {"queued", "translating"}:
            return state


async def test_a_document_is_sent_and_got_once() -> None:
    """With its key, by JSON or form."""
    async with serving() as service:
        sent = await send(service)
        assert sent.status_code == 200, sent.text
        handle = sent.json()
        assert set(handle) == {"document_id", "document_key"}
        state = await over(service, handle)
        path = f"{PATH}/{handle['document_id']}/result"
        got = await service.post(path, data={"document_key": handle["document_key"]})
        again = await look(service, handle, "/result")
    assert state.json() == {
        "document_id": handle["document_id"],
        "status": "done",
        "billed_characters": 7,
    }
    assert (got.status_code, got.content) == (200, b"THE BUS")
    assert 'filename="a.fr.txt"' in got.headers["Content-Disposition"]
    assert again.status_code == 404


async def test_nobody_gets_it_without_its_key() -> None:
    """Nor by an id that has a part of the key in it."""
    async with serving() as service:
        handle = (await send(service)).json()
        name, key = handle["document_id"], handle["document_key"]
        tries = [(name, "x" * 11), (name, ""), (name + key, ""), (name + key[:4], key[4:])]
        for wrong_name, wrong_key in [*tries, ("x" * 11, key)]:
            for more in ("", "/result"):
                wrong = {"document_id": wrong_name, "document_key": wrong_key}
                assert (await look(service, wrong, more)).status_code == 404
        assert (await service.post(f"{PATH}/{name}")).status_code == 400
        assert (await over(service, handle)).json()["status"] == "done"


async def test_nobody_gets_that_of_another_key(tmp_path: Path) -> None:
    """Even with the document's own."""
    database = Database.open(tmp_path)
    keys = [Keys(database).create(name, (Access.TRANSLATE,)).text for name in ("one", "two")]
    database.close()
    one, two = ({"Authorization": f"DeepL-Auth-Key {key}"} for key in keys)
    async with serving(auth="keys", state_dir=tmp_path) as service:
        service.headers.update(one)
        handle = (await send(service)).json()
        service.headers.update(two)
        assert (await look(service, handle)).status_code == 404
        service.headers.update(one)
        assert (await over(service, handle)).json()["status"] == "done"


async def test_one_that_takes_long_is_translating_first() -> None:
    """And its result is a 503, which clients know as not ready."""
    async with serving() as service:
        handle = (await send(service, b"the bus\nWAIT\n" + b"a car\n" * 9)).json()
        state = (await look(service, handle)).json()
        early = await look(service, handle, "/result")
        service.engine.release.set()
        done = (await over(service, handle)).json()
    assert state["status"] == "translating"
    assert "billed_characters" not in state
    assert early.status_code == 503
    assert early.json()["message"]
    assert done["status"] == "done"


async def test_one_that_fails_later_is_an_error() -> None:
    """With its message; there is no result of it."""
    async with serving() as service:
        handle = (await send(service, b"WAIT")).json()
        service.engine.close()
        state = (await over(service, handle)).json()
        result = await look(service, handle, "/result")
    assert state["status"] == "error"
    assert state["error_message"]
    assert result.status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "fields", "status", "expected"),
    [
        ("a.exe", b"x", {}, 400, "not read"),
        ("a.json", b"{", {}, 400, "JSON"),
        ("a.txt", b"x", {"target_lang": "DE"}, 400, "No model"),
        ("a.txt", b"x", {"formality": "less"}, 400, "formality"),
        ("a.txt", b"x", {"output_format": "pdf"}, 400, "output_format"),
        ("a.txt", b"x", {"glossary_id": "none"}, 404, "no glossary"),
        ("a.txt", b"x", {"glossary_ids": "a,b"}, 400, "one glossary"),
        ("a.txt", b"x", {"style_id": "a"}, 400, "style_id"),
        ("a.txt", b"x" * 101, {}, 413, "the limit is 100"),
    ],
)
async def test_what_cannot_be_translated_is_refused_at_once(
    name: str, content: bytes, fields: dict[str, str], status: int, expected: str
) -> None:
    """In DeepL's shape."""
    async with serving(max_document_bytes=100) as service:
        answer = await send(service, content, name, **fields)
    assert answer.status_code == status
    assert expected in answer.json()["message"]


async def test_a_name_may_be_given_beside_the_file() -> None:
    """And the kind that it has anyway as the one that it is to have."""
    async with serving() as service:
        sent = await send(service, name="blob", filename="b.txt", output_format="TXT")
        await over(service, sent.json())
        got = await look(service, sent.json(), "/result")
        plain = await service.post(PATH, data=PAIR)
    assert 'filename="b.fr.txt"' in got.headers["Content-Disposition"]
    assert plain.status_code == 400


async def test_the_language_is_detected_where_none_is_said() -> None:
    """From the document as a whole."""
    async with serving() as service:
        handle = (await send(service, b"Where is the station, please?", source_lang="")).json()
        await over(service, handle)
        got = await look(service, handle, "/result")
    assert got.content == b"WHERE IS THE STATION, PLEASE?"
