"""The text of each stage of a Dockerfile."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["stage_texts"]

_FROM: Final = re.compile(r"FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"<<-?(['\"]?)(\w+)\1")


def stage_texts(dockerfile: str) -> dict[str, str]:
    """The lines of each stage, without comments, by the name that BuildKit gives it.

    A document in a stage is part of its text. What stands before the first stage has no name.
    """
    stages: dict[str, list[str]] = {"": []}
    name = ""
    ends: list[str] = []
    for line in dockerfile.splitlines():
        if ends:
            if line.strip() == ends[0]:
                del ends[0]
        elif line.lstrip().startswith("#") or not line.strip():
            continue
        elif found := _FROM.match(line.strip()):
            name = (found[1] or f"stage-{len(stages) - 1}").lower()
            stages[name] = []
        else:
            ends = [end for _, end in _DOCUMENT.findall(line)]
        stages[name].append(line.rstrip())
    return {name: "\n".join(lines) for name, lines in stages.items()}
