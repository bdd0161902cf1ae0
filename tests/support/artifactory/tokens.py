"""Who may read and who may write."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http import HTTPStatus

from support.artifactory.messages import Answer, refusal

__all__ = ["Tokens"]


@dataclass(frozen=True)
class _Token:
    read: bool
    write: bool
    expired: bool


class Tokens:
    """The tokens that a server knows.

    Args:
        anonymous: Whether requests without a token may read.
    """

    def __init__(self, *, anonymous: bool) -> None:
        self._anonymous = anonymous
        self._known: dict[str, _Token] = {}
        self._lock = threading.Lock()

    def add(self, secret: str, *, read: bool, write: bool, expired: bool) -> None:
        """Makes a token known, or changes what a known one may do."""
        with self._lock:
            self._known[secret] = _Token(read, write, expired)

    def refused(self, authorization: str | None, *, write: bool) -> Answer | None:
        """The refusal of a request, or nothing if it may pass.

        Args:
            authorization: Its `Authorization` header.
            write: Whether it writes.
        """
        if authorization is None:
            if self._anonymous and not write:
                return None
            return refusal(HTTPStatus.UNAUTHORIZED, "Authentication is required")
        scheme, _, secret = authorization.partition(" ")
        with self._lock:
            token = self._known.get(secret) if scheme == "Bearer" else None
        if token is None:
            return refusal(HTTPStatus.UNAUTHORIZED, "Bad credentials")
        if token.expired:
            return refusal(HTTPStatus.UNAUTHORIZED, "Token failed verification: expired")
        if not (token.write if write else token.read):
            right = "deploy to" if write else "read from"
            message = f"Not enough permissions to {right} this repository"
            return refusal(HTTPStatus.FORBIDDEN, message)
        return None
