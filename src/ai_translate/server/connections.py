"""Connections that cannot be held open, and requests that have one meaning alone.

uvicorn's protocol waits for ever for a head, for a body and for a client that reads its answer.
Here each of these has an end. What `request_heads` cannot understand in one way alone is refused,
and the connection closed, so that no proxy before us sees one request where we see two.

No connection has a timer. Each says when it is `due`, and one look over all of them
(`Bounds.sweep`, called by the server's own tick) finds those whose time has come: a request arms
nothing, and 20,000 idle connections cost about a thousandth of one CPU.
"""

from __future__ import annotations

import logging
import math
from asyncio import Transport
from typing import Any, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from ai_translate.errors import AITranslateError, BrokenHttp, Busy
from ai_translate.server.connection_bounds import BoundedConfig, Bounds
from ai_translate.server.failures import answer_to
from ai_translate.server.outlet import Outlet
from ai_translate.server.request_heads import (
    HINT,
    MOST_HEADERS,
    head_too_large,
    judge_coding,
    judge_host,
    judge_version,
    path_of,
    slow_body,
    slow_head,
)

__all__ = ["BoundedProtocol"]

_log = logging.getLogger(__name__)

# A connection is read for so long after its last answer, so that this is not lost in a reset.
_LINGER_SECONDS: Final = 2.0
# What is read. Not an enumeration: these are looked at for every header of every request.
_BETWEEN: Final = 0
_HEAD: Final = 1
_BODY: Final = 2

_WATCHED: Final = frozenset({b"host", b"transfer-encoding", b"expect"})
_MOST_TURNED_AWAY: Final = 256
# Requests sent without waiting for the answers to earlier ones.
_MOST_WAITING: Final = 100
# What may be about a body beside it: sizes of chunks, their extensions, trailers.
_FRAMING_BYTES: Final = 65_536
_FRAMING_RATIO: Final = 8


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    Attributes:
        due: When its time has come, by the loop's clock; see `judge`.
        unread_due: When a client must have read something of what it was sent.
    """

    config: BoundedConfig

    def __init__(self, config: BoundedConfig, *arguments: Any, **named: Any) -> None:
        super().__init__(config, *arguments, **named)
        self._bounds: Bounds = config.bounds
        self.due = math.inf
        self.unread_due = math.inf
        self._stage = _BETWEEN
        self._began = False  # whether a head began in what is being fed
        self._entered = False  # whether a body did
        self._fresh_bytes = 0  # of what is being fed
        self._fed_bytes = 0  # of a head or a body, before that
        self._body_bytes = 0
        self._headway = 0.0  # until when the body has come fast enough
        self._hosts = 0
        self._chunked = False
        self._draining = False  # whether a body still comes in that was answered already
        self._unread = 0
        self._running: RequestResponseCycle | None = None  # the request that is being answered
        self._refusal: AITranslateError | None = None  # to be told after the answers before it
        self._refused = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Takes the connection, unless there are too many."""
        super().connection_made(transport)
        self._closing = transport.close
        self.transport = Outlet(transport, self._part)  # type: ignore[assignment]  # as far as used
        self.due = self.loop.time() + self._bounds.keep_alive
        over = len(self.connections) - self._bounds.most
        if over > _MOST_TURNED_AWAY:
            transport.abort()
        elif over > 0:
            self._refuse(
                Busy(
                    f"The server has {self._bounds.most} connections, which is its limit.",
                    hint="Try again in a moment, or raise AIT_MAX_CONNECTIONS.",
                )
            )

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        if self._refused or self._refusal is not None:
            return
        size = len(data)
        self._fresh_bytes = size
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # The parser takes what follows for another protocol, a body too. We speak no other:
            # the head is read again without the header that asks for one.
            data = self._plain_head() + data[upgrade.args[0] :]
            self.parser = httptools.HttpRequestParser(self)
            self.data_received(data)
            return
        except httptools.HttpParserError as error:
            cause = error.__context__
            if not isinstance(cause, AITranslateError):
                reason = str(error) if cause is None else "its target or its method has no meaning"
                cause = BrokenHttp(f"This is not HTTP as it must be: {reason}.", hint=HINT)
            self._refuse(cause)
            return
        self._set_due(size)

    def _plain_head(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version()
        lines = [b"%s %s HTTP/%s\r\n" % (method, self.url, version.encode())]
        lines += [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        return b"".join([*lines, b"\r\n"])

    def _set_due(self, size: int) -> None:
        """Sets by when something must have happened, after so many bytes."""
        began, entered = self._began, self._entered
        self._began = self._entered = False
        self._fed_bytes = 0 if began or entered else self._fed_bytes + size
        if self._stage == _BODY:
            self._set_due_of_body(entered, size)
        elif self._stage == _HEAD and self._fed_bytes > self._bounds.head_bytes:
            # The parser keeps a part of a header to itself until its end.
            self._refuse(head_too_large(self._bounds.head_bytes))
        elif self._answering():
            self.due = math.inf
        elif self._stage == _HEAD and began:
            self.due = self.loop.time() + self._bounds.header_timeout

    def _set_due_of_body(self, entered: bool, size: int) -> None:
        bounds = self._bounds
        if self.cycle is not self._running:
            self.due = math.inf
        elif not self._draining:
            now = self.loop.time()
            # What came faster than it had to is no credit for later.
            earned = now if entered else self._headway + size / bounds.body_rate
            self._headway = min(now, earned)
            self.due = self._headway + bounds.body_timeout
        if self._chunked and (self._fed_bytes > _FRAMING_BYTES + self._body_bytes * _FRAMING_RATIO):
            self._refuse(BrokenHttp("The body is more framing than chunks.", hint=HINT))

    def _answering(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def judge(self, now: float) -> None:
        """Ends what has taken too long: called when it is due."""
        if self.unread_due <= now and not self._is_read(now):
            _log.debug("A client did not read its answer.")
            self.transport.abort()
        elif self.due > now:
            return
        elif self.flow.write_paused and not self._refused:
            self.due = self.unread_due  # nothing else counts while the client reads
        elif self._refused or self.transport.is_closing():
            self.transport.abort()
        elif self._stage == _BETWEEN or self._draining:
            # Whoever waits is told nothing: it could take it for the answer to its next request.
            self._close()
        elif self._stage == _BODY and self.flow.read_paused:
            self._headway = now  # we are the slow ones
            self.due = now + self._bounds.body_timeout
        elif self._stage == _HEAD:
            self._refuse(slow_head(self._bounds.header_timeout))
        else:
            self._refuse(slow_body(self._bounds.body_timeout, self._bounds.body_rate))

    def _is_read(self, now: float) -> bool:
        """Whether the client has read enough of what it was sent since the last look."""
        patience = self._bounds.answer_timeout
        left = self.transport.get_write_buffer_size()
        if left > self._unread - min(self._bounds.body_rate * patience, HIGH_WATER_LIMIT):
            return False
        self._unread = left
        self.unread_due = now + patience
        return True

    def _part(self) -> None:
        """Closes the connection; where a body still comes in, when the client has the answer."""
        if self._stage != _BODY or self._refused or self.transport.is_closing():
            self.due = self.loop.time() + self._bounds.answer_timeout
            self._closing()
            return
        self._refused = True
        self.due = self.loop.time() + _LINGER_SECONDS
        self.transport.write_eof()
        self.flow.resume_reading()

    def _close(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # closing would wait until it is read
        else:
            self.transport.close()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begins a request."""
        super().on_message_begin()
        self._stage = _HEAD
        self._began = True
        self._hosts = 0
        self._chunked = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header; those that follow a body are not taken."""
        if self._stage != _HEAD:
            return
        name = name.lower()
        if name in _WATCHED:
            self._watch(name, value)
        self.headers.append((name, value))

    def _watch(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            self._hosts += 1
            judge_host(value)
        elif name == b"transfer-encoding":
            self._chunked = True
            judge_coding(value)
        elif value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Judges a head, and begins to answer."""
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise BrokenHttp("This server is no proxy.", hint=HINT)
            return
        most = self._bounds.head_bytes
        if len(self.headers) > MOST_HEADERS or (
            # One that came at once, in less, need not be measured.
            (self._fresh_bytes > most or not self._began) and self._head_bytes() > most
        ):
            raise head_too_large(most)
        judge_version(self.parser.get_http_version(), self._hosts, chunked=self._chunked)
        if not self.url.startswith(b"/") or b"#" in self.url:
            self.url = path_of(self.url, self.parser.get_method())
        if len(self.pipeline) >= _MOST_WAITING:
            raise BrokenHttp(
                f"More than {_MOST_WAITING} requests came before the first was answered.",
                hint="Wait for answers, or use more connections.",
            )
        self._stage = _BODY
        self._entered = True
        self._body_bytes = 0
        super().on_headers_complete()
        if self.expect_100_continue:
            # Whether its body follows a refusal cannot be known, so nothing may follow either.
            self.cycle.keep_alive = False

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        """Takes a part of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Ends a request."""
        if self.parser.should_upgrade():
            return
        self._stage = _BETWEEN
        if self._draining:
            self._draining = False
            self.due = self.loop.time() + self._bounds.keep_alive
        super().on_message_complete()

    # What an answer calls.

    def on_response_complete(self) -> None:
        """Goes on with what comes next. uvicorn's own would arm a timer."""
        self.server_state.total_requests += 1
        if self._refused:
            return
        bounds = self._bounds
        now = self.loop.time()
        if self.transport.is_closing():
            self.due = now + bounds.answer_timeout
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            whole = self.cycle is not self._running or self._stage != _BODY
            self._headway = now
            self.due = math.inf if whole else now + bounds.body_timeout
        elif self._refusal is not None:
            self._refuse(self._refusal)
        elif self._stage == _BETWEEN:
            self.due = now + bounds.keep_alive
        elif self._stage == _HEAD:
            self.due = now + bounds.header_timeout
        else:
            self._draining = True
            self.due = now + bounds.body_timeout

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tells the request that is being answered, though another one came after it."""
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begins to wait for the client to read."""
        self._unread = self.transport.get_write_buffer_size()
        self.unread_due = self.loop.time() + self._bounds.answer_timeout
        super().pause_writing()

    def resume_writing(self) -> None:
        """Goes on writing."""
        self.unread_due = math.inf
        super().resume_writing()

    def shutdown(self) -> None:
        """Ends the connection when its requests are answered."""
        if not self._refused:
            super().shutdown()
        elif self.due <= self.loop.time():
            self.transport.abort()

    # What is refused.

    def _refuse(self, error: AITranslateError) -> None:
        """Answers with an error and closes, once earlier requests are answered."""
        owner = self.cycle if self._stage == _BODY else None
        if owner is not None and owner is not self._running:
            # It waits behind others, and will not be begun.
            self.pipeline.popleft()
            if self.pipeline:
                self.cycle = self.pipeline[0][0]
            elif self._running is not None:
                self.cycle = self._running
            owner = None
        self._stage = _BETWEEN
        if owner is None and self._answering():
            self._refusal = error
            self.due = math.inf
            return
        self._refused = True
        self.due = self.loop.time() + _LINGER_SECONDS
        if owner is not None:
            owner.disconnected = True
            owner.waiting_for_100_continue = False
            owner.message_event.set()
            if owner.response_started:
                self._close()
                return
        self._say(error)
        self.transport.write_eof()
        self.flow.resume_reading()

    def _say(self, error: AITranslateError) -> None:
        answer = answer_to(error)
        lines = [b"%s: %s\r\n" % header for header in answer.raw_headers]
        lines += [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        head = [STATUS_LINE[answer.status_code], *lines, b"connection: close\r\n\r\n"]
        self.transport.write(b"".join([*head, bytes(answer.body)]))
