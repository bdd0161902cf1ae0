"""The order of the checks, what rests on what, and that nothing ends them."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import SecretStr

from ai_translate.errors import SupplyError
from ai_translate.supply.conformance import Check, Conformance, Subject, Verdict
from ai_translate.supply.hub.endpoint import Endpoint

PAGE = Path(__file__).parents[4] / "docs/artifactory.md"
# Nobody listens on this port: only the superuser may.
NOBODY = "http://127.0.0.1:1/x"


def subject(folder: Path) -> Subject:
    return Subject(Endpoint(NOBODY, SecretStr("secret-of-somebody")), "a/b", "main", folder)


def failing(error: Exception) -> Check:
    def look(_: Subject) -> Verdict:
        raise error

    return Check("own", "own item", (), look)


def test_all_that_rests_on_a_failure_is_skipped(tmp_path: Path) -> None:
    """Where nobody listens, one item fails, and all others name it as the cause."""
    conformance = Conformance(subject(tmp_path))
    first, *others = conformance.results()
    assert (first.name, first.status) == ("reachable", "fail")
    assert {(r.status, r.blocked_by) for r in others} == {("skipped", "reachable")}
    assert all("“reachable” failed" in r.reason for r in others)
    assert [check.title for check in conformance.checks] == [
        first.title,
        *(r.title for r in others),
    ]


def test_every_check_rests_on_earlier_ones(tmp_path: Path) -> None:
    """No check needs one that comes after it or does not exist."""
    seen: set[str] = set()
    for check in Conformance(subject(tmp_path)).checks:
        assert set(check.needs) <= seen
        seen.add(check.name)


def test_errors_become_results(tmp_path: Path) -> None:
    """An error of ours is a failure with its hint; any other one is told, not thrown."""
    known = failing(SupplyError("It is bad.", hint="Mend it."))
    *_, result = Conformance(subject(tmp_path), [known]).results()
    assert (result.status, result.reason, result.remedy) == ("fail", "It is bad.", "Mend it.")
    *_, result = Conformance(subject(tmp_path), [failing(KeyError("x"))]).results()
    assert result.status == "fail"
    assert "KeyError: 'x'" in result.reason


def test_a_secret_that_comes_back_is_not_shown(tmp_path: Path) -> None:
    """Whatever a server echoes, the token is in no result."""
    said = Verdict("ok", "secret-of-somebody", "secret-of-somebody", ("a",))
    echoed = Check("own", "own", (), lambda _: said)
    *_, result = Conformance(subject(tmp_path), [echoed]).results()
    assert "secret-of-somebody" not in str(result)
    assert result.details == ("a",)


def test_the_page_explains_every_check(tmp_path: Path) -> None:
    """docs/artifactory.md has a row for each item, in their order; the last is the command's."""
    rows = re.findall(r"(?m)^\| ([^|]+) \| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"))
    own = [(check.title, check.name) for check in Conformance(subject(tmp_path)).checks]
    assert rows == [*own, ("one sentence", "translation")]
