"""`models.lock`: which models there are, what each is made from, and what must come out.

Written by commands, read by people in review. Everything that serves or builds trusts this file
and nothing else, so it is read strictly.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, ValidationError

from ai_translate.errors import LockError
from ai_translate.supply.lock_fields import Strict
from ai_translate.supply.locked_model import Entry, LockedModel, check_name, whole_entry_of
from ai_translate.supply.turns import held

__all__ = ["Lock", "LockedModel"]

_VERSION: Final = 1
# A lock is read by people: what is older is in its version control.
_MOST_EARLIER: Final = 5
_HEADER: Final = """\
# Which models this project serves: what each is made from, and the artifact that must come out.
# Written by `ai-translate models`; review it like code.

version = 1
"""


@dataclass(frozen=True, slots=True)
class Lock:
    """The models of a lock, in its order. `path` is where it was read from or will be written."""

    path: Path
    models: tuple[LockedModel, ...] = ()

    @classmethod
    def read(cls, path: Path, *, missing_ok: bool = False) -> Self:
        """Reads a lock.

        Raises:
            LockError: It is missing, malformed, or names something twice.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if missing_ok:
                return cls(path)
            raise LockError(
                f"There is no lock at {path}.",
                hint="Run from the project's folder, or set AIT_MODELS_LOCK.",
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            raise LockError(f"{path} cannot be read: {error}.") from error
        try:
            models = tuple(entry.to_model() for entry in _File.model_validate(data).model)
        except ValidationError as error:
            raise LockError(
                f"{path}: {_problem(error, data)}.",
                hint="Restore it from version control, or lock the models again.",
            ) from error
        names = [model.name for model in models]
        for name in names:
            if names.count(name) > 1:
                raise LockError(f"{path} names {name!r} twice.", hint="Remove one of them.")
        return cls(path, models)

    @classmethod
    @contextlib.contextmanager
    def alone(cls, path: Path, *, missing_ok: bool = False) -> Iterator[Self]:
        """A lock as it is; during the block no other process changes it.

        Raises:
            LockError: It is missing or malformed.
        """
        with contextlib.ExitStack() as stack:
            try:
                # A folder may be reached by a link, as where a volume is mounted.
                stack.enter_context(held(path.parent.resolve()))
            except OSError as error:
                raise _unwritable(path, error) from error
            yield cls.read(path, missing_ok=missing_ok)

    @classmethod
    def changed(cls, path: Path, change: Callable[[Self], Self]) -> Self:
        """Reads a lock, or takes an empty one where there is none, and writes it changed.

        One process at a time does so: what another has added is not lost.

        Raises:
            LockError: It cannot be read or written, or the change was refused; it is as it was.
        """
        with cls.alone(path, missing_ok=True) as now:
            lock = change(now)
            lock.write()
            return lock

    def get(self, name: str) -> LockedModel:
        """The model of that name.

        Raises:
            LockError: There is none.
        """
        for model in self.models:
            if model.name == name:
                return model
        known = ", ".join(model.name for model in self.models) or "none"
        raise LockError(f"{self.path} has no model {name!r}.", hint=f"It has: {known}.")

    def chosen(self, names: Iterable[str]) -> tuple[LockedModel, ...]:
        """The models of these names, each once, or all when no name is given.

        Raises:
            LockError: A name is of none.
        """
        wanted = tuple(dict.fromkeys(names))
        return tuple(self.get(name) for name in wanted) if wanted else self.models

    def with_model(self, model: LockedModel) -> Self:
        """This lock with one model added, or put in place of the one of its name.

        What is replaced by another artifact is remembered, with what that had replaced.

        Raises:
            LockError: Its name cannot be one.
        """
        check_name(model.name)
        if any(known.name == model.name for known in self.models):
            models = tuple(
                _after(known, model) if known.name == model.name else known for known in self.models
            )
        else:
            models = (*self.models, model)
        return replace(self, models=models)

    def rolled_back(self, name: str) -> Self:
        """This lock with what a name stood for before; what it stands for now is forgotten.

        Raises:
            LockError: There is no such model, or it has never been another.
        """
        now = self.get(name)
        if not now.earlier:
            raise LockError(
                f"{self.path} remembers nothing that {name} was before.",
                hint="Add the version that you want: `ai-translate models add ORG/NAME@VERSION`.",
            )
        before = replace(now.earlier[0], earlier=now.earlier[1:])
        models = tuple(before if known.name == name else known for known in self.models)
        return replace(self, models=models)

    def without(self, names: Iterable[str]) -> Self:
        """This lock without the models of these names.

        Raises:
            LockError: A name is of none.
        """
        leaving = [self.get(name).name for name in names]
        return replace(self, models=tuple(m for m in self.models if m.name not in leaving))

    def write(self) -> None:
        """Writes the lock aside and renames it into place.

        Raises:
            LockError: The disk refused.
        """
        text = _HEADER + "".join(map(whole_entry_of, self.models))
        tomllib.loads(text)
        try:
            self._replace(text)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _replace(self, text: str) -> None:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self.path.parent, prefix=".models.lock-", delete=False
        ) as stream:
            try:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
                Path(stream.name).chmod(0o644)
                Path(stream.name).replace(self.path)
            except BaseException:
                Path(stream.name).unlink(missing_ok=True)
                raise


class _File(Strict):
    version: Annotated[int, Field(ge=_VERSION, le=_VERSION)]
    model: list[Entry] = Field(default_factory=list)


def _after(known: LockedModel, model: LockedModel) -> LockedModel:
    """A model that takes the place of another, and remembers it."""
    if known.artifact == model.artifact:
        # What is known of its quality still holds, and so does who has signed it.
        return replace(
            model,
            evaluation=model.evaluation or known.evaluation,
            signature=model.signature or _signature(known, model),
            earlier=known.earlier,
        )
    before = [replace(known, earlier=()), *known.earlier]
    others = [one for one in before if one.artifact != model.artifact]
    return replace(model, earlier=tuple(others[:_MOST_EARLIER]))


def _signature(known: LockedModel, model: LockedModel) -> str | None:
    """That of a known model, unless other files come along now."""
    return known.signature if known.files == model.files else None


def _problem(error: ValidationError, data: dict[str, Any]) -> str:
    """The first thing that is wrong: which model, which field, and what."""
    problem = error.errors(include_url=False)[0]
    where = [str(part) for part in problem["loc"] if part != "[key]"]
    if len(where) > 1 and where[0] == "model":
        entry = data["model"][int(where[1])]
        name = entry.get("name") if isinstance(entry, dict) else None
        shown = f"model {int(where[1]) + 1}" + (f" ({name})" if isinstance(name, str) else "")
        where = [shown, *([".".join(where[2:])] if where[2:] else [])]
    what = problem["msg"].removeprefix("Value error, ").rstrip(".")
    return ": ".join([*where, what])


def _unwritable(path: Path, error: OSError) -> LockError:
    return LockError(
        f"{path} cannot be written: {error.strerror or error}.",
        hint="Check its owner, or set AIT_MODELS_LOCK to another place.",
    )
