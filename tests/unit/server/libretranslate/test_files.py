"""Documents, which clients of LibreTranslate fetch from an address that they are told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.serving import Service, serving
from support.until import until

pytestmark = pytest.mark.anyio

PREFIX = "/libretranslate"


async def sent(
    service: Service,
    content: bytes = b"Good morning.",
    name: str = "a.txt",
    path: str = f"{PREFIX}/translate_file",
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> httpx.Response:
    asked = {"source": "en", "target": "fr", **fields}
    asked = {name: value for name, value in asked.items() if value is not None}
    return await service.post(path, files={"file": (name, content)}, data=asked, headers=headers)


async def test_a_document_is_fetched_from_the_address_in_the_answer() -> None:
    """As often as it is wanted, under the name of the translation, and never run by a browser."""
    async with serving() as service:
        told = (await sent(service, name="ré port.txt")).json()
        assert set(told) == {"translatedFileUrl"}
        link = told["translatedFileUrl"]
        for _ in range(2):
            response = await service.get(link)
            assert response.content == b"GOOD MORNING."
    assert link.startswith(f"http://service{PREFIX}/download_file/")
    assert link.endswith(".r%C3%A9%20port.fr.txt")
    assert "filename*=UTF-8''r%C3%A9%20port.fr.txt" in response.headers["content-disposition"]
    assert "sandbox" in response.headers["content-security-policy"]


async def test_the_address_is_where_the_client_came_from() -> None:
    """By the root or the prefix, by the name that it knows, and by the scheme of its proxy."""
    proxied = {"Host": "translate.example:8443", "X-Forwarded-Proto": "https"}
    forged = {"Host": "evil.example/x?", "X-Forwarded-Host": "evil.example"}
    async with serving(root="libretranslate", trusted_proxies="127.0.0.1") as service:
        rooted = (await sent(service, path="/translate_file")).json()["translatedFileUrl"]
        prefixed = (await sent(service)).json()["translatedFileUrl"]
        escaped = (await sent(service, path="/libretranslat%65/translate_file")).json()
        over = (await sent(service, headers=proxied)).json()["translatedFileUrl"]
        odd = (await sent(service, headers=forged)).json()["translatedFileUrl"]
        for link in (rooted, prefixed, escaped["translatedFileUrl"]):
            assert (await service.get(link)).content == b"GOOD MORNING."
    assert rooted.startswith("http://service/download_file/")
    assert prefixed.startswith("http://service/libretranslate/download_file/")
    assert over.startswith("https://translate.example:8443/libretranslate/download_file/")
    assert "evil" not in odd


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"source": None}, "source: Field required"),
        ({"target": None}, "target: Field required"),
        ({"target": "xx"}, "No model translates en→xx"),
        ({"name": "a.exe"}, "Documents named '.exe' are not read"),
        ({"content": b"\xff\xfe\x00"}, ""),
        ({"content": b"a" * 101}, "The document is 101 bytes"),
    ],
)
async def test_what_is_wrong_with_a_document_is_a_400(given: dict[str, Any], said: str) -> None:
    """The reason stands in the answer."""
    async with serving(max_document_bytes=100) as service:
        response = await sent(service, **given)
    assert response.status_code == 400
    assert response.json()["error"].startswith(said)


async def test_no_file_and_no_form_are_a_400() -> None:
    """And say what is wanted."""
    async with serving() as service:
        path = f"{PREFIX}/translate_file"
        for response in (
            await service.post(path, files={"a": (None, "b")}),
            await service.post(path, json={}),
            await service.post(path),
        ):
            assert response.status_code == 400
            assert "multipart/form-data" in response.json()["error"]


async def test_a_document_that_fails_says_why() -> None:
    """As its own answer, since there is no address to ask."""
    async with serving() as service:
        response = await sent(service, b"FAIL")
        assert response.status_code == 500
        assert response.json()["error"].startswith("The model failed")
        gone = await service.get(f"{PREFIX}/download_file/{'a' * 22}.a.txt")
        assert gone.status_code == 404


async def test_a_client_that_leaves_gives_its_document_up(tmp_path: Path) -> None:
    """What is being translated is ended, and nothing of it is kept."""
    async with serving(state_dir=tmp_path) as service:
        gone = asyncio.create_task(sent(service, b"WAIT here."))
        await asyncio.to_thread(service.engine.waiting.wait)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone

        async def over() -> bool:
            return service.engine.given_up == 1 and service.lifecycle.in_flight == 0

        await until(over)
        assert not [p for p in (tmp_path / "documents").iterdir() if p.suffix == ".source"]
