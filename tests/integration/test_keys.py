"""Keys of a real server: made and revoked by the command line, asked for by the gate."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support.server_process import PROJECT, ServerProcess, fake_server
from support.serving import error_of

PATIENCE_SECONDS = 30.0
TEXT = {"text": "One. Two."}


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    return {"AIT_STATE_DIR": str(tmp_path / "state"), "AIT_AUTH": "keys"}


@pytest.fixture
def server(state: dict[str, str]) -> Iterator[ServerProcess]:
    with fake_server(**state, AIT_LOG_LEVEL="debug") as process:
        process.url()
        yield process


def keys(state: dict[str, str], *arguments: str) -> str:
    """What `ai-translate keys` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "ai_translate.cli", "keys", *arguments],
        cwd=PROJECT,
        env={**state, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def asked(server: ServerProcess, key: str = "", path: str = "/translate") -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.post(f"{server.url()}{path}", json=TEXT, headers=headers, timeout=60)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_running_server_follows_the_command_line(
    server: ServerProcess, state: dict[str, str]
) -> None:
    """A key that is made while it runs opens, and shuts when it is revoked; others stay."""
    assert asked(server).status_code == 401
    one, other = (keys(state, "create", name) for name in ("one", "other"))
    for key in (one, other):
        until(lambda key=key: asked(server, key).status_code == 200)  # type: ignore[misc]  # bound now
    keys(state, "revoke", one)
    until(lambda: asked(server, one).status_code == 401)
    refused = asked(server, one)
    assert refused.headers["www-authenticate"] == "Bearer"
    assert error_of(refused)["message"] == "The key is unknown, or was revoked."
    assert asked(server, other).status_code == 200
    assert "revoked" in keys(state, "list")


def test_a_key_is_for_what_it_says_and_for_so_long(
    server: ServerProcess, state: dict[str, str]
) -> None:
    """A wrong access is 403, an expired key 401; admin opens everything."""
    metrics = keys(state, "create", "prometheus", "--access", "metrics")
    admin = keys(state, "create", "me", "--access", "admin")
    until(lambda: asked(server, metrics).status_code == 403)
    assert error_of(asked(server, metrics))["code"] == "forbidden"
    until(lambda: asked(server, admin).status_code == 200)
    assert asked(server, admin, "/admin/nowhere").status_code == 404
    assert asked(server, metrics, "/admin/nowhere").status_code == 403
    short = keys(state, "create", "short", "--expires", "3s")
    until(lambda: "expired at 20" in asked(server, short).text)
    assert asked(server, short).status_code == 401
    assert '"state": "expired"' in keys(state, "list", "--json")


def test_an_address_has_no_key(server: ServerProcess, state: dict[str, str]) -> None:
    """One that is sent in it is not looked at."""
    key = keys(state, "create", "one")
    until(lambda: asked(server, key).status_code == 200)
    for name in ("key", "api_key", "auth_key", "access_token"):
        response = httpx.get(f"{server.url()}/translate", params={"text": "One.", name: key})
        assert response.status_code == 401
        assert key[15:] not in response.text


def test_a_key_is_in_no_log_and_no_error(server: ServerProcess, state: dict[str, str]) -> None:
    """Used well or badly, with everything logged that can be."""
    key = keys(state, "create", "one", "--access", "metrics")
    good = keys(state, "create", "two")
    until(lambda: asked(server, good).status_code == 200)
    responses = [
        asked(server, key),
        asked(server, key[:-1]),
        asked(server, f"{key}x"),
        asked(server, good, "/nowhere"),
        asked(server, good, f"/translate?api_key={good}"),
        httpx.get(f"{server.url()}/{good}", headers={"X-API-Key": good}),
        httpx.post(f"{server.url()}/translate", json={"text": "BUG"}, headers={"X-API-Key": good}),
        httpx.post(f"{server.url()}/translate", json={good: 1}, headers={"X-API-Key": good}),
    ]
    server.signal(signal.SIGTERM)
    ended = server.ended()
    assert ended.status == 0
    assert "a fault of ours" in ended.errors
    told = ended.output + ended.errors
    told += "".join(
        f"{one.text if one.status_code != 422 else ''}{one.headers}" for one in responses
    )
    for secret in (key[15:58], good[15:58]):
        assert secret not in told


def test_the_last_use_is_written_down(state: dict[str, str]) -> None:
    """When the server ends, at the latest."""
    key = keys(state, "create", "one")
    with fake_server(**state) as server:
        assert asked(server, key).status_code == 200
        server.signal(signal.SIGTERM)
        assert server.ended().status == 0
    assert '"last_used": "20' in keys(state, "list", "--json")


def test_a_public_address_wants_a_choice() -> None:
    """Without one the server does not start, and names both."""
    with fake_server("--host", "0.0.0.0") as server:
        ended = server.ended()
    assert ended.status == 1
    for word in ("AIT_AUTH is not set", "0.0.0.0", "AIT_AUTH=keys", "AIT_AUTH=none"):
        assert word in ended.errors
    assert "Traceback" not in ended.errors


def test_none_on_a_public_address_is_said_aloud(tmp_path: Path) -> None:
    """In one line; with keys there is no such line, and one that says that there are none yet."""
    with fake_server("--host", "0.0.0.0", AIT_AUTH="none") as server:
        url = server.url().replace("0.0.0.0", "127.0.0.1")
        assert httpx.post(f"{url}/translate", json=TEXT).status_code == 200
        server.signal(signal.SIGTERM)
        errors = server.ended().errors
    assert errors.count("anybody who reaches 0.0.0.0 may translate") == 1
    state = {"AIT_AUTH": "keys", "AIT_STATE_DIR": str(tmp_path)}
    with fake_server("--host", "0.0.0.0", **state) as server:
        server.url()
        server.signal(signal.SIGTERM)
        errors = server.ended().errors
    assert "anybody" not in errors
    assert "ai-translate keys create NAME" in errors


def test_keys_need_a_place() -> None:
    """Without AIT_STATE_DIR the server does not start."""
    with fake_server(AIT_AUTH="keys") as server:
        ended = server.ended()
    assert ended.status == 1
    assert "AIT_STATE_DIR" in ended.errors
    assert "Traceback" not in ended.errors


def test_a_refused_upload_leaves_the_connection_whole(
    server: ServerProcess, state: dict[str, str]
) -> None:
    """Who sends a long body without a key reads the refusal, and may ask again on it."""
    key = keys(state, "create", "one")
    until(lambda: asked(server, key).status_code == 200)
    with httpx.Client(base_url=server.url(), timeout=60) as client:
        refused = client.post("/translate", json={"text": "a" * 1_000_000})
        assert refused.status_code == 401
        headers = {"X-API-Key": key}
        assert client.post("/translate", json=TEXT, headers=headers).status_code == 200


def test_odd_headers_open_nothing(server: ServerProcess) -> None:
    """What no client library would send."""
    host, port = server.url().removeprefix("http://").split(":")
    for header in (b"X-API-Key: \xff\xfe", b"Authorization: Bearer \x80" + b"a" * 9_000):
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(
                b"GET /languages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + header
                + b"\r\n\r\n"
            )
            answer = b""
            while piece := connection.recv(65_536):
                answer += piece
        assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 400")), answer[:100]
