"""Every answer tells browsers what they must not do with it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
import pytest

from support.serving import serving

pytestmark = pytest.mark.anyio

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
DATA = "default-src 'none'; frame-ancestors 'none'"


def held(response: httpx.Response, policy: str = DATA, caching: str = "no-store") -> None:
    found = dict(response.headers)
    assert ALWAYS.items() <= found.items()
    assert found["content-security-policy"] == policy
    assert found["cache-control"] == caching
    twice = [
        name
        for name, count in Counter(n for n, _ in response.headers.multi_items()).items()
        if count > 1
    ]
    assert twice == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/translate", 422),
        ("GET", "/translate?text=a", 200),
        ("GET", "/translate?text=FAIL", 500),
        ("GET", "/translate?text=BUG", 500),
        ("GET", "/languages", 200),
        ("GET", "/glossaries", 200),
        ("GET", "/nowhere", 404),
        ("PATCH", "/translate", 405),
        ("HEAD", "/livez", 200),
        ("GET", "/readyz", 200),
        ("GET", "/openapi.json", 200),
    ],
)
async def test_answers_and_errors_have_them_once(method: str, path: str, status: int) -> None:
    """Data runs nowhere, is shown in no frame, and is kept by no cache."""
    async with serving() as service:
        response = await service.request(method, path)
    assert response.status_code == status
    held(response)


async def test_refusals_further_out_have_them(tmp_path: Path) -> None:
    """What the limit of bodies refuses, and the gate."""
    async with serving(max_body_bytes=10) as service:
        response = await service.post("/translate", json={"text": "a" * 20})
        assert response.status_code == 413
        held(response)
    async with serving(auth="keys", state_dir=tmp_path) as service:
        response = await service.post("/translate", json={"text": "a"})
        assert response.status_code == 401
        held(response)


async def test_pages_and_documents_say_their_own() -> None:
    """The page of documentation may load its script; a document is no page of ours at all."""
    async with serving() as service:
        page = await service.get("/docs")
        held(page, page.headers["content-security-policy"], "no-cache")
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        document = await service.post(
            "/translate/document",
            data={"source_lang": "en", "target_lang": "fr"},
            files={"file": ("a.html", b"<p>One.</p>")},
        )
        assert document.status_code == 200
        held(document, "sandbox; default-src 'none'")
        stream = await service.post("/translate/stream", json={"text": "One. Two."})
        assert stream.status_code == 200
        held(stream)
