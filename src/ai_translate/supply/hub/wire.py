"""Asks for a file and follows redirects, and keeps the token to the endpoint's origin.

The token goes with a request to that origin only, and only until a redirect has left it: an
origin that we were sent to does not choose what is fetched with our token.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

from ai_translate.errors import HubError
from ai_translate.supply.hub.connections import Connections
from ai_translate.supply.hub.endpoint import origin_of, shown
from ai_translate.supply.hub.refusals import Asked, failure, refusal

__all__ = ["Reply", "Wire"]

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BODIES: Final = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is still to be read.

    Attributes:
        asked: What was asked for.
        status: 200, 206 or 416.
        headers: Found by any case of their names.
        answer: The library's object.
        elsewhere: The address that a redirect led to, if another origin answered.
    """

    asked: Asked
    status: int
    headers: http.client.HTTPMessage
    answer: http.client.HTTPResponse
    elsewhere: str

    def readinto(self, buffer: memoryview) -> int:
        """Fills a buffer as far as there are bytes; how many came, 0 at the end of the body.

        Raises:
            HubError: They cannot come.
            Transient: The connection was lost.
        """
        try:
            return self.answer.readinto(buffer)
        except (OSError, http.client.HTTPException) as error:
            raise failure(self.asked, error, elsewhere=self.elsewhere) from error


class Wire:
    """Asks an endpoint for files. One is used by several threads.

    Args:
        connections: What opens connections.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @contextlib.contextmanager
    def get(self, asked: Asked, begin: int) -> Iterator[Reply]:
        """Asks for a file from a byte on.

        Args:
            asked: The file. Its revision is a commit.
            begin: The first byte that is wanted.

        Raises:
            HubError: It cannot be had.
            Transient: The same, and it may pass.
        """
        endpoint = asked.endpoint
        url = endpoint.file_url(asked.repo, asked.revision, asked.file)
        home = True
        for _ in range(_MOST_REDIRECTS + 1):
            headers = {"Accept-Encoding": "identity", "User-Agent": "ai-translate"}
            if begin:
                headers["Range"] = f"bytes={begin}-"
            if home and endpoint.token is not None:
                headers["Authorization"] = f"Bearer {endpoint.token.get_secret_value()}"
            elsewhere = "" if home else url
            with contextlib.ExitStack() as stack:
                try:
                    answer = stack.enter_context(self._connections.get(urlsplit(url), headers))
                except (OSError, http.client.HTTPException) as error:
                    raise failure(asked, error, elsewhere=elsewhere) from error
                if answer.status not in _REDIRECTS:
                    yield _reply(asked, answer, elsewhere)
                    return
            url = _target(asked, url, answer.headers.get("Location", ""))
            home = home and origin_of(urlsplit(url)) == endpoint.origin
        raise HubError(
            f"{shown(endpoint.url)} redirects the request for {asked} over and over.",
            hint="Ask who runs the mirror.",
        )


def _reply(asked: Asked, answer: http.client.HTTPResponse, elsewhere: str) -> Reply:
    status = answer.status
    if status not in _BODIES and status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise refusal(asked, status, answer.headers, elsewhere=elsewhere)
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise HubError(
            f"{shown(elsewhere or asked.endpoint.url)} sends {asked} compressed, "
            "though we take it only as it is.",
            hint="Ask who runs the mirror.",
        )
    return Reply(asked, status, answer.headers, answer, elsewhere)


def _target(asked: Asked, url: str, location: str) -> str:
    """Where a redirect leads."""
    hint = "Ask who runs the mirror."
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        scheme = origin_of(parts).scheme
        usable = bool(location) and parts.username is None and target.isascii()
    except ValueError:
        usable = False
    if not usable or any(ord(letter) <= 32 for letter in target):
        raise HubError(f"{shown(url)} redirects {asked} to no usable address.", hint=hint)
    if urlsplit(url).scheme == "https" and scheme == "http":
        raise HubError(
            f"{shown(url)} redirects {asked} from https to http at {parts.hostname}.", hint=hint
        )
    return target
