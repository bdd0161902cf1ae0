"""The builds of a checkout, one line each, in a file that a cache of CI can keep."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from build_report.record import BuildRecord
from build_report.record_document import NoRecord, document_of, record_of
from build_report.steps import Step

__all__ = ["History"]

_KEPT: Final = 200
# A line is some 20 kB. Only beyond this size are lines counted, and the oldest left out.
_LARGE: Final = 8_000_000


class History:
    """The builds before, oldest first.

    Args:
        records: They.
        unread: Lines of the file that are no records, such as one that was cut.
    """

    def __init__(self, records: Sequence[BuildRecord], unread: int = 0) -> None:
        self.records = tuple(records)
        self.unread = unread

    @classmethod
    def read(cls, path: Path) -> History:
        """Reads a file, which need not be there.

        Raises:
            OSError: It cannot be read.
        """
        try:
            lines = path.read_bytes().splitlines()
        except FileNotFoundError:
            return cls([])
        records, unread = [], 0
        for line in lines:
            if not line.strip():
                continue
            try:
                records.append(record_of(json.loads(line)))
            except (NoRecord, ValueError, RecursionError):
                unread += 1
        return cls(records, unread)

    @staticmethod
    def append(path: Path, record: BuildRecord) -> None:
        """Adds a build at the end of a file. Several processes may do so at once.

        A line that was cut before stays a line of its own. A file that has grown large keeps its
        newest lines.

        Raises:
            OSError: The file cannot be written.
        """
        text = json.dumps(document_of(record), ensure_ascii=False, separators=(",", ":"))
        line = text.encode(errors="replace") + b"\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f"{path.name}.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            with path.open("ab+") as stream:
                size = stream.seek(0, os.SEEK_END)
                if size:
                    stream.seek(-1, os.SEEK_END)
                    line = line if stream.read(1) == b"\n" else b"\n" + line
                stream.write(line)
            if size > _LARGE:
                _shorten(path)

    def before(self, targets: frozenset[str]) -> BuildRecord | None:
        """The last build of the same platforms that succeeded."""
        return _last(one for one in self.records if one.targets == targets)

    def named(self, baseline: str, targets: frozenset[str]) -> BuildRecord | None:
        """The last one of these that has a name, or whose commit or key begins so."""
        return _last(
            one
            for one in self.records
            if one.targets == targets
            and (one.name == baseline or one.commit.startswith(baseline) or one.key == baseline)
        )

    def last_run(self) -> dict[str, float]:
        """Seconds of each step when it last ran, by its key."""
        return {
            step.key: step.seconds for record in self.records for step in record.steps if _ran(step)
        }

    def until(self, record: BuildRecord) -> History:
        """What was there before a build."""
        keys = [one.key for one in self.records]
        end = keys.index(record.key) if record.key in keys else len(keys)
        return History(self.records[:end])


def _last(records: Iterable[BuildRecord]) -> BuildRecord | None:
    built = [record for record in records if record.outcome == "built"]
    return built[-1] if built else None


def _ran(step: Step) -> bool:
    return step.counts and step.state == "ran"


def _shorten(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(b"".join(lines[-_KEPT:]))
    partial.replace(path)
