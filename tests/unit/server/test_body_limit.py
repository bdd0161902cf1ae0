from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support.serving import error_of, serving

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


def body_of(size: int) -> bytes:
    frame = b'{"text": ""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


async def in_pieces(body: bytes, drawn: list[int]) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 100):
        drawn.append(start)
        yield body[start : start + 100]


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413)])
async def test_a_body_of_known_length_is_judged_by_it(size: int, status: int) -> None:
    """The limit itself passes; one byte more is a 413 that names the limit."""
    async with serving(max_body_bytes=1000) as service:
        response = await service.post("/translate", content=body_of(size), headers=JSON)
    assert response.status_code == status
    if status == 413:
        error = error_of(response)
        assert error["code"] == "too_large"
        assert "of 1001 bytes is over the limit of 1000 bytes" in error["message"]
        assert "AIT_MAX_BODY_BYTES" in error["hint"]


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413), (100_000, 413)])
async def test_a_body_of_unknown_length_is_counted(size: int, status: int) -> None:
    """A chunked body is read up to the limit and no further."""
    drawn: list[int] = []
    async with serving(max_body_bytes=1000) as service:
        content = in_pieces(body_of(size), drawn)
        response = await service.post("/translate", content=content, headers=JSON)
    assert response.status_code == status
    assert len(drawn) <= 11
    if status == 413:
        assert "limit of 1000 bytes" in error_of(response)["message"]


@pytest.mark.parametrize(
    ("length", "status"),
    [("9" * 5000, 413), ("0000000013", 200), ("00001001", 413), ("-1", 200), ("0x1", 200)],
)
async def test_a_strange_length_is_no_fault(length: str, status: int) -> None:
    """A length of absurdly many digits is too large; what is no number is left to the server."""
    async with serving(max_body_bytes=1000) as service:
        response = await service.post(
            "/translate",
            content=b'{"text": "a"}',
            headers={**JSON, "Content-Length": length},
        )
    assert response.status_code == status


async def test_every_address_has_the_limit() -> None:
    """A body where none is wanted is refused just the same."""
    async with serving(max_body_bytes=10) as service:
        response = await service.request("GET", "/livez", content=b"x" * 11)
    assert response.status_code == 413
    assert error_of(response)["code"] == "too_large"
