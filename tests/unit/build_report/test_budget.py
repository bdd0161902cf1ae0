"""Limits of how much a build may grow or slow down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from build_report.budget import BadBudget, Budget
from build_report.comparison import Comparison
from build_report.history import History
from build_report.image import Image
from build_report.record import BuildRecord
from support.build_reports import record
from support.server_process import PROJECT


@pytest.fixture
def then() -> BuildRecord:
    """The first build."""
    return record("first.rawjson", commit="c" * 40)


@pytest.fixture
def now(then: BuildRecord) -> BuildRecord:
    """The build after an edit."""
    return record("edited.rawjson", History([then]))


def grown(build: BuildRecord, part: str, times: float) -> BuildRecord:
    """A build with larger layers of a part."""
    layers = [
        replace(layer, unpacked=int((layer.unpacked or 0) * times)) if layer.part == part else layer
        for layer in build.image.layers
    ]
    return replace(build, image=Image("", tuple(layers)))


def messages(budget: Budget, now: BuildRecord, then: BuildRecord) -> list[str]:
    """What a budget says of two builds."""
    return [breach.message for breach in budget.breaches(Comparison(now, then))]


def test_a_part_that_grew_is_named_with_sizes_and_limit(
    now: BuildRecord, then: BuildRecord
) -> None:
    """And with the build that it is compared with; the others are not."""
    budget = Budget(parts={"dependencies": 1.1, "models": 1.1}, ratios={"image": 1.01})
    (said,) = messages(budget, grown(now, "dependencies", 2.0), then)
    assert said == (
        "the part dependencies has 614 kB, 2.00 times the 307 kB of cccccccccccc; "
        "the limit is dependencies = 1.1"
    )
    assert messages(budget, now, then) == []


def test_growth_below_the_least_breaks_nothing(now: BuildRecord, then: BuildRecord) -> None:
    """Small parts and short times vary."""
    larger = grown(now, "application", 3.0)
    assert messages(Budget(parts={"application": 1.1}), larger, then) == []
    strict = Budget(parts={"application": 1.1}, least_bytes=0)
    assert len(messages(strict, larger, then)) == 1


def test_seconds_are_those_of_the_build_and_of_steps_that_ran(
    now: BuildRecord, then: BuildRecord
) -> None:
    """A build that had less from the cache is slower, but its steps are not."""
    slow = replace(then, seconds=9.0)
    budget = Budget(ratios={"seconds": 1.5, "step_seconds": 1.5})
    (said,) = messages(budget, slow, replace(now, seconds=0.5))
    assert said.startswith("the build took 9.00 s, 18.00 times the 0.50 s of ")
    slower = replace(
        then,
        steps=tuple(replace(step, seconds=step.seconds * 3) for step in then.steps),
    )
    found = messages(Budget(ratios={"step_seconds": 1.5}), slower, then)
    assert len(found) == 1
    assert found[0].startswith("the steps that ran took ")


def test_what_is_not_known_breaks_nothing(now: BuildRecord, then: BuildRecord) -> None:
    """A build of which nobody told the size has grown in nothing."""
    unknown = replace(now, image=Image())
    budget = Budget(ratios={"image": 0.1}, parts={"base": 0.1}, least_bytes=0)
    assert messages(budget, unknown, then) == []
    assert len(messages(budget, now, then)) == 2


def test_packed_sizes_are_compared_where_only_they_are_known(
    now: BuildRecord, then: BuildRecord
) -> None:
    """A pushed image has no unpacked ones; what is compared is of one kind."""
    layers = tuple(replace(layer, unpacked=None) for layer in now.image.layers)
    compared = Comparison(replace(now, image=Image("", layers)), then)
    assert compared.packed
    assert compared.image.now == compared.image.then == now.image.packed


def test_a_file_says_all_of_it(tmp_path: Path) -> None:
    """Ratios, parts, what is too small to count, and the baseline."""
    path = tmp_path / "budget.toml"
    path.write_text(
        'against = "main"\nseconds = 2\nimage = 1.05\nleast_seconds = 5\n[parts]\nmodels = 1.2\n'
    )
    assert Budget.read(path) == Budget(
        "main", {"seconds": 2.0, "image": 1.05}, {"models": 1.2}, least_seconds=5.0
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("imag = 1.1", "there is no limit imag. There are: against, context, image"),
        ("[parts]\nmodel = 1.1", "no limit model. There are: application, base"),
        ("image = '10%'", "image is '10%', and must be a ratio above 0"),
        ("image = 0", "image is 0, and must be"),
        ("image = true", "image is True, and must be"),
        ("least_bytes = -1", "least_bytes is -1, and must be a number from 0 on"),
        ("parts = 1", "parts is no table"),
        ("against = 1", "against is 1, and must be the name"),
        ("image", "cannot be read as a budget"),
    ],
)
def test_a_file_that_is_no_budget_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    """With its name and what is allowed: a limit that nobody reads protects nothing."""
    path = tmp_path / "budget.toml"
    path.write_text(text)
    with pytest.raises(BadBudget) as caught:
        Budget.read(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    with pytest.raises(BadBudget):
        Budget.read(tmp_path / "none.toml")


def test_the_budget_of_the_docs_is_one(tmp_path: Path) -> None:
    """It says all that a budget can say."""
    text = (PROJECT / "docs/building.md").read_text(encoding="utf-8")
    block = text.partition("<!-- budget -->\n```toml\n")[2].partition("```")[0]
    path = tmp_path / "budget.toml"
    path.write_text(block)
    budget = Budget.read(path)
    assert budget.against == "main"
    assert set(budget.ratios) == {"image", "context", "step_seconds", "seconds"}
    assert set(budget.parts) == {"dependencies", "application"}
    assert (budget.least_seconds, budget.least_bytes) == (2.0, 500_000)
