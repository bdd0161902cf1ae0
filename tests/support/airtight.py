"""Runs Python where every socket but those of loopback is refused.

    python -m support.airtight ARGUMENTS…        as `python ARGUMENTS…`

Where the kernel lets us, in a network of its own that has nothing but loopback: no library, in
whatever language, gets out of that. Elsewhere Python's own sockets are refused in every process
that is started, by the hook in `refusing/`. The first line of output says which of the two it is.
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


def close_network() -> str:
    """Closes the network for this process and all that it starts; says how."""
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK):
        if unshare(flags) == 0:
            _raise_loopback()
            return "namespace"
    hook = str(Path(__file__).with_name("refusing"))
    os.environ["PYTHONPATH"] = os.pathsep.join([hook, os.environ.get("PYTHONPATH", "")])
    return "hook"


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, _GET_FLAGS, struct.pack(_REQUEST, b"lo", 0))
        _, flags = struct.unpack(_REQUEST, answer)
        fcntl.ioctl(sock, _SET_FLAGS, struct.pack(_REQUEST, b"lo", flags | _UP))


if __name__ == "__main__":
    print(close_network(), flush=True)  # noqa: T201  # the test reads it
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
