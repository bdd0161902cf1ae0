"""Tables of what layers and doors cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import reliability_figures
import results


def test_a_figure_that_was_not_measured_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its record the page says how to measure; with it, it has a row for each."""
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    assert "benchmarks/door_cost.py" in reliability_figures.door_cost()
    names = ("native", "libretranslate", "deepl", "again")
    record = {
        "machine": {"cpus": 2, "cpu": "One"},
        "figures": {
            "rounds": 7,
            "cpu_ms": dict.fromkeys(names, 0.14),
            "beyond_native_ms": {
                name: {"median": 0.02, "least": -0.001, "most": 0.03} for name in names
            },
        },
    }
    (tmp_path / "door_cost.json").write_text(json.dumps(record), encoding="utf-8")
    shown = reliability_figures.door_cost().splitlines()
    assert "| `/deepl/v2/translate` | 0.140 ms | +0.020 ms | -0.001 to +0.030 ms |" in shown
    assert len([line for line in shown if line.startswith("|")]) == 6
