"""What OpenAPI says of each status that is an error: its one shape, with an example."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from ai_translate.server.failures import shape
from ai_translate.server.schemas import Failure

__all__ = ["documented"]

_LIMIT_HEADERS: Final = {
    name: {"description": description, "schema": {"type": "integer"}}
    for name, description in (
        ("Retry-After", "Seconds until more is allowed."),
        ("X-RateLimit-Limit", "Most requests in a minute, where there is a limit."),
        ("X-RateLimit-Remaining", "How many of them are left."),
        ("X-RateLimit-Reset", "Seconds until there are more of them."),
    )
}


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these error statuses; each has the one shape."""
    return {
        int(status): {
            "model": Failure,
            "description": _DOCUMENTED[status][0],
            "content": {"application/json": {"example": shape(*_DOCUMENTED[status][1:])}},
            **({"headers": _LIMIT_HEADERS} if status == HTTPStatus.TOO_MANY_REQUESTS else {}),
        }
        for status in statuses
    }


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
    HTTPStatus.CONFLICT: (
        "The document is not translated yet, or will not be; the message tells which.",
        "not_finished",
        "The document is not translated yet: it is running.",
        "Ask how far it is, and try again.",
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
        "Send the next one in 12 s, or several texts in one request.",
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
