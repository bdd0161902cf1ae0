"""What DeepL's contract says of itself to the layers around it."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any, Final, TypeVar, get_origin

from pydantic import BaseModel
from starlette.requests import Request

from ai_translate.errors import QuotaExceeded
from ai_translate.server.deepl.glossary_shapes import PART
from ai_translate.server.deepl.shapes import DeepLError
from ai_translate.server.door import Door, Refusal
from ai_translate.server.fields import read_fields
from ai_translate.server.routing import Responses
from ai_translate.state.keys import Access

__all__ = ["DOOR", "QUOTA", "TAG", "fields_of", "refusals"]

_Model = TypeVar("_Model", bound=BaseModel)

TAG: Final = "DeepL"
QUOTA: Final = 456
"""The status of who has used up a month's characters."""

_READING: Final = frozenset({"GET", "HEAD"})
# Where DeepL has another status than our own contract.
_STATUS: Final = {
    HTTPStatus.UNAUTHORIZED: HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT: HTTPStatus.SERVICE_UNAVAILABLE,  # a document that is not translated yet
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST,
}
_MEANINGS: Final[dict[int, tuple[str, str]]] = {
    400: ("A field is missing or wrong, or asks for what is not here.", "text: Field required."),
    403: ("The key is missing, is none that counts, or is not for this.", "This needs a key."),
    404: ("Nothing has the id that was given.", "There is no glossary '7d4c'."),
    413: ("A text, all of them, or the body is over its limit.", "text has 51 items."),
    429: ("Requests are too many. See Retry-After.", "60 requests in a minute are allowed."),
    456: ("No characters are left of this month's.", "500 characters are more than the 20 left."),
    500: ("The model, or the service itself, failed.", "The model failed."),
    503: ("Not ready, or too much is asked. See Retry-After.", "The models are still loading."),
    504: ("The time of the request was over.", "The translation was not finished within 60 s."),
}


def _refused(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    quota = refusal.code == QuotaExceeded.code
    status = QUOTA if quota else _STATUS.get(HTTPStatus(refusal.status), refusal.status)
    return int(status), _body(refusal.message, refusal.hint)


def _body(message: str, hint: str) -> dict[str, Any]:
    return {"message": message, "detail": hint} if hint else {"message": message}


def _access(method: str, path: str) -> Access:
    writes = method not in _READING and path.split("/")[3:4] == ["glossaries"]
    return Access.GLOSSARIES if writes else Access.TRANSLATE


def refusals(*statuses: int) -> Responses:
    """What OpenAPI says of these statuses, and of those that every address may answer."""
    return {
        status: {
            "model": DeepLError,
            "description": _MEANINGS[status][0],
            "content": {"application/json": {"example": _body(_MEANINGS[status][1], "")}},
        }
        for status in sorted({*statuses, 403, 413, 500})
    }


async def fields_of(request: Request, model: type[_Model]) -> _Model:
    """What a request says, in JSON or in a form; see `read_fields`."""
    return await read_fields(request, model, listed=_listed(model), also=PART)


@cache
def _listed(model: type[BaseModel]) -> frozenset[str]:
    """The fields that are lists."""
    fields = model.model_fields.items()
    return frozenset(name for name, field in fields if get_origin(field.annotation) is list)


DOOR: Final = Door(
    name="deepl",
    prefix="/deepl",
    roots=frozenset({"/v2", "/v3"}),
    refused=_refused,
    access=_access,
    counted=frozenset({("POST", "/deepl/v2/translate"), ("POST", "/deepl/v2/document")}),
    uploads=frozenset({"/deepl/v2/document"}),
    schemes={
        "deepl": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`DeepL-Auth-Key`, a space, and a key.",
        }
    },
)
