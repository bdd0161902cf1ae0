"""Sizes as people read them."""

from __future__ import annotations

from typing import Final

__all__ = ["human_size"]

_UNITS: Final = ("kB", "MB", "GB")


def human_size(size: float) -> str:
    """A number of bytes in decimal units: `991 bytes`, `14.7 MB`."""
    if size < 1000:
        return f"{size:.0f} bytes"
    for unit in _UNITS:
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"
