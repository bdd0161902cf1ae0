"""Bar charts as SVG that read well on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

__all__ = ["Bar", "bar_chart"]

_WIDTH: Final = 760
_LABELS: Final = 310
_NUMBERS: Final = 100
_ROW: Final = 30
_BAR: Final = 18
_TOP: Final = 50
_BOTTOM: Final = 10
_STYLE: Final = """\
  <style>
    text { fill: #1f2328; } .title { font-weight: 600; } .bar { fill: #8c959f; }
    .ours { fill: #0969da; } .number { fill: #57606a; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .bar { fill: #6e7681; } .ours { fill: #58a6ff; }
      .number { fill: #9da7b3; }
    }
  </style>"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: What it stands for.
        value: Its length; not negative.
        number: The value for people, with its unit.
        ours: Whether it is ours, which has another colour.
    """

    label: str
    value: float
    number: str
    ours: bool = False


def bar_chart(title: str, bars: Sequence[Bar]) -> str:
    """A chart of horizontal bars from one zero, in the order given.

    Raises:
        ValueError: There is no bar, or none is longer than zero.
    """
    longest = max((bar.value for bar in bars), default=0)
    if longest <= 0:
        raise ValueError(f"{title}: nothing to draw")
    height = _TOP + _ROW * len(bars) + _BOTTOM
    scale = (_WIDTH - _LABELS - _NUMBERS) / longest
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            'font-family="system-ui, sans-serif" font-size="14">'
        ),
        f"  <title>{escape(title)}</title>",
        _STYLE,
        f'  <text class="title" x="10" y="26">{escape(title)}</text>',
    ]
    for place, bar in enumerate(bars):
        top = _TOP + _ROW * place
        base = top + _BAR - 4
        width = max(1.0, bar.value * scale)
        kind = "bar ours" if bar.ours else "bar"
        lines += [
            f'  <text x="{_LABELS - 10}" y="{base}" text-anchor="end">{escape(bar.label)}</text>',
            (
                f'  <rect class="{kind}" x="{_LABELS}" y="{top}" width="{width:.1f}" '
                f'height="{_BAR}" rx="3"/>'
            ),
            (
                f'  <text class="number" x="{_LABELS + width + 8:.1f}" y="{base}">'
                f"{escape(bar.number)}</text>"
            ),
        ]
    return "\n".join([*lines, "</svg>", ""])
