"""The tables of what becomes of a server under load, and of what its layers and doors cost."""

from __future__ import annotations

from results import is_there, measured, record, table

__all__ = ["door_cost", "reliability", "request_cost"]


def reliability() -> str:
    """Each load of the model of opus-mt's size."""
    found = record("reliability")
    figures = found["figures"]
    labels = {"half": "half of capacity", "three_times": "three times capacity"}
    if "soak" in figures:
        labels["soak"] = f"twice capacity, all kinds, {figures['soak']['minutes']:g} minutes"
    rows: list[list[object]] = []
    for name, label in labels.items():
        load = figures[name]
        total = sum(load["statuses"].values())
        rows.append(
            [
                label,
                f"{load['sent_per_second']:.0f}",
                f"{load['statuses'].get('200', 0) / total:.1%}",
                f"{load['statuses'].get('503', 0) / total:.1%}",
                f"{load['goodput']:.2f}",
                f"{load['p50_ms']:.0f} ms",
                f"{load['p99_ms']:.0f} ms",
                f"{load['memory_growth']:+.1%}",
                f"{load['generator_cpus']:.2f}",
            ]
        )
    head = [
        "load",
        "requests a second",
        "200",
        "503",
        "goodput of capacity",
        "median, sentences",
        "99 in 100 under",
        "memory, last two thirds",
        "CPUs of the generator",
    ]
    shown = (
        f"{table(head, rows)}\n\nModel of opus-mt's size, beam 2, "
        f"{figures['capacity_per_second']:.0f} sentences a second; medians of "
        f"{figures['rounds']} rounds of {figures['seconds']:g} s. 99 in 100 under, at three "
        f"times capacity against half of it: {figures['p99_against_half_load']:.1f} times."
    )
    return f"{shown} {measured('reliability', found)}"


def request_cost() -> str:
    """What a request costs without and with all that looks on."""
    found = record("request_cost")
    figures = found["figures"]
    cost, beyond = figures["cpu_ms"], figures["beyond_bare_ms"]
    rows = [
        ["without keys, limits, metrics and logs", f"{cost['bare']:.2f} ms", ""],
        ["metrics and logs", f"{cost['default']:.2f} ms", f"+{beyond['default']:.2f} ms"],
        ["keys, limits, metrics and logs", f"{cost['all']:.2f} ms", f"+{beyond['all']:.2f} ms"],
    ]
    head = ["processor time of a request that the cache answers", "in all", "beyond the first"]
    return f"{table(head, rows)}\n\n{measured('request_cost', found)}"


def door_cost() -> str:
    """What the contract of another service costs beyond our own."""
    if not is_there("door_cost"):
        return "Not measured yet: `python benchmarks/door_cost.py` does."
    found = record("door_cost")
    figures = found["figures"]
    labels = {
        "native": "`/translate`, first in a round",
        "libretranslate": "`/libretranslate/translate`",
        "deepl": "`/deepl/v2/translate`",
        "again": "`/translate`, last in a round",
    }
    rows = []
    for name, label in labels.items():
        beyond = figures["beyond_native_ms"][name]
        spread = f"{beyond['least']:+.3f} to {beyond['most']:+.3f} ms"
        cost = f"{figures['cpu_ms'][name]:.3f} ms"
        rows.append([label, cost, f"{beyond['median']:+.3f} ms", spread])
    head = [
        "asked by way of",
        "processor time of a request",
        "beyond `/translate`",
        "in all rounds",
    ]
    shown = f"{table(head, rows)}\n\nThe cache answers; medians of {figures['rounds']} rounds."
    return f"{shown} {measured('door_cost', found)}"
