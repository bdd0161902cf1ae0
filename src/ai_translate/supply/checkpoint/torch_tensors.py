"""What a pickle of torch may speak of: storages, tensors that lie in them, and nothing else.

A storage is a run of bytes with a key; its place in the file is found later. A tensor is a shape
with strides over a storage, and several tensors may share one (tied weights). All that a file
claims of them is checked here: the functions below stand for those of `torch/_utils.py`, take the
same arguments, and give descriptions instead of tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint.dtypes import BYTE, TORCH_STORAGES, TORCH_TYPES, Element
from ai_translate.supply.checkpoint.mapped import (
    DOWNLOAD_AGAIN,
    TensorView,
    are_counts,
    count_elements,
    is_count,
)
from ai_translate.supply.checkpoint.pickles import Function, OrderedFields

__all__ = ["Place", "Tensors"]

_UNTYPED: Final = ("torch.storage", "UntypedStorage")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of one storage lie in the file."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class _Storage:
    """A run of bytes: `size` of them, from byte `begin` of the storage with this key."""

    key: str
    element: Element
    begin: int
    size: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor in the storage with this key; strides and offset are in bytes."""

    key: str
    element: Element
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int


class Tensors:
    """The storages and tensors that one file speaks of.

    Attributes:
        names: The globals that its pickle may name, and what stands for them.
        storages: Element and size in bytes of each storage that was mentioned, by key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.storages: dict[str, tuple[Element, int]] = {}
        functions = {
            ("collections", "OrderedDict"): self._ordered_dict,
            ("torch._utils", "_rebuild_tensor"): self._rebuild_tensor,
            ("torch._utils", "_rebuild_tensor_v2"): self._rebuild_tensor_v2,
            ("torch._utils", "_rebuild_tensor_v3"): self._rebuild_tensor_v3,
            ("torch._utils", "_rebuild_parameter"): self._rebuild_parameter,
        }
        self.names: dict[tuple[str, str], object] = {
            **{key: Function(key[1], call) for key, call in functions.items()},
            # A storage that was saved from a GPU has the same bytes.
            **{("torch", name): element for name, element in TORCH_STORAGES.items()},
            **{("torch.cuda", name): element for name, element in TORCH_STORAGES.items()},
            _UNTYPED: BYTE,
            **{("torch", name): element for name, element in TORCH_TYPES.items()},
        }

    def stored(self, identity: object) -> object:
        """The storage that a persistent id stands for.

        It is `("storage", type, key, location, elements)`; the format before 1.6 adds None, or a
        view of that storage: `(key of the view, offset, elements)`.
        """
        if not isinstance(identity, tuple) or len(identity) not in {5, 6}:
            self._refuse("it refers to what is not a storage")
        kind, element, key, _, elements = identity[:5]
        if kind != "storage" or not isinstance(element, Element) or not isinstance(key, str):
            self._refuse("it refers to what is not a storage")
        if not is_count(elements):
            self._refuse(f"storage {key!r:.99} has a length that is not a count")
        size = elements * element.size
        if self.storages.setdefault(key, (element, size)) != (element, size):
            self._refuse(f"storage {key!r:.99} is described in two ways")
        view = identity[5] if len(identity) == 6 else None
        if view is None:
            return _Storage(key, element, 0, size)
        if not isinstance(view, tuple) or len(view) != 3 or not are_counts(view[1:]):
            self._refuse(f"storage {key!r:.99} has a malformed view")
        begin, length = view[1] * element.size, view[2] * element.size
        if begin + length > size:
            self._refuse(f"storage {key!r:.99} has a view that leaves it")
        return _Storage(key, element, begin, length)

    def place(self, loaded: object, places: Mapping[str, Place]) -> dict[str, TensorView]:
        """Where each tensor of the loaded state dict lies, once the storages have been found.

        Raises:
            BadFile: It is no flat dictionary of tensors, or a storage is missing or too short.
        """
        for key, (_, size) in self.storages.items():
            place = places.get(key)
            if place is None:
                self._refuse(f"it has no bytes for storage {key!r:.99}")
            if size > place.size:
                self._refuse(
                    f"storage {key!r:.99} claims {size} bytes, and the file has {place.size}"
                )
        if not isinstance(loaded, dict):
            self._refuse("it holds no dictionary of tensors")
        views = {}
        for name, tensor in loaded.items():
            if not isinstance(name, str) or not isinstance(tensor, _Tensor):
                self._refuse(f"its entry {name!r:.99} is not a tensor")
            offset = places[tensor.key].offset + tensor.offset
            views[name] = TensorView(tensor.element, tensor.shape, tensor.strides, offset)
        return views

    def _ordered_dict(self, arguments: tuple[object, ...]) -> OrderedFields:
        if arguments:
            self._refuse("it makes an OrderedDict in a way that torch does not")
        return OrderedFields()

    def _rebuild_tensor(self, arguments: tuple[object, ...]) -> _Tensor:
        """(storage, offset, shape, strides), the last three in elements."""
        if len(arguments) != 4:
            self._refuse("it makes a tensor with the wrong number of arguments")
        return self._tensor(arguments, None)

    def _rebuild_tensor_v2(self, arguments: tuple[object, ...]) -> _Tensor:
        """The same, then (requires_grad, hooks) and perhaps (metadata)."""
        if len(arguments) not in {6, 7} or (len(arguments) == 7 and arguments[6]):
            self._refuse("it makes a tensor with arguments that we do not know")
        return self._tensor(arguments[:4], None)

    def _rebuild_tensor_v3(self, arguments: tuple[object, ...]) -> _Tensor:
        """The same, then (dtype), for types that have no storage class of their own."""
        if len(arguments) not in {7, 8} or (len(arguments) == 8 and arguments[7]):
            self._refuse("it makes a tensor with arguments that we do not know")
        if not isinstance(arguments[6], Element):
            self._refuse("it makes a tensor of what is not a number type")
        return self._tensor(arguments[:4], arguments[6])

    def _rebuild_parameter(self, arguments: tuple[object, ...]) -> _Tensor:
        """(tensor, requires_grad, hooks): a parameter is a tensor that was trained."""
        if len(arguments) != 3 or not isinstance(arguments[0], _Tensor):
            self._refuse("it makes a parameter of what is not a tensor")
        return arguments[0]

    def _tensor(self, arguments: tuple[object, ...], element: Element | None) -> _Tensor:
        """Checks that every entry of the tensor lies in its storage. Steps are in elements."""
        storage, start, shape, steps = arguments
        if not isinstance(storage, _Storage):
            self._refuse("it makes a tensor over what is not a storage")
        if not is_count(start) or not are_counts(shape) or not are_counts(steps):
            self._refuse("it makes a tensor whose offset, shape or strides are not counts")
        if len(shape) != len(steps):
            self._refuse("it makes a tensor with more dimensions than strides, or fewer")
        element = element or storage.element
        held = storage.size // element.size
        count = count_elements(shape, element)
        # A step of zero repeats entries: a small file could ask for more memory than there is.
        if count is None or count > held:
            self._refuse(f"it makes a tensor of more entries than its storage has ({held})")
        last = start + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
        if count and last >= held:
            self._refuse(f"it makes a tensor that reaches entry {last} of a storage of {held}")
        # The step along a dimension of length one is never taken, and torch stores anything there.
        strides = tuple(
            element.size * (step if count and n > 1 else 1)
            for n, step in zip(shape, steps, strict=True)
        )
        return _Tensor(storage.key, element, shape, strides, storage.begin + start * element.size)

    def _refuse(self, why: str) -> NoReturn:
        raise BadFile(f"{self._path} is not a torch checkpoint: {why}.", hint=DOWNLOAD_AGAIN)
