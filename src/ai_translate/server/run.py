"""Runs the application on a port, from the first probe to the last answer."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, ExitStack, nullcontext
from types import FrameType
from typing import Final

import anyio.to_thread
import uvicorn

from ai_translate.errors import AITranslateError, ConfigurationError
from ai_translate.server.app import create_app
from ai_translate.server.exposure import require_choice
from ai_translate.server.lifecycle import Lifecycle, Status
from ai_translate.server.log_lines import log_to_stderr
from ai_translate.server.metrics_port import metrics_served
from ai_translate.settings import Settings
from ai_translate.translator import Translator

__all__ = ["serve"]

_log = logging.getLogger(__name__)

# For clients that are slow to read an answer that is made. Translating itself has no limit: who
# stops the process knows how long it may take, and has a second signal.
_LAST_BYTES_SECONDS: Final = 10

_ALLOCATIONS_TO_COLLECT: Final = 20_000


def serve(
    settings: Settings,
    load: Callable[[], Translator],
    announce: Callable[[str, Translator], None],
) -> int:
    """Serves until SIGTERM or SIGINT. Blocks.

    Either signal takes back readiness at once and ends the process when every request that has
    been taken is answered; a second one ends it without waiting.

    Args:
        settings: Where to listen, limits and defaults.
        load: Makes the translator; called in a thread while the port is already bound.
        announce: Called once, in a thread, when the server is ready, with its address and the
            translator. If it raises, the server ends.

    Returns:
        The exit status: 0 after a signal; 1 if the port, the state or the models could not be
        had, with the reason on standard error.
    """
    log_to_stderr(settings.log_level, settings.log_format)
    if settings.log_level != "debug":
        # It tells of every start and stop what our own one line tells already.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    # It tells of every malformed form, which is the client's to mend and to hear of.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    with ExitStack() as held:
        try:
            listener = held.enter_context(_listen(settings.host, settings.port))
            require_choice(settings, listener.getsockname()[0])
            beside = _metrics_listener(settings)
            if beside is not None:
                held.enter_context(beside)
            app = create_app(settings, load)
        except ConfigurationError as error:
            _complain(error)
            return 1
        lifecycle: Lifecycle = app.state.lifecycle
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_LAST_BYTES_SECONDS,
        )
        server = _Server(config, lifecycle, announce, _url(settings.host, listener))
        if beside is not None:
            _log.info(
                "Metrics on %s/metrics.", _url(settings.metrics_host or settings.host, beside)
            )
            server.beside = metrics_served(app.state.metrics.alone, beside)
        server.run([listener])
    if lifecycle.failure is None:
        return 0
    _complain(lifecycle.failure)
    return 1


class _Server(uvicorn.Server):
    """uvicorn's server, which here knows our states, and answers probes while it drains.

    Attributes:
        beside: What else is served for as long as this server is, if anything.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        lifecycle: Lifecycle,
        announce: Callable[[str, Translator], None],
        url: str,
    ) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._announce = announce
        self._url = url
        self._herald: asyncio.Task[None] | None = None
        self.beside: AbstractAsyncContextManager[None] = nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to listen, and to wait for the models."""
        await super().startup(sockets)
        await self.beside.__aenter__()
        self._herald = asyncio.create_task(self._tell_when_ready())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers what is left, and ends what is served beside it."""
        await super().shutdown(sockets)
        await self.beside.__aexit__(None, None, None)

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop listening: not while a request that was taken is unanswered."""
        should_exit = await super().on_tick(counter)
        return should_exit and (self.force_exit or not self._lifecycle.in_flight)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drains at the first signal, gives up at the second.

        uvicorn would send itself the signal again in the end and die of it; a server that was
        asked to stop, and did, has succeeded.
        """
        del frame
        _log.info("Received %s.", signal.Signals(sig).name)
        self.force_exit = self.should_exit
        self.should_exit = True
        self._lifecycle.drain()

    async def _tell_when_ready(self) -> None:
        await self._lifecycle.settled.wait()
        _spare_collector()
        if self._lifecycle.status is Status.HEALTHY:
            try:
                await anyio.to_thread.run_sync(
                    self._announce, self._url, self._lifecycle.translator
                )
            except Exception as error:  # noqa: BLE001  # a failed self-check is the server's end
                self._lifecycle.fail(error)
        if self._lifecycle.failure is not None:
            self.should_exit = True


def _spare_collector() -> None:
    """Keeps the garbage collector from what lives as long as the process.

    It would go through every module, schema and route again and again: a fifth of the processor
    time that the event loop takes for a request. Requests leave few cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_TO_COLLECT)


def _metrics_listener(settings: Settings) -> socket.socket | None:
    """A listening socket for metrics, if they have a port of their own.

    Raises:
        ConfigurationError: The address cannot be had.
    """
    if settings.metrics_port is None:
        return None
    host = settings.metrics_host or settings.host
    return _listen(host, settings.metrics_port, "AIT_METRICS_HOST and AIT_METRICS_PORT")


def _listen(
    host: str, port: int, named: str = "AIT_HOST and AIT_PORT (or --host and --port)"
) -> socket.socket:
    """A listening socket.

    Args:
        host: Address or name.
        port: 0 lets the system choose.
        named: The settings that say so.

    Raises:
        ConfigurationError: The address cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        everywhere = family == socket.AF_INET6 and address[0] == "::"
        return socket.create_server(
            address[:2],
            family=family,
            backlog=2048,
            dualstack_ipv6=everywhere and socket.has_dualstack_ipv6(),
        )
    except (OSError, UnicodeError) as error:  # the latter from a name that no host can have
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"Port {port} of {host} is already in use.",
                hint=f"Correct {named}; port 0 lets the system choose a free one.",
            ) from error
        reason = getattr(error, "strerror", None) or "that is no name of a host"
        raise ConfigurationError(
            f"Cannot listen on host {host!r}, port {port}: {reason}.",
            hint=f"Correct {named}.",
        ) from error


def _url(host: str, listener: socket.socket) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def _complain(error: Exception) -> None:
    if isinstance(error, AITranslateError):
        sys.stderr.write(f"ai-translate: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  {error.hint}\n")
    else:
        _log.error("The server failed through a fault of ours.", exc_info=error)
