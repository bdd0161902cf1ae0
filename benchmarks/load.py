"""Drives a server with wrk (Debian: `apt-get install wrk`) and reads both processes' CPU time."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services import Service

__all__ = ["Load", "drive", "require_wrk"]

_SCRIPT: Final = Path(__file__).with_name("load.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one load.

    Attributes:
        requests: Requests that were answered, all with status 200.
        requests_per_second: Their rate.
        p50_ms: Median latency; each caller waits for its answer before it sends again.
        p90_ms: Latency that 9 in 10 stay under.
        p99_ms: Latency that 99 in 100 stay under.
        cpu_ms: Processor time of the server for each request.
        client_cpu_ms: Processor time of wrk for each request.
        client_cpus: CPUs that wrk kept busy, which the server did not have.
    """

    requests: int
    requests_per_second: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    cpu_ms: float
    client_cpu_ms: float
    client_cpus: float


def require_wrk() -> None:
    """Ends the program if wrk is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing, the load of this benchmark: `apt-get install wrk`.")


def drive(
    service: Service,
    path: str,
    bodies: Iterable[Mapping[str, object]],
    *,
    connections: int,
    seconds: int,
    repeat: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Load:
    """Posts bodies one after the other over some connections for some seconds.

    What is in flight at the end is cut off and not counted.

    Args:
        service: The server.
        path: Where to post.
        bodies: What to post.
        connections: How many callers there are; each waits for its answer.
        seconds: How long.
        repeat: Whether it may begin again when all bodies are sent.
        headers: What is sent beside each.

    Raises:
        SystemExit: A request failed, or there were too few bodies.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".jsonl") as file:
        lines = [json.dumps(body) + "\n" for body in bodies]
        file.writelines(lines)
        file.flush()
        command = [
            "wrk",
            *("--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"),
            *("--timeout", "600s", "--script", str(_SCRIPT)),
            *(f"--header={name}: {value}" for name, value in (headers or {}).items()),
            *(f"http://127.0.0.1:{service.port}{path}", "--", file.name),
        ]
        before, client_before = service.cpu_seconds(), _children_seconds()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        cpu, client = service.cpu_seconds() - before, _children_seconds() - client_before
    if done.returncode:
        raise SystemExit(f"wrk failed: {done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    requests = int(found["requests"])
    if found["failed"] or not requests:
        raise SystemExit(f"{path}: {found['failed']} requests failed, {requests} were answered")
    if found["sent"] > len(lines) and not repeat:
        raise SystemExit(f"{path}: {found['sent']} requests but only {len(lines)} different bodies")
    return Load(
        requests=requests,
        requests_per_second=requests / found["seconds"],
        p50_ms=found["p50_ms"],
        p90_ms=found["p90_ms"],
        p99_ms=found["p99_ms"],
        cpu_ms=1000 * cpu / requests,
        client_cpu_ms=1000 * client / requests,
        client_cpus=client / found["seconds"],
    )


def _children_seconds() -> float:
    """Processor time of the children that have ended: only wrk does while it is asked."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
