"""The sentence cache."""

from __future__ import annotations

import gc
import random
import threading
import tracemalloc

import pytest

from ai_translate.engine import DecodingOptions, Hypothesis, ScoredSentence
from ai_translate.engine.cache import _SCOPE, CacheScope, SentenceCache
from ai_translate.languages import LanguagePair

SCOPE = CacheScope("0" * 64, LanguagePair("en", "fr"), DecodingOptions())
PLENTY = 10_000_000


def scored(text: str, *others: str) -> ScoredSentence:
    return ScoredSentence(tuple(Hypothesis(t, -0.5, 3) for t in (text, *others)))


def room_for(sentences: int) -> int:
    """The bytes that so many entries like `known` occupy."""
    cache = SentenceCache(PLENTY)
    cache.put_many(SCOPE, [(f"sentence {i}", scored(f"phrase {i}")) for i in range(sentences)])
    return cache.stats().bytes


def known(cache: SentenceCache, *numbers: int) -> list[bool]:
    found = cache.get_many(SCOPE, [f"sentence {i}" for i in numbers])
    return [value is not None for value in found]


def test_what_was_put_is_found_in_order() -> None:
    """A lookup answers each sentence with its own translation, and None where there is none."""
    cache = SentenceCache(PLENTY)
    cache.put_many(SCOPE, [("a", scored("A")), ("b", scored("B", "BB"))])
    assert cache.get_many(SCOPE, ["b", "c", "a", "b"]) == [
        scored("B", "BB"),
        None,
        scored("A"),
        scored("B", "BB"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        SCOPE._replace(model="1" * 64),
        SCOPE._replace(pair=LanguagePair("en", "de")),
        SCOPE._replace(pair=LanguagePair("fr", "en")),
        SCOPE._replace(options=DecodingOptions(beam_size=4)),
        SCOPE._replace(options=DecodingOptions(length_penalty=0.9)),
        SCOPE._replace(options=DecodingOptions(max_target_tokens=9)),
    ],
)
def test_model_languages_and_options_are_part_of_the_key(other: CacheScope) -> None:
    """A translation is found only by who asks for the same model, languages and options."""
    cache = SentenceCache(PLENTY)
    cache.put_many(SCOPE, [("a", scored("A"))])
    assert cache.get_many(other, ["a"]) == [None]
    cache.put_many(other, [("a", scored("other"))])
    assert cache.get_many(SCOPE, ["a"]) == [scored("A")]
    assert cache.get_many(other, ["a"]) == [scored("other")]


def test_equal_scopes_share_their_entries() -> None:
    """A scope that was made anew for a request finds what another with equal parts has put."""
    cache = SentenceCache(PLENTY)
    cache.put_many(SCOPE, [("a", scored("A"))])
    again = CacheScope("0" * 64, LanguagePair("en", "fr"), DecodingOptions())
    assert cache.get_many(again, ["a"]) == [scored("A")]


def test_sentences_are_never_joined_into_a_key() -> None:
    """Two sentences and the one that joins them are three keys (LibreTranslate mixes these)."""
    cache = SentenceCache(PLENTY)
    cache.put_many(SCOPE, [("a", scored("1")), ("b", scored("2")), ("a|b", scored("3"))])
    assert cache.get_many(SCOPE, ["a|b", "a", "b"]) == [scored("3"), scored("1"), scored("2")]


def test_least_recently_used_leaves_first() -> None:
    """A full cache drops what was neither put nor found for the longest time."""
    cache = SentenceCache(room_for(3))
    for i in (0, 1, 2):
        cache.put_many(SCOPE, [(f"sentence {i}", scored(f"phrase {i}"))])
    assert known(cache, 0) == [True]
    cache.put_many(SCOPE, [("sentence 3", scored("phrase 3"))])
    assert known(cache, 0, 1, 2, 3) == [True, False, True, True]
    assert cache.stats().evictions == 1


def test_putting_again_renews_and_replaces() -> None:
    """A second translation of a sentence takes the place of the first and is the youngest."""
    cache = SentenceCache(room_for(2))
    for text in ("sentence 0", "sentence 1", "sentence 0"):
        cache.put_many(SCOPE, [(text, scored("phrase 9"))])
    assert (cache.stats().entries, cache.stats().bytes) == (2, room_for(2))
    cache.put_many(SCOPE, [("sentence 2", scored("phrase 2"))])
    assert known(cache, 0, 1, 2) == [True, False, True]


def test_bytes_never_exceed_the_limit_and_return_to_zero() -> None:
    """Whatever is put, the bound holds, and an entry that leaves gives back all that it took."""
    cache = SentenceCache(20_000)
    shuffled = random.Random(7)
    for i in range(2_000):
        options = DecodingOptions(max_target_tokens=shuffled.randint(1, 40))
        text = "é" * shuffled.randint(0, 300)
        cache.put_many(SCOPE._replace(options=options), [(text, scored(text, *[text] * (i % 3)))])
        assert cache.stats().bytes <= 20_000
    assert cache.stats().evictions > 1_000
    while cache._entries:
        cache._evict()
    assert (cache.stats().bytes, len(cache._scopes)) == (0, 0)


def test_entry_larger_than_the_cache_is_not_kept() -> None:
    """One huge translation does not push everything else out."""
    cache = SentenceCache(room_for(2))
    cache.put_many(SCOPE, [("sentence 0", scored("phrase 0"))])
    cache.put_many(SCOPE, [("huge", scored("x" * room_for(2)))])
    assert known(cache, 0) == [True]
    assert cache.get_many(SCOPE, ["huge"]) == [None]
    assert cache.stats().evictions == 0


def test_zero_bytes_turn_it_off() -> None:
    """With a limit of 0 nothing is kept, found or counted."""
    cache = SentenceCache(0)
    cache.put_many(SCOPE, [("a", scored("A"))])
    assert cache.get_many(SCOPE, ["a", "b"]) == [None, None]
    stats = cache.stats()
    assert (stats.entries, stats.bytes, stats.hits, stats.misses) == (0, 0, 0, 0)


def test_hits_and_misses_count_sentences() -> None:
    """Every sentence of a lookup counts once, also one that stands there twice."""
    cache = SentenceCache(PLENTY)
    cache.get_many(SCOPE, ["a"])
    cache.put_many(SCOPE, [("a", scored("A"))])
    cache.get_many(SCOPE, ["a", "b", "a"])
    stats = cache.stats()
    assert (stats.hits, stats.misses, stats.entries, stats.max_bytes) == (2, 2, 1, PLENTY)


@pytest.mark.parametrize("alphabet", ["abcdefgh ", "éàabcdefg ", "漢字仮名交じり"])
@pytest.mark.parametrize("others", [0, 3])
@pytest.mark.parametrize("own_options", [False, True])
def test_bytes_are_those_of_the_allocator(alphabet: str, others: int, own_options: bool) -> None:
    """What Python has really allocated is 60% to 100% of what the cache says it occupies.

    Less than all, for the dictionary is accounted for as after growth, and the UTF-8 form of a
    string as if somebody had asked for it already.
    """
    shuffled = random.Random(5)

    def text() -> str:
        made = "".join(shuffled.choice(alphabet) for _ in range(40))
        made.encode()
        return made

    gc.collect()
    tracemalloc.start()
    try:
        cache = SentenceCache(1_500_000)
        for i in range(5_000):
            options = DecodingOptions(max_target_tokens=1_000 + i) if own_options else SCOPE.options
            value = ScoredSentence(
                tuple(Hypothesis(text(), -shuffled.random(), 9) for _ in range(1 + others))
            )
            cache.put_many(SCOPE._replace(options=options), [(text(), value)])
        del options, value
        gc.collect()
        real, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    accounted = cache.stats().bytes
    assert 1_450_000 < accounted <= 1_500_000
    assert 0.6 * accounted <= real <= accounted


def test_lone_surrogates_are_keys_like_others() -> None:
    """Text that has no UTF-8 form can be cached."""
    cache = SentenceCache(PLENTY)
    cache.put_many(SCOPE, [("\ud800", scored("A"))])
    assert cache.get_many(SCOPE, ["\ud800", "?"]) == [scored("A"), None]


def test_threads_can_share_it() -> None:
    """Under eight threads that put and look up, nobody ever sees another sentence's translation."""
    cache = SentenceCache(room_for(50))
    start = threading.Barrier(8)
    wrong: list[str] = []

    def work(seed: int) -> None:
        shuffled = random.Random(seed)
        start.wait()
        for _ in range(300):
            numbers = [shuffled.randrange(200) for _ in range(10)]
            names = [f"sentence {i}" for i in numbers]
            found = cache.get_many(SCOPE, names)
            wrong.extend(
                name
                for name, i, value in zip(names, numbers, found, strict=True)
                if value is not None and value.best.text != f"phrase {i}"
            )
            cache.put_many(SCOPE, [(f"sentence {i}", scored(f"phrase {i}")) for i in numbers])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = cache.stats()
    assert not wrong
    assert stats.hits + stats.misses == 8 * 300 * 10
    assert stats.bytes <= stats.max_bytes
    assert stats.bytes == sum(size for _, size in cache._entries.values()) + _SCOPE
