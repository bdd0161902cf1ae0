"""What a stored model is: a folder that is named by what is in it.

    <models dir>/store/<digest>/
        manifest.json     what the model is, what it was made from, and every other file's hash
        model.bin …       the files themselves, none nested, none a link

The digest is the sha256 of `manifest.json`, which is canonical JSON and names the sha256 of every
other file. So the folder's name vouches for every byte in it, and two machines that make the same
model make the same name.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self, get_args

from ai_translate.errors import BadFile, IntegrityError, ModelMissing
from ai_translate.languages import LanguagePair

__all__ = [
    "MANIFEST_NAME",
    "MOST_MANIFEST_BYTES",
    "QUANTIZATIONS",
    "Artifact",
    "FileHash",
    "LanguageTokens",
    "Manifest",
    "Quantization",
    "hash_file",
    "refuse_unsafe_name",
]

Quantization = Literal["int8", "int8_float32", "int16", "float16", "float32"]
QUANTIZATIONS: Final[tuple[str, ...]] = get_args(Quantization)

MANIFEST_NAME: Final = "manifest.json"
MOST_MANIFEST_BYTES: Final = 16 << 20
"""More than the manifest of a model with all its 40,602 directions takes."""

_FORMAT: Final = 1
# Fields that came later. They are left out where they are empty, so that no digest changed.
_LATER: Final = ("source_tokens", "target_in_decoder")


@dataclass(frozen=True, slots=True)
class FileHash:
    """The size in bytes and the sha256 (hex) of one file."""

    size: int
    sha256: str


class LanguageTokens(NamedTuple):
    """The tokens with which a model is asked for a direction.

    Attributes:
        before_source: Stands before the sentence's pieces, if there is one.
        first_target: What the translation must begin with, if there is one.
    """

    before_source: str | None
    first_target: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one artifact is. Every field is part of its digest.

    Attributes:
        architecture: Kind of checkpoint that it was made from, such as `marian`.
        quantization: Type of the stored weights, such as `int8`.
        pairs: Directions that the model translates, sorted.
        target_tokens: For a model of several targets, the token that asks for each language.
        licence: SPDX identifier or the words of the source; empty if it named none.
        positions: Longest sequence of tokens that the model has positions for.
        part_tokens: Longest sequence of tokens that it is given; a longer sentence is broken.
        sources: Hashes of the files that it was made from, by name.
        converter: Names and versions of all that shaped the bytes.
        files: Hashes of the files beside the manifest, by name.
        source_tokens: For a model of several sources, the token that names each language.
        target_in_decoder: Whether a target's token is the first of the translation; otherwise it
            is the first of the source.
    """

    architecture: str
    quantization: str
    pairs: tuple[LanguagePair, ...]
    target_tokens: dict[str, str]
    licence: str
    positions: int
    part_tokens: int
    sources: dict[str, FileHash]
    converter: dict[str, str]
    files: dict[str, FileHash]
    source_tokens: dict[str, str] = field(default_factory=dict)
    target_in_decoder: bool = False

    def language_tokens(self, pair: LanguagePair) -> LanguageTokens:
        """The tokens that ask for a direction."""
        target = self.target_tokens.get(pair.target)
        if self.target_in_decoder:
            return LanguageTokens(self.source_tokens.get(pair.source), target)
        return LanguageTokens(target, None)

    def to_json(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, UTF-8; equal manifests are equal bytes."""
        fields = {"format": _FORMAT, **asdict(self)}
        fields = {name: value for name, value in fields.items() if value or name not in _LATER}
        return json.dumps(
            fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

    @classmethod
    def from_json(cls, data: bytes, *, where: Path) -> Self:
        """Reads what `to_json` wrote.

        Raises:
            BadFile: The bytes are no manifest of a format that we know.
        """
        try:
            fields: dict[str, Any] = json.loads(data)
            if fields.pop("format") != _FORMAT:
                raise BadFile(f"{where} has a format other than {_FORMAT}.", hint="Convert again.")
            fields["pairs"] = tuple(LanguagePair(*pair) for pair in fields["pairs"])
            for group in ("sources", "files"):
                fields[group] = {name: FileHash(**entry) for name, entry in fields[group].items()}
            manifest = cls(**fields)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BadFile(f"{where} is not a manifest.", hint="Convert the model again.") from error
        for name in manifest.files:
            refuse_unsafe_name(name)
        return manifest

    @property
    def digest(self) -> str:
        """The sha256 (hex) of the canonical JSON; the artifact's name."""
        return hashlib.sha256(self.to_json()).hexdigest()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored model: where it is, and what it says it is."""

    path: Path
    digest: str
    manifest: Manifest

    @property
    def size(self) -> int:
        """Bytes of the files that its manifest names."""
        return sum(entry.size for entry in self.manifest.files.values())

    def all_files(self) -> dict[str, FileHash]:
        """The files that its manifest names, and the manifest itself.

        Raises:
            BadFile: The manifest cannot be read.
        """
        return {**self.manifest.files, MANIFEST_NAME: hash_file(self.path / MANIFEST_NAME)}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Reads the manifest and holds it against the folder's name. Reads no other file.

        Raises:
            ModelMissing: There is no artifact here.
            IntegrityError: The manifest is not the one that the folder is named for.
            BadFile: The manifest cannot be read.
        """
        manifest_path = path / MANIFEST_NAME
        if manifest_path.is_symlink():
            raise BadFile(f"{manifest_path} is a symbolic link.", hint="Convert the model again.")
        try:
            data = manifest_path.read_bytes()
        except OSError as error:
            raise ModelMissing(
                f"There is no readable model in {path}.", hint="Run `ai-translate models pull`."
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if found != path.name:
            raise _mismatch(manifest_path, path.name, found)
        return cls(path, found, Manifest.from_json(data, where=manifest_path))

    def verify(self) -> None:
        """Hashes every file against the manifest.

        Raises:
            IntegrityError: A file differs, is missing, or is not in the manifest.
            BadFile: A file is a symbolic link or not a plain file.
        """
        present = {entry.name for entry in self.path.iterdir()} - {MANIFEST_NAME}
        if present != set(self.manifest.files):
            odd = sorted(present ^ set(self.manifest.files))
            raise IntegrityError(
                f"{self.path} has other files than its manifest names: {', '.join(odd)}.",
                hint="Remove the folder and run `ai-translate models pull`.",
            )
        for name, expected in sorted(self.manifest.files.items()):
            found = hash_file(self.path / name)
            if found != expected:
                raise _mismatch(self.path / name, expected.sha256, found.sha256)


def hash_file(path: Path) -> FileHash:
    """Size and sha256 of a plain file.

    Raises:
        BadFile: It is a symbolic link, not a plain file, or cannot be read.
    """
    if path.is_symlink() or not path.is_file():
        raise BadFile(f"{path} is not a plain file.", hint="Links and folders are refused.")
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return FileHash(stream.tell(), digest)
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error


def refuse_unsafe_name(name: str) -> None:
    """Lets only plain file names pass: nothing that could lead out of its folder.

    Raises:
        BadFile: The name has a separator, a NUL or control character, or is a dot name.
    """
    if not name or name in {".", ".."} or not name.isprintable() or set(name) & set("/\\:"):
        raise BadFile(f"{name!r} is not a plain file name.", hint="Paths may not leave the folder.")


def _mismatch(path: Path, expected: str, found: str) -> IntegrityError:
    return IntegrityError(
        f"{path} has sha256 {found}, but {expected} was expected.",
        hint="It was changed or damaged: remove its folder and run `ai-translate models pull`.",
    )
