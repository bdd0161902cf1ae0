"""Tables and charts of speed, from the records of `benchmarks/throughput.py` and `rivals.py`."""

from __future__ import annotations

from typing import Any, Final

from charts import Bar, bar_chart
from results import measured, record, table

__all__ = ["latency", "latency_chart", "rivals", "rivals_chart", "throughput", "throughput_chart"]

_MODELS: Final = {"throughput": "starter", "throughput-opus": "opus-size"}
_OURS: Final = "AI Translate"


def throughput(name: str) -> str:
    """Sentences a second of every way in, against the offline limit."""
    found = record(name)
    figures = found["figures"]
    of, beyond = figures["of_offline"], figures["cpu_ms_beyond_offline"]

    def row(label: str, rate: float, share: float | None, cpu: float, more: str = "") -> list[str]:
        ratio = "" if share is None else f"{share:.2f}"
        return [label, f"{rate:.0f}", ratio, f"{cpu:.2f}", more]

    rows = [
        row(label, figures[key]["sentences_per_second"], share, figures[key]["cpu_ms"])
        for label, key, share in (
            ("CTranslate2 alone: the limit", "offline", 1.0),
            ("CTranslate2 alone, given 64 at a time", "fed", of["fed"]),
            ("library, given all at once", "library", of["library"]),
        )
    ]
    batch = figures["batch"]
    rows.append(
        row(
            "HTTP, 1,000 texts in a request",
            *(batch["cold"]["sentences_per_second"], of["batch"], batch["cold"]["cpu_ms"]),
        )
    )
    for connections, load in figures["single"].items():
        rows.append(
            row(
                f"HTTP, one text in a request, {_connections(connections)}",
                *(load["requests_per_second"], of[f"http {connections}"], load["cpu_ms"]),
                f"{beyond[connections]:+.2f}",
            )
        )
    if batch["warm"]:
        warm, cached = batch["warm"], figures["cached"]
        rows += [
            row(
                "HTTP, 1,000 texts, all in the cache",
                *(warm["sentences_per_second"], None, warm["cpu_ms"]),
            ),
            row(
                "HTTP, one text, 64 connections, in the cache",
                *(cached["requests_per_second"], None, cached["cpu_ms"]),
            ),
        ]
    best = figures["best_setting_alone"]
    head = [
        _MODELS[name],
        "sentences a second",
        "of the limit",
        "CPU ms a sentence",
        "beyond the limit's CPU ms",
    ]
    about = (
        f"Beam {figures['beam']}; {figures['words_in_a_sentence']:.1f} words in a sentence; "
        f"medians of {figures['rounds']} rounds. The best setting of CTranslate2 alone: "
        f"{best['inter']} batches at once, {best['intra']} thread in each, "
        f"{best['batch_tokens']} tokens in a batch."
    )
    return f"{table(head, rows)}\n\n{about} {measured('throughput', found)}"


def latency() -> str:
    """Latency of both models by the number of connections."""
    rows: list[list[object]] = []
    notes = []
    for name, model in _MODELS.items():
        figures = record(name)["figures"]
        for connections, load in figures["single"].items():
            times = [_milliseconds(load[key]) for key in ("p50_ms", "p90_ms", "p99_ms")]
            rows.append([model, connections, *times, f"{load['client_cpus']:.3f}"])
        notes.append(
            f"{model}: one sentence takes CTranslate2 and its tokenizer alone "
            f"{figures['alone_ms']:.2f} ms; over HTTP the median is "
            f"{figures['ms_beyond_alone']:+.2f} ms from that, and processor time "
            f"{figures['cpu_ms_beyond_alone']:+.2f} ms."
        )
    head = ["model", "connections", "median", "90 in 100 under", "99 in 100 under", "CPUs of wrk"]
    return f"{table(head, rows)}\n\n{' '.join(notes)}"


def rivals() -> str:
    """Our server beside others."""
    found = record("rivals")
    figures = found["figures"]
    rows = [
        [
            name,
            f"{service['requests_per_second']:.1f}",
            "" if name == _OURS else f"{service['ours_is_times_as_fast']:.1f}",
            _milliseconds(service["p50_ms"]),
            _milliseconds(service["p99_ms"]),
            f"{service['cpu_ms']:.1f}",
            f"{service['peak_mb']:.0f}",
        ]
        for name, service in figures["services"].items()
    ]
    head = [
        "service",
        "sentences a second",
        "ours is times as fast",
        "median",
        "99 in 100 under",
        "CPU ms a sentence",
        "peak memory, MB",
    ]
    versions = ", ".join(
        f"{package} {version}"
        for packages in figures["versions"].values()
        for package, version in packages.items()
    )
    about = f"{figures['connections']} connections, beam {figures['beam']}. Against {versions}."
    return f"{table(head, rows)}\n\n{about} {measured('rivals', found)}"


def throughput_chart(name: str) -> str:
    """Sentences a second of every way in."""
    figures = record(name)["figures"]
    rates: list[tuple[str, float, bool]] = [
        ("CTranslate2 alone", figures["offline"]["sentences_per_second"], False),
        ("CTranslate2 alone, 64 at a time", figures["fed"]["sentences_per_second"], False),
        ("library", figures["library"]["sentences_per_second"], True),
        ("HTTP, 1,000 texts", figures["batch"]["cold"]["sentences_per_second"], True),
    ]
    rates += [
        (f"HTTP, {_connections(connections)}", load["requests_per_second"], True)
        for connections, load in figures["single"].items()
    ]
    bars = [Bar(label, rate, f"{rate:.0f}", ours) for label, rate, ours in rates]
    return bar_chart(f"Sentences a second, {_MODELS[name]} model", bars)


def latency_chart() -> str:
    """Latency of the starter by the number of connections."""
    single: dict[str, dict[str, Any]] = record("throughput")["figures"]["single"]
    bars = [
        Bar(f"{_connections(connections)}, {label}", load[key], _milliseconds(load[key]), ours)
        for connections, load in single.items()
        for label, key, ours in (("median", "p50_ms", True), ("99 in 100", "p99_ms", False))
    ]
    return bar_chart("Time to the answer under load, starter model", bars)


def rivals_chart() -> str:
    """Sentences a second of each service."""
    figures = record("rivals")["figures"]
    bars = [
        Bar(name, rate := service["requests_per_second"], f"{rate:.0f}", name == _OURS)
        for name, service in figures["services"].items()
    ]
    title = f"Sentences a second at {figures['connections']} connections, starter model"
    return bar_chart(title, bars)


def _connections(count: str) -> str:
    return "1 connection" if count == "1" else f"{count} connections"


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"
