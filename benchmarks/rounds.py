"""What one round of `throughput.py` finds, and what comes of several: medians and a table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from load import Load
from offline import Rate

__all__ = ["BATCH", "Batches", "Round", "printed", "summarized"]

# Texts in one request, where a request holds several.
BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches of 1,000 texts over HTTP: rates in texts a second, processor time for each text."""

    cold: Rate
    warm: Rate | None


@dataclass(frozen=True, slots=True)
class Round:
    """Everything that was measured once.

    Attributes:
        offline: The limit, mean of once before and once after all else.
        fed: The same, given 64 sentences at a time.
        library: Our library, given all sentences.
        single: Over HTTP, one sentence a request, by the number of connections.
        cached: The same at 64 connections with sentences that the cache knows.
        batch: Over HTTP, 1,000 sentences a request.
        alone_ms: CTranslate2 and tokenizer for one sentence at a time: median latency.
        alone_cpu_ms: The same: processor time.
    """

    offline: Rate
    fed: Rate
    library: Rate
    single: dict[int, Load]
    cached: Load | None
    batch: Batches
    alone_ms: float
    alone_cpu_ms: float


def summarized(rounds: Sequence[Round]) -> dict[str, Any]:
    """The median of every figure over the rounds, and what the docs and the goals ask for."""
    figures: dict[str, Any] = _medians([asdict(one) for one in rounds])
    ratios = [
        {
            "fed": one.fed.sentences_per_second,
            "library": one.library.sentences_per_second,
            "batch": one.batch.cold.sentences_per_second,
            **{f"http {c}": load.requests_per_second for c, load in one.single.items()},
        }
        for one in rounds
    ]
    for ratio, one in zip(ratios, rounds, strict=True):
        for name in ratio:
            ratio[name] /= one.offline.sentences_per_second
    beyond = [
        {str(c): load.cpu_ms - one.offline.cpu_ms for c, load in one.single.items()}
        for one in rounds
    ]
    figures["of_offline"] = _medians(ratios)
    figures["cpu_ms_beyond_offline"] = _medians(beyond)
    figures["ms_beyond_alone"] = statistics.median(o.single[1].p50_ms - o.alone_ms for o in rounds)
    figures["cpu_ms_beyond_alone"] = statistics.median(
        one.single[1].cpu_ms - one.alone_cpu_ms for one in rounds
    )
    return figures


def _medians(found: Sequence[Any]) -> Any:
    """The same tree with the median in place of every number."""
    first = found[0]
    if isinstance(first, dict):
        return {str(key): _medians([one[key] for one in found]) for key in first}
    return None if first is None else round(statistics.median(found), 4)


def printed(figures: dict[str, Any]) -> str:
    """A table for people."""
    ratio = figures["of_offline"]
    beyond = figures["cpu_ms_beyond_offline"]
    lines = [f"{'':24} {'per s':>8} {'ratio':>6} {'CPU ms':>7}   p50 / p90 / p99 ms"]

    def line(name: str, rate: float, share: float | None, cpu: float, more: str = "") -> None:
        shown = "" if share is None else f"{share:.3f}"
        lines.append(f"{name:24} {rate:8.1f} {shown:>6} {cpu:7.3f}   {more}")

    for name, of in (("offline", None), ("fed", ratio["fed"]), ("library", ratio["library"])):
        line(name, figures[name]["sentences_per_second"], of, figures[name]["cpu_ms"])
    for connections, load in figures["single"].items():
        share = ratio[f"http {connections}"]
        times = " / ".join(f"{load[key]:.1f}" for key in ("p50_ms", "p90_ms", "p99_ms"))
        more = f"{times}; {beyond[connections]:+.3f} ms CPU; wrk {load['client_cpus']:.3f} CPUs"
        line(f"http {connections}", load["requests_per_second"], share, load["cpu_ms"], more)
    batch = figures["batch"]
    rate = batch["cold"]
    line(f"http batch of {BATCH}", rate["sentences_per_second"], ratio["batch"], rate["cpu_ms"])
    if warm := batch["warm"]:
        line("  the same, cached", warm["sentences_per_second"], None, warm["cpu_ms"])
        load = figures["cached"]
        line("http 64, cached", load["requests_per_second"], None, load["cpu_ms"])
    lines.append(
        f"one sentence alone: {figures['alone_ms']:.2f} ms, over HTTP "
        f"{figures['ms_beyond_alone']:+.2f} ms and {figures['cpu_ms_beyond_alone']:+.3f} ms CPU"
    )
    return "\n".join(lines)
