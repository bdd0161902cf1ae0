"""How much there is in a body of JSON beside its texts, found without reading it."""

from __future__ import annotations

from typing import Final

__all__ = ["MOST_MARKS", "marks_in"]

MOST_MARKS: Final = 200_000
"""Twice the most texts that a batch can be allowed to have (AIT_MAX_BATCH_TEXTS)."""

_PIECE: Final = 65_536


def marks_in(body: bytes, *, most: int) -> int:
    """The number of brackets, commas and colons outside of strings, up to the first mistake.

    Every value, key and level that a parser makes something of has one of these before it. It is
    done in pieces, each in a fraction of a millisecond, so that other threads go on meanwhile.

    Args:
        body: JSON, or what claims to be.
        most: How many are enough: counting ends with the piece that has more.
    """
    count = 0
    inside = 0  # 1 within a string
    kept = b""
    for at in range(0, len(body), _PIECE):
        piece = kept + body[at : at + _PIECE]
        # What a backslash at the end stands before is in the next piece.
        kept = b"\\" if (len(piece) - len(piece.rstrip(b"\\"))) % 2 else b""
        if kept:
            piece = piece[:-1]
        if b"\\" in piece:
            piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = piece.split(b'"')
        outside = b"".join(parts[inside::2])
        inside = (inside + len(parts) - 1) % 2
        count += sum(outside.count(mark) for mark in (b",", b"[", b"{", b":"))
        if count > most:
            break
    return count
