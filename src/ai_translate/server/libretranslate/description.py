"""What OpenAPI says of the addresses of LibreTranslate, and which part of it is theirs."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel

from ai_translate.server.door import Refusal
from ai_translate.server.error_examples import documented
from ai_translate.server.libretranslate.contract import CONTRACT, PREFIX
from ai_translate.server.libretranslate.shapes import Error
from ai_translate.server.routing import Content, Responses

__all__ = [
    "FILENAME",
    "NO_SUGGESTIONS",
    "REFUSING",
    "failing",
    "part_of",
    "taking",
]

NO_SUGGESTIONS: Final = "Suggestions are not taken here."
# Where more has the status than with us, or something else.
_OTHERWISE: Final = {
    422: (
        "A field is missing or wrong, something is over its limit, or no model does the pair.",
        "q: Field required.",
    ),
    401: (
        "A key is missing, does not count, or is not for this.",
        "This needs a key. Send it as the field api_key.",
    ),
    404: (
        "There is no such file, or no more.",
        "There is no such document, or no more.",
    ),
}
_REFERENCE: Final = re.compile(r'"#/components/schemas/([^"]+)"')

FILENAME: Final[dict[str, Any]] = {
    "name": "filename",
    "in": "path",
    "required": True,
    "description": "As `translatedFileUrl` has it.",
    "example": "Zb4mJ0eVnYxJpYw1y1m2Xg.report.fr.docx",
    "schema": {"type": "string"},
}
"""The last part of its address."""

REFUSING: Final[Responses] = {
    403: {
        "model": Error,
        "description": "Always: there are no suggestions here.",
        "content": {"application/json": {"example": {"error": NO_SUGGESTIONS}}},
    }
}
"""Suggestions are."""


def part_of(api: dict[str, Any]) -> dict[str, Any]:
    """What an OpenAPI document says of this contract, and the shapes that it names there."""
    paths = {path: told for path, told in api["paths"].items() if path.startswith(f"{PREFIX}/")}
    known = api["components"]["schemas"]
    named: dict[str, Any] = {}
    wanted = set(_REFERENCE.findall(json.dumps(paths)))
    while wanted:
        found = {name: known[name] for name in sorted(wanted)}
        named |= found
        wanted = set(_REFERENCE.findall(json.dumps(found))) - named.keys()
    components = {**api["components"], "schemas": named}
    if "securitySchemes" in components:
        components["securitySchemes"] = dict(CONTRACT.schemes)
    return {**api, "paths": paths, "components": components}


def failing(*statuses: HTTPStatus) -> Responses:
    """What OpenAPI says of errors of ours, as this contract gives them."""
    told: Responses = {}
    for status, entry in documented(*statuses).items():
        error = entry["content"]["application/json"]["example"]["error"]
        answered, body = CONTRACT.refused(Refusal(int(status), **error))
        description = entry["description"]
        if status in _OTHERWISE:
            description, body["error"] = _OTHERWISE[int(status)]
        content = {"application/json": {"example": body}}
        more = {"model": Error, "description": description, "content": content}
        told[answered] = {**entry, **more}
    return told


def taking(model: type[BaseModel]) -> Content:
    """Fields in each way in which they may come."""
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    schema = {"schema": model.model_json_schema()}
    return dict.fromkeys(kinds, schema)
