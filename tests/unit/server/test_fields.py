"""Forms that take long to read; what is wrong with others is tried through doors."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.types import Message

from ai_translate.server.fields import read_fields

pytestmark = pytest.mark.anyio

FORM = b"application/x-www-form-urlencoded"


class Texts(BaseModel):
    q: str | list[str] = ""
    target: str = ""


def posted(body: bytes, query: bytes = b"", content_type: bytes = FORM) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"content-type", content_type)],
        "query_string": query,
    }
    return Request(scope, receive)


async def test_a_long_form_is_read_while_others_go_on_and_takes_little() -> None:
    """Of 6 MB of percent signs, no more is in memory than a few times that."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    body = b"q=" + b"%C3%A9" * 1_000_000
    tracemalloc.start()
    try:
        found = await read_fields(posted(body), Texts)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        beside.cancel()
    assert found.q == "é" * 1_000_000
    assert turns > 1
    assert most < 5 * len(body)


async def test_what_nobody_asked_for_is_not_even_decoded() -> None:
    """It may be long, and no text at all."""
    read = await read_fields(posted(b"target=fr&x=%FF&" + b"y" * 300 + b"=%FF"), Texts)
    assert read == Texts(target="fr")


async def test_which_value_counts() -> None:
    """The first of a field, and the address before the form, but where a list is taken."""
    request = posted(b"q=c&target=fr&target=de&other=1", b"q=a&q=b%20b&target=nl")
    found = await read_fields(request, Texts, listed=("q",))
    assert found == Texts(q=["a", "b b", "c"], target="nl")
    found = await read_fields(posted(b"q=c&&=&q", b""), Texts)
    assert found == Texts(q="c")
