"""What a check is, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ai_translate.supply.conformance.subject import Subject

__all__ = ["Check", "CheckResult", "Status", "Verdict"]

Status = Literal["ok", "note", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        status: See `CheckResult`.
        reason: What was seen, in a sentence.
        remedy: What can be done about it; empty where nothing need be.
        details: Further lines, such as one for each file.
    """

    status: Status
    reason: str
    remedy: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Something to be looked at.

    Attributes:
        name: For programs; it stays the same.
        title: For people.
        needs: Names of the checks without which this one tells nothing.
        look: Looks. It may raise an error of ours, which is a failure with its hint as remedy.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    look: Callable[[Subject], Verdict]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one check.

    Attributes:
        name: Of the check, for programs.
        title: Of the check, for people.
        status: `ok`; `note` if it works though somebody should know; `fail`; `skipped` if it was
            not looked at.
        reason: What was seen, or why nothing was.
        remedy: What can be done about it; empty where nothing need be.
        details: Further lines.
        blocked_by: Name of the failed check for which this one was skipped; empty otherwise.
        seconds: How long it took.
    """

    name: str
    title: str
    status: Status
    reason: str
    remedy: str
    details: tuple[str, ...]
    blocked_by: str
    seconds: float
