"""Who sends a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from ai_translate.state.keys import Access

__all__ = ["ANYONE", "Access", "Caller", "caller_in", "caller_of", "name_caller"]

_PLACE: Final = "ai_translate.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, as far as it is known.

    Attributes:
        key: Identifier of the key; empty where the server asks for none.
        access: What the caller may do.
        requests_per_minute: Most requests in a minute; None for as many as the server can take.
        characters_per_month: Most characters in a month; None for any number.
    """

    key: str
    access: frozenset[Access]
    requests_per_minute: int | None = None
    characters_per_month: int | None = None

    @property
    def sees_only(self) -> str | None:
        """The key whose documents alone it may know of; None for everybody's."""
        return None if Access.ADMIN in self.access else self.key


ANYONE: Final = Caller("", frozenset(Access))
"""Whoever sends requests to a server that asks for no key."""


def name_caller(scope: Scope, caller: Caller) -> None:
    """Writes into a request whose it is."""
    scope[_PLACE] = caller


def caller_of(request: Request) -> Caller:
    """Whose the request is."""
    return caller_in(request.scope)


def caller_in(scope: Scope) -> Caller:
    """Whose the request of a scope is."""
    caller: Caller = scope.get(_PLACE, ANYONE)
    return caller
