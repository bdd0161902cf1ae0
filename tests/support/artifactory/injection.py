"""A fault at work: which requests it meets, and how often it still will."""

from __future__ import annotations

import re
import threading

from support.artifactory.faults import Fault
from support.artifactory.messages import Request
from support.artifactory.routes import Route

__all__ = ["Injection"]


class Injection:
    """A fault at work.

    Args:
        fault: What goes wrong.
        path: A regular expression; it is searched in the percent-encoded path.
        method: The only method that it is for.
        times: How often it shows; for ever by default.
    """

    def __init__(self, fault: Fault, path: str, method: str | None, times: int | None) -> None:
        self.fault = fault
        self._path = re.compile(path)
        self._method = method
        self._left = times
        self._shown = 0
        self._lock = threading.Lock()

    @property
    def shown(self) -> int:
        """How often it has shown."""
        return self._shown

    def withdraw(self) -> None:
        """Ends it."""
        with self._lock:
            self._left = 0

    def strikes(self, request: Request, route: Route) -> bool:
        """Whether a request meets it; counts it if so."""
        if self._method not in {None, request.method} or not self._path.search(request.path):
            return False
        if not self.fault.concerns(request, route):
            return False
        with self._lock:
            if self._left == 0:
                return False
            self._left = None if self._left is None else self._left - 1
            self._shown += 1
        return True
