"""Reads pickles without running anything that they say.

A pickle is a program for a machine with a stack. Python's own machine imports what the program
names and calls it, so a pickle from a stranger runs a stranger's code. This machine knows only
the instructions that build texts, numbers, tuples, lists and dictionaries. What a pickle names is
looked up in a table of inert stand-ins that the caller hands in, never imported; what is not in
the table is refused by name, and so is every instruction that torch does not write.

We do not subclass `pickle.Unpickler`, although `find_class` would close the same door: it still
allots what a hostile file asks for (a memo of 2**32 places, a byte string of 2**63), sets
attributes on whatever lies on the stack (BUILD), and hashes nested tuples for ever.

Source of the instructions: `Lib/pickletools.py` of CPython, which is the format's reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, NoReturn

from ai_translate.errors import BadFile
from ai_translate.supply.checkpoint.mapped import DOWNLOAD_AGAIN

__all__ = ["Function", "OrderedFields", "PickleReader"]

_NEWEST_PROTOCOL: Final = 5
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Function:
    """Stands for a function that a pickle may call.

    Attributes:
        name: What the pickle calls it.
        call: What happens instead; gets the arguments as they came, and raises BadFile for those
            that it does not like.
    """

    name: str
    call: Callable[[tuple[object, ...]], object]


class OrderedFields(dict[object, object]):
    """Stands for `collections.OrderedDict`: the one kind of object that BUILD may touch."""


class PickleReader:
    """Reads pickles that lie one after the other in some bytes.

    Args:
        path: The file they come from, for messages.
        data: The bytes.
        names: What each global that a pickle may name stands for, by module and name.
        stored: Gives the object that a persistent id stands for; raises BadFile if there is none.

    Attributes:
        position: Byte behind the last instruction that was read.
    """

    def __init__(
        self,
        path: Path,
        data: bytes,
        names: Mapping[tuple[str, str], object],
        stored: Callable[[object], object],
    ) -> None:
        self.position = 0
        self._path = path
        self._data = data
        self._names = names
        self._stored = stored
        self._stack: list[object] = []
        self._outer: list[list[object]] = []
        self._memo: dict[int, object] = {}

    def read(self) -> object:
        """The object that the next pickle builds.

        Raises:
            BadFile: The pickle is truncated, malformed, or asks for what is not admitted.
        """
        self._stack, self._outer, self._memo = [], [], {}
        while (code := self._take(1)) != b".":
            action = self._ACTIONS.get(code)
            if action is None:
                self._refuse(f"the instruction {code!r} is not one that torch writes")
            action(self)
        if len(self._stack) != 1 or self._outer:
            self._refuse("it ends with an unfinished object")
        return self._stack.pop()

    def _take(self, size: int) -> bytes:
        taken = self._data[self.position : self.position + size]
        if len(taken) != size:
            self._refuse("it ends in the middle")
        self.position += size
        return taken

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "little")

    def _line(self) -> str:
        end = self._data.find(b"\n", self.position)
        if end < 0:
            self._refuse("it ends in the middle")
        line = self._take(end + 1 - self.position)[:-1]
        return self._decode(line)

    def _decode(self, text: bytes) -> str:
        try:
            return text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._bad("it has a text that is not UTF-8") from error

    def _pop(self) -> object:
        if not self._stack:
            self._refuse("it takes a value from an empty stack")
        return self._stack.pop()

    def _since_mark(self) -> list[object]:
        if not self._outer:
            self._refuse("it has no mark to go back to")
        items, self._stack = self._stack, self._outer.pop()
        return items

    def _mark(self) -> None:
        self._outer.append(self._stack)
        self._stack = []

    def _push_signed(self, size: int) -> None:
        self._stack.append(int.from_bytes(self._take(size), "little", signed=True))

    def _push_text(self, size: int) -> None:
        self._stack.append(self._decode(self._take(self._number(size))))

    def _push_tuple(self, size: int) -> None:
        self._stack.append(tuple(reversed([self._pop() for _ in range(size)])))

    def _push_marked_tuple(self) -> None:
        items = tuple(self._since_mark())  # first, because it changes which stack is in use
        self._stack.append(items)

    def _remember(self, place: int) -> None:
        if not self._stack:
            self._refuse("it takes a value from an empty stack")
        self._memo[place] = self._stack[-1]

    def _recall(self, place: int) -> None:
        value = self._memo.get(place, _ABSENT)
        if value is _ABSENT:
            self._refuse(f"it recalls value {place}, which it never stored")
        self._stack.append(value)

    def _append(self, items: list[object]) -> None:
        target = self._stack[-1] if self._stack else None
        if not isinstance(target, list):
            self._refuse("it appends to what is not a list")
        target.extend(items)

    def _set(self, items: list[object]) -> None:
        target = self._stack[-1] if self._stack else None
        if not isinstance(target, dict) or len(items) % 2:
            self._refuse("it sets entries of what is not a dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            # Only these are cheap to hash: a nested tuple takes time exponential in its depth.
            if type(key) is not str and type(key) is not int:
                self._refuse("a dictionary has a key that is neither a text nor an integer")
            if key in target:
                self._refuse(f"a dictionary has the key {key!r:.99} twice")
            target[key] = value

    def _name(self, module: object, name: object) -> None:
        if type(module) is not str or type(name) is not str:
            self._refuse("it names a global by what is not a text")
        meaning = self._names.get((module, name), _ABSENT)
        if meaning is _ABSENT:
            named = f"{module}.{name}"
            raise BadFile(
                f"{self._path} names {named!r:.99}, which is no part of a tensor.",
                hint="It may run code when others open it. Do not load it with torch; "
                "use a model in safetensors format.",
            )
        self._stack.append(meaning)

    def _reduce(self) -> None:
        arguments, function = self._pop(), self._pop()
        if not isinstance(function, Function) or not isinstance(arguments, tuple):
            self._refuse("it calls what is not a function")
        self._stack.append(function.call(arguments))

    def _build(self) -> None:
        state = self._pop()
        target = self._stack[-1] if self._stack else None
        # torch hangs the version of each module on the state dict; nothing else has a state.
        if (
            not isinstance(target, OrderedFields)
            or not isinstance(state, dict)
            or state.keys() - {"_metadata"}
        ):
            self._refuse("it sets attributes of an object")

    def _persistent(self) -> None:
        self._stack.append(self._stored(self._pop()))

    def _protocol(self) -> None:
        if (protocol := self._number(1)) > _NEWEST_PROTOCOL:
            self._refuse(f"its protocol is {protocol}, and the newest is {_NEWEST_PROTOCOL}")

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        self._name(module, name)

    def _refuse(self, why: str) -> NoReturn:
        raise self._bad(why)

    def _bad(self, why: str) -> BadFile:
        return BadFile(
            f"{self._path} has a bad pickle: at byte {self.position}, {why}.",
            hint=DOWNLOAD_AGAIN,
        )

    _ACTIONS: ClassVar[dict[bytes, Callable[[PickleReader], object]]] = {
        b"\x80": _protocol,  # PROTO
        b"\x95": lambda self: self._take(8),  # FRAME: a hint for buffering
        b"(": _mark,  # MARK
        b"N": lambda self: self._stack.append(None),  # NONE
        b"\x88": lambda self: self._stack.append(True),  # NEWTRUE
        b"\x89": lambda self: self._stack.append(False),  # NEWFALSE
        b"K": lambda self: self._stack.append(self._number(1)),  # BININT1
        b"M": lambda self: self._stack.append(self._number(2)),  # BININT2
        b"J": lambda self: self._push_signed(4),  # BININT
        b"\x8a": lambda self: self._push_signed(self._number(1)),  # LONG1
        b"\x8c": lambda self: self._push_text(1),  # SHORT_BINUNICODE
        b"X": lambda self: self._push_text(4),  # BINUNICODE
        b"\x8d": lambda self: self._push_text(8),  # BINUNICODE8
        b")": lambda self: self._push_tuple(0),  # EMPTY_TUPLE
        b"\x85": lambda self: self._push_tuple(1),  # TUPLE1
        b"\x86": lambda self: self._push_tuple(2),  # TUPLE2
        b"\x87": lambda self: self._push_tuple(3),  # TUPLE3
        b"t": _push_marked_tuple,  # TUPLE
        b"]": lambda self: self._stack.append([]),  # EMPTY_LIST
        b"a": lambda self: self._append([self._pop()]),  # APPEND
        b"e": lambda self: self._append(self._since_mark()),  # APPENDS
        b"}": lambda self: self._stack.append({}),  # EMPTY_DICT
        b"s": lambda self: self._set([self._pop(), self._pop()][::-1]),  # SETITEM
        b"u": lambda self: self._set(self._since_mark()),  # SETITEMS
        b"q": lambda self: self._remember(self._number(1)),  # BINPUT
        b"r": lambda self: self._remember(self._number(4)),  # LONG_BINPUT
        b"\x94": lambda self: self._remember(len(self._memo)),  # MEMOIZE
        b"h": lambda self: self._recall(self._number(1)),  # BINGET
        b"j": lambda self: self._recall(self._number(4)),  # LONG_BINGET
        b"c": lambda self: self._name(self._line(), self._line()),  # GLOBAL
        b"\x93": _stack_global,  # STACK_GLOBAL
        b"R": _reduce,  # REDUCE
        b"b": _build,  # BUILD
        b"Q": _persistent,  # BINPERSID
    }
