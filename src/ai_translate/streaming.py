"""One text, sentence by sentence: each as soon as it is finished."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from ai_translate.assembly import Translation
from ai_translate.engine import DecodingOptions
from ai_translate.engine.several import as_finished
from ai_translate.engine.work import finish_async
from ai_translate.journey import (
    Asking,
    How,
    Job,
    Journey,
    Outcome,
    asking_for,
    prepared,
    raised,
    together,
    told_of,
)
from ai_translate.languages import AUTO
from ai_translate.placement import translated
from ai_translate.protection import Answer
from ai_translate.text.detect import Detected
from ai_translate.text.segment import Segment

__all__ = ["Beginning", "Sentence", "streamed"]

T = TypeVar("T")

# The first sentence goes alone, so that there is something to show soon. Those behind it go in
# groups that double, so that the workers, who make batches of all that waits, have enough to do.
_GROUP: Final = 32
_GROUPS_AT_ONCE: Final = 4

# Characters from which work between waits is kept from the event loop, as in `translator`.
_LONG: Final = 2000


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a text is built, before any of it is translated.

    Attributes:
        layout: What stands before the first sentence, between each two, and after the last one:
            one more than there are sentences. With their translations between them it is the
            translated text.
        source: Language translated from, as the model calls it.
        target: Language translated into, likewise.
        model: Name and shortened digest of the model; empty for a text without words.
        detected: What the source language was found to be, if it was asked for.
    """

    layout: tuple[str, ...]
    source: str
    target: str
    model: str
    detected: Detected | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One finished sentence.

    Attributes:
        index: Its number among the sentences of the text, from 0.
        start: Where it begins in the source text, in characters (code points of Unicode).
        end: Where it ends, behind its last character.
        translation: The sentence, as if it were a text of its own.
    """

    index: int
    start: int
    end: int
    translation: Translation


async def streamed(
    journey: Journey,
    text: str,
    source: str,
    target: str,
    options: DecodingOptions | None,
    how: How,
) -> AsyncGenerator[Beginning | Sentence | Translation]:
    """The way of a text: its beginning, each sentence as it is finished, and the whole.

    Equal sentences are translated once and come together. Little is done ahead of whoever takes
    the sentences. The time of `how` counts for each group of sentences that is sent together.

    Raises:
        AITranslateError: The text, or one of its sentences, cannot be translated.
    """
    options = options or DecodingOptions()
    in_threads = source == AUTO or len(text) > _LONG
    job = await _done(lambda: journey.apart(text, source, target, how), in_threads=in_threads)
    if not isinstance(job, Job):
        same = raised(job)
        yield Beginning((same.text,), same.source, same.target, same.model, same.detected)
        yield same
        return
    original, began = job, time.time_ns()
    asking = asking_for(job, options, how)
    work = prepared([job], asking.begun_anew(how), how)
    [job] = await finish_async(work, in_threads=in_threads)
    layout, places = await _done(partial(_built, job, original), in_threads=in_threads)
    # A text without sentences is its own translation, and tells the names that all have.
    blank = raised(together(replace(job, segments=[]), {}, asking))
    yield Beginning(layout, blank.source, blank.target, blank.model, blank.detected)
    found: dict[Segment, Answer] = {}
    works = (_answers(group, asking, how) for group in _groups(places))
    async with aclosing(as_finished(works, _GROUPS_AT_ONCE)) as groups:
        async for answers in groups:
            found |= answers
            for sentence in _sentences(job, answers, places, asking):
                yield sentence
    whole = await _done(partial(together, job, found, asking), in_threads=in_threads)
    journey.tally.add(told_of([job], [whole], began))
    yield raised(whole)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sentence stands: see `Sentence`."""

    index: int
    start: int
    end: int


def _built(job: Job, original: Job) -> tuple[tuple[str, ...], dict[Segment, list[_Place]]]:
    """What is between the sentences, and where each different sentence stands.

    Args:
        job: The text; of a page, with texts in its tags translated.
        original: The text as it came, in which sentences have their places.
    """
    layout: list[list[str]] = [[]]
    for segment in job.segments:
        if segment.translate:
            layout.append([])
        else:
            layout[-1].append(segment.text)
    places: dict[Segment, list[_Place]] = {}
    wanted = [segment for segment in job.segments if segment.translate]
    if len(wanted) != sum(segment.translate for segment in original.segments):
        original = job  # what was in tags has made sentences of its own
    at = index = 0
    for segment in original.segments:
        end = at + len(segment.source)
        if segment.translate:
            places.setdefault(wanted[index], []).append(_Place(index, at, end))
            index += 1
        at = end
    return tuple(map("".join, layout)), places


def _groups(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    rest, size = iter(segments), 1
    while group := list(islice(rest, size)):
        yield group
        size = min(2 * size, _GROUP)


async def _answers(group: list[Segment], asking: Asking, how: How) -> dict[Segment, Answer]:
    """What became of the sentences of a group."""
    asking = asking.begun_anew(how)
    work = translated(group, asking.asked, asking.way)
    long = sum(len(segment.text) for segment in group) > _LONG
    answers = await finish_async(work, in_threads=long)
    return {segment: answers[segment] for segment in group}


def _sentences(
    job: Job,
    answers: dict[Segment, Answer],
    places: dict[Segment, list[_Place]],
    asking: Asking,
) -> Iterator[Sentence]:
    for segment in answers:
        alone: Outcome = together(replace(job, segments=[segment]), answers, asking)
        translation = raised(alone)
        for place in places[segment]:
            yield Sentence(place.index, place.start, place.end, translation)


async def _done(step: Callable[[], T], *, in_threads: bool) -> T:
    return await asyncio.to_thread(step) if in_threads else step()
