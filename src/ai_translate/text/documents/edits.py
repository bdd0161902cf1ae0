"""Changes to a file at places of it, made in one go when all are known."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

__all__ = ["Edits"]


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    data: bytes


class Edits:
    """What is to stand at places of a file instead of what does.

    Args:
        data: The file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._edits: list[_Edit] = []  # apart from each other, in order

    def __bool__(self) -> bool:
        return bool(self._edits)

    def put(self, start: int, end: int, data: bytes) -> None:
        """Changes the bytes between two places. It ends behind all that was changed before.

        What was changed between the two is forgotten: the new bytes have it.
        """
        while self._edits and self._edits[-1].start >= start:
            self._edits.pop()
        self._edits.append(_Edit(start, end, data))

    def between(self, start: int, end: int) -> bytes:
        """The bytes between two places, with what was changed there."""
        out: list[bytes] = []
        at = start
        place = bisect_left(self._edits, start, key=lambda edit: edit.start)
        for edit in self._edits[place:] if place else self._edits:
            if edit.start >= end:
                break
            out += (self._data[at : edit.start], edit.data)
            at = edit.end
        return b"".join((*out, self._data[at:end]))
