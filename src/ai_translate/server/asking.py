"""What a request asks, as the translator understands it, within the limits of the settings."""

from __future__ import annotations

from ai_translate.engine.protocol import DecodingOptions
from ai_translate.errors import TooLarge
from ai_translate.journey import How
from ai_translate.server.glossary_shelf import GlossaryShelf
from ai_translate.server.schemas import BatchRequest, InBody, TranslateQuery
from ai_translate.settings import Settings

__all__ = ["decoding_options", "how_of", "too_long"]


def too_long(settings: Settings, field: str, text: str) -> TooLarge | None:
    """What is wrong with a text that is over the limit."""
    limit = settings.max_text_bytes
    if len(text) * 4 <= limit or (size := len(text.encode())) <= limit:
        return None
    return TooLarge(
        f"{field} is {size} bytes of UTF-8; the limit is {limit}.",
        hint="Split it, or raise AIT_MAX_TEXT_BYTES.",
    )


def decoding_options(settings: Settings, wanted: TranslateQuery | BatchRequest) -> DecodingOptions:
    """How to search: what the request names, and the settings for the rest."""
    alternatives = wanted.alternatives or 0
    return DecodingOptions(
        beam_size=wanted.beam_size or max(settings.beam_size, 1 + alternatives),
        alternatives=alternatives,
        length_penalty=1.0 if wanted.length_penalty is None else wanted.length_penalty,
        max_target_tokens=wanted.max_length,
    )


async def how_of(
    settings: Settings, glossaries: GlossaryShelf, wanted: TranslateQuery | BatchRequest
) -> How:
    """All else that a request says of how to translate.

    Raises:
        NoSuchGlossary: There is none of the name that it gives.
    """
    how = How(
        timeout=settings.request_timeout,
        cached=wanted.cache,
        syntax=wanted.format,
        tag_texts=wanted.translate_attributes,
    )
    if isinstance(wanted, InBody):
        how["candidates"] = wanted.source_candidates
        how["kept"] = wanted.do_not_translate
    if wanted.glossary is not None:
        how["glossary"] = await glossaries.find(wanted.glossary)
    return how
