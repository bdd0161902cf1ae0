"""Runs Python where every socket but those of loopback is refused.

    python -m support.airtight [--hook] ARGUMENTS…        as `python ARGUMENTS…`

Where the kernel lets us, in a network of its own that has nothing but loopback: no library, in
whatever language, gets out of that. Elsewhere, and with `--hook`, Python's own sockets are refused
in every process that is started, by the hook in `refusing/`. The first line of output says which
of the two it is.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

_NEW_USER: Final = 0x10000000  # CLONE_NEWUSER and CLONE_NEWNET of sched.h
_NEW_NETWORK: Final = 0x40000000
_GET_FLAGS: Final = 0x8913  # SIOCGIFFLAGS and SIOCSIFFLAGS, netdevice(7)
_SET_FLAGS: Final = 0x8914
_UP: Final = 1
_REQUEST: Final = "16sh14x"


def close_network(*, hook: bool = False) -> str:
    """Closes the network for this process and all that it starts; says how."""
    if not hook and _can_leave() and _leave():
        return "namespace"
    folder = str(Path(__file__).with_name("refusing"))
    paths = filter(None, [folder, os.environ.get("PYTHONPATH")])
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    return "hook"


def _can_leave() -> bool:
    """Tries it in a child, because nobody who has left the network may come back.

    Some systems, Ubuntu 24.04 for one, grant the namespace and then no right to use it.
    """
    child = os.fork()
    if child == 0:
        os._exit(0 if _leave() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _leave() -> bool:
    """Moves this process to a network of its own; false if that has no loopback either."""
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return any(
        unshare(flags) == 0 and _raise_loopback()
        for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK)
    )


def _raise_loopback() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, _GET_FLAGS, struct.pack(_REQUEST, b"lo", 0))
        _, flags = struct.unpack(_REQUEST, answer)
        try:
            fcntl.ioctl(sock, _SET_FLAGS, struct.pack(_REQUEST, b"lo", flags | _UP))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    arguments = sys.argv[1:]
    by_hook = arguments[:1] == ["--hook"]
    print(close_network(hook=by_hook), flush=True)  # noqa: T201  # the test reads it
    os.execv(sys.executable, [sys.executable, *arguments[by_hook:]])
