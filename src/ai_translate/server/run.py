"""Runs the application on a port, from the first probe to the last answer."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, ExitStack, nullcontext
from types import FrameType
from typing import Any, Final, cast

import anyio.to_thread
import uvicorn

from ai_translate.errors import AITranslateError, ConfigurationError
from ai_translate.server.app import create_app
from ai_translate.server.connection_bounds import BoundedConfig, Bounds, Held
from ai_translate.server.connections import BoundedProtocol
from ai_translate.server.exposure import require_choice
from ai_translate.server.lifecycle import Lifecycle, Status
from ai_translate.server.listening import listen, metrics_listener, url_of
from ai_translate.server.log_lines import log_to_stderr
from ai_translate.server.metrics_port import metrics_served
from ai_translate.server.parting import close_door, part
from ai_translate.settings import Settings
from ai_translate.translator import Translator

__all__ = ["serve"]

_log = logging.getLogger(__name__)

# For clients that are slow to read an answer that is made.
_LAST_BYTES_SECONDS: Final = 10.0
# After AIT_GRACE: for what is being decoded then, for answers to go out, and for everything. With
# the usual grace that is before Kubernetes kills.
_ANSWER_SECONDS: Final = 2.0
_OUT_SECONDS: Final = 3.0
_ALL_SECONDS: Final = 4.0
# After a second signal.
_FORCED_SECONDS: Final = 1.0

_ALLOCATIONS_TO_COLLECT: Final = 20_000


def serve(
    settings: Settings,
    load: Callable[[], Translator],
    announce: Callable[[str, Translator], None],
) -> int:
    """Serves until SIGTERM or SIGINT. Blocks.

    Either signal takes back readiness at once and ends the process when every request that has
    been taken is answered, after AIT_GRACE at the latest; a second one ends it without waiting.
    SIGHUP reloads the models.

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
            listener = held.enter_context(listen(settings.host, settings.port))
            require_choice(settings, listener.getsockname()[0])
            beside = metrics_listener(settings)
            if beside is not None:
                held.enter_context(beside)
            app = create_app(settings, load)
        except ConfigurationError as error:
            _complain(error)
            return 1
        lifecycle: Lifecycle = app.state.lifecycle
        config = BoundedConfig(
            app,
            Bounds.of(settings),
            loop="uvloop",
            http=BoundedProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(_LAST_BYTES_SECONDS),
        )
        server = _Server(
            config, lifecycle, announce, url_of(settings.host, listener), settings.grace
        )
        if beside is not None:
            _log.info(
                "Metrics on %s/metrics.", url_of(settings.metrics_host or settings.host, beside)
            )
            server.beside = metrics_served(app.state.metrics.alone, beside)
        server.run([listener])
    if lifecycle.failure is None:
        # What would end the process in time is left to: a thread may still be loading.
        return 0
    server.ended()
    _complain(lifecycle.failure)
    return 1


class _Server(uvicorn.Server):
    """uvicorn's server, which here knows our states, and answers probes while it drains.

    Attributes:
        beside: What else is served for as long as this server is, if anything.
    """

    def __init__(
        self,
        config: BoundedConfig,
        lifecycle: Lifecycle,
        announce: Callable[[str, Translator], None],
        url: str,
        grace: float,
    ) -> None:
        super().__init__(config)
        self._grace = grace
        self._told_to_stop = math.inf
        self._given_up = False
        self._last_resort: threading.Timer | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._bounds = config.bounds
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
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._begin, self._reload)

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop listening: not while a request that was taken is unanswered."""
        now = asyncio.get_running_loop().time()
        self._bounds.sweep(cast("Iterable[Held]", self.server_state.connections), now)
        should_exit = await super().on_tick(counter)
        if not should_exit or self.force_exit or not self._lifecycle.in_flight:
            return should_exit
        over = time.monotonic() - self._told_to_stop - self._grace
        if over >= 0 and not self._given_up:
            self._given_up = True
            _log.warning(
                "%d requests are unanswered after AIT_GRACE (%g s): what is queued is given up.",
                *(self._lifecycle.in_flight, self._grace),
            )
            self._begin(self._lifecycle.give_up)
        return over > _ANSWER_SECONDS

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Parts from the clients, so that none finds its connection reset, and ends."""
        if not self.force_exit:
            await close_door(sockets or [])
            for server in self.servers:
                server.close()
            now = time.monotonic()
            until = min(now + _LAST_BYTES_SECONDS, self._told_to_stop + self._grace + _OUT_SECONDS)
            await part(self.server_state.connections, until, lambda: self.force_exit)
        await super().shutdown(sockets)
        await self.beside.__aexit__(None, None, None)

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
        self._told_to_stop = min(self._told_to_stop, time.monotonic())
        # Every answer tells its client to take another connection, to another server.
        closing = (b"connection", b"close")
        if closing not in self.config.encoded_headers:
            self.config.encoded_headers.append(closing)
            # In place: an answer that is about to begin holds this very list.
            self.server_state.default_headers.append(closing)
        for connection in self.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and not cycle.response_complete:
                connection.shutdown()  # after its answer, which says so
        self.ended()
        # A thread that reads a large document cannot be interrupted, and shall keep nobody.
        self._last_resort = threading.Timer(
            _FORCED_SECONDS if self.force_exit else self._grace + _ALL_SECONDS, os._exit, [0]
        )
        self._last_resort.daemon = True
        self._last_resort.start()

    def ended(self) -> None:
        """Takes back what would end the process."""
        if self._last_resort is not None:
            self._last_resort.cancel()

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.get_running_loop().create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reload(self) -> None:
        try:
            await self._lifecycle.reload()
        except AITranslateError as error:
            _log.error("SIGHUP: %s", error)  # it says all
        except Exception:  # noqa: BLE001  # whatever it is, those that were loaded go on
            _log.exception("SIGHUP: the models stay as they are, through a fault of ours.")

    async def _tell_when_ready(self) -> None:
        await self._lifecycle.settled.wait()
        _spare_collector()
        if self._lifecycle.status is Status.HEALTHY:
            try:
                translator = self._lifecycle.translator
                with self._lifecycle.using(translator):
                    await anyio.to_thread.run_sync(self._announce, self._url, translator)
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


def _complain(error: Exception) -> None:
    if isinstance(error, AITranslateError):
        sys.stderr.write(f"ai-translate: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  {error.hint}\n")
    else:
        _log.error("The server failed through a fault of ours.", exc_info=error)
