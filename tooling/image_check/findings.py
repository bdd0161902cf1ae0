"""What a check found: one line each, and never a secret in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Finding", "failed", "passed", "shown", "summary"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        ok: Whether it is as it must be.
        subject: What was looked at.
        message: What was found, and where.
        mend: What to do, if it is not as it must be.
    """

    ok: bool
    subject: str
    message: str
    mend: str = ""


def passed(subject: str, message: str) -> Finding:
    """A finding that needs nothing."""
    return Finding(True, subject, message)


def failed(subject: str, message: str, mend: str) -> Finding:
    """A finding that must be mended."""
    return Finding(False, subject, message, mend)


def shown(finding: Finding) -> Iterator[str]:
    """The lines in which a finding is printed."""
    yield f"{'ok  ' if finding.ok else 'FAIL'} {finding.subject}: {finding.message}"
    if not finding.ok:
        yield f"       {finding.mend}"


def summary(findings: Sequence[Finding]) -> str:
    """The last line of a check."""
    wrong = sum(not finding.ok for finding in findings)
    return f"{wrong} of {len(findings)} checks failed." if wrong else "The image is as it must be."
