"""The one place where errors become HTTP responses, by class.

Every error has one body, `{"error": {"code", "message", "hint"}, "detail": …}`, but for requests
that came in by a door, which has its own. What a client sent is never echoed but for the names of
its fields, shortened.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_translate.errors import (
    AITranslateError,
    Busy,
    DeadlineExceeded,
    EngineFailure,
    Forbidden,
    HeadTooLarge,
    InvalidRequest,
    NotFinished,
    NotFound,
    NotReady,
    OverLimit,
    ReloadFailed,
    RequestError,
    SlowRequest,
    StateFailure,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    UnknownDocument,
    UnsupportedPair,
)
from ai_translate.server.door import Door, Refusal, door_in
from ai_translate.server.exchange import request_id
from ai_translate.server.schemas import ErrorBody

__all__ = [
    "HANDLERS",
    "LastResort",
    "Malformed",
    "Mistake",
    "account_of",
    "answer_to",
    "body_of",
    "described",
    "rate_headers",
    "shape",
]

_Handlers = dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]

_log = logging.getLogger(__name__)

# The first class that fits decides.
_STATUS: Final[tuple[tuple[type[AITranslateError], HTTPStatus], ...]] = (
    (InvalidRequest, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UnknownDocument, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (UnsupportedPair, HTTPStatus.BAD_REQUEST),
    (Unauthorized, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotFinished, HTTPStatus.CONFLICT),
    (HeadTooLarge, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (SlowRequest, HTTPStatus.REQUEST_TIMEOUT),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (OverLimit, HTTPStatus.TOO_MANY_REQUESTS),
    (RequestError, HTTPStatus.BAD_REQUEST),
    (NotReady, HTTPStatus.SERVICE_UNAVAILABLE),
    (Busy, HTTPStatus.SERVICE_UNAVAILABLE),
    (DeadlineExceeded, HTTPStatus.GATEWAY_TIMEOUT),
    (EngineFailure, HTTPStatus.INTERNAL_SERVER_ERROR),
    (StateFailure, HTTPStatus.INTERNAL_SERVER_ERROR),
    (ReloadFailed, HTTPStatus.INTERNAL_SERVER_ERROR),
)
_RETRY_SECONDS: Final = "1"


class Mistake(NamedTuple):
    """One mistake in a request: where, what, and its kind as pydantic calls it."""

    loc: tuple[str | int, ...]
    msg: str
    type: str


class Malformed(InvalidRequest):
    """A request that does not fit its schema.

    Args:
        mistakes: Each mistake; never none.
        hint: What to do about the first.
    """

    def __init__(self, mistakes: list[Mistake], *, hint: str) -> None:
        said = [f"{'.'.join(map(str, m.loc[1:])) or m.loc[0]}: {m.msg}" for m in mistakes]
        super().__init__("; ".join(said) + ".", hint=hint)
        self.mistakes = mistakes


def described(error: AITranslateError) -> ErrorBody:
    """The error as it stands in a response."""
    return ErrorBody(code=error.code, message=error.message, hint=error.hint)


def body_of(error: Exception) -> bytes:
    """The one shape in a line of JSON, for an error after an answer has begun; logged as any."""
    return bytes(_response(error).body)


def answer_to(error: Exception) -> Response:
    """The whole answer, for errors that no route and no middleware is there to raise."""
    return _response(error)


def account_of(error: Exception) -> ErrorBody:
    """The error as it is told of work that nobody waits for; logged as any."""
    return ErrorBody.model_validate(json.loads(body_of(error))["error"])


def rate_headers(limit: int, remaining: int, reset: int) -> dict[str, str]:
    """The headers that tell a caller how many requests it has left; `reset` is in seconds."""
    told = (limit, remaining, reset)
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    return {name: str(number) for name, number in zip(names, told, strict=True)}


class LastResort:
    """Plain ASGI middleware: answers what nothing further in has answered.

    That is an error of the middleware inside it, or a fault of ours. A fault is logged with its
    trace under an id, and the client learns the id alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            _log.debug("A client left before its request had come in.")
        except Exception as error:
            if started:
                raise
            await _response(error, door_in(scope))(scope, receive, send)


async def _answer(request: Request, error: Exception) -> Response:
    response = _response(error, door_in(request.scope))
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette names the methods of the first route that has the path; there may be more.
        routes = [r for r in request.app.routes if r.matches(request.scope)[0] is not Match.NONE]
        response.headers["Allow"] = ", ".join(sorted(set().union(*(r.methods for r in routes))))
    return response


HANDLERS: Final[_Handlers] = {AITranslateError: _answer, HTTPException: _answer}


def _response(error: Exception, door: Door | None = None) -> Response:
    if isinstance(error, HTTPException):
        return _from_starlette(error, door)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    if status is None or not isinstance(error, AITranslateError):
        return _from_fault(error, door)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, (NotReady, Busy)):
        _log.error("%s", error.message, exc_info=error.__cause__)
    headers = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _retry_after(error)
    elif status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, OverLimit):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, TooManyRequests):
        headers |= rate_headers(error.limit, 0, error.retry_after)
    detail: list[dict[str, Any]] | None = None
    if isinstance(error, Malformed):
        detail = [mistake._asdict() for mistake in error.mistakes]
    elif status == HTTPStatus.UNPROCESSABLE_ENTITY:
        detail = [{"loc": ["body"], "msg": error.message, "type": error.code}]
    refusal = Refusal(status, error.code, error.message, error.hint)
    return _refused(refusal, headers, door, detail)


def _retry_after(error: Exception) -> str:
    """In whole seconds, as HTTP has it."""
    return str(max(1, math.ceil(error.retry_after))) if isinstance(error, Busy) else _RETRY_SECONDS


def _from_starlette(error: HTTPException, door: Door | None) -> Response:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    hint = "GET /docs shows every address and method."
    refusal = Refusal(error.status_code, code, f"{error.detail}.", hint)
    return _refused(refusal, dict(error.headers or {}), door)


def _from_fault(error: Exception, door: Door | None) -> Response:
    name = request_id()
    _log.error("Request %s failed through a fault of ours.", name, exc_info=error)
    message = f"The service failed on this request. Its log tells why, under {name}."
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    refusal = Refusal(status, "internal_error", message, "Please report it with this id.")
    return _refused(refusal, {}, door)


def shape(
    code: str, message: str, hint: str, detail: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The one shape of every error; `detail` is the message unless something else is given."""
    return {
        "error": {"code": code, "message": message, "hint": hint},
        "detail": message if detail is None else detail,
    }


def _refused(
    refusal: Refusal,
    headers: dict[str, str],
    door: Door | None,
    detail: list[dict[str, Any]] | None = None,
) -> Response:
    status, code, message, hint = refusal
    body = shape(code, message, hint, detail)
    if door is not None:
        status, body = door.refused(refusal)
    # A lone surrogate has no UTF-8; none can come in, and if one did, it would not become a fault.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, headers, media_type="application/json")
