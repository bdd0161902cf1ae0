from __future__ import annotations

import re
from importlib.resources import files

import pytest

from support.serving import error_of, serving

pytestmark = pytest.mark.anyio

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PARTS = sorted(
    file.name
    for file in (files("ai_translate.server") / "pages" / "web").iterdir()
    if file.name != "front.html"
)


async def test_browsers_get_a_page_and_programs_an_overview() -> None:
    """One address has both, and caches are told what decides."""
    async with serving() as service:
        page = await service.get("/", headers=BROWSER)
        plain = await service.get("/")
        native = await service.get("/native/", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert plain.headers["content-type"] == "application/json"
    assert plain.json()["models"][0]["name"] == "fake-en-fr"
    assert native.headers["content-type"] == "application/json"
    assert native.json()["message"].startswith("AI Translate")
    assert page.headers["vary"] == plain.headers["vary"] == "Accept"


async def test_headers_of_accept_count_together() -> None:
    """A header that is sent in two lines is one."""
    async with serving() as service:
        lines = [("Accept", "application/json;q=0.5"), ("Accept", "text/html")]
        page = await service.get("/", headers=lines)
    assert page.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/", *(f"/page/{name}" for name in PARTS)])
async def test_each_part_has_a_strict_policy(path: str) -> None:
    """Nothing from elsewhere, nothing inline, no text that becomes code or markup; never stale."""
    async with serving() as service:
        response = await service.get(path, headers=BROWSER)
        again = await service.get(
            path, headers={**BROWSER, "If-None-Match": response.headers["etag"]}
        )
        other = await service.get(path, headers={**BROWSER, "If-None-Match": '"other"'})
        head = await service.head(path, headers=BROWSER)
    assert response.status_code == other.status_code == head.status_code == 200
    assert response.headers["cache-control"] == "no-cache"
    rules = dict(
        rule.split(" ", 1) for rule in response.headers["content-security-policy"].split("; ")
    )
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("require-trusted-types-for") == "'script'"
    assert set(rules.values()) == {"'self'", "'none'"}
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == response.headers["etag"]


async def test_a_part_that_is_not_there_is_not_found() -> None:
    """Neither is a way out of the folder."""
    async with serving() as service:
        for path in ("/page/nothing.js", "/page/front.html", "/page/..%2Fdocs.html", "/page/"):
            response = await service.get(path)
            assert response.status_code == 404, path
            assert error_of(response)["code"] == "not_found"


async def test_the_page_is_open_where_keys_are_asked_for(tmp_path: str) -> None:
    """Whoever has no key sees the page, which asks for one; what it asks for is behind the gate."""
    async with serving(auth="keys", state_dir=tmp_path) as service:
        page = await service.get("/", headers=BROWSER)
        part = await service.get("/page/front.js")
        languages = await service.get("/native/languages")
        status = await service.get("/native/status")
    assert (page.status_code, part.status_code) == (200, 200)
    assert (languages.status_code, status.status_code) == (401, 401)


async def test_the_page_is_there_before_the_models_are() -> None:
    """A server that starts shows it at once."""
    async with serving(wait=False) as service:
        assert (await service.get("/", headers=BROWSER)).status_code == 200


def test_pages_name_nothing_from_elsewhere_and_nothing_inline() -> None:
    """Files of the page have no address of others, no inline script or style, and no raw markup."""
    folder = files("ai_translate.server") / "pages" / "web"
    names = ["front.html", *PARTS]
    for name in names:
        text = (folder / name).read_text(encoding="utf-8")
        text = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|[\"'(]//", text), name
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|document\.write", text
        )
        if name.endswith(".html"):
            assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", text), name
            parts = re.findall(r'(?:href|src)="(?:page/)?([\w.]+\.(?:js|css|svg))', text)
            assert parts
            assert set(parts) <= set(PARTS)


def test_everything_together_is_small() -> None:
    """All files of the page have less than 100 KB, before any compression."""
    folder = files("ai_translate.server") / "pages" / "web"
    assert sum(len(file.read_bytes()) for file in folder.iterdir()) < 100_000
