"""Answers to those who write.

An upload asks which files go as LFS, asks where to put those, puts them there without its token,
and sends a commit in which the small files stand and the large ones are named by their sha256.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from support.artifactory.card import BadCard, front_matter
from support.artifactory.contents import Blob, kept_as_lfs
from support.artifactory.messages import Answer, Request, json_answer, refusal
from support.artifactory.names import check_model, check_revision
from support.artifactory.repositories import Local
from support.artifactory.routes import Kind, Route

__all__ = ["Uploads"]


class Uploads:
    """What has been put and waits for its commit, and the answers about it."""

    def __init__(self) -> None:
        self._signature = secrets.token_hex(16)
        self._waiting: dict[str, Blob] = {}
        self._lock = threading.Lock()

    def answer(
        self, endpoint: str, repository: Local | None, request: Request, route: Route
    ) -> Answer:
        """Answers a writing request.

        Args:
            endpoint: Address of the Artifactory repository.
            repository: Where the model comes to lie; none if it cannot.
            request: What came.
            route: What it aims at.

        Raises:
            NotFound: A branch was to be made of a model that is not there.
        """
        handlers: dict[Kind, Callable[[Local], Answer]] = {
            Kind.CREATE: lambda local: _created(endpoint, local, request),
            Kind.BRANCH: lambda local: _branched(local, route),
            Kind.PREUPLOAD: lambda _: _preupload(request, route),
            Kind.LFS_BATCH: lambda _: self._batch(endpoint, request),
            Kind.LFS_OBJECT: lambda _: self._object(request, route),
            Kind.COMMIT: lambda local: self._commit(endpoint, local, request, route),
        }
        if route.kind is Kind.VALIDATE_CARD:
            return _validated(request)
        if repository is None:
            return refusal(HTTPStatus.BAD_REQUEST, "Nothing can be deployed to this repository")
        try:
            return handlers[route.kind](repository)
        except ValueError as error:
            return refusal(HTTPStatus.BAD_REQUEST, str(error))

    def _batch(self, endpoint: str, request: Request) -> Answer:
        with self._lock:
            waiting = set(self._waiting)
        objects: list[dict[str, Any]] = []
        for wanted in request.json()["objects"]:
            place = f"{endpoint}/lfs/objects/{wanted['oid']}?signature={self._signature}"
            known = {"oid": wanted["oid"], "size": wanted["size"]}
            actions = {"actions": {"upload": {"href": place, "header": {}}}}
            objects.append(known if wanted["oid"] in waiting else known | actions)
        return json_answer({"transfer": "basic", "objects": objects})

    def _object(self, request: Request, route: Route) -> Answer:
        if not secrets.compare_digest(request.query.get("signature", ""), self._signature):
            return refusal(HTTPStatus.FORBIDDEN, "The signature is wrong")
        blob = Blob.of(request.body)
        if blob.sha256 != route.path:
            return refusal(HTTPStatus.BAD_REQUEST, f"{blob.sha256} came, {route.path} was promised")
        with self._lock:
            self._waiting[blob.sha256] = blob
        return Answer(HTTPStatus.OK, {"ETag": f'"{blob.sha256}"'})

    def _put(self, oid: str) -> Blob:
        with self._lock:
            if oid not in self._waiting:
                raise ValueError(f"{oid} has not been put.")
            return self._waiting[oid]

    def _commit(self, endpoint: str, repository: Local, request: Request, route: Route) -> Answer:
        files: dict[str, Blob] = {}
        lines = Blob.of(request.body).read().splitlines()
        for operation in map(json.loads, filter(None, lines)):
            value = operation["value"]
            match operation["key"]:
                case "header":
                    pass
                case "file":
                    files[value["path"]] = Blob.of(base64.b64decode(value["content"]))
                case "lfsFile":
                    files[value["path"]] = self._put(value["oid"])
                case other:
                    raise ValueError(f"A commit cannot contain {other!r} here.")
        oid = repository.push(route.model, route.revision, files).oid
        return json_answer(
            {
                "success": True,
                "commitUrl": f"{endpoint}/{route.model}/commit/{oid}",
                "commitOid": oid,
                "hookOutput": "",
            }
        )


def _validated(request: Request) -> Answer:
    try:
        front_matter(request.json()["content"])
    except BadCard as error:
        errors = [{"message": str(error)}]
        return json_answer({"errors": errors, "warnings": []}, HTTPStatus.BAD_REQUEST)
    return json_answer({"errors": [], "warnings": []})


def _created(endpoint: str, repository: Local, request: Request) -> Answer:
    asked: Mapping[str, Any] = request.json()
    model = f"{asked.get('organization')}/{asked['name']}"
    status = HTTPStatus.OK if repository.create(model) else HTTPStatus.CONFLICT
    return json_answer({"id": model, "name": model, "url": f"{endpoint}/{model}"}, status)


def _branched(repository: Local, route: Route) -> Answer:
    repository.branch(route.model, route.revision)
    return json_answer({})


def _preupload(request: Request, route: Route) -> Answer:
    # Refused before anything is sent, not after.
    check_model(route.model)
    check_revision(route.revision)
    files = [
        {
            "path": file["path"],
            "uploadMode": "lfs" if kept_as_lfs(file["path"], file["size"]) else "regular",
            "shouldIgnore": False,
        }
        for file in request.json()["files"]
    ]
    return json_answer({"files": files})
