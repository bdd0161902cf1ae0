"""What the docs tell of the image: how long builds take, what is in it, how soon it is ready."""

from __future__ import annotations

from typing import Any, Final

from results import measured, record, table

__all__ = ["builds", "contents"]

_CHANGES: Final = (
    ("first build, empty caches", "first", "first"),
    ("nothing", "nothing", "nothing"),
    ("a module of the service", "source", "source"),
    ("the same, plain image with its requirements first", "", "source_requirements_first"),
    ("a model", "model", ""),
    ("the requirements of the service", "dependencies", ""),
    ("new runner, cache of a registry", "fresh_runner", ""),
    ("the same after an edit of a module", "fresh_runner_edited", ""),
)
_SHOWN_PARTS: Final = 12


def builds() -> str:
    """Seconds of a build after each kind of change, beside the plain image."""
    found = record("building")
    ours, plain = found["figures"]["ours"], found["figures"]["plain"]
    rows: list[list[object]] = []
    for what, our_kind, plain_kind in _CHANGES:
        one, other = ours["builds"].get(our_kind), plain["builds"].get(plain_kind)
        ratio = f"{one['seconds'] / other['seconds']:.2f}" if one and other else ""
        rows.append([what, _seconds(one), _seconds(other), ratio])
    rows += [
        _row("container start to ready", ours, plain, "seconds_to_ready", "s"),
        _row("image beyond its base", ours, plain, "megabytes", "MB"),
        _row("the same as it is pushed", ours, plain, "compressed_megabytes", "MB"),
    ]
    head = ["changed", "ours", "plain", "ratio"]
    return f"{table(head, rows)}\n\n{measured('building', found)}"


def contents() -> str:
    """What the image holds beyond its base, largest first."""
    found = record("building")
    ours = found["figures"]["ours"]
    parts = list(ours["parts"].items())
    shown, rest = parts[:_SHOWN_PARTS], parts[_SHOWN_PARTS:]
    rows: list[list[object]] = [[name, *_share(size, ours)] for name, size in shown]
    rows.append([f"{len(rest)} smaller ones", *_share(sum(size for _, size in rest), ours)])
    rows.append(["in all", *_share(ours["megabytes"], ours)])
    compiled = f"Of this {ours['bytecode_megabytes']:.0f} MB are compiled Python."
    return f"{table(['part', 'MB', 'share'], rows)}\n\n{compiled} {measured('building', found)}"


def _seconds(figures: dict[str, Any] | None) -> str:
    return f"{figures['seconds']:.1f} s" if figures else ""


def _row(
    what: str, ours: dict[str, Any], plain: dict[str, Any], name: str, unit: str
) -> list[object]:
    digits = 1 if unit == "s" else 0
    cells = [f"{one[name]:.{digits}f} {unit}" for one in (ours, plain)]
    return [what, *cells, f"{ours[name] / plain[name]:.2f}"]


def _share(size: float, ours: dict[str, Any]) -> list[object]:
    return [f"{size:.1f}", f"{100 * size / ours['megabytes']:.0f}%"]
