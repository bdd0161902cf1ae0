"""What came of an audit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Outcome", "Verdict"]


class Verdict(Enum):
    """Whether something was found."""

    CLEAN = "passed"
    FOUND = "FAILED"
    NOT_MADE = "NOT AUDITED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One audit.

    Attributes:
        subject: What was looked at.
        verdict: What came of it.
        summary: The same in a sentence.
        details: What was found, a line each.
    """

    subject: str
    verdict: Verdict
    summary: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"- {self.subject}: {self.verdict.value}. {self.summary}"]
        return "\n".join([*lines, *(f"  - {detail}" for detail in self.details)]) + "\n"
