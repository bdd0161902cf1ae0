from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from support.hostile import HOSTILE_BODIES
from support.server_process import ServerProcess
from support.serving import error_of

PATIENCE_SECONDS = 20.0


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    """A client of the server."""
    with httpx.Client(base_url=server.url(), timeout=PATIENCE_SECONDS) as made:
        yield made


def spoken(url: str, request: bytes) -> bytes:
    """Writes raw bytes to the server and reads until it closes the connection."""
    address = httpx.URL(url)
    with socket.create_connection((address.host, address.port or 80), PATIENCE_SECONDS) as link:
        link.sendall(request)
        return b"".join(iter(lambda: link.recv(65536), b""))


def test_english_becomes_french(starter: ServerProcess) -> None:
    """The starter model translates over HTTP, whichever way it is asked."""
    url = starter.url()
    fields = {"text": "Where is the station?", "source_lang": "en", "target_lang": "fr"}
    posted = httpx.post(f"{url}/translate", json=fields).json()
    queried = httpx.get(f"{url}/translate", params=fields).json()
    batch = httpx.post(f"{url}/translate/batch", json={"texts": [fields["text"]]}).json()
    assert "gare" in posted["translated_text"]
    assert 0 < posted["confidence"] <= 1
    assert posted["model"].startswith("starter-en-fr@")
    assert queried == posted
    assert batch == {"translations": [posted]}


def test_what_must_be_kept_comes_back(starter: ServerProcess) -> None:
    """Placeholders by themselves, and the words that the caller names."""
    text = "{{user.name}} has lost {count} keys in Old Harbour. See https://example.org/a?b=1."
    fields = {"text": text, "do_not_translate": ["Old Harbour"]}
    body = httpx.post(f"{starter.url()}/translate", json=fields).json()
    for part in ("{{user.name}}", "{count}", "Old Harbour", "https://example.org/a?b=1"):
        assert body["translated_text"].count(part) == 1, body
    assert "clé" in body["translated_text"]


@pytest.mark.parametrize(
    "kept", ["Old Harbour", [""], [7], ["x" * 1_001], ["x"] * 1_001, {"a": "b"}]
)
def test_what_is_to_be_kept_is_a_list_of_words(client: httpx.Client, kept: object) -> None:
    """Anything else is a 422 that names the field."""
    response = client.post("/translate", json={"text": "Hello.", "do_not_translate": kept})
    assert response.status_code == 422
    assert "do_not_translate" in error_of(response)["message"]


def test_the_starter_gives_alternatives(starter: ServerProcess) -> None:
    """Alternatives differ from the translation and from each other."""
    fields = {"text": "I have lost my key.", "alternatives": 2}
    body = httpx.post(f"{starter.url()}/translate", json=fields).json()
    assert body["alternatives"]
    given = [body["translated_text"], *body["alternatives"]]
    assert len(set(given)) == len(given)


def test_the_common_addresses_answer(client: httpx.Client) -> None:
    """What a newcomer tries first is there."""
    for path in ("/", "/health", "/livez", "/readyz", "/languages", "/docs", "/openapi.json"):
        response = client.get(path)
        assert response.status_code == 200, path
        assert client.head(path).content == b""
        assert "server" not in response.headers
    assert client.get("/health").json()["model_loaded"] is True
    assert {"source": "en", "target": "fr"} in client.get("/languages").json()["pairs"]


@pytest.mark.parametrize("path", ["/translate", "/translate/batch"])
def test_no_hostile_body_makes_the_server_fail(client: httpx.Client, path: str) -> None:
    """Whatever bytes come as a body, the answer is no 5xx and shows nothing of the inside."""
    for name, body in HOSTILE_BODIES.items():
        for content_type in ("application/json", "text/plain"):
            headers = {"Content-Type": content_type}
            response = client.post(path, content=body, headers=headers)
            assert response.status_code < 500, name
            assert "Traceback" not in response.text, name
            if response.status_code != 200:
                error_of(response)
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("request_bytes", "statuses"),
    [
        (b"\x00" * 100, {400}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50, {400}),
        (b"GET\r\n\r\n", {400}),
        (b"GET / HTTP/9.9\r\n\r\n", {400}),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404}),
        (b"GET /%ff%00%2e%2e/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {404}),
        (b"GET //example.org/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404}),
        (b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400}),
        (b"GET * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404}),
        (
            b"GET /translate?text=\xc3\xa9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            {200, 400},
        ),
        (b"GET /translate?text=%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {422}),
        (b"GET /translate?text=a&&&=;%%% HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {422}),
        (b"GET /translate?" + b"text=a&" * 5000 + b" HTTP/1.0\r\n\r\n", {200}),
        (b"GET /livez HTTP/1.0\r\nHost: \xff\xff\r\nX: \x80\r\n\r\n", {200, 400}),
        (b"GET /livez HTTP/1.0\r\n" + b"A: b\r\n" * 2000 + b"\r\n", {200, 400, 431}),
        (
            b"GET /livez HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close"
            + b"\r\n" * 2,
            {200},
        ),
        (b"POST /translate HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}", {400}),
        (b"POST /translate HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n{}", {400}),
        (b"POST /translate HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", {400}),
        (b"POST /translate HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n{}", {400}),
        (b"POST /translate HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", {400}),
        (
            b"POST /translate HTTP/1.0\r\nContent-Type: \xff\xff\r\nContent-Length: 2\r\n\r\n{}",
            {400, 422},
        ),
        (b"BREW /translate HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 405}),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404}),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404}),
    ],
)
def test_no_hostile_request_makes_the_server_fail(
    client: httpx.Client, server: ServerProcess, request_bytes: bytes, statuses: set[int]
) -> None:
    """Whatever bytes come as HTTP, the answer is no 5xx, and the next client is served."""
    answer = spoken(server.url(), request_bytes)
    assert int(answer.split()[1]) in statuses, answer[:300]
    assert b"Traceback" not in answer
    assert client.get("/readyz").status_code == 200


def test_a_request_that_breaks_off_is_forgotten(
    client: httpx.Client, server: ServerProcess
) -> None:
    """A client that goes away in the middle of its body costs no more than its connection."""
    address = httpx.URL(server.url())
    request = b"POST /translate HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"
    for _ in range(50):
        with socket.create_connection((address.host, address.port or 80)) as link:
            link.sendall(request)
    assert client.post("/translate", json={"text": "Hello."}).status_code == 200


def test_a_body_over_the_limit_is_answered_while_it_is_still_sent(server: ServerProcess) -> None:
    """A client that sends 17 MB, announced or in chunks, reads a 413 and not a broken pipe."""
    address = httpx.URL(server.url())
    for encode_chunked in (False, True):
        link = http.client.HTTPConnection(address.host, address.port, timeout=PATIENCE_SECONDS)
        size = 17_000_000
        headers = {"Content-Type": "application/json"}
        if encode_chunked:
            headers["Transfer-Encoding"] = "chunked"
            body = iter([b"x" * 1_000_000] * (size // 1_000_000))
            link.request("POST", "/translate", body, headers, encode_chunked=True)
        else:
            link.request("POST", "/translate", b"x" * size, headers)
        response = link.getresponse()
        told = json.loads(response.read())
        link.close()
        assert response.status == 413
        assert "16000000" in told["error"]["message"]


def test_a_text_over_two_megabytes_names_the_limit(client: httpx.Client) -> None:
    """A text of one byte too many is a 413 that names field, size and limit."""
    response = client.post("/translate", json={"text": "x" * 2_000_001})
    assert response.status_code == 413
    message = error_of(response)["message"]
    assert message == "text is 2000001 bytes of UTF-8; the limit is 2000000."


def test_a_connection_serves_one_request_after_the_other(server: ServerProcess) -> None:
    """Requests that come together on one connection are answered in order."""
    body = b'{"text": "Hello."}'
    head = b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = spoken(server.url(), request * 2 + last)
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.endswith(b'{"status":"alive"}')


def test_probes_are_answered_in_time_under_load(starter: ServerProcess) -> None:
    """While every worker translates, liveness takes far less time than a translation does."""
    url = starter.url()
    texts = [f"This is sentence number {number}, and it is not short." for number in range(400)]
    with ThreadPoolExecutor() as pool:
        load = [
            pool.submit(httpx.post, f"{url}/translate/batch", json={"texts": texts}, timeout=60)
            for _ in range(2)
        ]
        slowest = 0.0
        with httpx.Client(base_url=url) as probe:
            while not all(future.done() for future in load):
                started = time.monotonic()
                assert probe.get("/livez").status_code == 200
                slowest = max(slowest, time.monotonic() - started)
        assert {future.result().status_code for future in load} == {200}
    assert slowest < 1.0
