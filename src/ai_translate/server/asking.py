"""What a request asks, as the translator understands it, within the limits of the settings."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Sequence
from typing import Any, Final, TypeVar

from starlette.requests import Request

from ai_translate.engine import Priority
from ai_translate.engine.protocol import DecodingOptions
from ai_translate.errors import DeadlineExceeded, TooLarge
from ai_translate.journey import How
from ai_translate.server.caller import caller_of
from ai_translate.server.failures import Malformed, Mistake
from ai_translate.server.glossary_shelf import GlossaryShelf
from ai_translate.server.options import Options
from ai_translate.server.schemas import InBody
from ai_translate.settings import Settings

__all__ = [
    "TIMEOUT",
    "decoding_options",
    "how_of",
    "in_time",
    "name_of_caller",
    "too_long",
    "too_many",
]

T = TypeVar("T")

_TIMEOUT: Final = "x-request-timeout"
_LONGEST_TIMEOUT: Final = 86_400.0

TIMEOUT: Final[dict[str, Any]] = {
    "name": "X-Request-Timeout",
    "in": "header",
    "required": False,
    "description": "Seconds after which the answer is of no use any more; as `timeout`.",
    "example": "30",
    "schema": {"type": "number", "exclusiveMinimum": 0, "maximum": _LONGEST_TIMEOUT},
}
"""What OpenAPI says of the header."""


def too_long(settings: Settings, field: str, text: str) -> TooLarge | None:
    """What is wrong with a text that is over the limit."""
    limit = settings.max_text_bytes
    if len(text) * 4 <= limit or (size := len(text.encode())) <= limit:
        return None
    return TooLarge(
        f"{field} is {size} bytes of UTF-8; the limit is {limit}.",
        hint="Split it, or raise AIT_MAX_TEXT_BYTES.",
    )


def too_many(
    settings: Settings, field: str, texts: Sequence[str], noun: str = "items"
) -> TooLarge | None:
    """What is wrong with texts that are more than may come at once."""
    most = settings.max_batch_texts
    if len(texts) <= most:
        return None
    return TooLarge(
        f"{field} has {len(texts)} {noun}; the limit is {most}.",
        hint="Send them in several requests, or raise AIT_MAX_BATCH_TEXTS.",
    )


def decoding_options(settings: Settings, wanted: Options) -> DecodingOptions:
    """How to search: what the request names, and the settings for the rest."""
    alternatives = wanted.alternatives or 0
    return DecodingOptions(
        beam_size=wanted.beam_size or max(settings.beam_size, 1 + alternatives),
        alternatives=alternatives,
        length_penalty=1.0 if wanted.length_penalty is None else wanted.length_penalty,
        max_target_tokens=wanted.max_length,
    )


async def how_of(
    request: Request,
    settings: Settings,
    glossaries: GlossaryShelf,
    wanted: Options,
    usual: Priority,
) -> How:
    """All else that a request says of how to translate.

    Args:
        request: Whose caller and headers count.
        settings: The limits.
        glossaries: Those that it may name.
        wanted: What it says.
        usual: Its priority if it names none.

    Raises:
        NotFound: There is no glossary of the name that it gives.
        Malformed: Its header X-Request-Timeout is no number of seconds.
    """
    how = How(
        timeout=settings.request_timeout,
        cached=wanted.cache,
        syntax=wanted.format,
        tag_texts=wanted.translate_attributes,
        priority=usual if wanted.priority is None else Priority[wanted.priority.upper()],
        caller=name_of_caller(request),
    )
    given = [t for t in (wanted.timeout, _timeout_in(request)) if t is not None]
    if given:
        seconds = min(*given, settings.request_timeout)
        how["timeout"] = seconds
        how["until"] = time.monotonic() + seconds
    if isinstance(wanted, InBody):
        how["candidates"] = wanted.source_candidates
        how["kept"] = wanted.do_not_translate
    if wanted.glossary is not None:
        how["glossary"] = await glossaries.find(wanted.glossary)
    return how


async def in_time(how: How, work: Awaitable[T]) -> T:
    """The result of the work, which is given up when the time of a request is over.

    Raises:
        DeadlineExceeded: It is.
    """
    timeout = how.get("timeout") or math.inf
    try:
        async with asyncio.timeout(timeout):
            return await work
    except TimeoutError:
        raise DeadlineExceeded(
            f"The translation was not finished within {timeout:g} s.",
            hint="Allow more time by X-Request-Timeout or `timeout`, at most AIT_REQUEST_TIMEOUT; "
            "or send less at once.",
        ) from None


def name_of_caller(request: Request) -> str:
    """By what callers are told apart in the queue: their keys, or else their addresses."""
    return caller_of(request).key or (request.client.host if request.client else "")


def _timeout_in(request: Request) -> float | None:
    """What the header X-Request-Timeout says, in seconds."""
    value = request.headers.get(_TIMEOUT)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        mistake = Mistake(
            ("header", _TIMEOUT),
            f"must be a number of seconds, more than 0 and at most {_LONGEST_TIMEOUT:.0f}",
            "request_timeout",
        )
        raise Malformed([mistake], hint="Send it as X-Request-Timeout: 2.5, or leave it out.")
    return seconds
