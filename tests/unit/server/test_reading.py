"""Bodies that take long to judge; what is wrong with others is tried through the routes."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.requests import Request
from starlette.types import Message

from ai_translate.errors import AITranslateError, TooLarge
from ai_translate.server.failures import Malformed
from ai_translate.server.reading import read_body
from ai_translate.server.schemas import BatchRequest, TranslateRequest

pytestmark = pytest.mark.anyio

LONG = 15_000_000
HOSTILE = {
    "unknown keys": b'{"text": "a", ' + b'"k": 1, ' * (LONG // 8) + b'"z": 1}',
    "lists": b'{"text": "a", "x": [' + b"[]," * (LONG // 3) + b"1]}",
    "objects": b'{"text": [' + b"{}," * (LONG // 3) + b"1]}",
    "numbers": b'{"text": [' + b"1," * (LONG // 2) + b"1]}",
    "texts": b'{"text": [' + b'"",' * (LONG // 3) + b'""]}',
    "quotes and backslashes": b'{"text": [' + rb'"\\\"",' * (LONG // 7) + b'""]}',
    "depth": b'{"text": ' + b"[" * LONG,
}


def posted(body: bytes) -> Request:
    """A request with a body."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"application/json")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def refused(body: bytes) -> tuple[AITranslateError, int]:
    """Why a body is refused, and how often others had their turn until it was."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    await asyncio.sleep(0)
    try:
        with pytest.raises(AITranslateError) as caught:
            await read_body(posted(body), TranslateRequest)
    finally:
        beside.cancel()
    return caught.value, turns


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_body_of_nothing_but_marks_is_refused_while_others_go_on(name: str) -> None:
    """15 MB of them are not even parsed, and the event loop turns meanwhile."""
    error, turns = await refused(HOSTILE[name])
    assert isinstance(error, TooLarge)
    assert "200000" in error.message
    assert turns > 1


async def test_a_long_body_that_is_wrong_says_what_is_wrong() -> None:
    """As a short one does, and others go on as well."""
    error, _ = await refused(json.dumps({"txt": "x" * LONG}).encode())
    assert isinstance(error, Malformed)
    assert error.mistakes[0].type == "missing"


async def test_a_long_body_is_read() -> None:
    """Whatever stands in its texts, which are not counted."""
    texts = ['[{":,"' * 30_000, "\\" * 101, "é" * 100_000]
    body = json.dumps({"texts": texts}).encode()
    assert (await read_body(posted(body), BatchRequest)).texts == texts


async def test_the_most_texts_that_can_be_allowed_are_read() -> None:
    """A batch of 100,000 short texts has few enough marks."""
    body = json.dumps({"texts": ["a"] * 100_000}).encode()
    assert len((await read_body(posted(body), BatchRequest)).texts) == 100_000
