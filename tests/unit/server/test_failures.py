from __future__ import annotations

import logging
from http import HTTPStatus

import httpx
import pytest
from fastapi import FastAPI
from starlette.middleware import Middleware

from ai_translate.errors import (
    AITranslateError,
    BadFile,
    EngineFailure,
    InvalidRequest,
    NotReady,
    RequestError,
    ServiceError,
    TooLarge,
    UnsupportedPair,
)
from ai_translate.server.failures import HANDLERS, LastResort
from support.hostile import HOSTILE_BODIES
from support.serving import error_of, serving

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


def raising(error: Exception) -> httpx.AsyncClient:
    app = FastAPI(middleware=[Middleware(LastResort)], exception_handlers=HANDLERS)

    @app.get("/")
    async def fail() -> None:
        raise error

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (InvalidRequest, HTTPStatus.UNPROCESSABLE_ENTITY),
        (UnsupportedPair, HTTPStatus.BAD_REQUEST),
        (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (RequestError, HTTPStatus.BAD_REQUEST),
        (NotReady, HTTPStatus.SERVICE_UNAVAILABLE),
        (EngineFailure, HTTPStatus.INTERNAL_SERVER_ERROR),
    ],
)
async def test_each_class_of_error_has_its_status(
    kind: type[AITranslateError], status: int
) -> None:
    """An error's class decides its status; code, message and hint come from the error."""
    async with raising(kind("What is wrong.", hint="What to do.")) as client:
        response = await client.get("/")
    assert response.status_code == status
    assert error_of(response) == {
        "code": kind.code,
        "message": "What is wrong.",
        "hint": "What to do.",
    }
    assert response.headers.get("retry-after") == ("1" if kind is NotReady else None)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("/secret/place"),
        BadFile("/secret/place is odd."),
        ServiceError("/secret/place"),
    ],
)
async def test_a_fault_of_ours_is_logged_and_not_told(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """What no class covers is a 500 with an id; the log has the reason under that id."""
    async with raising(error) as client:
        response = await client.get("/")
    assert response.status_code == 500
    told = error_of(response)
    assert told["code"] == "internal_error"
    assert "secret" not in response.text
    request_id = told["message"].split()[-1].rstrip(".")
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert request_id in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error


async def test_a_broken_engine_gives_a_clean_500() -> None:
    """A model that fails, or raises what no engine should, shows no trace to the client."""
    async with serving() as service:
        failed = await service.post("/translate", json={"text": "FAIL"})
        broken = await service.post("/translate", json={"text": "BUG"})
        batch = await service.post("/translate/batch", json={"texts": ["BUG"]})
        assert service.lifecycle.in_flight == 0
    assert failed.status_code == broken.status_code == batch.status_code == 500
    assert error_of(failed)["code"] == "engine_failure"
    assert error_of(broken)["code"] == error_of(batch)["code"] == "internal_error"
    assert "secret" not in broken.text
    assert broken.headers["x-request-id"] in error_of(broken)["message"]


@pytest.mark.parametrize("path", ["/nowhere", "/translate/", "/translate/batch/x", "/redoc"])
async def test_an_unknown_address_has_the_one_shape(path: str) -> None:
    """404 has the shape of every error, and leads to the documentation."""
    async with serving() as service:
        response = await service.get(path)
    assert response.status_code == 404
    error = error_of(response)
    assert error["code"] == "not_found"
    assert "/docs" in error["hint"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/translate", "GET, HEAD, POST"),
        ("GET", "/translate/batch", "POST"),
        ("POST", "/health", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_names_all_right_ones(method: str, path: str, allowed: str) -> None:
    """405 has the one shape, and its Allow header every method of the address."""
    async with serving() as service:
        response = await service.request(method, path)
    assert response.status_code == 405
    assert error_of(response)["code"] == "method_not_allowed"
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES.keys())
@pytest.mark.parametrize("path", ["/translate", "/translate/batch"])
async def test_a_hostile_body_is_answered_and_never_a_fault(path: str, body: bytes) -> None:
    """Whatever bytes come, the answer is a translation or the client's error, soon and short."""
    async with serving() as service:
        response = await service.post(path, content=body, headers=JSON)
    assert response.status_code in {200, 400, 413, 422}
    if response.status_code != 200:
        error_of(response)
        assert len(response.content) < 8_000


@pytest.mark.parametrize(
    ("fields", "told", "hint"),
    [
        ({}, "text: Field required.", "text: The text."),
        ({"txt": "a", "text": "b"}, "txt: There is no such field.", "Did you mean text?"),
        ({"text": "a", "zzz": 1}, "zzz: There is no such field.", "The fields are: source_lang,"),
        ({"text": 5}, "text: Input should be a valid string.", "text: The text."),
        ({"text": "a", "beam_size": "2"}, "beam_size: Input should be a valid integer", ""),
        ({"text": "a", "beam_size": 2.0}, "beam_size: Input should be a valid integer", ""),
        ({"text": "a", "beam_size": True}, "beam_size: Input should be a valid integer", ""),
        ({"text": "a", "beam_size": 17}, "beam_size: Input should be less than", "beam_size:"),
        ({"text": "a", "length_penalty": -1}, "length_penalty: Input should be", ""),
        ({"text": "a", "source_lang": "1"}, "source_lang: '1' is not a language tag", ""),
        ({"text": "a", "target_lang": None}, "target_lang: Input should be a valid string", ""),
    ],
)
async def test_a_wrong_field_is_named_with_what_to_do(
    fields: dict[str, object], told: str, hint: str
) -> None:
    """A 422 names the field, says what is wrong with it, and helps."""
    async with serving() as service:
        response = await service.post("/translate", json=fields)
    assert response.status_code == 422
    error = error_of(response)
    assert error["code"] == "invalid_request"
    assert error["message"].startswith(told)
    assert error["hint"].startswith(hint)


async def test_a_mistake_in_the_query_is_one_of_the_query() -> None:
    """GET /translate judges its query as strictly, and says where the mistake is."""
    async with serving() as service:
        unknown = await service.get("/translate", params={"text": "a", "sourcelang": "en"})
        number = await service.get("/translate", params={"text": "a", "beam_size": "two"})
        missing = await service.get("/translate")
        surrogate = await service.get("/translate?text=%ED%A0%80")
    for response in (unknown, number, missing, surrogate):
        assert response.status_code == 422
        error_of(response)
        assert response.json()["detail"][0]["loc"][0] == "query"
    assert error_of(unknown)["hint"] == "Did you mean source_lang?"


async def test_what_was_sent_is_not_echoed_in_an_error() -> None:
    """An error names fields and never the values that they had, nor a field's name at length."""
    secret = "top-secret-content"
    bodies: list[dict[str, object]] = [
        {"text": [secret]},
        {"text": "a", "beam_size": secret},
        {"text": "a", "k" * 500 + secret: 1},
    ]
    async with serving() as service:
        for body in bodies:
            response = await service.post("/translate", json=body)
            assert response.status_code == 422
            assert secret not in response.text


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/vnd.api+json", 200),
        ("text/plain", 422),
        ("application/x-www-form-urlencoded", 422),
        ("application/jsonp", 422),
        ("", 422),
        (";;;", 422),
    ],
)
async def test_a_body_must_say_that_it_is_json(content_type: str, status: int) -> None:
    """A web page can send other types to a local server unasked, so none of them is read."""
    async with serving() as service:
        response = await service.post(
            "/translate", content=b'{"text": "a"}', headers={"Content-Type": content_type}
        )
    assert response.status_code == status
    if status == 422:
        assert "application/json" in error_of(response)["hint"]


async def test_a_client_that_leaves_early_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """A request that breaks off in its body is dropped without a word in the log."""
    async with serving() as service:
        transport = service._transport
        assert isinstance(transport, httpx.ASGITransport)

        async def receive() -> dict[str, object]:
            return {"type": "http.disconnect"}

        sent: list[object] = []

        async def send(message: object) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/translate",
            "headers": [],
            "query_string": b"",
        }
        await transport.app(scope, receive, send)
        assert service.lifecycle.in_flight == 0
    assert sent == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
