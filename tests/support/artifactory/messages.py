"""Requests as they came and answers before they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal, Self

from support.artifactory.contents import Blob

__all__ = ["Answer", "FilePart", "NotFound", "Origin", "Part", "Request", "json_answer", "refusal"]

Origin = Literal["main", "elsewhere"]


@dataclass(frozen=True)
class FilePart:
    """A stretch of a file.

    Attributes:
        file: The file.
        start: First byte.
        size: In bytes.
    """

    file: Path
    start: int
    size: int

    def __len__(self) -> int:
        return self.size


Part = bytes | FilePart


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: In capitals.
        path: Percent-encoded, without the query.
        query: By name; the last of several values.
        headers: By name in small letters.
        origin: Which of the two listening ports it came to.
        body: What it carried: the file that holds it for a PUT, else the bytes.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    origin: Origin
    body: bytes | Path

    def json(self) -> Any:
        """Its body, read as JSON."""
        return json.loads(Blob.of(self.body).read())

    def lacking(self, header: str) -> Self:
        """The same without a header."""
        kept = {name: value for name, value in self.headers.items() if name != header}
        return replace(self, headers=kept)


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes:
        status: Its status.
        headers: All but Content-Length.
        parts: Its body; sent for every method but HEAD.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def size(self) -> int:
        """Length of the body, in bytes."""
        return sum(map(len, self.parts))

    def json(self) -> Any:
        """Its body, read as JSON."""
        return json.loads(b"".join(part for part in self.parts if isinstance(part, bytes)))

    def having(self, **headers: str) -> Self:
        """The same with more headers; `_` in a name stands for `-`."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})

    def lacking(self, *names: str) -> Self:
        """The same without some headers."""
        kept = {name: value for name, value in self.headers.items() if name not in names}
        return replace(self, headers=kept)


class NotFound(Exception):
    """What was asked for is not there.

    Args:
        code: RepoNotFound, RevisionNotFound or EntryNotFound.
        message: For people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def answer(self) -> Answer:
        """The answer that says so."""
        headers = {"X-Error-Code": self.code, "X-Error-Message": self.message}
        return json_answer({"error": self.message}, HTTPStatus.NOT_FOUND).having(**headers)


def json_answer(content: Any, status: int = HTTPStatus.OK) -> Answer:
    """An answer that carries JSON."""
    headers = {"Content-Type": "application/json"}
    return Answer(status, headers, (json.dumps(content).encode(),))


def refusal(status: int, message: str) -> Answer:
    """An error in Artifactory's own shape."""
    answer = json_answer({"errors": [{"status": int(status), "message": message}]}, status)
    if status == HTTPStatus.UNAUTHORIZED:
        return answer.having(WWW_Authenticate='Basic realm="Artifactory Realm"')
    return answer
