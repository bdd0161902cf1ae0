"""A file of weights in memory, and the tensors that lie in it.

The readers of the two formats end here: they check where each tensor lies and hand over a table of
`TensorView`. Bytes are mapped, not read, and an array is made when somebody asks for it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeGuard

import numpy as np
import numpy.typing as npt

from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint.dtypes import Element

__all__ = [
    "DOWNLOAD_AGAIN",
    "Checkpoint",
    "TensorView",
    "are_counts",
    "count_elements",
    "is_count",
    "map_file",
    "row_major",
]

DOWNLOAD_AGAIN: Final = "It is damaged or was tampered with: download it again."
_INDEX_LIMIT: Final = 2**63
_MOST_DIMENSIONS: Final = 64  # numpy's NPY_MAXDIMS
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class TensorView:
    """Where one tensor lies in a file.

    Attributes:
        element: Type of its numbers.
        shape: Length of each dimension.
        strides: Bytes from one entry to the next, for each dimension; never negative.
        offset: Byte of the file at which the first entry begins.
    """

    element: Element
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int


class Checkpoint(Mapping[str, npt.NDArray[Any]]):
    """The tensors of one file by name, each made on access.

    The arrays are read-only. An array lies on the mapped file itself, unless its type had to be
    widened (bfloat16 to float32) or its bytes are not aligned for its type: then it is a copy.

    It may be used as a context manager, which forgets the mapping at the end. The system unmaps
    the file when the last array that lies on it is gone, so arrays outlive the checkpoint. As with
    every mapping, nobody may shorten the file in place meanwhile; renaming over it is fine.

    Attributes:
        source: The file that was read.
    """

    def __init__(self, source: Path, data: mmap.mmap, views: Mapping[str, TensorView]) -> None:
        self.source = source
        self._data: mmap.mmap | None = data
        self._views = dict(views)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        view = self._views[name]
        if self._data is None:
            raise ValueError(f"the checkpoint {self.source} is closed")
        if 0 in view.shape:
            array: npt.NDArray[Any] = np.zeros(view.shape, view.element.stored)
        else:
            # This constructor holds shape, strides and offset against the buffer once more.
            array = np.ndarray(
                view.shape, view.element.stored, self._data, view.offset, view.strides
            )
        if not array.flags.aligned:
            array = array.copy()
        array = view.element.widen(array)
        array.flags.writeable = False
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __repr__(self) -> str:
        return f"<Checkpoint of {len(self)} tensors in {self.source}>"

    def release(self) -> None:
        """Gives the memory of what was read back to the system.

        Nothing changes for who uses the arrays: what is needed once more is read once more.
        Without this, a file that is read from end to end counts whole as the process's memory.
        """
        if self._data is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._data.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Forgets the mapping; names can still be listed, arrays no longer be had."""
        self._data = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def map_file(path: Path) -> mmap.mmap:
    """Maps a plain file for reading.

    Raises:
        BadFile: It is a symbolic link, not a plain file, empty, a Git LFS pointer, or cannot be
            read.
    """
    if path.is_symlink() or not path.is_file():
        raise BadFile(f"{path} is not a plain file.", hint="Links and folders are refused.")
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise BadFile(f"{path} is empty.", hint=DOWNLOAD_AGAIN)
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise BadFile(f"{path} cannot be read: {error}.") from error
    if data[: len(_LFS_POINTER)] == _LFS_POINTER:
        raise BadFile(
            f"{path} is a Git LFS pointer, not the weights.",
            hint="Run `git lfs pull`, or download the model with `ai-translate models pull`.",
        )
    return data


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value out of a file is an integer that numpy can use as a length or an offset."""
    return type(value) is int and 0 <= value < _INDEX_LIMIT


def are_counts(values: object) -> TypeGuard[tuple[int, ...]]:
    """Whether this is a tuple of counts, of no more dimensions than numpy has."""
    return (
        isinstance(values, tuple) and len(values) <= _MOST_DIMENSIONS and all(map(is_count, values))
    )


def count_elements(shape: tuple[int, ...], element: Element) -> int | None:
    """Number of entries of a tensor; None if numpy could not address them.

    Lengths of zero are left out of the limit's product, as numpy does: `(0, 2**62)` has no entry
    and is refused all the same.
    """
    extent = 1
    for length in shape:
        extent *= length or 1
        if extent * element.size >= _INDEX_LIMIT:
            return None
    return 0 if 0 in shape else extent


def row_major(shape: tuple[int, ...], element: Element) -> tuple[int, ...]:
    """Strides in bytes of a tensor that is stored row by row, without gaps."""
    strides = [element.size]
    for length in reversed(shape[1:]):
        strides.append(strides[-1] * length)
    return tuple(reversed(strides)) if shape else ()
