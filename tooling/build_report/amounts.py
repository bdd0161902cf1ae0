"""Numbers as people read them."""

from __future__ import annotations

__all__ = ["change", "seconds", "share", "size"]


def seconds(amount: float) -> str:
    """Such as `0.42 s`, `12.3 s` or `3 min 05 s`."""
    if amount < 9.995:
        return f"{amount:.2f} s"
    if amount < 119.5:
        return f"{amount:.1f} s"
    minutes, rest = divmod(round(amount), 60)
    return f"{minutes} min {rest:02} s"


def size(amount: int | None) -> str:
    """Such as `512 B` or `16.3 MB`, in powers of ten; `unknown` where there is none."""
    if amount is None:
        return "unknown"
    number, unit = float(amount), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if abs(number) < 999.5:
            break
        number, unit = number / 1000, larger
    return f"{number:.0f} {unit}" if unit == "B" or abs(number) >= 99.95 else f"{number:.1f} {unit}"


def share(part: float | None) -> str:
    """A part of 1, such as `89%`; `unknown` where there is none. Only all is 100%."""
    if part is None:
        return "unknown"
    if 0 < part < 0.005:
        return "<1%"
    return f"{min(99.0, 100 * part):.0f}%" if part < 1 else "100%"


def change(now: float | None, then: float | None) -> str:
    """How much larger a number became, such as `+3.2%` or `2.1×`; empty if that is not known."""
    if now is None or then is None or then <= 0:
        return ""
    ratio = now / then
    if ratio >= 2:
        return f"{ratio:.1f}×"
    percent = 100 * (ratio - 1)
    return "±0%" if abs(percent) < 0.05 else f"{percent:+.1f}%".replace("-", "\N{MINUS SIGN}")
