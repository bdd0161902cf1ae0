"""Requests that arrive when they arrive, whatever became of those before: an open load.

A caller who waits for an answer before sending again slows down with the server, and so never
shows what happens to one that is asked for more than it can do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import resource
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

__all__ = ["Answered", "Ask", "Outcome", "closed_load", "open_load", "percentile"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: what kind of one it is called, where it goes and what it sends as JSON."""

    kind: str
    path: str
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: its status, 0 for none, and the seconds until all of it came."""

    kind: str
    status: int
    seconds: float
    retry_after: float | None


@dataclass(slots=True)
class Answered:
    """What became of a load.

    Attributes:
        seconds: From the first request to the last answer.
        sending: From the first request to the last.
        outcomes: In the order of their ends.
        cpu_seconds: Processor time of this process meanwhile: the generator's.
    """

    seconds: float = 0.0
    sending: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def count(self, status: int) -> int:
        """How many ended so."""
        return sum(outcome.status == status for outcome in self.outcomes)

    def latencies(self, kind: str, status: int = 200) -> list[float]:
        """Seconds of those of a kind that ended so."""
        return [o.seconds for o in self.outcomes if (o.kind, o.status) == (kind, status)]


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all stays under; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def open_load(
    port: int, asks: Iterator[Ask], rate: float, seconds: float, *, seed: int = 1
) -> Answered:
    """Sends requests at random moments, so many in a second on average (a Poisson process)."""
    return asyncio.run(_measured(lambda pool: _open(pool, asks, rate, seconds, seed), port))


def closed_load(port: int, asks: Iterator[Ask], callers: int, seconds: float) -> Answered:
    """Sends requests by some callers, each of whom waits for the answer and sends again."""
    return asyncio.run(_measured(lambda pool: _closed(pool, asks, callers, seconds), port))


class _Pool:
    """Connections that are kept open, and what became of requests on them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.answered = Answered()

    async def send(self, ask: Ask) -> None:
        """Sends one request and waits for all of its answer.

        On a connection that the server has closed meanwhile it is sent once more, on a new one.
        """
        began = time.perf_counter()
        found: tuple[int, float | None] = (0, None)
        while True:
            kept = bool(self._idle)
            try:
                pair = self._idle.pop() if kept else await self._connected()
                found = await self._exchanged(*pair, ask)
            except (OSError, EOFError):
                if kept:
                    continue
            break
        took = time.perf_counter() - began
        self.answered.outcomes.append(Outcome(ask.kind, found[0], took, found[1]))

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _exchanged(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ask: Ask
    ) -> tuple[int, float | None]:
        """The status and Retry-After of the answer, when all of it has come."""
        body = json.dumps(ask.body).encode()
        head = f"POST {ask.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])
        }
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        else:
            await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        given = headers.get("retry-after")
        return int(lines[0].split()[1]), None if given is None else float(given)

    async def close(self) -> None:
        """Closes every connection."""
        for _, writer in self._idle:
            writer.close()
        for _, writer in self._idle:
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _measured(drive: Callable[[_Pool], Awaitable[None]], port: int) -> Answered:
    pool = _Pool(port)
    before, began = _cpu_seconds(), time.perf_counter()
    await drive(pool)
    pool.answered.seconds = time.perf_counter() - began
    pool.answered.cpu_seconds = _cpu_seconds() - before
    await pool.close()
    return pool.answered


async def _open(pool: _Pool, asks: Iterator[Ask], rate: float, seconds: float, seed: int) -> None:
    chance = random.Random(seed)
    began = due = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        while (due := due + chance.expovariate(rate)) < began + seconds:
            await asyncio.sleep(due - time.perf_counter())
            group.create_task(pool.send(next(asks)))
        pool.answered.sending = time.perf_counter() - began


async def _closed(pool: _Pool, asks: Iterator[Ask], callers: int, seconds: float) -> None:
    until = time.perf_counter() + seconds

    async def caller() -> None:
        while time.perf_counter() < until:
            await pool.send(next(asks))

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
    pool.answered.sending = seconds


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
