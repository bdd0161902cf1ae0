"""What a path asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import unquote

__all__ = ["PREFIX", "Kind", "Route", "elsewhere_route_of", "route_of"]

PREFIX = "/artifactory/api/huggingfaceml"


class Kind(Enum):
    """What is asked for."""

    INFO = auto()
    TREE = auto()
    REFS = auto()
    PATHS = auto()
    FILE = auto()
    ELSEWHERE = auto()
    WHOAMI = auto()
    VALIDATE_CARD = auto()
    CREATE = auto()
    BRANCH = auto()
    PREUPLOAD = auto()
    LFS_BATCH = auto()
    LFS_OBJECT = auto()
    COMMIT = auto()
    UNKNOWN = auto()

    @property
    def writes(self) -> bool:
        """Whether it needs the right to write."""
        return self in _WRITING


_WRITING = frozenset({Kind.CREATE, Kind.BRANCH, Kind.PREUPLOAD, Kind.LFS_BATCH, Kind.COMMIT})


@dataclass(frozen=True)
class Route:
    """A request's aim, decoded.

    Attributes:
        kind: What is asked for.
        key: The Artifactory repository; empty for the one at the root.
        model: ORGANISATION/NAME.
        revision: As it was given; `main` where the path names none.
        path: Inside the model; for an uploaded object its sha256.
    """

    kind: Kind
    key: str = ""
    model: str = ""
    revision: str = "main"
    path: str = ""


_MODEL = r"(?P<model>[^/]+/[^/]+)"
_API = rf"/api/models/{_MODEL}"
_PATHS = [
    (Kind.FILE, "GET HEAD", rf"/{_MODEL}/resolve/(?P<revision>[^/]+)/(?P<path>.+)"),
    (Kind.LFS_BATCH, "POST", r"/(?P<model>[^/]+/[^/]+)\.git/info/lfs/objects/batch"),
    (Kind.LFS_OBJECT, "PUT", r"/lfs/objects/(?P<path>[0-9a-f]{64})"),
    (Kind.WHOAMI, "GET", r"/api/whoami-v2"),
    (Kind.VALIDATE_CARD, "POST", r"/api/validate-yaml"),
    (Kind.CREATE, "POST", r"/api/repos/create"),
    (Kind.INFO, "GET", rf"{_API}(/revision/(?P<revision>[^/]+))?"),
    (Kind.TREE, "GET", rf"{_API}/tree/(?P<revision>[^/]+)(/(?P<path>.+))?"),
    (Kind.REFS, "GET", rf"{_API}/refs"),
    (Kind.BRANCH, "POST", rf"{_API}/branch/(?P<revision>[^/]+)"),
    (Kind.PREUPLOAD, "POST", rf"{_API}/preupload/(?P<revision>[^/]+)"),
    (Kind.COMMIT, "POST", rf"{_API}/commit/(?P<revision>[^/]+)"),
]
# What the Hub answers and nothing says of Artifactory, for mirrors that ask the Hub.
_HUB_PATHS = [
    (Kind.INFO, "HEAD", rf"{_API}(/revision/(?P<revision>[^/]+))?"),
    (Kind.TREE, "GET", rf"{_API}/tree/(?P<revision>[^/]+)/"),
    (Kind.PATHS, "POST", rf"{_API}/paths-info/(?P<revision>[^/]+)"),
]
_ROUTES = [
    (kind, frozenset(methods.split()), re.compile(before + path))
    for before, paths in [
        (rf"{PREFIX}/(?P<key>[^/]+)", _PATHS),
        ("", [*_PATHS, *_HUB_PATHS]),
    ]
    for kind, methods, path in paths
]
_ELSEWHERE = re.compile(rf"/files/(?P<key>[^/]+)/{_MODEL}/(?P<revision>[^/]+)/(?P<path>.+)")


def route_of(method: str, path: str) -> Route:
    """Reads a percent-encoded path of the main origin."""
    for kind, methods, pattern in _ROUTES:
        found = pattern.fullmatch(path)
        if found and method in methods:
            return _route(kind, found)
    return Route(Kind.UNKNOWN)


def elsewhere_route_of(method: str, path: str) -> Route:
    """Reads a path of the other origin, which holds files alone."""
    found = _ELSEWHERE.fullmatch(path)
    if found and method in {"GET", "HEAD"}:
        return _route(Kind.ELSEWHERE, found)
    return Route(Kind.UNKNOWN)


def _route(kind: Kind, found: re.Match[str]) -> Route:
    parts = {name: unquote(part) for name, part in found.groupdict().items() if part}
    return Route(kind, **parts)
