"""What a door that speaks the contract of others says of itself to the layers around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from starlette.types import Scope

from ai_translate.state.keys import Access

__all__ = ["Door", "Refusal", "door_in", "name_door"]

_PLACE: Final = "ai_translate.door"


class Refusal(NamedTuple):
    """An error as a response has it.

    Attributes:
        status: The one of our own contract.
        code: Stable name of the kind of error.
        message: What is wrong, for people.
        hint: What to do about it; may be empty.
    """

    status: int
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Door:
    """A contract of others that is spoken below a prefix. Our own has no door: it is the house.

    Attributes:
        name: What AIT_ROOT and AIT_DOORS call it.
        prefix: What its addresses begin with, such as `/deepl`.
        roots: First parts of its addresses behind the prefix, which AIT_ROOT puts at the root.
        refused: The status and the body of an error.
        access: What a key must be for, by method and path; None where no key is needed.
        counted: Methods and paths that translate, which limits count.
        uploads: Paths that take documents, whose bodies may be as long as those.
        schemes: How OpenAPI says that a key is sent, by name.
    """

    name: str
    prefix: str
    roots: frozenset[str]
    refused: Callable[[Refusal], tuple[int, dict[str, Any]]]
    access: Callable[[str, str], Access | None]
    counted: frozenset[tuple[str, str]]
    uploads: frozenset[str] = frozenset()
    schemes: Mapping[str, dict[str, Any]] = field(default_factory=dict)


def name_door(scope: Scope, door: Door) -> None:
    """Writes into a request which door it came in by."""
    scope[_PLACE] = door


def door_in(scope: Scope) -> Door | None:
    """The door that the request of a scope came in by; None for our own contract."""
    door: Door | None = scope.get(_PLACE)
    return door
