"""The server: repositories, tokens and faults behind two ports."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from support.artifactory.contents import Blob
from support.artifactory.faults import Cut, Fault, Slow
from support.artifactory.injection import Injection
from support.artifactory.log import Log
from support.artifactory.messages import Answer, NotFound, Request, refusal
from support.artifactory.names import check_key
from support.artifactory.reading import (
    elsewhere_answer,
    file_answer,
    info_answer,
    paths_answer,
    refs_answer,
    tree_answer,
    whoami_answer,
)
from support.artifactory.remote import Remote, UpstreamFailure
from support.artifactory.repositories import Local, Repository, Virtual
from support.artifactory.routes import PREFIX, Kind, Route, elsewhere_route_of, route_of
from support.artifactory.tokens import Tokens
from support.artifactory.uploading import Uploads
from support.artifactory.wire import Listener, Reply

__all__ = ["Artifactory"]

_READERS = {
    Kind.INFO: info_answer,
    Kind.TREE: tree_answer,
    Kind.REFS: refs_answer,
    Kind.PATHS: paths_answer,
    Kind.FILE: file_answer,
    Kind.ELSEWHERE: elsewhere_answer,
    Kind.WHOAMI: whoami_answer,
}
_ELSEWHERE = "elsewhere:"


class Artifactory:
    """A server that speaks the Hugging Face protocol as Artifactory does, for the block of a with.

    It listens from the beginning on. All its methods may be called from any thread, at any time.
    Leaving the block raises an error of the server itself, if there was one.

    Args:
        anonymous: Whether requests without a token may read.
        port: Where it listens on 127.0.0.1; 0 for any port that is free.

    Attributes:
        requests: All that came.
    """

    def __init__(self, *, anonymous: bool = False, port: int = 0) -> None:
        self.requests = Log()
        self._folder = tempfile.TemporaryDirectory(prefix="artifactory-")
        self._tokens = Tokens(anonymous=anonymous)
        self._repositories: dict[str, Repository] = {}
        self._root = ""
        self._uploads = Uploads()
        self._injections: list[Injection] = []
        self._lock = threading.Lock()
        folder = Path(self._folder.name)
        self._main = Listener(
            port=port, origin="main", folder=folder, log=self.requests, answers=self._reply
        )
        self._elsewhere = Listener(
            port=0, origin="elsewhere", folder=folder, log=self.requests, answers=self._reply
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends what is open, removes what was uploaded, raises an error of its own if any."""
        with self._lock:
            for injection in self._injections:
                if isinstance(injection.fault, Slow):
                    injection.fault.release.set()
        for listener in (self._main, self._elsewhere):
            listener.stop()
        self._folder.cleanup()
        for failure in (*self._main.failures, *self._elsewhere.failures):
            raise failure

    def endpoint(self, key: str) -> str:
        """The `HF_ENDPOINT` of a repository."""
        return f"{self._main.address}{PREFIX}/{key}"

    @property
    def elsewhere(self) -> str:
        """Scheme, host and port of the other origin."""
        return self._elsewhere.address

    def add_token(
        self, secret: str, *, read: bool = True, write: bool = False, expired: bool = False
    ) -> None:
        """Makes a token known, or changes what a known one may do."""
        self._tokens.add(secret, read=read, write=write, expired=expired)

    def local(self, key: str) -> None:
        """Makes a repository that holds models.

        Raises:
            ValueError: Artifactory would not take the key.
        """
        check_key(key)
        self._repositories[key] = Local()

    def remote(self, key: str, upstream: str, *, token: str = "") -> None:
        """Makes a repository that fetches from another and keeps what it has fetched.

        Args:
            key: Its key.
            upstream: The other's endpoint, or its key if it is one of this server.
            token: What it shows there.

        Raises:
            ValueError: Artifactory would not take the key.
        """
        check_key(key, remote=True)
        endpoint = upstream if "://" in upstream else self.endpoint(upstream)
        self._repositories[key] = Remote(endpoint, token, Path(self._folder.name))

    def virtual(self, key: str, members: Sequence[str], *, deploys_to: str | None = None) -> None:
        """Makes a repository that shows several as one.

        Args:
            key: Its key.
            members: Keys of the others, in the order in which they are asked.
            deploys_to: Key of the local one that takes what is pushed.

        Raises:
            ValueError: Artifactory would not take the key.
        """
        check_key(key)
        shown = [self._repositories[member] for member in members]
        target = self._repositories[deploys_to].writable() if deploys_to else None
        self._repositories[key] = Virtual(shown, target)

    def at_root(self, key: str) -> str:
        """Shows a repository at the root as well, and with all that mirrors ask of the Hub.

        Args:
            key: Its key; a repository that was shown before is so no longer.

        Returns:
            The endpoint there: scheme, host and port.
        """
        self._root = key
        return self._main.address

    def add_model(
        self, key: str, model: str, files: Mapping[str, bytes | Path], revision: str = "main"
    ) -> str:
        """Makes a commit of exactly these files and lets the revision name it.

        Args:
            key: Of a local repository.
            model: ORGANISATION/NAME; created where it does not exist.
            files: Their bytes, or where they lie, by path.
            revision: What names the commit; overridden where it exists.

        Returns:
            The commit, 40 hexadecimal digits.

        Raises:
            ValueError: Artifactory would not take a name, or a push to this repository.
        """
        local = self._repositories[key].writable()
        if local is None:
            raise ValueError(f"Nothing can be deployed to {key!r}.")
        blobs = {path: Blob.of(content) for path, content in files.items()}
        return local.push(model, revision, blobs).oid

    def branches(self, key: str, model: str) -> list[str]:
        """The revisions of a model by their names; none of one that is not there."""
        try:
            return sorted(self._repositories[key].branches(model))
        except NotFound:
            return []

    def inject(
        self, fault: Fault, path: str = "", *, method: str | None = None, times: int | None = None
    ) -> Injection:
        """Makes something go wrong.

        Args:
            fault: What.
            path: A regular expression; it is searched in the percent-encoded path.
            method: The only method that it is for.
            times: How often it shows; for ever by default.
        """
        injection = Injection(fault, path, method, times)
        with self._lock:
            self._injections.append(injection)
        return injection

    def heal(self) -> None:
        """Withdraws all faults. What is slow goes on at once."""
        with self._lock:
            for injection in self._injections:
                injection.withdraw()
                if isinstance(injection.fault, Slow):
                    injection.fault.release.set()
            self._injections.clear()

    def _reply(self, request: Request) -> Reply:
        elsewhere = request.origin == "elsewhere"
        route = (elsewhere_route_of if elsewhere else route_of)(request.method, request.path)
        if not route.key:
            route = replace(route, key=self._root)
        with self._lock:
            injections = list(self._injections)
        faults = [injection.fault for injection in injections if injection.strikes(request, route)]
        answer = next(filter(None, (fault.instead() for fault in faults)), None)
        if answer is None:
            for fault in faults:
                request = fault.asked(request)
            answer = self._answer(request, route)
            for fault in faults:
                answer = fault.altered(answer, route)
        location = answer.headers.get("Location", "")
        if location.startswith(_ELSEWHERE):
            answer = answer.having(Location=self.elsewhere + location.removeprefix(_ELSEWHERE))
        return Reply(
            answer,
            next((fault for fault in faults if isinstance(fault, Slow)), None),
            next((fault for fault in faults if isinstance(fault, Cut)), None),
        )

    def _answer(self, request: Request, route: Route) -> Answer:
        repository = self._repositories.get(route.key)
        authorization = request.headers.get("authorization")
        # Elsewhere no token is known; where an object is put, a signature stands for it.
        if request.origin == "main" and route.kind is not Kind.LFS_OBJECT:
            refused = self._tokens.refused(authorization, write=route.kind.writes)
            if refused:
                return refused
        if route.kind is Kind.UNKNOWN or repository is None:
            return refusal(HTTPStatus.NOT_FOUND, "Not found")
        try:
            if reader := _READERS.get(route.kind):
                return reader(repository, request, route)
            endpoint = self.endpoint(route.key)
            return self._uploads.answer(endpoint, repository.writable(), request, route)
        except NotFound as error:
            return error.answer()
        except UpstreamFailure as error:
            return refusal(HTTPStatus.BAD_GATEWAY, str(error))
