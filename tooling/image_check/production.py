"""Runs an image as production does, and looks at what it does there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from image_check.client import Client, ClientFailed
from image_check.findings import Finding, failed, passed

__all__ = ["Container", "observe"]

_PYTHON: Final = "/opt/venv/bin/python"
_INSIDE: Final = Path(__file__).with_name("inside.py")
_SHARE: Final = 0.8
"""How much of its memory the service may have needed at most."""
_PATIENCE_SECONDS: Final = 120.0
_ASK_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 30
_LOGS: Final = "The last lines of its log are above."


class Container:
    """A container as production runs it: any user, nothing to write to, no network, few means.

    Leaving its block removes it, whatever happened.

    Args:
        client: The client of the engine.
        image: What to run.
        memory: Its memory, in MB.
    """

    def __init__(self, client: Client, image: str, memory: int) -> None:
        self._client = client
        self._image = image
        self._memory = memory
        self._name = f"ai-translate-check-{os.getpid()}"

    def __enter__(self) -> Self:
        cpus = min(2, int(self._client.run("info", "--format={{.NCPU}}")))
        try:
            self._client.run(
                *("run", "--detach", f"--name={self._name}", "--user=23456:23456", "--read-only"),
                *("--network=none", f"--cpus={cpus}", f"--memory={self._memory}m"),
                *("--cap-drop=ALL", "--security-opt=no-new-privileges", self._image),
            )
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.run("rm", "--force", "--volumes", self._name)

    def state(self) -> dict[str, Any]:
        """What the engine says of it."""
        found: dict[str, Any] = json.loads(
            self._client.run("inspect", "--format={{json .State}}", self._name)
        )
        return found

    def inside(self, what: str) -> dict[str, Any]:
        """What a function of `inside.py` finds. Raises ClientFailed."""
        script = _INSIDE.read_text(encoding="utf-8")
        command = ("exec", "--interactive", self._name, _PYTHON, "-", what)
        found: dict[str, Any] = json.loads(self._client.run(*command, given=script))
        return found

    def called(self, *command: str) -> str:
        """What a command prints in it. Raises ClientFailed."""
        return self._client.run("exec", self._name, *command)

    def stopped(self) -> dict[str, Any]:
        """Its state after a SIGTERM."""
        self._client.run("stop", f"--time={_STOP_SECONDS}", self._name)
        return self.state()

    def log(self) -> str:
        """The last lines of what it printed."""
        return self._client.run("logs", "--tail=20", self._name)


def observe(container: Container, memory: int) -> Iterator[Finding]:
    """What must hold of a running container; ends it. What cannot be asked for is a failure."""
    try:
        found = container.inside("ready")
    except ClientFailed as error:
        state = container.state()
        print(container.log())
        end = f"it ended with status {state['ExitCode']}" if not state["Running"] else str(error)
        yield failed("ready", f"{end}{_killed(state)}.", _LOGS)
        return
    if found["ready"] is None:
        print(container.log())
        yield failed("ready", f"not after {_PATIENCE_SECONDS:g} s: {found['said']}", _LOGS)
        return
    started = datetime.fromisoformat(container.state()["StartedAt"])
    yield passed("ready", f"{found['ready'] - started.timestamp():.2f} s after its start")
    for subject, look in (
        ("translate", _translations),
        ("doctor", _doctor),
        ("HEALTHCHECK", _health),
        ("no build tool can be reached", _tools),
        ("memory", lambda running: _memory(running, memory)),
        ("SIGTERM", _end),
    ):
        try:
            yield from look(container)
        except ClientFailed as error:
            print(container.log())
            yield failed(subject, f"{error}{_killed(container.state())}", _LOGS)


def _translations(container: Container) -> Iterator[Finding]:
    found = container.inside("translate")
    for subject, texts, count in (
        ("a single text", [found["single"]], 1),
        ("a batch", found["batch"], found["texts"]),
    ):
        said = " · ".join(texts)
        if len(texts) == count and all(texts) and found["source"] not in texts:
            yield passed(subject, f"{found['direction']}: {said}")
        else:
            yield failed(subject, f"{found['direction']}: {said!r} is no translation", _LOGS)


def _doctor(container: Container) -> Iterator[Finding]:
    yield passed("doctor", container.called("ai-translate", "doctor").splitlines()[-1])


def _health(container: Container) -> Iterator[Finding]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (health := container.state().get("Health") or {}).get("Status") == "starting":
        if time.monotonic() > deadline:
            break
        time.sleep(_ASK_SECONDS)
    status = health.get("Status", "there is none")
    if status == "healthy":
        yield passed("HEALTHCHECK", status)
    else:
        said = health["Log"][-1]["Output"].strip() if health.get("Log") else "it said nothing"
        yield failed("HEALTHCHECK", f"{status}: {said}", "See HEALTHCHECK in the Dockerfile.")


def _tools(container: Container) -> Iterator[Finding]:
    found = container.inside("tools")["found"]
    subject = "no build tool can be reached"
    for what in found:
        yield failed(subject, what, "Remove it in the last stage's first step.")
    if not found:
        yield passed(subject, "no package and no program of those that install or compile")


def _memory(container: Container, memory: int) -> Iterator[Finding]:
    lines = container.called("cat", "/proc/1/status").splitlines()
    # Not the peak of the control group: files that were read count there, and are given up.
    (peak,) = (int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))
    limit = memory * 1024**2 / 1e6 * _SHARE
    if peak <= limit:
        yield passed("memory", f"{peak:.0f} MB at the peak, of {limit:.0f} that it may need")
    else:
        mend = "Set TEST_MEMORY_MB to what production gives it, if its models need more."
        yield failed("memory", f"{peak:.0f} MB at the peak; {limit:.0f} is the limit", mend)


def _end(container: Container) -> Iterator[Finding]:
    state = container.stopped()
    if state["ExitCode"] == 0 and not state["OOMKilled"]:
        yield passed("SIGTERM", "it ended with status 0")
    else:
        message = f"it ended with status {state['ExitCode']}{_killed(state)}"
        yield failed("SIGTERM", message, "The process must take the signal itself, and drain.")


def _killed(state: dict[str, Any]) -> str:
    return ", killed for want of memory: raise TEST_MEMORY_MB" if state["OOMKilled"] else ""
