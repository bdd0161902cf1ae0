"""Where requests to translate come in: understood, admitted and charged, in that order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request

from ai_translate.engine import Priority
from ai_translate.engine.protocol import DecodingOptions
from ai_translate.journey import How
from ai_translate.server.admission import Admission, size_of
from ai_translate.server.asking import decoding_options, how_of
from ai_translate.server.glossary_shelf import GlossaryShelf
from ai_translate.server.metering import Meter
from ai_translate.server.options import Options
from ai_translate.settings import Settings
from ai_translate.translator import Translator

__all__ = ["Asked", "Reception"]


class Asked(NamedTuple):
    """What is asked of the translator beside the texts.

    Attributes:
        languages: Tags of source and target.
        options: How to search.
        how: All else.
    """

    languages: tuple[str, str]
    options: DecodingOptions
    how: How


@dataclass(frozen=True, slots=True)
class Reception:
    """What every route does before it translates texts.

    Attributes:
        settings: Limits, and the beam of those who name none.
        glossaries: Those that requests name.
        admission: Who may begin.
        meter: Who charges for characters.
    """

    settings: Settings
    glossaries: GlossaryShelf
    admission: Admission
    meter: Meter

    @asynccontextmanager
    async def received(
        self,
        request: Request,
        translator: Translator,
        wanted: Options,
        texts: Sequence[str],
        usual: Priority,
    ) -> AsyncIterator[Asked]:
        """Holds the place of a request while the block runs, and has charged its characters.

        Args:
            request: Whose caller and headers count.
            translator: What will translate.
            wanted: What it says.
            texts: What is to be translated.
            usual: Its priority if it names none.

        Raises:
            UnsupportedPair: No model serves the pair.
            InvalidRequest: A value is malformed, or does not go with another.
            NotFound: There is no glossary of the name that it gives.
            Busy: There is no room; it says when there should be.
            QuotaExceeded: The caller has fewer characters left.
        """
        languages = wanted.source_lang, wanted.target_lang
        engines = translator.models_for(*languages)
        how = await how_of(request, self.settings, self.glossaries, wanted, usual)
        options = decoding_options(self.settings, wanted)
        with self.admission.admitted(engines, how, size_of(texts)):
            await self.meter.spend(request, sum(map(len, texts)))
            yield Asked(languages, options, how)
