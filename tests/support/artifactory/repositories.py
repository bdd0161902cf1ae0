"""Repositories that hold models, and repositories that show those of others as one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from support.artifactory.contents import Blob, Commit, Entry
from support.artifactory.messages import NotFound
from support.artifactory.names import check_model, check_revision

__all__ = ["Local", "Repository", "Virtual", "no_model", "no_revision"]

_Found = TypeVar("_Found")


class Repository(Protocol):
    """What every kind of repository can be asked.

    Every method raises NotFound for a model, a revision or an entry that it lacks.
    """

    def commit(self, model: str, revision: str) -> Commit:
        """The commit that a branch names, or that its own name names."""

    def branches(self, model: str) -> Mapping[str, str]:
        """The commits that the branches of a model name."""

    def blob(self, model: str, commit: Commit, entry: Entry) -> Blob:
        """The bytes of an entry. It may take as long as it takes to fetch them."""

    def writable(self) -> Local | None:
        """Where a model that is pushed here comes to lie, if anywhere."""


def no_model(model: str) -> NotFound:
    """The error for a model that is not there."""
    return NotFound("RepoNotFound", f"Repository {model} not found")


def no_revision(revision: str) -> NotFound:
    """The error for a revision that is not there."""
    return NotFound("RevisionNotFound", f"Invalid rev id: {revision}")


@dataclass
class _Model:
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)


class Local:
    """A repository that holds models. Old commits stay reachable by their names."""

    def __init__(self) -> None:
        self._models: dict[str, _Model] = {}
        self._lock = threading.RLock()

    def create(self, model: str) -> bool:
        """Makes place for a model; whether it was new.

        Raises:
            ValueError: Artifactory would not take the name.
        """
        check_model(model)
        with self._lock:
            if model in self._models:
                return False
            self._models[model] = _Model()
        self.push(model, "main", {})
        return True

    def branch(self, model: str, revision: str) -> None:
        """Makes a branch that names the commit of `main`.

        Raises:
            NotFound: There is no such model.
            ValueError: Artifactory would not take the name.
        """
        check_revision(revision)
        with self._lock:
            branches = self._model(model).branches
            branches.setdefault(revision, branches["main"])

    def push(self, model: str, revision: str, files: Mapping[str, Blob]) -> Commit:
        """Makes a commit of exactly these files and lets the revision name it.

        A model that does not exist is created. A revision that exists is overridden.

        Raises:
            ValueError: Artifactory would not take a name.
        """
        check_model(model)
        check_revision(revision)
        entries = {path: Entry.of(path, blob) for path, blob in files.items()}
        with self._lock:
            held = self._models.setdefault(model, _Model())
            commit = Commit.of(model, held.branches.get(revision, ""), entries)
            held.commits[commit.oid] = commit
            held.branches[revision] = commit.oid
            held.blobs.update({entries[path].oid: blob for path, blob in files.items()})
        return commit

    def commit(self, model: str, revision: str) -> Commit:
        """See Repository."""
        with self._lock:
            held = self._model(model)
            commit = held.commits.get(held.branches.get(revision, revision))
        if commit is None:
            raise no_revision(revision)
        return commit

    def branches(self, model: str) -> Mapping[str, str]:
        """See Repository."""
        with self._lock:
            return dict(self._model(model).branches)

    def blob(self, model: str, commit: Commit, entry: Entry) -> Blob:  # noqa: ARG002  # a remote needs it
        """See Repository."""
        with self._lock:
            return self._model(model).blobs[entry.oid]

    def writable(self) -> Local:
        """See Repository."""
        return self

    def _model(self, model: str) -> _Model:
        if model not in self._models:
            raise no_model(model)
        return self._models[model]


class Virtual:
    """Shows several repositories as one: the first that has what is asked for answers.

    Args:
        members: Where it looks, in this order.
        deploys_to: Where a model that is pushed comes to lie.
    """

    def __init__(self, members: Sequence[Repository], deploys_to: Local | None) -> None:
        self._members = tuple(members)
        self._deploys_to = deploys_to

    def commit(self, model: str, revision: str) -> Commit:
        """See Repository."""
        return self._first(model, lambda member: member.commit(model, revision))

    def branches(self, model: str) -> Mapping[str, str]:
        """See Repository."""
        return self._first(model, lambda member: member.branches(model))

    def blob(self, model: str, commit: Commit, entry: Entry) -> Blob:
        """See Repository."""
        return self._first(
            model, lambda member: member.blob(model, member.commit(model, commit.oid), entry)
        )

    def writable(self) -> Local | None:
        """See Repository."""
        return self._deploys_to

    def _first(self, model: str, ask: Callable[[Repository], _Found]) -> _Found:
        missing = no_model(model)
        for member in self._members:
            try:
                return ask(member)
            except NotFound as error:
                # That a model lacks a revision says more than that another member lacks the model.
                if error.code != "RepoNotFound":
                    missing = error
        raise missing
