"""Engines that translate in turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ai_translate.engine import DecodingOptions, ScoredSentence
from ai_translate.engine.turn import ANYTIME, Turn
from ai_translate.engine.work import Work
from ai_translate.errors import EngineFailure, ServiceError
from ai_translate.evaluation.rounds import Run, take_turns
from ai_translate.languages import LanguagePair
from support.fake_engine import FakeEngine

PAIR = LanguagePair("en", "fr")


class Watched(FakeEngine):
    """Writes down who was called with what.

    Args:
        name: Of the engine.
        calls: Where, with all others.
    """

    def __init__(self, name: str, calls: list[tuple[str, tuple[str, ...]]]) -> None:
        super().__init__(name)
        self._calls = calls

    def translate(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        *,
        turn: Turn = ANYTIME,
        cached: bool = True,
    ) -> Work[list[ScoredSentence | ServiceError]]:
        """See FakeEngine."""
        self._calls.append((self.name, tuple(sentences)))
        return (yield from super().translate(sentences, pair, options, turn=turn, cached=cached))


@pytest.mark.parametrize("count", [1, 3, 128, 129, 1000])
def test_all_translate_all_in_order(count: int) -> None:
    """However many groups that makes, each sentence has one translation from each engine."""
    sentences = [f"Sentence {number}." for number in range(count)]
    engines = [FakeEngine(), FakeEngine()]
    runs = take_turns(engines, sentences, PAIR, DecodingOptions())
    for run in runs:
        assert run.translations == [sentence.upper() for sentence in sentences]
        assert len(run.rates) == max(5, -(-count // 128))
        assert run.cut_short == 0
    assert all(engine.terms == [(ANYTIME, False)] * len(engine.terms) for engine in engines)


def test_in_each_round_all_have_the_same_group() -> None:
    """One right after the other, and each is first in some round."""
    calls: list[tuple[str, tuple[str, ...]]] = []
    engines = [Watched(name, calls) for name in "abc"]
    take_turns(engines, [str(number) for number in range(300)], PAIR, DecodingOptions())
    rounds = [calls[start : start + 3] for start in range(3, len(calls), 3)]
    assert len(rounds) == 5
    for number, called in enumerate(rounds):
        assert {name for name, _ in called} == set("abc")
        assert called[0][0] == "abc"[number % 3]
        assert len({group for _, group in called}) == 1
    assert [len(called[0][1]) for called in rounds] == [100] * 5


def test_what_was_cut_short_is_counted_once() -> None:
    """Also where a group is translated again for its time."""
    [run] = take_turns([FakeEngine()], ["CUT.", "Whole."], PAIR, DecodingOptions())
    assert run.cut_short == 1


def test_a_failure_ends_it() -> None:
    """There are no scores of a part."""
    with pytest.raises(EngineFailure):
        take_turns([FakeEngine()], ["Good.", "FAIL."], PAIR, DecodingOptions())


def test_one_slow_round_changes_no_ratio() -> None:
    """Speeds are compared within rounds, and medians are taken."""
    base = Run(rates=[100.0, 10.0, 100.0])
    other = Run(rates=[200.0, 20.0, 5.0])
    assert other.times_as_fast(base) == 2
    assert base.times_as_fast(base) == 1
    assert base.rate == 100
