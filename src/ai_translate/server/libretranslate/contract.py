"""What the contract of LibreTranslate is to the layers around it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from ai_translate.server.door import Door, Refusal
from ai_translate.state.keys import Access

__all__ = ["CONTRACT", "PREFIX", "TAG"]

PREFIX: Final = "/libretranslate"
TAG: Final = "LibreTranslate"
"""What OpenAPI calls this contract."""

# Statuses that it has not, and what it says in their place.
_STATUS: Final[dict[int, HTTPStatus]] = {
    HTTPStatus.UNAUTHORIZED: HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT: HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST,
}
_OPEN: Final = frozenset(
    f"{PREFIX}{path}" for path in ("/languages", "/health", "/frontend/settings", "/spec")
)
# Who has the address of a result may fetch it; and nobody may suggest.
_ALSO_OPEN: Final = (f"{PREFIX}/download_file/", f"{PREFIX}/suggest")


def _refused(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    hint = refusal.hint
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        hint = "Send it as the field api_key."
    status = _STATUS.get(refusal.status, refusal.status)
    return int(status), {"error": f"{refusal.message} {hint}".rstrip()}


def _access(_method: str, path: str) -> Access | None:
    if path in _OPEN or path.startswith(_ALSO_OPEN):
        return None
    return Access.TRANSLATE


CONTRACT: Final = Door(
    name="libretranslate",
    prefix=PREFIX,
    roots=frozenset(
        {
            *("/translate", "/translate_file", "/download_file", "/detect", "/languages"),
            *("/frontend", "/spec", "/suggest"),
        }
    ),
    refused=_refused,
    access=_access,
    counted=frozenset(
        ("POST", f"{PREFIX}{path}") for path in ("/translate", "/detect", "/translate_file")
    ),
    uploads=frozenset({f"{PREFIX}/translate_file"}),
    schemes={
        "header": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "A key; the field `api_key` of a body may have it as well.",
        }
    },
)
