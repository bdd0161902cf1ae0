"""Whether a client would rather have a page or data."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["prefers_page"]

_PAGE: Final = ("text", "html")
_DATA: Final = ("application", "json")


class _Liking(NamedTuple):
    """How much a client wants a type: its weight, then how exactly it named it."""

    weight: float
    exactness: int


_NONE: Final = _Liking(0.0, -1)


def prefers_page(accept: str) -> bool:
    """Whether a page is wanted more than JSON, as browsers say it and programs do not.

    Where both are wanted as much, what is named more exactly counts; `*/*` alone wants JSON.

    Args:
        accept: The header `Accept` (RFC 9110, 12.5.1); empty for none.
    """
    page, data = _liking(accept, _PAGE), _liking(accept, _DATA)
    return page.weight > 0 and page > data


def _liking(accept: str, wanted: tuple[str, str]) -> _Liking:
    """By the range that names the type most exactly, wherever it stands."""
    found = _NONE
    for part in accept.lower().split(","):
        words, *parameters = (word.strip() for word in part.split(";"))
        kind, _, subkind = words.partition("/")
        if (kind, subkind) == wanted:
            exactness = 2
        elif (kind, subkind) == (wanted[0], "*"):
            exactness = 1
        elif (kind, subkind) == ("*", "*"):
            exactness = 0
        else:
            continue
        if exactness > found.exactness:
            found = _Liking(_weight(parameters), exactness)
    return found


def _weight(parameters: list[str]) -> float:
    """What `q` says; 1 where it is not there, 0 where it is no weight."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
