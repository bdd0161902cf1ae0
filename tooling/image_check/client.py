"""Calls the client of the engine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

__all__ = ["Client", "ClientFailed"]


class ClientFailed(Exception):
    """A call that failed; the message is the last line that it printed."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the engine.

    Attributes:
        program: What to call, such as `docker`.
    """

    program: str

    def run(self, *arguments: str, given: str = "") -> str:
        """What a call prints.

        Raises:
            ClientFailed: It ended with another status than 0.
        """
        done = subprocess.run(
            [self.program, *arguments], input=given, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise ClientFailed(lines[-1] if lines else f"status {done.returncode}")
        return done.stdout

    @contextmanager
    def streamed(self, *arguments: str) -> Iterator[IO[bytes]]:
        """What a call prints, while it does."""
        with subprocess.Popen([self.program, *arguments], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            yield process.stdout
            # What follows the end of an archive is not needed, but its writer must end.
            while process.stdout.read(1 << 20):
                pass
