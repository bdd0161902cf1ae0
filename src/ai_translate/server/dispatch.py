"""Goes straight to the route of an address that has no parameters."""

from __future__ import annotations

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ai_translate.server.routing import Direct

__all__ = ["Dispatch"]


class Dispatch:
    """ASGI application in front of a router, which tries one route after the other.

    For the last of fifty that takes longer than to read a request and to write its answer.

    Args:
        router: Has all routes, and takes what no route of ours has exactly.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._exact: dict[tuple[str, str], ASGIApp] = {}
        for route in router.routes:
            if isinstance(route, Direct) and "{" not in route.path:
                for method in route.methods or ():
                    self._exact.setdefault((method, route.path), route.app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        app: ASGIApp = self._router
        if scope["type"] == "http":
            app = self._exact.get((scope["method"], scope["path"]), app)
        await app(scope, receive, send)
