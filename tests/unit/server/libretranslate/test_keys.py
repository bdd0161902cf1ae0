"""Keys among the fields of requests, as clients of LibreTranslate send them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ai_translate.state.database import Database
from ai_translate.state.key_texts import new_key_text
from ai_translate.state.keys import Access, Keys
from support.serving import Service, serving
from support.until import until

pytestmark = pytest.mark.anyio

PREFIX = "/libretranslate"
FIELDS = {"q": "a", "source": "en", "target": "fr"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Keys]:
    database = Database.open(tmp_path)
    yield Keys(database)
    database.close()


@asynccontextmanager
async def guarded(folder: Path, **settings: Any) -> AsyncIterator[Service]:
    async with serving(auth="keys", state_dir=folder, **settings) as service:
        yield service


def refusal(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert set(response.json()) == {"error"}
    return str(response.json()["error"])


async def test_a_key_opens_wherever_a_client_puts_it(tmp_path: Path, kept: Keys) -> None:
    """In JSON, in a form of either kind, in the address, and in the headers of our own."""
    text = kept.create("CI", [Access.TRANSLATE]).text
    fields = {**FIELDS, "api_key": text}
    files = {name: (None, value) for name, value in fields.items()}
    basic = {"Authorization": "Basic bWU6bWU="}
    ways: list[Mapping[str, Any]] = [
        {"json": fields},
        {"data": fields},
        {"files": files},
        {"params": fields},
        {"json": fields, "headers": basic},
        {"json": FIELDS, "headers": {"X-API-Key": text}},
        {"json": FIELDS, "headers": {"Authorization": f"Bearer {text}"}},
    ]
    async with guarded(tmp_path) as service:
        for given in ways:
            response = await service.post(f"{PREFIX}/translate", **given)
            assert response.json() == {"translatedText": "A"}, given
        told = await service.post(f"{PREFIX}/detect", data={"q": "Hello there", "api_key": text})
        assert told.status_code == 200


async def test_without_a_key_that_counts_the_answer_is_403(tmp_path: Path, kept: Keys) -> None:
    """Whatever is wrong with it; the answer never has it, and says where to put one."""
    text = kept.create("metrics", [Access.METRICS]).text
    unknown = new_key_text()
    async with guarded(tmp_path) as service:
        for key in (None, "", "ключ", unknown, text):
            for given in ({"json": {**FIELDS, "api_key": key}}, {"data": {"api_key": key or ""}}):
                sent: Mapping[str, Any] = given
                error = refusal(await service.post(f"{PREFIX}/translate", **sent), 403)
                assert unknown[15:] not in error
        missing = await service.post(f"{PREFIX}/detect", json={"q": "a"})
        assert refusal(missing, 403) == "This needs a key. Send it as the field api_key."
        # A header that was sent counts, whatever stands in the body.
        own = kept.create("CI", [Access.TRANSLATE]).text
        wrong = {"X-API-Key": unknown}
        response = await service.post(
            f"{PREFIX}/translate", json={**FIELDS, "api_key": own}, headers=wrong
        )
        refusal(response, 403)
        # An address of a key that is no field of JSON is not looked at.
        response = await service.post(f"{PREFIX}/translate", json=FIELDS, params={"api_key": own})
        refusal(response, 403)
        assert service.engine.calls == []


async def test_some_addresses_need_no_key(tmp_path: Path) -> None:
    """Those that pages ask before anybody has typed one; anything unknown does."""
    async with guarded(tmp_path) as service:
        for path in ("languages", "health", "frontend/settings", "spec"):
            assert (await service.get(f"{PREFIX}/{path}")).status_code == 200
        settings = (await service.get(f"{PREFIX}/frontend/settings")).json()
        assert settings["apiKeys"] is settings["keyRequired"] is True
        refusal(await service.post(f"{PREFIX}/suggest"), 403)
        refusal(await service.get(f"{PREFIX}/nowhere"), 403)
        refusal(await service.get(f"{PREFIX}/download_file/nothing"), 404)
        spec = (await service.get(f"{PREFIX}/spec")).json()
    assert set(spec["components"]["securitySchemes"]) == {"header"}
    operation = spec["paths"][f"{PREFIX}/translate"]["post"]
    assert operation["security"] == [{"header": ["translate"]}]


async def test_what_cannot_be_read_is_refused_before_anybody_is_known(tmp_path: Path) -> None:
    """In the shape of the contract, and never as a fault of ours."""
    bodies = [b"{", b"[]", b'"a"', b"\xff", b'{"api_key": 1}', b'{"api_key": "\\ud800"}', b"[" * 9]
    bodies += [b'{"x": ' + b"[" * 100_000, b'{"x": [' + b"[]," * 100_000 + b"1]}"]
    async with guarded(tmp_path) as service:
        for path in ("translate", "detect", "translate_file"):
            for body in bodies:
                response = await service.post(f"{PREFIX}/{path}", content=body, headers=JSON)
                refusal(response, 400)
            form = {"Content-Type": "multipart/form-data"}
            response = await service.post(f"{PREFIX}/{path}", content=b"a", headers=form)
            refusal(response, 400)


async def test_unknown_callers_share_a_room(tmp_path: Path, kept: Keys) -> None:
    """While it is taken, others come in whose key is in a header; then it is free again."""
    text = kept.create("CI", [Access.TRANSLATE]).text
    held = asyncio.Event()
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"x": "' + b"a" * 15_000
        held.set()
        await go_on.wait()
        yield b'"}'

    path = f"{PREFIX}/translate"
    fields = {**FIELDS, "q": "a" * 2_000}
    async with guarded(tmp_path, max_body_memory=64_000) as service:
        slow = asyncio.create_task(service.post(path, content=slowly(), headers=JSON))
        await held.wait()
        busy = await service.post(path, json={**fields, "api_key": text})
        assert "keys are looked for" in refusal(busy, 503)
        assert busy.headers["retry-after"] == "1"
        known = await service.post(path, json=fields, headers={"X-API-Key": text})
        assert known.status_code == 200
        go_on.set()
        refusal(await slow, 403)
        again = await service.post(path, json={**fields, "api_key": text})
        assert again.status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
async def test_what_is_no_form_with_files_takes_memory(tmp_path: Path, kind: str) -> None:
    """At the address of documents, too: so that it takes no more than there is for unknown ones."""
    body = b"q=" + b"a" * 20_000
    async with guarded(tmp_path, max_body_memory=64_000) as service:
        path = f"{PREFIX}/translate_file"
        answer = await service.post(path, content=body, headers={"Content-Type": kind})
    assert "keys are looked for" in refusal(answer, 503)


async def test_few_documents_of_unknown_callers_come_in_at_once(tmp_path: Path, kept: Keys) -> None:
    """One more is refused, but not one whose key is in a header."""
    text = kept.create("CI", [Access.TRANSLATE]).text
    go_on = asyncio.Event()
    begun = 0

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        yield b"--a\r\n"
        await go_on.wait()
        yield b'Content-Disposition: form-data; name="source"\r\n\r\nen\r\n--a--\r\n'

    path = f"{PREFIX}/translate_file"
    form = {"Content-Type": "multipart/form-data; boundary=a"}
    file = {"file": ("a.txt", b"Good morning.")}
    asked = {"source": "en", "target": "fr"}
    async with guarded(tmp_path) as service:
        slow = [
            asyncio.create_task(service.post(path, content=slowly(), headers=form))
            for _ in range(8)
        ]
        await until(lambda: begun == 8)
        refusal(await service.post(path, files=file, data={**asked, "api_key": text}), 503)
        known = await service.post(path, files=file, data=asked, headers={"X-API-Key": text})
        assert known.status_code == 200
        go_on.set()
        for one in slow:
            refusal(await one, 403)
        again = await service.post(path, files=file, data={**asked, "api_key": text})
        assert again.status_code == 200


async def test_what_stands_beside_a_document_is_little(tmp_path: Path) -> None:
    """Fields are in memory, and so there are few, and none is long."""
    path = f"{PREFIX}/translate_file"
    async with guarded(tmp_path) as service:
        many = {f"field{at}": (None, "a") for at in range(33)}
        assert "Too many fields" in refusal(await service.post(path, files=many), 400)
        long = {"api_key": (None, "a" * 20_000)}
        assert "maximum size" in refusal(await service.post(path, files=long), 400)


async def test_a_key_in_a_body_has_its_limits(tmp_path: Path, kept: Keys) -> None:
    """Requests are counted on the account of the key, not of the address."""
    one, other = (
        kept.create(name, [Access.TRANSLATE], requests_per_minute=1).text for name in "ab"
    )
    async with guarded(tmp_path) as service:
        for text in (one, other):
            fields = {**FIELDS, "api_key": text}
            assert (await service.post(f"{PREFIX}/translate", data=fields)).status_code == 200
            refusal(await service.post(f"{PREFIX}/translate", data=fields), 429)


async def test_a_page_of_another_site_cannot_use_a_key(tmp_path: Path, kept: Keys) -> None:
    """Not by a form, which a browser sends anywhere."""
    fields = {**FIELDS, "api_key": kept.create("CI", [Access.TRANSLATE]).text}
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with guarded(tmp_path) as service:
        response = await service.post(f"{PREFIX}/translate", data=fields, headers=headers)
        assert "another site" in refusal(response, 400)


async def test_a_document_belongs_to_whoever_has_its_address(tmp_path: Path, kept: Keys) -> None:
    """A browser fetches it without a key; documents of our own contract are not fetched so."""
    text = kept.create("CI", [Access.TRANSLATE]).text
    file = {"file": ("a.txt", b"Good morning.")}
    asked = {"source": "en", "target": "fr"}
    path = f"{PREFIX}/translate_file"
    async with guarded(tmp_path) as service:
        refusal(await service.post(path, files=file, data=asked), 403)
        answers = [
            await service.post(path, files=file, data={**asked, "api_key": text}),
            await service.post(path, files=file, data=asked, headers={"X-API-Key": text}),
            await service.post(path, files=file, data=asked, params={"api_key": text}),
        ]
        for answer in answers:
            link = answer.json()["translatedFileUrl"]
            assert (await service.get(link)).content == b"GOOD MORNING."
        mine = {"X-API-Key": text}
        waiting = {"file": ("a.txt", b"WAIT here.")}
        own = await service.post(
            "/translate/document", files=waiting, data={"wait": "0"}, headers=mine
        )
        service.engine.release.set()
        job = own.json()["id"]

        async def done() -> bool:
            told = await service.get(own.headers["location"], headers=mine)
            return bool(told.json()["status"] == "done")

        await until(done)
        refusal(await service.get(f"{PREFIX}/download_file/{job}.a.txt"), 404)
        used = (await service.get("/usage", headers=mine)).json()["keys"][0]["months"][0]
    assert used["documents"] == 4
