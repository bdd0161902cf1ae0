"""A repository that fetches from another server and keeps what it has fetched."""

from __future__ import annotations

import json
import tempfile
import threading
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path
from shutil import copyfileobj
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote

from support.artifactory.contents import Blob, Commit, Entry, Lfs
from support.artifactory.messages import NotFound
from support.artifactory.repositories import Local

__all__ = ["Remote", "UpstreamFailure"]


# A proxy of the environment is for the world outside.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class UpstreamFailure(Exception):
    """The other server gave no usable answer."""


class Remote:
    """Asks its upstream which commit a revision names, and fetches each file of a commit once.

    What it knows stays there when its upstream has gone.

    Args:
        upstream: Endpoint of the other server.
        token: What it shows there; nothing if empty.
        folder: Where it keeps files.
    """

    def __init__(self, upstream: str, token: str, folder: Path) -> None:
        self._upstream = upstream.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._folder = folder
        self._commits: dict[tuple[str, str], Commit] = {}
        self._named: dict[tuple[str, str], str] = {}
        self._blobs: dict[str, Blob] = {}
        self._fetching: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def commit(self, model: str, revision: str) -> Commit:
        """See Repository."""
        if known := self._commits.get((model, revision)):
            return known
        try:
            info = self._json(f"/api/models/{model}/revision/{quote(revision, safe='')}")
        except UpstreamFailure:
            if (model, revision) in self._named:
                return self._commits[model, self._named[model, revision]]
            raise
        oid = info["sha"]
        if (model, oid) not in self._commits:
            tree = self._json(f"/api/models/{model}/tree/{oid}?recursive=true")
            entries = [_entry(listed) for listed in tree if listed["type"] == "file"]
            self._commits[model, oid] = Commit(oid, {entry.path: entry for entry in entries})
        self._named[model, revision] = oid
        return self._commits[model, oid]

    def branches(self, model: str) -> Mapping[str, str]:
        """See Repository."""
        refs = self._json(f"/api/models/{model}/refs")
        return {branch["name"]: branch["targetCommit"] for branch in refs["branches"]}

    def blob(self, model: str, commit: Commit, entry: Entry) -> Blob:
        """See Repository. The whole file comes before this returns, as Artifactory does it."""
        with self._lock:
            fetching = self._fetching[entry.oid]
        with fetching:
            if entry.oid not in self._blobs:
                self._blobs[entry.oid] = self._fetched(
                    f"/{model}/resolve/{commit.oid}/{quote(entry.path)}", entry
                )
            return self._blobs[entry.oid]

    def writable(self) -> Local | None:
        """See Repository."""
        return None

    def _fetched(self, path: str, entry: Entry) -> Blob:
        with (
            closing(self._open(path)) as response,
            tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file,
        ):
            copyfileobj(response, file)
        blob = Blob.of(Path(file.name))
        # It does not judge the bytes: a mirror hands on what it was given.
        if blob.size != entry.size:
            raise UpstreamFailure(f"{path} has {blob.size} bytes, {entry.size} were promised.")
        return blob

    def _json(self, path: str) -> Any:
        with closing(self._open(path)) as response:
            return json.load(response)

    def _open(self, path: str) -> HTTPResponse:
        request = urllib.request.Request(self._upstream + path, headers=self._headers)
        try:
            response: HTTPResponse = urllib.request.urlopen(request)  # the same
        except HTTPError as error:
            with closing(error):
                code = error.headers.get("X-Error-Code")
                if code:
                    message = error.headers.get("X-Error-Message") or code
                    raise NotFound(code, message) from error
                raise UpstreamFailure(f"{path}: the upstream answered {error.code}.") from error
        except URLError as error:
            raise UpstreamFailure(f"{path}: {error.reason}") from error
        return response


def _entry(listed: Mapping[str, Any]) -> Entry:
    lfs = listed.get("lfs")
    pointer = Lfs(lfs["oid"], lfs["pointerSize"]) if lfs else None
    return Entry(listed["path"], listed["size"], listed["oid"], pointer)
