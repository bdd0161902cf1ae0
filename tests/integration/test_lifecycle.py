from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from support.server_process import ServerProcess, fake_server, starter_server

PATIENCE_SECONDS = 20.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def eventually(holds: Callable[[], bool]) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_port_answers_while_models_load() -> None:
    """Liveness is 200 from the first moment, readiness only when the models are there."""
    port = free_port()
    with fake_server("--port", str(port), "--load", "on-cue") as process:
        eventually(lambda: listens(port))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/livez").status_code == 200
            assert client.get("/readyz").status_code == 503
            health = client.get("/health")
            assert health.status_code == 503
            assert health.json()["status"] == "starting"
            early = client.post("/translate", json={"text": "a"})
            assert early.status_code == 503
            assert early.headers["retry-after"] == "1"
            process.say("load")
            assert process.url() == f"http://127.0.0.1:{port}"
            assert client.get("/readyz").status_code == 200
            assert client.get("/health").json()["status"] == "healthy"
            assert client.post("/translate", json={"text": "a"}).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_server_finishes_what_it_has_begun(number: signal.Signals) -> None:
    """After a signal, readiness is gone at once, what is in flight is answered, and it exits 0."""
    with fake_server() as process, ThreadPoolExecutor() as pool:
        url = process.url()
        slow = pool.submit(httpx.post, f"{url}/translate", json={"text": "WAIT"}, timeout=30)
        process.line("waiting")
        process.signal(number)
        eventually(lambda: httpx.get(f"{url}/readyz").status_code == 503)
        assert httpx.get(f"{url}/health").json()["status"] == "draining"
        assert httpx.get(f"{url}/livez").status_code == 200
        refused = httpx.post(f"{url}/translate", json={"text": "a"})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "not_ready"
        assert not slow.done()
        process.say("release")
        answered = slow.result(PATIENCE_SECONDS)
        ended = process.ended()
    assert answered.status_code == 200
    assert answered.json()["translated_text"] == "WAIT"
    assert ended.status == 0
    assert "Traceback" not in ended.errors


def test_a_second_signal_ends_the_wait() -> None:
    """Who signals twice does not wait for a request that will not end."""
    with fake_server() as process, ThreadPoolExecutor() as pool:
        url = process.url()
        slow = pool.submit(httpx.post, f"{url}/translate", json={"text": "WAIT"}, timeout=30)
        process.line("waiting")
        process.signal(signal.SIGTERM)
        eventually(lambda: httpx.get(f"{url}/readyz").status_code == 503)
        process.signal(signal.SIGTERM)
        assert process.ended().status == 0
        assert slow.exception(PATIENCE_SECONDS) is None or isinstance(
            slow.exception(), httpx.TransportError
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(number: signal.Signals) -> None:
    """Without work, a signal ends the process with 0, also while a client keeps a connection."""
    with fake_server() as process, httpx.Client(base_url=process.url()) as client:
        assert client.get("/readyz").status_code == 200
        process.signal(number)
        ended = process.ended()
    assert ended.status == 0
    assert "Traceback" not in ended.errors


def test_a_server_can_be_stopped_while_it_loads() -> None:
    """A signal during loading is no failure."""
    port = free_port()
    with fake_server("--port", str(port), "--load", "on-cue") as process:
        eventually(lambda: listens(port))
        assert httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        process.signal(signal.SIGTERM)
        process.say("load")
        ended = process.ended()
    assert ended.status == 0
    assert "Serving" not in ended.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--load", "fail"), "There is no model here."),
        (("--self-check", "fail"), "The self-check failed."),
    ],
)
def test_a_server_that_cannot_serve_says_why_and_ends(
    arguments: tuple[str, ...], told: str
) -> None:
    """Models that cannot be had, or fail the self-check, end the process with 1 and a reason."""
    with fake_server(*arguments) as process:
        ended = process.ended()
    assert ended.status == 1
    assert told in ended.errors
    assert "Traceback" not in ended.errors
    assert "Serving" not in ended.output


def test_a_fault_in_loading_shows_its_trace_to_the_operator() -> None:
    """What is no error of our own ends the process with 1, and standard error has the trace."""
    with fake_server("--load", "crash") as process:
        ended = process.ended()
    assert ended.status == 1
    assert "RuntimeError: a fault in loading" in ended.errors


def test_a_taken_port_is_named() -> None:
    """A port that is in use ends the process with 1, one sentence and the setting's name."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with fake_server("--port", str(port)) as process:
            ended = process.ended()
    assert ended.status == 1
    assert f"Port {port} of 127.0.0.1 is already in use." in ended.errors
    assert "AIT_PORT" in ended.errors
    assert "Traceback" not in ended.errors


@pytest.mark.parametrize(
    "host",
    ["no.such.host.invalid", "192.0.2.1", "a" * 300, "ü" * 70],
    ids=["unknown", "of another machine", "long", "long and not ASCII"],
)
def test_a_host_that_is_not_ours_is_named(host: str) -> None:
    """An address that cannot be listened on ends the process with 1 and the setting's name."""
    with fake_server("--host", host) as process:
        ended = process.ended()
    assert ended.status == 1
    assert "Cannot listen on host" in ended.errors
    assert "AIT_HOST" in ended.errors
    assert "Traceback" not in ended.errors


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", r"127\.0\.0\.1"), ("::1", r"\[::1\]"), ("::", r"\[::\]")]
)
def test_the_announced_address_works(host: str, shown: str) -> None:
    """Port 0 is announced as the port that it became, IPv6 in brackets."""
    with fake_server("--host", host, AIT_AUTH="none") as process:
        url = process.url()
        assert re.fullmatch(rf"http://{shown}:[1-9]\d+", url)
        assert httpx.get(f"{url.replace('[::]', '127.0.0.1')}/readyz").status_code == 200


def test_the_starter_is_announced_with_a_translation(models: Path) -> None:
    """`ai-translate serve` prints one line: the address, the model, a sentence in French."""
    with starter_server(models) as process:
        url = process.url()
        assert httpx.get(f"{url}/readyz").status_code == 200
        process.signal(signal.SIGTERM)
        ended = process.ended()
    assert ended.status == 0
    [line] = ended.output.splitlines()
    assert url in line
    assert "starter-en-fr" in line
    assert "gare" in line


def test_a_missing_model_is_named_with_what_to_do(tmp_path: Path) -> None:
    """`ai-translate serve` without models ends with 1 and tells how to get them."""
    with starter_server(tmp_path) as process:
        ended = process.ended()
    assert ended.status == 1
    assert "models pull" in ended.errors
    assert "Traceback" not in ended.errors
    assert ended.output == ""


def test_no_request_leaves_a_trace_in_the_log(models: Path) -> None:
    """What people translate is nobody's business: no text, query or client's address is logged."""
    with starter_server(models) as process:
        url = process.url()
        httpx.post(f"{url}/translate", json={"text": "My secret is xyzzy."})
        httpx.get(f"{url}/translate", params={"text": "My secret is xyzzy."})
        httpx.post(f"{url}/translate", json={"txt": "xyzzy"})
        process.signal(signal.SIGTERM)
        ended = process.ended()
    assert "xyzzy" not in ended.output + ended.errors
    assert "?" not in ended.errors
    assert "127.0.0.1" not in ended.errors


def test_a_server_process_helper_tells_what_was_said() -> None:
    """A process that ends without the awaited line fails the test with all its words."""
    with (
        ServerProcess("-c", "print('something else')") as process,
        pytest.raises(AssertionError, match="something else"),
    ):
        process.line("expected")
