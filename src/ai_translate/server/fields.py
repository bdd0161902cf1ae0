"""Requests whose fields may stand in JSON, in a form or in the address.

Forms are taken apart here rather than by Starlette: strictly as UTF-8, in a thread where they are
long, and with no more in memory than a few times what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final, TypeVar
from urllib.parse import unquote_to_bytes

import anyio.to_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from ai_translate.errors import TooLarge
from ai_translate.server.failures import Malformed, Mistake
from ai_translate.server.reading import (
    LONG,
    is_form,
    is_json,
    misfit,
    parsed_form,
    read_body,
    refuse_foreign_page,
)

__all__ = ["read_fields"]

_Model = TypeVar("_Model", bound=BaseModel)
_Pairs = list[tuple[str, str]]

_MOST_FIELDS: Final = 1_000
# They are in memory, where files are not.
_MOST_BESIDE_FILES: Final = 32
_LONGEST_NAME: Final = 200
_PIECE: Final = 65_536


async def read_fields(
    request: Request,
    model: type[_Model],
    *,
    listed: Collection[str] = (),
    also: re.Pattern[str] | None = None,
    files: int = 0,
) -> _Model:
    """What a request says, in a body of JSON, or in a form and the address together.

    The first value of a field counts, and those of the address are before those of the form.

    Args:
        request: Whoever reads it sees to it that it is closed, where it may have files.
        model: What its fields must fit; in JSON its types are those of JSON.
        listed: Fields that become a list where they are given more than once.
        also: Names of a form that the model understands beside those of its fields.
        files: Most files in a form; they are no fields.

    Raises:
        Malformed: It cannot be read, or does not fit the model.
        TooLarge: It is over a limit.
        StateFailure: There is no room for a file.
    """
    content_type = request.headers.get("content-type", "")
    if is_json(content_type):
        return await read_body(request, model)
    refuse_foreign_page(request)

    def taken(name: str) -> bool:
        return name in model.model_fields or bool(also and also.fullmatch(name))

    pairs = _pairs(request.scope["query_string"], "query", taken)
    if is_form(content_type):
        if files:
            form = await parsed_form(request, files=files, fields=_MOST_BESIDE_FILES)
        else:  # the limit of bodies is that of fields
            form = await parsed_form(request, files=0, longest_field=2**40)
        fields = form.multi_items()
        pairs += [(name, text) for name, text in fields if isinstance(text, str) and taken(name)]
    elif body := await request.body():
        if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            raise Malformed(
                [Mistake(("header", "content-type"), "must be JSON or a form", "content_type")],
                hint="Send the header Content-Type: application/json.",
            )
        if len(body) <= LONG:
            pairs += _pairs(body, "body", taken)
        else:
            pairs += await anyio.to_thread.run_sync(_pairs, body, "body", taken)
    try:
        return model.model_validate(_fields(pairs, listed))
    except ValidationError as error:
        raise misfit(error, "body", model) from None


def _fields(
    pairs: Iterable[tuple[str, str]], listed: Collection[str]
) -> dict[str, str | list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {
        name: values if name in listed and len(values) > 1 else values[0]
        for name, values in found.items()
    }


def _pairs(encoded: bytes, where: str, taken: Callable[[str], bool]) -> _Pairs:
    """Names and values of a form in application/x-www-form-urlencoded, of those that are taken."""
    if encoded.count(b"&") >= _MOST_FIELDS:
        raise TooLarge(
            f"The {where} has over {_MOST_FIELDS} fields.", hint="Send a list of texts as JSON."
        )
    found: _Pairs = []
    try:
        for part in encoded.split(b"&"):
            name, _, value = part.partition(b"=")
            # What nobody asked for takes its time to decode.
            if len(name) <= _LONGEST_NAME and taken(called := _decoded(name)):
                found.append((called, _decoded(value)))
    except UnicodeDecodeError:
        raise Malformed(
            [Mistake((where,), f"The {where} is not UTF-8", "encoding")],
            hint="Percent-encode the text as UTF-8.",
        ) from None
    return found


def _decoded(encoded: bytes) -> str:
    """Text without its percent signs; in pieces, each of which needs many times its length."""
    encoded = encoded.replace(b"+", b" ")
    decoded = bytearray()
    at = 0
    while at < len(encoded):
        end = at + _PIECE
        cut = encoded.rfind(b"%", end - 2, end)
        if cut > at and end < len(encoded):
            end = cut  # what stands for one byte stays together
        decoded += unquote_to_bytes(encoded[at:end])
        at = end
    return decoded.decode()
