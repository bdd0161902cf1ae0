"""One entry of `models.lock`: as a value, as it is read, and as it is written."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from ai_translate.artifact import MANIFEST_NAME, FileHash, Quantization, refuse_unsafe_name
from ai_translate.errors import LockError
from ai_translate.languages import LanguagePair
from ai_translate.supply.lock_fields import PairField, Sha256Field, Strict, checked, toml
from ai_translate.supply.locked_evaluation import (
    EvaluationEntry,
    LockedEvaluation,
    evaluation_entry_of,
)
from ai_translate.supply.source_fields import SourceFields
from ai_translate.supply.sources import FolderSource, Source

__all__ = ["Entry", "LockedModel", "check_name", "entry_of", "whole_entry_of"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# As long as a line of the starter's entry may be read in review.
_WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class LockedModel:
    """One model of the lock.

    Attributes:
        name: What people call the model.
        source: What it is made from.
        pairs: Directions that it translates.
        licence: SPDX identifier, or the words of its source.
        quantization: Type of the stored weights.
        part_tokens: Longest sequence of tokens that the model is given.
        files: The source's files by name.
        artifact: Digest of the artifact that conversion must give.
        evaluation: How well it translates, if that was asked when it was locked.
        signature: Of the artifact, in base64: see `signatures`.
        earlier: What the name stood for before, the latest first; these have none themselves.
    """

    name: str
    source: Source
    pairs: tuple[LanguagePair, ...]
    licence: str
    quantization: Quantization
    part_tokens: int
    files: dict[str, FileHash]
    artifact: str
    evaluation: LockedEvaluation | None = None
    signature: str | None = None
    earlier: tuple[LockedModel, ...] = ()


def check_name(name: str) -> None:
    """Refuses what cannot be the name of a model.

    Raises:
        LockError: It has other characters, or is too long.
    """
    if not _NAME.fullmatch(name):
        raise LockError(
            f"{name[:120]!r} is not a name for a model.",
            hint="Use up to 100 letters, digits, dots, dashes and underscores.",
        )


class _FileEntry(Strict):
    size: int = Field(ge=0)
    sha256: Sha256Field


class _Fields(SourceFields):
    """What a model is, by any name."""

    pairs: list[PairField] = Field(min_length=1)
    licence: str
    quantization: Quantization
    part_tokens: int = Field(ge=1)
    artifact: Sha256Field
    signature: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")] | None = None
    files: dict[Annotated[str, checked(refuse_unsafe_name)], _FileEntry] = Field(min_length=1)
    evaluation: EvaluationEntry | None = None

    @model_validator(mode="after")
    def _manifest_is_the_artifact(self) -> Self:
        manifest = self.files.get(MANIFEST_NAME)
        if manifest is not None and manifest.sha256 != self.artifact:
            raise ValueError(f"artifact is not the sha256 of {MANIFEST_NAME} among its files")
        return self

    def model_of(self, name: str) -> LockedModel:
        """The value of it."""
        return LockedModel(
            name=name,
            source=self.to_source(),
            pairs=tuple(self.pairs),
            licence=self.licence,
            quantization=self.quantization,
            part_tokens=self.part_tokens,
            files={name: FileHash(e.size, e.sha256) for name, e in self.files.items()},
            artifact=self.artifact,
            evaluation=self.evaluation.to_evaluation() if self.evaluation else None,
            signature=self.signature,
        )


class Entry(_Fields):
    """The fields of one `[[model]]`."""

    name: Annotated[str, checked(check_name)]
    earlier: list[_Fields] = Field(default_factory=list)

    def to_model(self) -> LockedModel:
        """The value of it."""
        earlier = tuple(fields.model_of(self.name) for fields in self.earlier)
        return replace(self.model_of(self.name), earlier=earlier)


def entry_of(model: LockedModel) -> str:
    """A model as it stands in the lock, in TOML: all that its artifact is made from.

    Its evaluation is not among it, nor what it was before, so that nothing is made again where
    only that has changed.
    """
    return _table_of(model, "model", [f"name = {toml(model.name)}"])


def whole_entry_of(model: LockedModel) -> str:
    """All that the lock has of a model, in TOML."""
    parts = [entry_of(model), _quality_of(model, "model")]
    for earlier in model.earlier:
        table = "model.earlier"
        parts += [_table_of(earlier, table, []), _quality_of(earlier, table)]
    return "".join(parts)


def _quality_of(model: LockedModel, table: str) -> str:
    found = model.evaluation
    return "" if found is None else evaluation_entry_of(found, table=table)


def _table_of(model: LockedModel, table: str, head: list[str]) -> str:
    source = model.source
    if isinstance(source, FolderSource):
        where = [f"folder = {toml(source.folder)}"]
    else:
        where = [
            f"repo = {toml(source.repo)}",
            f"revision = {toml(source.revision)}",
            f"commit = {toml(source.commit)}",
        ]
    lines = [
        "",
        f"[[{table}]]",
        *head,
        *where,
        f"pairs = {_pairs(model.pairs)}",
        f"licence = {toml(model.licence)}",
        f"quantization = {toml(model.quantization)}",
        f"part_tokens = {model.part_tokens}",
        f"artifact = {toml(model.artifact)}",
        *([f"signature = {toml(model.signature)}"] if model.signature else []),
        "",
        f"[{table}.files]",
    ]
    lines += [
        f"{toml(name)} = {{ size = {entry.size}, sha256 = {toml(entry.sha256)} }}"
        for name, entry in sorted(model.files.items())
    ]
    return "\n".join(lines) + "\n"


def _pairs(pairs: Sequence[LanguagePair]) -> str:
    """In one line where they fit; otherwise each source begins a line, to be seen in a diff."""
    line = toml([f"{pair.source}:{pair.target}" for pair in pairs])
    if len(f"pairs = {line}") <= _WIDTH:
        return line
    rows = []
    for _, group in itertools.groupby(pairs, key=lambda pair: pair.source):
        words = " ".join(f'"{pair.source}:{pair.target}",' for pair in group)
        rows += textwrap.wrap(words, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return "\n".join(["[", *(f"    {row}" for row in rows), "]"])
