"""The one place where errors become HTTP responses, by class.

Every error has the same body, `{"error": {"code", "message", "hint"}, "detail": …}`. What a
client sent is never echoed but for the names of its fields, shortened.
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
from ai_translate.server.exchange import request_id
from ai_translate.server.schemas import ErrorBody, Failure

__all__ = [
    "HANDLERS",
    "LastResort",
    "Malformed",
    "Mistake",
    "account_of",
    "answer_to",
    "body_of",
    "described",
    "documented",
    "rate_headers",
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

_LIMIT_HEADERS: Final = {
    name: {"description": description, "schema": {"type": "integer"}}
    for name, description in (
        ("Retry-After", "Seconds until more is allowed."),
        ("X-RateLimit-Limit", "Most requests in a minute, where there is a limit."),
        ("X-RateLimit-Remaining", "How many of them are left."),
        ("X-RateLimit-Reset", "Seconds until there are more of them."),
    )
}


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


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these error statuses; each has the one shape."""
    return {
        int(status): {
            "model": Failure,
            "description": _DOCUMENTED[status][0],
            "content": {"application/json": {"example": _shape(*_DOCUMENTED[status][1:])}},
            **({"headers": _LIMIT_HEADERS} if status == HTTPStatus.TOO_MANY_REQUESTS else {}),
        }
        for status in statuses
    }


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
            await _response(error)(scope, receive, send)


async def _answer(request: Request, error: Exception) -> Response:
    response = _response(error)
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette names the methods of the first route that has the path; there may be more.
        routes = [r for r in request.app.routes if r.matches(request.scope)[0] is not Match.NONE]
        response.headers["Allow"] = ", ".join(sorted(set().union(*(r.methods for r in routes))))
    return response


HANDLERS: Final[_Handlers] = {AITranslateError: _answer, HTTPException: _answer}


def _response(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _from_starlette(error)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    if status is None or not isinstance(error, AITranslateError):
        return _from_fault(error)
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
    return _json(status, _shape(error.code, error.message, error.hint, detail), headers)


def _retry_after(error: Exception) -> str:
    """In whole seconds, as HTTP has it."""
    return str(max(1, math.ceil(error.retry_after))) if isinstance(error, Busy) else _RETRY_SECONDS


def _from_starlette(error: HTTPException) -> Response:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return _json(
        error.status_code,
        _shape(code, f"{error.detail}.", "GET /docs shows every address and method."),
        dict(error.headers or {}),
    )


def _from_fault(error: Exception) -> Response:
    name = request_id()
    _log.error("Request %s failed through a fault of ours.", name, exc_info=error)
    message = f"The service failed on this request. Its log tells why, under {name}."
    return _json(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _shape("internal_error", message, "Please report it with this id."),
        {},
    )


def _shape(
    code: str, message: str, hint: str, detail: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        "error": {"code": code, "message": message, "hint": hint},
        "detail": message if detail is None else detail,
    }


def _json(status: int, body: dict[str, Any], headers: dict[str, str]) -> Response:
    # A lone surrogate has no UTF-8; none can come in, and if one did, it would not become a fault.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, headers, media_type="application/json")


_DOCUMENTED: Final[dict[HTTPStatus, tuple[Any, ...]]] = {
    HTTPStatus.BAD_REQUEST: (
        "No model serves this language pair; the message names those that exist.",
        "unsupported_language_pair",
        "No model translates en→xx. The pairs that exist: en→fr.",
        "GET /languages and `ai-translate models list` list them.",
    ),
    HTTPStatus.UNAUTHORIZED: (
        "A key is missing, or is none that counts.",
        "unauthorized",
        "This needs a key.",
        "Send it as Authorization: Bearer KEY, or as X-API-Key: KEY.",
    ),
    HTTPStatus.FORBIDDEN: (
        "The key is not for this.",
        "forbidden",
        "The key 7k2m9qx4tb is for translate; this needs glossaries.",
        "`ai-translate keys create NAME --access glossaries` makes one.",
    ),
    HTTPStatus.NOT_FOUND: (
        "Nothing has the name that was given; the message names what there is.",
        "not_found",
        "There is no glossary 'product'. Those that there are: products.",
        "PUT /glossaries/{name} makes one; GET /glossaries lists them.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "A text, a batch or the body is over its limit; the message names it.",
        "too_large",
        "text is 2000001 bytes of UTF-8; the limit is 2000000.",
        "Split it, or raise AIT_MAX_TEXT_BYTES.",
    ),
    HTTPStatus.NOT_FOUND: (
        "There is no such document, or no more.",
        "not_found",
        "There is no such document, or no more.",
        "A translated document is kept for AIT_DOCUMENT_TTL seconds; send it again.",
    ),
    HTTPStatus.CONFLICT: (
        "The document is not translated yet, or will not be; the message tells which.",
        "not_finished",
        "The document is not translated yet: it is running.",
        "GET /translate/document/{id} tells how far it is.",
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "Documents of this name or kind are not read; the hint names those that are.",
        "unknown_document",
        "Documents named '.exe' are not read.",
        "These are: text (.txt .text). Name the kind if the file's name does not tell.",
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: (
        "A field is missing, unknown or wrong, or the body is not JSON.",
        "invalid_request",
        "text: Field required.",
        'Send JSON such as {"text": "Where is the station?"}.',
        [{"loc": ["body", "text"], "msg": "Field required", "type": "missing"}],
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "As much was asked for as the caller may for now. See Retry-After.",
        "too_many_requests",
        "60 requests in a minute are allowed, and were sent.",
        "Send the next one in 12 s, or several texts in one request to /translate/batch.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "The model, or the service itself, failed on a valid request.",
        "engine_failure",
        "The model failed.",
        "",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Models are loading, the server is shutting down, or too much is asked. See Retry-After.",
        "not_ready",
        "The models are still loading.",
        "Try again in a moment; GET /readyz answers 200 when it is time.",
    ),
    HTTPStatus.GATEWAY_TIMEOUT: (
        "The time of the request was over.",
        "deadline_exceeded",
        "The sentence still waited for a worker 0.012 s after its deadline.",
        "Allow more time by X-Request-Timeout, or send less at once.",
    ),
}
