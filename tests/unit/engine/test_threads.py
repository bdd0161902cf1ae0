"""The choice of threads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_translate.artifact import Artifact
from ai_translate.engine import threads
from ai_translate.engine.threads import ThreadChoice, choose_threads, kept_choice, measure_threads
from support.starter import starter_artifact


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return starter_artifact(tmp_path_factory.mktemp("threads"))


@pytest.fixture
def unmeasured(artifact: Artifact) -> Iterator[Artifact]:
    kept = artifact.path.with_name(f"{artifact.digest}.threads.json")
    kept.unlink(missing_ok=True)
    yield artifact
    kept.unlink(missing_ok=True)


def test_what_the_user_asks_for_is_taken(artifact: Artifact) -> None:
    """A setting is no question; the other one follows from the CPUs."""
    assert choose_threads(artifact, "cpu", 3, 2) == ThreadChoice(3, 2, "setting")
    assert choose_threads(artifact, "cpu", 3, 0) == ThreadChoice(3, 1, "setting")
    assert choose_threads(artifact, "cpu", 0, 64) == ThreadChoice(1, 64, "setting")


def test_one_cpu_needs_no_measurement(unmeasured: Artifact) -> None:
    """With a single usable CPU there is nothing to choose, and a GPU has its own threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert choose_threads(unmeasured, "cpu") == ThreadChoice(1, 1, "rule")
    finally:
        os.sched_setaffinity(0, before)
    assert choose_threads(unmeasured, "cuda") == ThreadChoice(1, 1, "rule")
    assert kept_choice(unmeasured) is None


def test_measurement_fills_the_cpus_and_is_kept(unmeasured: Artifact) -> None:
    """What was measured never asks for more threads than CPUs, and is not measured again."""
    measured = measure_threads(unmeasured, 2)
    assert (measured.inter, measured.intra) in {(2, 1), (1, 2)}
    kept = unmeasured.path.with_name(f"{unmeasured.digest}.threads.json")
    kept.write_text(json.dumps({threads._machine(): {"inter": 7, "intra": 1}}))
    if len(os.sched_getaffinity(0)) > 1:
        assert choose_threads(unmeasured, "cpu") == ThreadChoice(7, 1, "kept")


def test_first_choice_is_written_beside_the_artifact(unmeasured: Artifact) -> None:
    """The artifact's own folder stays as its manifest says."""
    chosen = choose_threads(unmeasured, "cpu")
    if chosen.source == "measured":
        assert kept_choice(unmeasured) == ThreadChoice(chosen.inter, chosen.intra, "kept")
    unmeasured.verify()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"x": {"inter": "many"}}', b"\xff"])
def test_damaged_note_means_measuring_again(unmeasured: Artifact, content: bytes) -> None:
    """What cannot be read is no choice and no error."""
    path: Path = unmeasured.path.with_name(f"{unmeasured.digest}.threads.json")
    path.write_bytes(content.replace(b'"x"', json.dumps(threads._machine()).encode()))
    assert kept_choice(unmeasured) is None
