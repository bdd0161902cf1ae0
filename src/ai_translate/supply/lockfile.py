"""`models.lock`: which models there are, what each is made from, and what must come out.

Written by commands, read by people in review. Everything that serves or builds trusts this file
and nothing else, so it is read strictly.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ai_translate.artifact import FileHash, Quantization, refuse_unsafe_name
from ai_translate.errors import BadFile, LockError
from ai_translate.languages import LanguagePair

__all__ = ["Lock", "LockedModel"]

_VERSION: Final = 1
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_HEADER: Final = """\
# Which models this project serves: what each is made from, and the artifact that must come out.
# Written by `ai-translate models`; review it like code.

version = 1
"""

_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class LockedModel:
    """One entry of the lock.

    Attributes:
        name: What people call the model.
        folder: Where its source is, relative to the lock.
        pairs: Directions that it translates.
        licence: SPDX identifier, or the words of its source.
        quantization: Type of the stored weights.
        part_tokens: Longest sequence of tokens that the model is given.
        files: The source's files by name.
        artifact: Digest of the artifact that conversion must give.
    """

    name: str
    folder: str
    pairs: tuple[LanguagePair, ...]
    licence: str
    quantization: Quantization
    part_tokens: int
    files: dict[str, FileHash]
    artifact: str


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
        except (OSError, ValueError) as error:
            raise LockError(f"{path} cannot be read: {error}.") from error
        try:
            models = tuple(entry.to_model() for entry in _File.model_validate(data).model)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise LockError(
                f"{path}: {where}: {problem['msg']}.",
                hint="Restore it from version control, or lock the models again.",
            ) from error
        except (ValueError, BadFile) as error:
            raise LockError(
                f"{path}: {error}",
                hint="Restore it from version control, or lock the models again.",
            ) from error
        names = [model.name for model in models]
        for name in names:
            if names.count(name) > 1:
                raise LockError(f"{path} names {name!r} twice.", hint="Remove one of them.")
        return cls(path, models)

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
        """The models of these names, or all when no name is given."""
        wanted = tuple(names)
        return tuple(self.get(name) for name in wanted) if wanted else self.models

    def with_model(self, model: LockedModel) -> Self:
        """This lock with one model added, or put in place of the one of its name."""
        if not _NAME.fullmatch(model.name):
            raise LockError(
                f"{model.name!r} is not a name for a model.",
                hint="Use up to 100 letters, digits, dots, dashes and underscores.",
            )
        if any(known.name == model.name for known in self.models):
            models = tuple(model if known.name == model.name else known for known in self.models)
        else:
            models = (*self.models, model)
        return replace(self, models=models)

    def write(self) -> None:
        """Writes the lock aside and renames it into place."""
        text = _HEADER + "".join(_entry(model) for model in self.models)
        tomllib.loads(text)
        self.path.parent.mkdir(parents=True, exist_ok=True)
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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _FileEntry(_Strict):
    size: int = Field(ge=0)
    sha256: _Sha256


class _Entry(_Strict):
    name: Annotated[str, StringConstraints(pattern=f"^{_NAME.pattern}$")]
    folder: str
    pairs: list[str] = Field(min_length=1)
    licence: str
    quantization: Quantization
    part_tokens: int = Field(ge=1)
    artifact: _Sha256
    files: dict[str, _FileEntry] = Field(min_length=1)

    def to_model(self) -> LockedModel:
        for name in self.files:
            refuse_unsafe_name(name)
        return LockedModel(
            name=self.name,
            folder=self.folder,
            pairs=tuple(LanguagePair.parse(pair) for pair in self.pairs),
            licence=self.licence,
            quantization=self.quantization,
            part_tokens=self.part_tokens,
            files={name: FileHash(e.size, e.sha256) for name, e in self.files.items()},
            artifact=self.artifact,
        )


class _File(_Strict):
    version: Annotated[int, Field(ge=_VERSION, le=_VERSION)]
    model: list[_Entry] = Field(default_factory=list)


def _entry(model: LockedModel) -> str:
    pairs = [f"{pair.source}:{pair.target}" for pair in model.pairs]
    lines = [
        "",
        "[[model]]",
        f"name = {_toml(model.name)}",
        f"folder = {_toml(model.folder)}",
        f"pairs = {_toml(pairs)}",
        f"licence = {_toml(model.licence)}",
        f"quantization = {_toml(model.quantization)}",
        f"part_tokens = {model.part_tokens}",
        f"artifact = {_toml(model.artifact)}",
        "",
        "[model.files]",
    ]
    lines += [
        f"{_toml(name)} = {{ size = {entry.size}, sha256 = {_toml(entry.sha256)} }}"
        for name, entry in sorted(model.files.items())
    ]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """A string or a list of strings: JSON writes both as TOML 1.0 reads them, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
