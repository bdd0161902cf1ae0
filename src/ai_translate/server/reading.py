"""Requests as bytes in, requests as models out.

The body is read by pydantic's own JSON parser rather than by `json.loads`: it is strict UTF-8, it
refuses lone surrogates, which could not be sent back, and nothing that is nested or numbered
absurdly makes it raise anything but a validation error. It keeps the interpreter to itself until
it is done, and takes seconds over 15 MB of nothing but brackets: they are counted first.
"""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar, get_origin
from urllib.parse import parse_qsl

import anyio.to_thread
from pydantic import BaseModel, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ai_translate.errors import StateFailure, TooLarge
from ai_translate.server.cors import may_ask
from ai_translate.server.failures import Malformed, Mistake
from ai_translate.server.json_marks import MOST_MARKS, marks_in

__all__ = [
    "LONG",
    "is_form",
    "is_json",
    "misfit",
    "parsed_form",
    "read_body",
    "read_form",
    "read_query",
    "refuse_foreign_page",
]

_Model = TypeVar("_Model", bound=BaseModel)

_JSON_HINT: Final = 'Send one JSON object in UTF-8, such as {"text": "Where is the station?"}.'
# A body of nothing but unknown fields would otherwise be answered by a body of messages.
_MOST_MISTAKES: Final = 20
_LONGEST_NAME: Final = 60
LONG: Final = 65_536
"""A longer body is read in a thread, in bytes. A shorter one takes less time than starting it."""

_FORM_HINT: Final = "Send a form as `curl -F file=@report.docx` does (multipart/form-data)."
_MOST_FIELDS: Final = 1_000
_LONGEST_FIELD: Final = 16_384
_CHARSETS: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})


async def read_body(request: Request, model: type[_Model]) -> _Model:
    """The request's JSON body.

    Of a key that is given twice the last value counts.

    Raises:
        Malformed: It is not JSON, not announced as JSON, or does not fit the model.
        TooLarge: It is over the limit.
    """
    body = await request.body()
    if body and not is_json(request.headers.get("content-type", "")):
        # A web page may send a body of any other type to a server on its visitor's machine
        # without asking that server first.
        raise Malformed(
            [Mistake(("header", "content-type"), "must be application/json", "content_type")],
            hint="Send the header Content-Type: application/json.",
        )
    if len(body) <= LONG:
        return _read(body, model)
    return await anyio.to_thread.run_sync(_read_long, body, model)


def _read_long(body: bytes, model: type[_Model]) -> _Model:
    if marks_in(body, most=MOST_MARKS) > MOST_MARKS:
        raise TooLarge(
            f"The body has over {MOST_MARKS} brackets, commas and colons outside of its texts.",
            hint="Send fewer texts at once, and nothing beside them.",
        )
    return _read(body, model)


def _read(body: bytes, model: type[_Model]) -> _Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise misfit(error, "body", model) from None


def read_query(request: Request, model: type[_Model]) -> _Model:
    """The request's query string.

    Of a name that is given twice the last value counts.

    Raises:
        Malformed: It is not UTF-8, or does not fit the model.
    """
    try:
        query = request.scope["query_string"].decode()
        fields = dict(parse_qsl(query, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise Malformed(
            [Mistake(("query",), "The query is not UTF-8", "query_encoding")],
            hint="Percent-encode the text as UTF-8.",
        ) from None
    try:
        return model.model_validate_strings(fields)
    except ValidationError as error:
        raise misfit(error, "query", model) from None


@asynccontextmanager
async def read_form(
    request: Request, model: type[_Model]
) -> AsyncIterator[tuple[_Model, UploadFile]]:
    """The request's form: its fields, and the one file in it, which is called `file`.

    The file is there within the block; a long one is kept on disk. A field of a list may be given
    more than once; of any other one that is, the last value counts.

    Raises:
        Malformed: It is no form, has no file, or does not fit the model.
        TooLarge: It is over the limit.
        StateFailure: There is no room for the file.
    """
    if not is_form(request.headers.get("content-type", "")):
        raise Malformed(
            [Mistake(("header", "content-type"), "must be multipart/form-data", "content_type")],
            hint=_FORM_HINT,
        )
    refuse_foreign_page(request)
    form = await parsed_form(request)
    try:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise Malformed(
                [Mistake(("body", "file"), "A file is required", "missing")], hint=_FORM_HINT
            )
        try:
            wanted = model.model_validate(_fields(form, model))
        except ValidationError as error:
            raise misfit(error, "body", model) from None
        yield wanted, upload
    finally:
        await form.close()


def refuse_foreign_page(request: Request) -> None:
    """Refuses what a page of another site sends, unless it may ask here.

    Forms and addresses are what a web page may send anywhere without asking: browsers say whose
    it is.

    Raises:
        Malformed: It is one.
    """
    foreign = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    if foreign and not may_ask(request.scope):
        raise Malformed(
            [Mistake(("header", "sec-fetch-site"), "must not be another site", "foreign_page")],
            hint="Send forms from this server's own pages, or from a program.",
        )


async def parsed_form(
    request: Request,
    *,
    files: int = 1,
    fields: int = _MOST_FIELDS,
    longest_field: int = _LONGEST_FIELD,
) -> FormData:
    """The request's form, read once; whoever reads it sees to it that it is closed.

    Args:
        request: Whose form it is, in multipart/form-data.
        files: Most files in it.
        fields: Most fields beside them.
        longest_field: Longest field that is no file, in bytes.

    Raises:
        Malformed: It cannot be read.
        TooLarge: It is over the limit.
        StateFailure: There is no room for the file.
    """
    charset = parse_options_header(request.headers["content-type"])[1].get(b"charset", b"utf-8")
    if charset.lower() not in _CHARSETS:
        # Some that Python knows take a time that grows with the square of a field.
        mistake = Mistake(("header", "content-type"), "charset must be utf-8", "content_type")
        raise Malformed([mistake], hint=_FORM_HINT)
    try:
        return await request.form(max_files=files, max_fields=fields, max_part_size=longest_field)
    except HTTPException as error:
        mistake = Mistake(
            ("body",), f"The form cannot be read: {str(error.detail).rstrip('.')}", "form_invalid"
        )
        raise Malformed([mistake], hint=_FORM_HINT) from None
    except OSError as error:
        raise StateFailure(
            f"The file cannot be kept while it comes in: {error.strerror}.",
            hint="Look at the temporary folder (TMPDIR): its room, its permissions.",
        ) from error


def _fields(form: FormData, model: type[BaseModel]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name == "file":
            continue
        known = model.model_fields.get(name)
        if known is not None and get_origin(known.annotation) is list:
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields


def is_form(content_type: str) -> bool:
    """Whether a header Content-Type says multipart/form-data."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def is_json(content_type: str) -> bool:
    """Whether a header Content-Type says JSON."""
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or (
        essence.startswith("application/") and essence.endswith("+json")
    )


def misfit(error: ValidationError, where: str, model: type[BaseModel]) -> Malformed:
    """What is wrong with fields that do not fit a model, which stand in `body` or `query`."""
    count = error.error_count()
    if count > _MOST_MISTAKES:
        return Malformed(
            [Mistake((where,), f"{count} mistakes, most of them unknown fields", "too_many")],
            hint=f"The fields are: {', '.join(model.model_fields)}.",
        )
    found = error.errors(include_url=False, include_context=False, include_input=False)
    mistakes = [
        Mistake((where, *map(_shortened, problem["loc"])), _said(problem), problem["type"])
        for problem in found
    ]
    return Malformed(mistakes, hint=_hint(mistakes[0], model))


def _said(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "There is no such field"
    message: str = problem["msg"]
    return message.removeprefix("Value error, ")


def _hint(mistake: Mistake, model: type[BaseModel]) -> str:
    if mistake.type in {"json_invalid", "model_type"}:
        return _JSON_HINT
    name = str(mistake.loc[1])
    if mistake.type == "extra_forbidden":
        close = difflib.get_close_matches(name, model.model_fields, n=1)
        if close:
            return f"Did you mean {close[0]}?"
        return f"The fields are: {', '.join(model.model_fields)}."
    field = model.model_fields.get(name)
    return f"{name}: {field.description}" if field else ""


def _shortened(part: str | int) -> str | int:
    if isinstance(part, str) and len(part) > _LONGEST_NAME:
        return part[:_LONGEST_NAME] + "…"
    return part
