"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. A `fail` keeps the service from working."""

    level: Literal["ok", "note", "fail"]
    subject: str
    message: str
    mend: str = ""
