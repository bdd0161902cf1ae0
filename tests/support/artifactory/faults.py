"""What can be made to go wrong, kind by kind.

Fault
├── Status            429, 500, 503 or another, in place of the answer
├── ExpiredToken      401, in place of the answer
├── TreeMissing       404 for the list of files
├── Redirect          to the other origin, to this one, or to a given address
├── NoCommit          no X-Repo-Commit
├── Corrupt           one byte of a file is another, size and headers are right
├── RangeIgnored      the whole file with 200 where a part was asked for
├── XetAdvertised     the names of xet, without its routes
├── PlaceholderCommit a commitUrl that is no URL, after a good upload
├── Slow              the body in pieces
└── Cut               the connection ends inside the body
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import quote

from support.artifactory.messages import Answer, FilePart, Part, Request, json_answer, refusal
from support.artifactory.routes import PREFIX, Kind, Route

__all__ = [
    "Corrupt",
    "Cut",
    "ExpiredToken",
    "Fault",
    "NoCommit",
    "PlaceholderCommit",
    "RangeIgnored",
    "Redirect",
    "Slow",
    "Status",
    "TreeMissing",
    "XetAdvertised",
]

_FILES = frozenset({Kind.FILE, Kind.ELSEWHERE})


class Fault:
    """Something that goes wrong. By itself it does nothing."""

    def concerns(self, request: Request, route: Route) -> bool:  # noqa: ARG002  # for subclasses
        """Whether it can show in the answer to a request."""
        return True

    def instead(self) -> Answer | None:
        """What is answered in place of anything else, if so."""
        return None

    def asked(self, request: Request) -> Request:
        """The request as the server takes it."""
        return request

    def altered(self, answer: Answer, route: Route) -> Answer:  # noqa: ARG002  # for subclasses
        """The answer as it goes wrong."""
        return answer


@dataclass(frozen=True)
class Status(Fault):
    """An error in place of the answer.

    Attributes:
        status: 429, 500, 503, …
        retry_after: The value of Retry-After: seconds or a date; none is sent by default.
    """

    status: int
    retry_after: str = ""

    def instead(self) -> Answer:
        """See Fault."""
        answer = refusal(self.status, HTTPStatus(self.status).phrase)
        return answer.having(Retry_After=self.retry_after) if self.retry_after else answer


@dataclass(frozen=True)
class ExpiredToken(Fault):
    """The token is taken for expired, whichever it is."""

    def instead(self) -> Answer:
        """See Fault."""
        return refusal(HTTPStatus.UNAUTHORIZED, "Token failed verification: expired")


@dataclass(frozen=True)
class TreeMissing(Fault):
    """The mirror does not list files."""

    def concerns(self, request: Request, route: Route) -> bool:  # noqa: ARG002  # see Fault
        """See Fault."""
        return route.kind is Kind.TREE

    def instead(self) -> Answer:
        """See Fault."""
        return refusal(HTTPStatus.NOT_FOUND, "Not found")


@dataclass(frozen=True)
class Redirect(Fault):
    """A file is to be had elsewhere. What the Hub says of it comes with the redirect.

    Attributes:
        to: `elsewhere` for the other origin, `within` for the same origin by a relative address,
            or the beginning of an address, to which the path from the repository on is added.
    """

    to: str = "elsewhere"

    def concerns(self, request: Request, route: Route) -> bool:
        """See Fault."""
        return route.kind is Kind.FILE and "redirected" not in request.query

    def asked(self, request: Request) -> Request:
        """See Fault."""
        return request.lacking("range")

    def altered(self, answer: Answer, route: Route) -> Answer:
        """See Fault."""
        if answer.status != HTTPStatus.OK:
            return answer
        revision, path = quote(route.revision, safe=""), quote(route.path)
        file = f"/{route.model}/resolve/{revision}/{path}"
        location = {
            # The server knows the address of its other origin.
            "elsewhere": f"elsewhere:/files/{route.key}/{route.model}/{revision}/{path}",
            "within": f"{PREFIX}/{route.key}{file}?redirected=1",
        }.get(self.to, f"{self.to}{file}")
        said = {
            "Location": location,
            "X-Linked-Etag": answer.headers["ETag"],
            "X-Linked-Size": str(answer.size),
        }
        kept = {name: answer.headers[name] for name in answer.headers if name == "X-Repo-Commit"}
        return Answer(HTTPStatus.FOUND, {**said, **kept})


@dataclass(frozen=True)
class NoCommit(Fault):
    """X-Repo-Commit is missing."""

    def concerns(self, request: Request, route: Route) -> bool:  # noqa: ARG002  # see Fault
        """See Fault."""
        return route.kind is Kind.FILE

    def altered(self, answer: Answer, route: Route) -> Answer:  # noqa: ARG002  # see Fault
        """See Fault."""
        return answer.lacking("X-Repo-Commit")


@dataclass(frozen=True)
class Corrupt(Fault):
    """One byte of what is sent of a file is another.

    Attributes:
        at: Which byte of what is sent, from 0.
    """

    at: int = 0

    def concerns(self, request: Request, route: Route) -> bool:
        """See Fault."""
        return route.kind in _FILES and request.method == "GET"

    def altered(self, answer: Answer, route: Route) -> Answer:  # noqa: ARG002  # see Fault
        """See Fault."""
        if answer.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            return answer
        parts: list[Part] = []
        begins = 0
        for part in answer.parts:
            inside = self.at - begins
            begins += len(part)
            parts.extend(_flipped(part, inside) if 0 <= inside < len(part) else (part,))
        return replace(answer, parts=tuple(parts))


@dataclass(frozen=True)
class RangeIgnored(Fault):
    """A request for a part gets the whole."""

    def concerns(self, request: Request, route: Route) -> bool:
        """See Fault."""
        return route.kind in _FILES and "range" in request.headers

    def asked(self, request: Request) -> Request:
        """See Fault."""
        return request.lacking("range")


@dataclass(frozen=True)
class XetAdvertised(Fault):
    """Large files are said to be in xet, but there is no route to a token for it."""

    def concerns(self, request: Request, route: Route) -> bool:  # noqa: ARG002  # see Fault
        """See Fault."""
        return route.kind in {Kind.FILE, Kind.TREE}

    def altered(self, answer: Answer, route: Route) -> Answer:
        """See Fault."""
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            return answer
        if route.kind is Kind.TREE:
            entries = answer.json()
            for entry in entries:
                if "lfs" in entry:
                    entry["xetHash"] = _xet_hash(entry["lfs"]["oid"])
            return json_answer(entries)
        if "X-Linked-Etag" not in answer.headers:
            return answer
        # As a mirror passes it on. The client puts its endpoint in the place of the Hub.
        commit = answer.headers.get("X-Repo-Commit", "")
        tokens = f"https://huggingface.co/api/models/{route.model}/xet-read-token/{commit}"
        return answer.having(
            X_Xet_Hash=_xet_hash(answer.headers["X-Linked-Etag"].strip('"')),
            X_Xet_Refresh_Route=tokens,
            Link=f'<{tokens}>; rel="xet-auth"',
        )


@dataclass(frozen=True)
class PlaceholderCommit(Fault):
    """The answer to a commit names it by a word that is no URL.

    Attributes:
        word: The word.
    """

    word: str = "commitUrl"

    def concerns(self, request: Request, route: Route) -> bool:  # noqa: ARG002  # see Fault
        """See Fault."""
        return route.kind is Kind.COMMIT

    def altered(self, answer: Answer, route: Route) -> Answer:  # noqa: ARG002  # see Fault
        """See Fault."""
        if answer.status != HTTPStatus.OK:
            return answer
        return json_answer({**answer.json(), "commitUrl": self.word}, answer.status)


@dataclass(frozen=True)
class Slow(Fault):
    """The body comes in pieces, with a wait after each until it is told to go on.

    Attributes:
        piece: Size of a piece, in bytes.
        seconds: How long each wait is; without it the first ends only when told.
        reached: Set when a first piece has gone and the wait begins.
        release: To be set: the rest goes at once.
    """

    piece: int = 1024
    seconds: float | None = None
    reached: threading.Event = field(default_factory=threading.Event, compare=False)
    release: threading.Event = field(default_factory=threading.Event, compare=False)

    def concerns(self, request: Request, route: Route) -> bool:  # noqa: ARG002  # see Fault
        """See Fault."""
        return request.method != "HEAD"


@dataclass(frozen=True)
class Cut(Fault):
    """The connection ends inside the body.

    Attributes:
        after: How many bytes of the body go before.
    """

    after: int

    def concerns(self, request: Request, route: Route) -> bool:  # noqa: ARG002  # see Fault
        """See Fault."""
        return request.method != "HEAD"


def _xet_hash(sha256: str) -> str:
    return hashlib.sha256(f"xet {sha256}".encode()).hexdigest()


def _flipped(part: Part, at: int) -> tuple[Part, Part, Part]:
    if isinstance(part, bytes):
        return part[:at], bytes([part[at] ^ 1]), part[at + 1 :]
    with part.file.open("rb") as file:
        file.seek(part.start + at)
        byte = file.read(1)[0]
    return (
        FilePart(part.file, part.start, at),
        bytes([byte ^ 1]),
        FilePart(part.file, part.start + at + 1, part.size - at - 1),
    )
