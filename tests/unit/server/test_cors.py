"""Pages of sites that are named may ask, and read answers and errors; others may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.serving import serving

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE = "https://app.example", "https://app.example.evil.example"
ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


def named(text: str) -> set[str]:
    return {one.strip().lower() for one in text.split(",")}


async def test_nobody_may_unless_somebody_is_named() -> None:
    """A preflight is an odd request like others."""
    async with serving() as service:
        response = await service.options("/translate", headers={"Origin": HERE, **ASKED})
        assert response.status_code == 405
        answer = await service.get("/livez", headers={"Origin": HERE})
    for one in (response, answer):
        assert not [name for name in one.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/translate", "/glossaries/a", "/admin/reload", "/nowhere"])
async def test_a_preflight_needs_no_key(tmp_path: Path, path: str) -> None:
    """A browser sends none with it; it learns all that a page may send."""
    async with serving(auth="keys", state_dir=tmp_path, cors_origins=(HERE,)) as service:
        response = await service.options(path, headers={"Origin": HERE, **ASKED})
    assert response.status_code == 204
    assert response.content == b""
    headers = response.headers
    assert headers["access-control-allow-origin"] == HERE
    assert headers["vary"] == "Origin"
    assert named(headers["access-control-allow-methods"]) >= {"post", "put", "delete", "patch"}
    assert named(headers["access-control-allow-headers"]) == {
        *("authorization", "x-api-key", "content-type", "x-request-timeout")
    }
    assert int(headers["access-control-max-age"]) >= 600
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "origin", [ELSEWHERE, "http://app.example", f"{HERE}:8443", "null", "https://APP.example", ""]
)
async def test_the_page_of_another_site_may_not(origin: str) -> None:
    """Origins are whole or not at all; what is refused is told apart by caches."""
    async with serving(cors_origins=(HERE,)) as service:
        preflight = await service.options("/translate", headers={"Origin": origin, **ASKED})
        answer = await service.get("/livez", headers={"Origin": origin})
    for response in (preflight, answer):
        assert not [name for name in response.headers if name.startswith("access-control")]
        assert response.headers["vary"] == "Origin"


async def test_answers_and_errors_can_be_read(tmp_path: Path) -> None:
    """A page must see why it was refused, and what a header says of when to come back."""
    async with serving(
        auth="keys", state_dir=tmp_path, cors_origins=("https://b.example", HERE)
    ) as service:
        for path, status in (("/livez", 200), ("/translate?text=a", 401)):
            response = await service.get(path, headers={"Origin": HERE})
            assert response.status_code == status
            assert response.headers["access-control-allow-origin"] == HERE
            exposed = named(response.headers["access-control-expose-headers"])
            assert exposed >= {"retry-after", "x-request-id", "content-disposition"}
            assert {name for name in exposed if name.startswith("x-ratelimit-")}
            assert "access-control-allow-credentials" not in response.headers
        plain = await service.get("/livez")
    assert plain.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in plain.headers


async def test_all_may_where_all_are_named() -> None:
    """Whoever asks gets the same answer, so that caches need not tell them apart."""
    async with serving(cors_origins=("*",)) as service:
        for headers in ({"Origin": ELSEWHERE}, {"Origin": "null"}, {}):
            response = await service.get("/livez", headers=headers)
            assert response.headers["access-control-allow-origin"] == "*"
            assert "vary" not in response.headers
        preflight = await service.options("/translate", headers={"Origin": HERE, **ASKED})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")


async def test_an_odd_request_is_no_preflight() -> None:
    """OPTIONS that asks for no method is refused as ever."""
    async with serving(cors_origins=(HERE,)) as service:
        response = await service.options("/translate", headers={"Origin": HERE})
    assert response.status_code == 405
    assert response.headers["access-control-allow-origin"] == HERE


async def test_page_of_an_allowed_site_may_send_a_document_and_no_other() -> None:
    """Browsers say that it comes from another site; that site was named."""
    async with serving(cors_origins=(HERE,)) as service:
        for origin, status in ((HERE, 200), ("https://elsewhere.example", 422)):
            answer = await service.post(
                "/translate/document",
                files={"file": ("a.txt", b"A text.")},
                headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"},
            )
            assert answer.status_code == status
