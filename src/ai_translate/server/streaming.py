"""`POST /translate/stream`: a translation, sentence by sentence."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.engine import Priority
from ai_translate.server.answers import translated
from ai_translate.server.asking import TIMEOUT, too_long
from ai_translate.server.departure import unless_left
from ai_translate.server.error_examples import documented
from ai_translate.server.event_stream import EventStream
from ai_translate.server.events import (
    MEDIA_TYPE,
    StreamSentence,
    StreamStart,
    event,
    finished,
    started,
)
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.reading import read_body
from ai_translate.server.reception import Reception
from ai_translate.server.routing import Responses, post
from ai_translate.server.schemas import TranslateRequest
from ai_translate.settings import Settings
from ai_translate.streaming import Beginning, Sentence
from ai_translate.translator import Translation

__all__ = ["Streaming"]

_EXAMPLE: Final = """\
event: start
data: {"sentences":1,"layout":["> ","\\n"],"source_lang":"en","target_lang":"fr","model":"…"}

event: sentence
data: {"index":0,"start":2,"end":23,"text":"Où est la gare ?","confidence":0.83}

event: done
data: {"original_text":"> Where is the station?\\n","translated_text":"> Où est la gare ?\\n", …}

"""


class Streaming:
    """The route of one server.

    Args:
        settings: Limits.
        lifecycle: Where the translator comes from.
        reception: Where requests come in.
    """

    def __init__(self, settings: Settings, lifecycle: Lifecycle, reception: Reception) -> None:
        self._settings = settings
        self._lifecycle = lifecycle
        self._reception = reception

    def add_to(self, app: FastAPI) -> None:
        """Adds the route to the app."""
        post(
            app,
            "/translate/stream",
            self.translate_stream,
            TranslateRequest,
            _described(),
            parameters=[TIMEOUT],
            errors=documented(
                HTTPStatus.BAD_REQUEST,
                HTTPStatus.NOT_FOUND,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                HTTPStatus.TOO_MANY_REQUESTS,
                HTTPStatus.INTERNAL_SERVER_ERROR,
                HTTPStatus.SERVICE_UNAVAILABLE,
                HTTPStatus.GATEWAY_TIMEOUT,
            ),
        )

    async def translate_stream(self, request: Request) -> Response:
        """Translates one text and sends each sentence as soon as it is finished.

        Server-sent events: `start`, a `sentence` for each, `done` with what POST /translate
        answers; or `error`, with the shape of every error.
        """
        async with AsyncExitStack() as held:
            translator = held.enter_context(self._lifecycle.request())
            wanted = await read_body(request, TranslateRequest)
            if error := too_long(self._settings, "text", wanted.text):
                raise error
            languages, options, how = await held.enter_async_context(
                self._reception.received(
                    request, translator, wanted, [wanted.text], Priority.INTERACTIVE
                )
            )
            items = translator.sentences_async(wanted.text, *languages, options, **how)
            await held.enter_async_context(aclosing(items))
            # What cannot be translated at all is answered as anywhere, with its status.
            beginning = await unless_left(request, anext(items))
            events = _events(wanted.text, beginning, items)
            return EventStream(request, events, held.pop_all())


async def _events(
    text: str,
    beginning: Beginning | Sentence | Translation,
    rest: AsyncGenerator[Beginning | Sentence | Translation],
) -> AsyncGenerator[bytes]:
    yield _event(text, beginning)
    async for item in rest:
        yield _event(text, item)


def _event(text: str, item: Beginning | Sentence | Translation) -> bytes:
    if isinstance(item, Beginning):
        return started(item)
    if isinstance(item, Sentence):
        return finished(item)
    return event("done", translated(text, item))


def _described() -> Responses:
    """What OpenAPI says of the answer: each kind of event and its data, of which some follow."""
    where = "#/components/schemas/"
    data: dict[str, dict[str, Any]] = {
        "start": StreamStart.model_json_schema(),
        "sentence": StreamSentence.model_json_schema(),
        "done": {"$ref": f"{where}TranslateResponse"},
        "error": {"$ref": f"{where}Failure"},
    }
    content = {
        MEDIA_TYPE: {
            # What it is made of has a place of its own from OpenAPI 3.2 on alone.
            "schema": {"description": "Events, each as `itemSchema` has it."},
            "itemSchema": {"anyOf": [_shape_of(name, schema) for name, schema in data.items()]},
            "example": _EXAMPLE,
        }
    }
    return {200: {"description": "The events.", "content": content}}


def _shape_of(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """One kind of event."""
    properties = {
        "event": {"const": name, "description": "Its kind.", "examples": [name]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": data,
            "description": "One line of JSON.",
            "examples": ['{"index":0,"start":2,"end":23,"text":"Où est la gare ?"}'],
        },
    }
    return {
        "title": f"Stream{name.capitalize()}Event",
        "type": "object",
        "required": ["event", "data"],
        "properties": properties,
    }
