"""What audits conclude; that they find things is tried in tests/integration/test_audit.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.licences import is_allowed
from audit.outcome import Verdict
from audit.requirements import Pinned, pinned
from audit.vulnerabilities import judged


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-3-Clause", True),
        ("GPL-3.0-only OR MIT", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("(MIT OR GPL-3.0-only) AND GPL-3.0-only", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_or_not(expression: str, allowed: bool) -> None:
    """One that can be chosen is enough; of those that hold together each must be."""
    assert is_allowed(expression) is allowed


def test_what_is_pinned_is_read(tmp_path: Path) -> None:
    """Names, versions and where each is wanted; hashes and comments are none of it."""
    (tmp_path / "requirements.txt").write_text(
        "# made by make lock\n"
        "acme==1.2 \\\n    --hash=sha256:00\n"
        'winacme==3 ; sys_platform == "win32" \\\n    --hash=sha256:11\n'
    )
    found = pinned(tmp_path)
    assert found == [Pinned("acme", "1.2"), Pinned("winacme", "3", 'sys_platform == "win32"')]
    assert [package.wanted for package in found] == [True, False]


def test_nothing_is_clean_of_which_nothing_is_known() -> None:
    """A package that the service does not have was not audited, and neither was none."""
    whole = [{"name": "acme", "version": "1", "vulns": []}]
    assert judged(whole, 1).verdict is Verdict.CLEAN
    skipped = judged([*whole, {"name": "other", "skip_reason": "not found"}], 2)
    assert skipped.verdict is Verdict.NOT_MADE
    assert "nothing of 1 of 2" in skipped.summary
    assert judged(whole, 2).verdict is Verdict.NOT_MADE
    assert judged([], 0).verdict is Verdict.NOT_MADE
    assert judged("It cannot be reached.", 2).verdict is Verdict.NOT_MADE


def test_what_is_known_is_told_with_its_repair() -> None:
    """Which package, which advisory, and which version has it no more."""
    flaw = {"id": "PYSEC-1", "fix_versions": ["2", "3"]}
    found = judged([{"name": "acme", "version": "1", "vulns": [flaw]}], 1)
    assert found.verdict is Verdict.FOUND
    assert found.details == ("acme 1: PYSEC-1, mended in 2, 3",)
