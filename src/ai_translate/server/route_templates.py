"""Names of routes that do not depend on what clients send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

__all__ = ["UNMATCHED", "RouteTemplates"]

UNMATCHED: Final = "unmatched"
"""Stands for every path that no route has."""


class RouteTemplates:
    """Tells which route a request is for.

    Args:
        routes: Of the application.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        paths = [(route, str(getattr(route, "path", ""))) for route in routes]
        self._fixed = {path: path for _, path in paths if path and "{" not in path}
        self._others = [(route, path) for route, path in paths if "{" in path]

    def of(self, scope: Scope) -> str:
        """The template, such as `/translate/document/{job_id}`, or `UNMATCHED`.

        Also of a request that was refused before it came to its route.
        """
        fixed = self._fixed.get(scope["path"])
        if fixed is not None:
            return fixed
        found = getattr(scope.get("route"), "path", None)
        if found is not None:
            return str(found)
        for route, path in self._others:
            if route.matches(scope)[0] is not Match.NONE:
                return path
        return UNMATCHED
