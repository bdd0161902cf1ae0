"""Answers to those who read: models, trees, branches and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from support.artifactory.card import BadCard, front_matter, tags
from support.artifactory.contents import Blob, Commit, Entry
from support.artifactory.messages import Answer, FilePart, NotFound, Part, Request, json_answer
from support.artifactory.repositories import Repository
from support.artifactory.routes import Route

__all__ = [
    "elsewhere_answer",
    "file_answer",
    "info_answer",
    "paths_answer",
    "refs_answer",
    "tree_answer",
    "whoami_answer",
]

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_YES = frozenset({"1", "true", "True"})


def info_answer(repository: Repository, request: Request, route: Route) -> Answer:
    """What a model is: its commit, its files, what its card says."""
    commit = repository.commit(route.model, route.revision)
    said = _card(repository, route.model, commit)
    blobs = request.query.get("blobs") in _YES
    return json_answer(
        {
            "id": route.model,
            "modelId": route.model,
            "author": route.model.partition("/")[0],
            "sha": commit.oid,
            "private": False,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "pipeline_tag": said.get("pipeline_tag"),
            "library_name": said.get("library_name"),
            "tags": tags(said),
            "cardData": said,
            "siblings": [_sibling(entry, blobs=blobs) for entry in commit.entries.values()],
        }
    )


def tree_answer(repository: Repository, request: Request, route: Route) -> Answer:
    """The files and folders of a revision, or of one of its folders."""
    commit = repository.commit(route.model, route.revision)
    folder = f"{route.path.rstrip('/')}/" if route.path else ""
    below = [entry for path, entry in commit.entries.items() if path.startswith(folder)]
    if folder and not below:
        raise _no_entry(route.path)
    recursive = request.query.get("recursive") in _YES
    return json_answer(list(_listed(below, folder, recursive=recursive)))


def paths_answer(repository: Repository, request: Request, route: Route) -> Answer:
    """Those of the asked files that a revision has. Folders are left out."""
    commit = repository.commit(route.model, route.revision)
    asked = parse_qs(Blob.of(request.body).read().decode()).get("paths", [])
    return json_answer([_file(commit.entries[path]) for path in asked if path in commit.entries])


def refs_answer(repository: Repository, request: Request, route: Route) -> Answer:
    """The branches of a model."""
    branches = [
        {"name": name, "ref": f"refs/heads/{name}", "targetCommit": oid}
        for name, oid in repository.branches(route.model).items()
    ]
    refs: dict[str, Any] = {"branches": branches, "converts": [], "tags": []}
    if request.query.get("include_prs") in _YES:
        refs["pullRequests"] = []
    return json_answer(refs)


def file_answer(repository: Repository, request: Request, route: Route) -> Answer:
    """A file, or the asked part of it, with what the Hub says of it in headers."""
    commit = repository.commit(route.model, route.revision)
    entry = commit.entries.get(route.path)
    if entry is None:
        return _no_entry(route.path).answer().having(X_Repo_Commit=commit.oid)
    answer = _bytes_answer(repository.blob(route.model, commit, entry), request)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return answer
    answer = answer.having(X_Repo_Commit=commit.oid, ETag=f'"{entry.etag}"')
    if entry.lfs is None:
        return answer
    return answer.having(X_Linked_Etag=f'"{entry.etag}"', X_Linked_Size=str(entry.size))


def elsewhere_answer(repository: Repository, request: Request, route: Route) -> Answer:
    """A file, or the asked part of it, as a store of bytes gives it that knows no models."""
    commit = repository.commit(route.model, route.revision)
    entry = commit.entries.get(route.path)
    if entry is None:
        raise _no_entry(route.path)
    return _bytes_answer(repository.blob(route.model, commit, entry), request)


def whoami_answer(repository: Repository, request: Request, route: Route) -> Answer:  # noqa: ARG001  # as its siblings
    """Whose token it is."""
    return json_answer({"type": "user", "name": "tester", "orgs": [], "auth": {}})


def _bytes_answer(blob: Blob, request: Request) -> Answer:
    # Of several parts it gives the whole, as it may.
    headers = {
        "Content-Type": "application/octet-stream",
        "Accept-Ranges": "bytes",
        "ETag": f'"{blob.sha256}"',
        "X-Checksum-Sha256": blob.sha256,
    }
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or not (asked[1] or asked[2]) or request.method == "HEAD":
        return Answer(HTTPStatus.OK, headers, (_part(blob, 0, blob.size),))
    if asked[1]:
        first = int(asked[1])
        end = min(int(asked[2]) + 1, blob.size) if asked[2] else blob.size
    else:
        first, end = max(blob.size - int(asked[2]), 0), blob.size
    if first >= end:
        unsatisfied = {"Content-Range": f"bytes */{blob.size}"}
        return Answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, unsatisfied)
    answer = Answer(HTTPStatus.PARTIAL_CONTENT, headers, (_part(blob, first, end),))
    return answer.having(Content_Range=f"bytes {first}-{end - 1}/{blob.size}")


def _part(blob: Blob, first: int, end: int) -> Part:
    if isinstance(blob.source, bytes):
        return blob.source[first:end]
    return FilePart(blob.source, first, end - first)


def _no_entry(path: str) -> NotFound:
    return NotFound("EntryNotFound", f"Entry not found: {path}")


def _card(repository: Repository, model: str, commit: Commit) -> dict[str, Any]:
    entry = commit.entries.get("README.md")
    if entry is None:
        return {}
    text = repository.blob(model, commit, entry).read().decode(errors="replace")
    try:
        return dict(front_matter(text))
    except BadCard:
        return {}


def _sibling(entry: Entry, *, blobs: bool) -> dict[str, Any]:
    sibling: dict[str, Any] = {"rfilename": entry.path}
    if blobs:
        sibling |= {"size": entry.size, "blobId": entry.oid}
        if entry.lfs:
            sibling["lfs"] = {
                "sha256": entry.lfs.sha256,
                "size": entry.size,
                "pointerSize": entry.lfs.pointer_size,
            }
    return sibling


def _listed(below: list[Entry], folder: str, *, recursive: bool) -> Iterator[dict[str, Any]]:
    folders: dict[str, None] = {}
    for entry in below:
        inside = entry.path.removeprefix(folder).split("/")
        depths = range(1, len(inside)) if recursive else range(1, min(len(inside), 2))
        folders.update({folder + "/".join(inside[:depth]): None for depth in depths})
    for path in folders:
        # Its name is only for show: nobody fetches a tree by it.
        yield {"type": "directory", "oid": Blob.of(path.encode()).git_oid, "size": 0, "path": path}
    for entry in below:
        if not recursive and "/" in entry.path.removeprefix(folder):
            continue
        yield _file(entry)


def _file(entry: Entry) -> dict[str, Any]:
    listed = {"type": "file", "oid": entry.oid, "size": entry.size, "path": entry.path}
    if entry.lfs is None:
        return listed
    lfs = {
        "oid": entry.lfs.sha256,
        "size": entry.size,
        "pointerSize": entry.lfs.pointer_size,
    }
    return {**listed, "lfs": lfs}
