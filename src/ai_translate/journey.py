"""The way of some texts, from their languages to their translations."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypedDict

from ai_translate.assembly import Translation, assemble
from ai_translate.directions import Directions, parse_tag
from ai_translate.engine import DecodingOptions, Engine, ScoredSentence
from ai_translate.engine.work import Work
from ai_translate.errors import AITranslateError, InvalidRequest, ServiceError, UnsupportedPair
from ai_translate.languages import AUTO, LanguagePair, name_of
from ai_translate.placement import translated
from ai_translate.protection import Asked, Way
from ai_translate.protection import translated as protected
from ai_translate.tag_texts import with_tag_texts
from ai_translate.terms import Honouring
from ai_translate.text.detect import UNDETERMINED, Detected, Detector
from ai_translate.text.glossary import Glossary, Terms
from ai_translate.text.markup.marks import Syntax
from ai_translate.text.markup.sentences import split_markup
from ai_translate.text.protect import protected_spans
from ai_translate.text.segment import Segment, split_text
from ai_translate.text.shelter import split_sheltered

__all__ = ["How", "Journey", "Outcome"]

# Of texts that are no markup, those that may have tags in them have one of these.
_END_TAG: Final = "</"

Outcome = Translation | AITranslateError


class How(TypedDict, total=False):
    """What every method that translates may be told beside languages and options.

    Attributes:
        candidates: Languages to choose among for `auto`; all that are known by default.
        timeout: Seconds after which what no worker has taken yet is given up. In a stream they
            count for each group of texts that is sent together.
        kept: Words and phrases that are to stay as they are.
        syntax: What the texts are written in; `text` by default.
        tag_texts: Whether, in HTML, texts in attributes are translated and `lang` is set; false by
            default.
        cached: Whether earlier translations may be given, and these kept; true by default.
        glossary: Terms with translations of their own.
    """

    candidates: Collection[str] | None
    timeout: float | None
    kept: Sequence[str]
    syntax: Syntax
    tag_texts: bool
    cached: bool
    glossary: Glossary | None


@dataclass(frozen=True, slots=True)
class _Job:
    """One text on its way: where it stands among its fellows, and what it was found to be."""

    place: int
    text: str
    segments: list[Segment]
    pair: LanguagePair
    engine: Engine
    detected: Detected | None
    terms: Terms | None


class Journey:
    """Takes texts apart, sends their sentences to the engines, and puts the texts together.

    Args:
        directions: Which model translates which direction.
    """

    def __init__(self, directions: Directions) -> None:
        self._directions = directions
        self._detector = Detector()

    def of(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        options: DecodingOptions | None,
        how: How,
    ) -> Work[list[Outcome]]:
        """The way of some texts, whoever drives it.

        Every different sentence of one direction goes to its engine once.
        """
        options = options or DecodingOptions()
        timeout = how.get("timeout")
        deadline = None if timeout is None else time.monotonic() + timeout
        named = None if source == AUTO else self._directions.find(source, target)
        glossary = how.get("glossary")
        terms = None
        if glossary is not None and named is not None:
            asked_for = LanguagePair(
                parse_tag("source_lang", source), parse_tag("target_lang", target)
            )
            terms = glossary.terms_for(asked_for)
        outcomes: dict[int, Outcome] = {}
        groups: dict[LanguagePair, list[_Job]] = {}
        for place, text in enumerate(texts):
            if named is not None:
                segments = _segments(text, named[0].source, how)
                found: _Job | Outcome = _Job(place, text, segments, *named, None, terms)
            else:
                found = self._detected(place, text, target, how)
            if isinstance(found, _Job):
                groups.setdefault(found.pair, []).append(found)
            else:
                outcomes[place] = found
        for pair, group in groups.items():
            jobs, engine = group, group[0].engine
            asked = Asked(engine, pair, options, deadline, how.get("cached", True))
            wanted = jobs[0].terms
            honouring = None if wanted is None else Honouring(wanted)
            way = protected if honouring is None else honouring.translated
            if how.get("tag_texts") and how.get("syntax") == "html":
                jobs = yield from _with_tag_texts(jobs, asked, how, way)
            answers = yield from translated(chain(*(job.segments for job in jobs)), asked, way)
            for job in jobs:
                outcome = _outcome(job, answers, options)
                if honouring is not None and isinstance(outcome, Translation):
                    outcome = honouring.told(outcome, job.segments)
                outcomes[job.place] = outcome
        return [outcomes[place] for place in range(len(texts))]

    def _detected(self, place: int, text: str, target: str, how: How) -> _Job | Outcome:
        """A text of a language that is to be found out, taken apart.

        The text itself where there are no words, and the error where no model serves it.
        """
        goal = parse_tag("target_lang", target)
        detected = self._detector.detect(_words(text, how), _tags(how.get("candidates")))
        if detected.language == UNDETERMINED:
            return Translation(text, UNDETERMINED, goal, 1.0, "", detected=detected)
        try:
            pair, engine = self._directions.find(detected.language, goal)
        except UnsupportedPair as error:
            name = name_of(detected.language)
            return UnsupportedPair(f"The text is in {name}. {error.message}", hint=error.hint)
        glossary = how.get("glossary")
        try:
            asked_for = LanguagePair(detected.language, goal)
            terms = None if glossary is None else glossary.terms_for(asked_for)
        except InvalidRequest as error:
            return error
        segments = _segments(text, pair.source, how)
        return _Job(place, text, segments, pair, engine, detected, terms)


def _words(text: str, how: How) -> str:
    """What tells the language of a text: without its tags, where it is markup."""
    if how.get("syntax", "text") == "text":
        return text
    return " ".join(s.text for s in _segments(text, UNDETERMINED, how) if s.translate)


def _segments(text: str, language: str, how: How) -> list[Segment]:
    syntax, kept = how.get("syntax", "text"), how.get("kept", ())
    if syntax != "text" or _END_TAG in text:
        return split_markup(text, syntax, language, kept)
    spans = protected_spans(text, kept)
    return split_sheltered(text, language, spans) if spans else split_text(text, language)


def _with_tag_texts(jobs: Sequence[_Job], asked: Asked, how: How, way: Way) -> Work[list[_Job]]:
    pages = [job.text for job in jobs]
    changed = yield from with_tag_texts(pages, asked, how.get("kept", ()), way)
    return [
        replace(job, segments=_segments(page, job.pair.source, how))
        for job, page in zip(jobs, changed, strict=True)
    ]


def _outcome(
    job: _Job,
    found: dict[Segment, ScoredSentence | ServiceError],
    options: DecodingOptions,
) -> Outcome:
    """The text put together, or the first error of its sentences."""
    scored: dict[Segment, ScoredSentence] = {}
    for segment in job.segments:
        if segment.translate:
            answer = found[segment]
            if isinstance(answer, ServiceError):
                return answer
            scored[segment] = answer
    return assemble(
        job.segments,
        scored,
        job.pair,
        model=f"{job.engine.name}@{job.engine.artifact.digest[:12]}",
        alternatives=options.alternatives,
        detected=job.detected,
    )


def _tags(candidates: Collection[str] | None) -> list[str] | None:
    return None if candidates is None else [parse_tag("candidates", tag) for tag in candidates]
