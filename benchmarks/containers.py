"""How soon the service in a container is ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from services import free_port, serving
from support.engine import DOCKER, Engine

__all__ = ["seconds_to_ready"]


def seconds_to_ready(
    engine: Engine,
    image: str,
    folder: Path,
    *,
    probe: str,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
) -> float:
    """Starts a container, waits until it is ready, and ends it.

    Args:
        engine: It has the image.
        image: What to run.
        folder: For the log.
        probe: Path of a GET that is answered with 200 when the service is ready.
        options: Further ones of `docker run`. The network is the host's.
        environment: Variables of the container; `{port}` in a value is replaced.
        command: What to run instead of the image's own; `{port}` is replaced.

    Returns:
        Seconds from the call of `docker run` to the first good answer.
    """
    port = free_port()
    variables = (
        f"--env={name}={value.format(port=port)}" for name, value in (environment or {}).items()
    )
    run = [DOCKER, "run", "--rm", "--network=host", *options, *variables, image]
    with serving(
        [*run, *(word.format(port=port) for word in command)],
        port,
        probe,
        folder=folder,
        environment=engine.environment(),
        log=folder / "container.log",
    ) as service:
        return service.seconds_to_ready
