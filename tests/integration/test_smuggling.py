"""Requests that one server takes for one and another for two have one meaning here, or none."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from support.server_process import ServerProcess, fake_server

PATIENCE_SECONDS: Final = 20.0
LAST: Final = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
# What a request must not be able to hide in its body.
HIDDEN: Final = b"GET /languages HTTP/1.1\r\nHost: hidden\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """A real server that lets slow clients go soon."""
    with fake_server(AIT_HEADER_TIMEOUT="2", AIT_BODY_TIMEOUT="2", AIT_KEEP_ALIVE="2") as made:
        made.url()
        yield made


def spoken(server: ServerProcess, *parts: bytes) -> bytes:
    """Sends each part when the one before it has been read, and reads to the end."""
    address = httpx.URL(server.url())
    with socket.create_connection((address.host, address.port or 80), PATIENCE_SECONDS) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        said = b""
        for part in parts:
            link.sendall(part)
        while heard := link.recv(65536):
            said += heard
        return said


def statuses(answer: bytes) -> list[int]:
    """The status of each answer."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def posted(*headers: bytes, body: bytes = b"{}", version: bytes = b"1.1") -> bytes:
    """A request with a body that its headers tell of."""
    lines = [b"POST /translate HTTP/" + version, b"Host: x", *headers, b"", b""]
    return b"\r\n".join(lines) + body


CHUNKED: Final = b"Transfer-Encoding: chunked"
SHORT: Final = b"0\r\n\r\n" + HIDDEN

REFUSED: Final = {
    "length and chunks": posted(b"Content-Length: 5", CHUNKED, body=SHORT),
    "chunks and length": posted(CHUNKED, b"Content-Length: 5", body=SHORT),
    "two lengths": posted(b"Content-Length: 2", b"Content-Length: 44", body=b"{}" + HIDDEN),
    "one length twice": posted(b"Content-Length: 2", b"Content-Length: 2"),
    "a list of lengths": posted(b"Content-Length: 2, 2"),
    "length with a plus": posted(b"Content-Length: +2"),
    "negative length": posted(b"Content-Length: -2"),
    "length in hex": posted(b"Content-Length: 0x2"),
    "length with an exponent": posted(b"Content-Length: 2e0"),
    "length of two words": posted(b"Content-Length: 2 2"),
    "no length": posted(b"Content-Length:"),
    "length beyond 64 bits": posted(b"Content-Length: 18446744073709551618"),
    "xchunked": posted(b"Transfer-Encoding: xchunked", body=SHORT),
    "chunked twice": posted(b"Transfer-Encoding: chunked, chunked", body=SHORT),
    "chunked in two headers": posted(CHUNKED, CHUNKED, body=SHORT),
    "chunked, then identity": posted(b"Transfer-Encoding: chunked, identity", body=SHORT),
    "identity, then chunked": posted(b"Transfer-Encoding: identity, chunked", body=SHORT),
    "another identity": posted(CHUNKED, b"Transfer-Encoding: identity", body=SHORT),
    "identity": posted(b"Transfer-Encoding: identity", b"Content-Length: 2"),
    "gzip, then chunked": posted(b"Transfer-Encoding: gzip, chunked", body=SHORT),
    "gzip": posted(b"Transfer-Encoding: gzip"),
    "quoted chunked": posted(b'Transfer-Encoding: "chunked"', body=SHORT),
    "chunked with a parameter": posted(b"Transfer-Encoding: chunked;q=1", body=SHORT),
    "chunked after a vertical tab": posted(b"Transfer-Encoding: \x0bchunked", body=SHORT),
    "chunked on a folded line": posted(b"Transfer-Encoding:\r\n chunked", body=SHORT),
    "no coding": posted(b"Transfer-Encoding:", body=SHORT),
    "chunked with a space before the colon": posted(b"Transfer-Encoding : chunked", body=SHORT),
    "chunks in HTTP/1.0": posted(CHUNKED, body=SHORT, version=b"1.0"),
    "chunk of negative size": posted(CHUNKED, body=b"-2\r\n{}\r\n" + SHORT),
    "chunk of size 0x2": posted(CHUNKED, body=b"0x2\r\n{}\r\n" + SHORT),
    "chunk beyond 64 bits": posted(CHUNKED, body=b"10000000000000002\r\n{}\r\n" + SHORT),
    "chunk with a space": posted(CHUNKED, body=b"2 \r\n{}\r\n" + SHORT),
    "chunk that ends in a bare LF": posted(CHUNKED, body=b"2\r\n{}\n0\r\n\r\n"),
    "chunk sizes that end in a bare LF": posted(CHUNKED, body=b"2\n{}\r\n0\r\n\r\n"),
    "extension that ends in a bare LF": posted(CHUNKED, body=b"2;a\n{}\r\n0\r\n\r\n"),
    "chunk longer than its size": posted(CHUNKED, body=b"1\r\n{}\r\n" + SHORT),
    "length after the chunks": posted(
        CHUNKED, body=b"2\r\n{}\r\n0\r\nContent-Length: 44\r\n\r\n" + HIDDEN
    ),
    "folded header": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\r\n c: d\r\n\r\n",
    "folded first header": b"GET /livez HTTP/1.1\r\n Host: x\r\n\r\n",
    "bare LF everywhere": b"GET /livez HTTP/1.1\nHost: x\n\n",
    "bare LF after a header": b"GET /livez HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
    "bare LF at the end": b"GET /livez HTTP/1.1\r\nHost: x\r\n\n",
    "bare CR everywhere": b"GET /livez HTTP/1.1\rHost: x\r\r",
    "bare CR in a header": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\rc: d\r\n\r\n",
    "space before the colon": b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n",
    "NUL in a value": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    "NUL in a name": b"GET /livez HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n",
    "control in a value": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\x01c\r\n\r\n",
    "DEL in a value": b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\x7fc\r\n\r\n",
    "control in the target": b"GET /livez\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "byte beyond ASCII in the target": b"GET /livez\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "no name": b"GET /livez HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
    "no colon": b"GET /livez HTTP/1.1\r\nHost: x\r\nAbc\r\n\r\n",
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "two hosts in HTTP/1.0": b"GET /livez HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
    "host with a path": b"GET /livez HTTP/1.1\r\nHost: x/y\r\n\r\n",
    "host with a user": b"GET /livez HTTP/1.1\r\nHost: a@x\r\n\r\n",
    "host of two words": b"GET /livez HTTP/1.1\r\nHost: x y\r\n\r\n",
    "target with a fragment": b"GET /livez#a HTTP/1.1\r\nHost: x\r\n\r\n",
    "target of another scheme": b"GET ftp://x/livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "target that is a host": b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "everything, but for OPTIONS": b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN,
    "a tunnel to a path": b"CONNECT /livez HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN,
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/1.2": b"GET /livez HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/2.0": b"GET /livez HTTP/2.0\r\nHost: x\r\n\r\n",
    "HTTP/3.0": b"GET /livez HTTP/3.0\r\nHost: x\r\n\r\n",
    "http/1.1": b"GET /livez http/1.1\r\nHost: x\r\n\r\n",
    "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
    "unknown method": b"BREW /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "method in small letters": b"get /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "space before the method": b" GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "tabs for spaces": b"GET\t/livez\tHTTP/1.1\r\nHost: x\r\n\r\n",
    "space after the version": b"GET /livez HTTP/1.1 \r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("cut", [False, True], ids=["at once", "in two parts"])
def test_what_is_no_http_is_refused_and_ends_the_connection(
    server: ServerProcess, name: str, cut: bool
) -> None:
    """There is one answer, 400 in the one shape, and nothing that follows is read."""
    request = REFUSED[name]
    half = len(request) // 2 if cut else len(request)
    answer = spoken(server, request[:half], request[half:] + LAST)
    assert statuses(answer) == [400], answer
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    told = json.loads(body)
    assert told["error"]["code"] == "broken_http"
    assert told["error"]["hint"]
    assert told["detail"] == told["error"]["message"]


UNDERSTOOD: Final = {
    "a body of the length that is told": (
        posted(b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
        [422],
    ),
    "spaces about a length": (posted(b"Content-Length: \t2 \t"), [422]),
    "a body in chunks": (posted(CHUNKED, body=b"2\r\n{}\r\n0\r\n\r\n"), [422]),
    "a hidden request in a chunk": (
        posted(CHUNKED, body=b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"),
        [422],
    ),
    "CHUNKED": (posted(b"transfer-encoding: CHUNKED", body=b"2\r\n{}\r\n0\r\n\r\n"), [422]),
    "leading zeros of a chunk": (posted(CHUNKED, body=b"0002\r\n{}\r\n0\r\n\r\n"), [422]),
    "an extension of a chunk": (posted(CHUNKED, body=b'2;a="b"\r\n{}\r\n0\r\n\r\n'), [422]),
    "headers after the chunks": (
        posted(CHUNKED, body=b"2\r\n{}\r\n0\r\nHost: y\r\nContent-Type: application/json\r\n\r\n"),
        [422],
    ),
    "a body of GET": (
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
        [200],
    ),
    "an address as target": (b"GET http://y/livez HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    "an address without a path": (b"GET HTTP://y HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    "an address with a query alone": (b"GET http://y?a=b HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    "two slashes, which are no host": (b"GET //y/livez HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    "everything": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
    "a Host that is empty": (b"GET /livez HTTP/1.1\r\nHost:\r\n\r\n", [200]),
    "a Host of IPv6": (b"GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", [200]),
    "empty lines before": (b"\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
    "a value beyond ASCII": (b"GET /livez HTTP/1.1\r\nHost: x\r\nA: \xff\r\n\r\n", [200]),
    "an upgrade": (
        b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        [200],
    ),
    "a hidden request in the body of an upgrade": (
        posted(
            b"Connection: Upgrade",
            b"Upgrade: h2c",
            b"Content-Length: %d" % len(HIDDEN),
            body=HIDDEN,
        ),
        [422],
    ),
    "a hidden request in the chunks of an upgrade": (
        posted(
            b"Connection: Upgrade",
            b"Upgrade: websocket",
            CHUNKED,
            body=b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n",
        ),
        [422],
    ),
}


@pytest.mark.parametrize("name", UNDERSTOOD)
@pytest.mark.parametrize("cut", [False, True], ids=["at once", "in two parts"])
def test_what_is_http_is_one_request(server: ServerProcess, name: str, cut: bool) -> None:
    """It is answered once, and the next request of the connection is the next one sent."""
    request, wanted = UNDERSTOOD[name]
    half = len(request) * 2 // 3 if cut else len(request)
    answer = spoken(server, request[:half], request[half:] + LAST)
    assert statuses(answer) == [*wanted, 200], answer
    assert answer.endswith(b'{"status":"alive"}')
    assert b"hidden" not in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/1.0\r\n\r\n",
        b"GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ],
)
def test_nothing_follows_the_last_request(server: ServerProcess, request_bytes: bytes) -> None:
    """What is sent after a request that ends the connection is not answered."""
    assert statuses(spoken(server, request_bytes + HIDDEN)) == [200]


def test_a_fault_waits_for_the_answers_before_it(server: ServerProcess) -> None:
    """Requests sent without waiting are answered in order, the faulty one too, and none behind."""
    good = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    bad = REFUSED["length and chunks"]
    assert statuses(spoken(server, good * 20 + bad + good)) == [200] * 20 + [400]


def test_only_so_many_requests_wait_on_a_connection(server: ServerProcess) -> None:
    """Thousands sent at once are refused behind the first hundred, which are answered."""
    good = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    told = statuses(spoken(server, good * 5_000))
    assert told[-1] == 400
    assert 100 <= len(told) <= 200
    assert set(told[:-1]) == {200}


def test_a_body_that_is_waited_for_is_asked_for_once(server: ServerProcess) -> None:
    """With Expect: 100-continue the body is asked for, and nothing follows the answer."""
    asked = posted(
        b"Content-Type: application/json", b"Content-Length: 16", b"Expect: 100-continue", body=b""
    )
    answer = spoken(server, asked, b'{"text": "Hi."} ' + HIDDEN)
    assert statuses(answer) == [100, 200], answer
    assert b"HI." in answer


def test_a_body_that_is_too_long_is_not_asked_for(server: ServerProcess) -> None:
    """With Expect: 100-continue, one over the limit is refused before it is sent."""
    answer = spoken(server, posted(b"Content-Length: 99999999", b"Expect: 100-continue", body=b""))
    assert statuses(answer) == [413], answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"b" * 70_000 + b": c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 101 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 1_000_000,
        b"GET /" + b"a" * 1_000_000,
    ],
    ids=["target", "value", "name", "count", "endless value", "endless target"],
)
def test_a_head_has_a_limit(server: ServerProcess, request_bytes: bytes) -> None:
    """One over 64 KiB, or of over 100 headers, is a 431, whether it ends or not."""
    answer = spoken(server, request_bytes)
    assert statuses(answer) == [431], answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "head_too_large"


@pytest.mark.parametrize(
    "framing",
    [
        b"2;" + b"a" * 1_000_000,
        b"0\r\na: " + b"b" * 1_000_000,
        b"0\r\n" + b"a: b\r\n" * 200_000,
    ],
    ids=["extension", "long header", "headers"],
)
def test_what_is_about_a_body_has_a_limit(server: ServerProcess, framing: bytes) -> None:
    """An extension of a chunk, or a header behind a body, is not read for ever."""
    assert statuses(spoken(server, posted(CHUNKED, body=b""), framing)) == [400]
