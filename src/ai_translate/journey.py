"""The way of some texts, from their languages to their translations."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, TypedDict

from ai_translate.assembly import Translation, assemble
from ai_translate.directions import Directions, parse_tag
from ai_translate.engine import DecodingOptions, Engine, Priority, ScoredSentence, Turn
from ai_translate.engine.work import Work
from ai_translate.errors import AITranslateError, InvalidRequest, ServiceError, UnsupportedPair
from ai_translate.languages import AUTO, LanguagePair, name_of
from ai_translate.placement import translated
from ai_translate.protection import Answer, Asked, Way
from ai_translate.protection import translated as protected
from ai_translate.tag_texts import with_tag_texts
from ai_translate.tally import Done, Tally
from ai_translate.terms import Honouring
from ai_translate.text.detect import UNDETERMINED, Detected, Detector
from ai_translate.text.glossary import Glossary, Terms
from ai_translate.text.markup.marks import Syntax
from ai_translate.text.markup.sentences import split_markup
from ai_translate.text.protect import protected_spans
from ai_translate.text.segment import Segment, split_text
from ai_translate.text.shelter import split_sheltered

__all__ = [
    "Asking",
    "How",
    "Job",
    "Journey",
    "Outcome",
    "asking_for",
    "prepared",
    "raised",
    "together",
    "told_of",
]

# Of texts that are no markup, those that may have tags in them have one of these.
_END_TAG: Final = "</"

Outcome = Translation | AITranslateError


class How(TypedDict, total=False):
    """What every method that translates may be told beside languages and options.

    Attributes:
        candidates: Languages to choose among for `auto`; all that are known by default.
        timeout: Seconds after which what no worker has taken yet is given up. In a stream they
            count for each group of texts that is sent together.
        until: In seconds of `time.monotonic()`: when the time is over, whatever `timeout` says.
        kept: Words and phrases that are to stay as they are.
        syntax: What the texts are written in; `text` by default.
        tag_texts: Whether, in HTML, texts in attributes are translated and `lang` is set; false by
            default.
        cached: Whether earlier translations may be given, and these kept; true by default.
        glossary: Terms with translations of their own.
        priority: Who goes first where there is more than can be done; interactive by default.
        caller: Whose texts they are; callers take turns.
        untranslated: Names of elements of HTML or XML that stay as they are, with all in them.
        unsplit: Whether a line is one sentence, whatever stands in it; false by default.
        stays: Whether, for `auto`, a text that is in the target language already stays as it is;
            by default no model serves it.
    """

    candidates: Collection[str] | None
    timeout: float | None
    until: float
    kept: Sequence[str]
    syntax: Syntax
    tag_texts: bool
    cached: bool
    glossary: Glossary | None
    priority: Priority
    caller: str
    untranslated: Collection[str]
    unsplit: bool
    stays: bool


@dataclass(frozen=True, slots=True)
class Job:
    """One text on its way: where it stands among its fellows, and what it was found to be."""

    place: int
    text: str
    segments: list[Segment]
    pair: LanguagePair
    engine: Engine
    detected: Detected | None
    terms: Terms | None


@dataclass(frozen=True, slots=True)
class Asking:
    """What the sentences of one direction have in common on their way.

    Attributes:
        asked: Whom to ask, and how.
        honouring: How the terms of a glossary are honoured; None without one.
    """

    asked: Asked
    honouring: Honouring | None

    @property
    def way(self) -> Way:
        """The way of sentences without tags."""
        return protected if self.honouring is None else self.honouring.translated

    def begun_anew(self, how: How) -> Asking:
        """The same, with the whole time from now on."""
        return replace(self, asked=replace(self.asked, turn=_turn(how)))


class Journey:
    """Takes texts apart, sends their sentences to the engines, and puts the texts together.

    Args:
        directions: Which model translates which direction.
        detector: Tells the language of a text.
        tally: Told of what has been translated.
    """

    def __init__(self, directions: Directions, detector: Detector, tally: Tally) -> None:
        self._directions = directions
        self._detector = detector
        self.tally = tally

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
        turn = _turn(how)
        named = None if source == AUTO else self._directions.find(source, target)
        terms = None if named is None else _terms(source, target, how)
        outcomes: dict[int, Outcome] = {}
        groups: dict[LanguagePair, list[Job]] = {}
        for place, text in enumerate(texts):
            if named is not None:
                segments = _segments(text, named[0].source, how)
                found: Job | Outcome = Job(place, text, segments, *named, None, terms)
            else:
                found = self._detected(place, text, target, how)
            if isinstance(found, Job):
                groups.setdefault(found.pair, []).append(found)
            else:
                outcomes[place] = found
        for group in groups.values():
            began = time.time_ns()
            asking = asking_for(group[0], options, how, turn)
            jobs = yield from prepared(group, asking, how)
            sentences = chain(*(job.segments for job in jobs))
            answers = yield from translated(sentences, asking.asked, asking.way)
            for job in jobs:
                outcomes[job.place] = together(job, answers, asking)
            self.tally.add(told_of(jobs, [outcomes[job.place] for job in jobs], began))
        return [outcomes[place] for place in range(len(texts))]

    def apart(self, text: str, source: str, target: str, how: How) -> Job | Outcome:
        """One text, taken apart; what becomes of it where it needs no model or has none.

        Raises:
            UnsupportedPair: No model serves the pair that was named.
            InvalidRequest: A tag is malformed.
        """
        if source == AUTO:
            return self._detected(0, text, target, how)
        pair, engine = self._directions.find(source, target)
        terms = _terms(source, target, how)
        return Job(0, text, _segments(text, pair.source, how), pair, engine, None, terms)

    def _detected(self, place: int, text: str, target: str, how: How) -> Job | Outcome:
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
            if how.get("stays") and _language(goal) == _language(detected.language):
                return Translation(text, detected.language, goal, 1.0, "", detected=detected)
            name = name_of(detected.language)
            return UnsupportedPair(f"The text is in {name}. {error.message}", hint=error.hint)
        try:
            terms = _terms(detected.language, goal, how)
        except InvalidRequest as error:
            return error
        segments = _segments(text, pair.source, how)
        return Job(place, text, segments, pair, engine, detected, terms)


def _language(tag: str) -> str:
    """A tag without its script and region."""
    return tag.partition("-")[0]


def _words(text: str, how: How) -> str:
    """What tells the language of a text: without its tags, where it is markup."""
    if how.get("syntax", "text") == "text":
        return text
    return " ".join(s.text for s in _segments(text, UNDETERMINED, how) if s.translate)


def _segments(text: str, language: str, how: How) -> list[Segment]:
    syntax, kept = how.get("syntax", "text"), how.get("kept", ())
    unsplit = how.get("unsplit", False)
    if syntax != "text" or _END_TAG in text:
        untranslated = how.get("untranslated", ())
        return split_markup(
            text, syntax, language, kept, untranslated=untranslated, unsplit=unsplit
        )
    spans = protected_spans(text, kept)
    if spans:
        return split_sheltered(text, language, spans, unsplit=unsplit)
    return split_text(text, language, unsplit=unsplit)


def _terms(source: str, target: str, how: How) -> Terms | None:
    """The terms of the glossary for a direction, if there is one."""
    glossary = how.get("glossary")
    if glossary is None:
        return None
    pair = LanguagePair(parse_tag("source_lang", source), parse_tag("target_lang", target))
    return glossary.terms_for(pair)


def _turn(how: How) -> Turn:
    """How to wait for a worker, if the time begins now."""
    timeout = how.get("timeout")
    until = math.inf if timeout is None else time.monotonic() + timeout
    return Turn(
        min(until, how.get("until", math.inf)),
        how.get("priority", Priority.INTERACTIVE),
        how.get("caller", ""),
    )


def asking_for(job: Job, options: DecodingOptions, how: How, turn: Turn | None = None) -> Asking:
    """What all sentences of a text's direction have in common. Time begins now, if not yet."""
    turn = turn or _turn(how)
    asked = Asked(job.engine, job.pair, options, turn, how.get("cached", True))
    return Asking(asked, None if job.terms is None else Honouring(job.terms))


def prepared(jobs: list[Job], asking: Asking, how: How) -> Work[list[Job]]:
    """Texts of one direction, with what is in their tags translated where that was asked for."""
    if not how.get("tag_texts") or how.get("syntax") != "html":
        return jobs
    pages = [job.text for job in jobs]
    changed = yield from with_tag_texts(pages, asking.asked, how.get("kept", ()), asking.way)
    return [
        replace(job, segments=_segments(page, job.pair.source, how))
        for job, page in zip(jobs, changed, strict=True)
    ]


def together(job: Job, found: Mapping[Segment, Answer], asking: Asking) -> Outcome:
    """The text put together, or the first error of its sentences."""
    scored: dict[Segment, ScoredSentence] = {}
    for segment in job.segments:
        if segment.translate:
            answer = found[segment]
            if isinstance(answer, ServiceError):
                return answer
            scored[segment] = answer
    translation = assemble(
        job.segments,
        scored,
        job.pair,
        model=_model(job),
        alternatives=asking.asked.options.alternatives,
        detected=job.detected,
    )
    if asking.honouring is None:
        return translation
    return asking.honouring.told(translation, job.segments)


def told_of(jobs: Sequence[Job], outcomes: Sequence[Outcome], began: int) -> Done:
    """What became of texts of one direction, for a tally.

    Args:
        jobs: The texts; never none.
        outcomes: What became of each.
        began: When they were sent, in nanoseconds of the Unix epoch.
    """
    texts = sentences = characters = 0
    warnings: list[str] = []
    for job, outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, Translation):
            texts += 1
            characters += len(job.text)
            sentences += sum(segment.translate for segment in job.segments)
            warnings += [warning.code for warning in outcome.warnings]
    return Done(
        jobs[0].pair,
        _model(jobs[0]),
        texts,
        sentences,
        characters,
        tuple(warnings),
        began,
        time.time_ns(),
        jobs[0].text,
    )


def _model(job: Job) -> str:
    """Name and shortened digest of a text's model."""
    return f"{job.engine.name}@{job.engine.artifact.digest[:12]}"


def raised(outcome: Outcome) -> Translation:
    """The translation; an error in its place is raised."""
    if isinstance(outcome, AITranslateError):
        raise outcome
    return outcome


def _tags(candidates: Collection[str] | None) -> list[str] | None:
    return None if candidates is None else [parse_tag("candidates", tag) for tag in candidates]
