"""What a real server tells of itself."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from support.exposition import samples
from support.server_process import PROJECT, ServerProcess, fake_server

PATIENCE_SECONDS = 20.0
SECRET = "Sesame9"


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    """A client of the server."""
    with httpx.Client(base_url=server.url(), timeout=PATIENCE_SECONDS) as made:
        yield made


def read(client: httpx.Client) -> dict[str, float]:
    """Every sample of /metrics; see `samples`."""
    return samples(client.get("/metrics").raise_for_status().text)


def grown(client: httpx.Client, before: dict[str, float]) -> dict[str, float]:
    """How much each sample has grown since."""
    return {name: value - before.get(name, 0) for name, value in read(client).items()}


def test_figures_are_those_of_what_was_asked(client: httpx.Client) -> None:
    """Requests, texts, sentences and characters grow by what was sent, and by nothing else."""
    before = read(client)
    for _ in range(3):
        client.post("/translate", json={"text": "Hello there. Good evening."}).raise_for_status()
    found = grown(client, before)
    assert found["ai_translate_http_requests_total POST /translate 200"] == 3
    assert found["ai_translate_http_request_duration_seconds_count POST /translate 2xx"] == 3
    assert found["ai_translate_texts_total en fr"] == 3
    assert found["ai_translate_sentences_total en fr"] == 6
    assert found["ai_translate_characters_total en fr"] == 3 * 26
    assert found["ai_translate_http_requests_in_flight"] == 0


def test_the_engine_tells_of_queue_batches_and_cache(starter: ServerProcess) -> None:
    """Sentences that are new wait, share batches and take time; known ones come from the cache."""
    name = "starter-en-fr"
    with httpx.Client(base_url=starter.url(), timeout=PATIENCE_SECONDS) as client:
        before = read(client)
        texts = [f"There are {number} ships in the harbour." for number in range(40, 56)]
        for _ in range(2):
            client.post("/translate/batch", json={"texts": texts}).raise_for_status()
        found = grown(client, before)
        now = read(client)
    assert found["ai_translate_cache_misses_total"] == 16
    assert found["ai_translate_cache_hits_total"] == 16
    assert found["ai_translate_cache_entries"] == 16
    # A suspect is decoded twice.
    assert found[f"ai_translate_queue_entered_total {name}"] >= 16
    assert found[f"ai_translate_queue_seconds_count {name}"] >= 16
    assert found[f"ai_translate_batch_sentences_sum {name}"] >= 16
    assert found[f"ai_translate_tokenization_seconds_count {name}"] == 1
    assert found[f"ai_translate_inference_seconds_sum {name}"] > 0
    tokens = found[f"ai_translate_batch_tokens_total {name}"]
    assert 16 * 3 < tokens <= found[f"ai_translate_batch_padded_tokens_total {name}"]
    assert now[f"ai_translate_queue_sentences {name}"] == 0
    assert now[f"ai_translate_model_tokens_per_second {name}"] > 0
    assert now[f"ai_translate_model_bytes {name}"] > 100_000
    assert now["ai_translate_cache_bytes"] > 0
    assert now["process_resident_memory_bytes"] > 10_000_000


def test_nobody_adds_lines_by_asking_for_something_odd(client: httpx.Client) -> None:
    """A thousand unknown paths, names and methods leave the number of lines where it was."""
    client.get("/odd")
    client.get("/translate/document/odd")
    client.get("/glossaries/odd")
    client.request("PROPFIND", "/odd")
    for tag in ("xx", "x1"):  # one that no model has, and one that is none
        client.post("/translate", json={"text": "Hello.", "target_lang": tag})
    read(client)  # is a request itself
    before = read(client)
    for number in range(250):
        client.get(f"/{SECRET}/{number}?{SECRET}={number}")
        client.get(f"/translate/document/{number}")
        client.get(f"/glossaries/{number}")
        client.request(("PROPFIND", "MKCOL")[number % 2], f"/{number}")
        client.post("/translate", json={"text": "Hello.", "target_lang": f"x{number}"})
    after = read(client)
    assert set(after) == set(before)
    assert after["ai_translate_http_requests_total GET unmatched 404"] >= 250


def test_metrics_tell_nothing_of_clients(client: httpx.Client) -> None:
    """No address, no key, no text and no query is in them."""
    headers = {"Authorization": f"Bearer {SECRET}", "X-Forwarded-For": "192.0.2.77"}
    client.post(f"/translate?{SECRET}", json={"text": f"{SECRET} is here."}, headers=headers)
    client.post("/translate", json={"text": SECRET, "source_lang": SECRET}, headers=headers)
    text = client.get("/metrics", headers=headers).text
    assert SECRET.lower() not in text.lower()
    assert "192.0.2.77" not in text
    assert "127.0.0.1" not in text


def test_a_request_keeps_its_name(client: httpx.Client) -> None:
    """Answers of every kind carry the name that the client gave, and otherwise one of their own."""
    for number, (method, path) in enumerate(
        [("GET", "/livez"), ("GET", "/odd"), ("POST", "/translate"), ("GET", "/docs")]
    ):
        answer = client.request(method, path, headers={"X-Request-ID": f"mine-{number}"})
        assert answer.headers.get_list("x-request-id") == [f"mine-{number}"]
        made = client.request(method, path, headers={"X-Request-ID": "not mine"})
        assert re.fullmatch("[0-9a-f]{16}", made.headers["x-request-id"])


def test_every_line_of_the_log_is_json() -> None:
    """From the start to the end of a server, faults and uvicorn's own words included."""
    with fake_server(AIT_LOG_FORMAT="json", AIT_LOG_LEVEL="debug") as server:
        headers = {"X-Request-ID": "mine"}
        with httpx.Client(base_url=server.url(), headers=headers) as client:
            client.post("/translate", json={"text": f"{SECRET} BUG\n{{}}"})
            client.post(f"/translate?{SECRET}", json={"text": SECRET})
        server.signal(signal.SIGTERM)
        ended = server.ended()
    assert ended.status == 0
    lines = [json.loads(line) for line in ended.errors.splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    assert {"uvicorn.error", "ai_translate.access"} <= {line["logger"] for line in lines}
    asked = [line for line in lines if line["logger"] == "ai_translate.access"]
    assert [line["status"] for line in asked] == [500, 200]
    assert {line["request_id"] for line in asked} == {"mine"}
    [fault] = [line for line in lines if "exception" in line]
    assert fault["request_id"] == "mine"
    assert "RuntimeError" in fault["exception"]
    assert SECRET not in ended.errors
    assert "127.0.0.1" not in json.dumps(asked)


def test_a_log_for_people_is_the_default() -> None:
    """Without a word about it, lines are text."""
    with fake_server() as server:
        httpx.post(f"{server.url()}/translate", json={"text": "Hello."})
        server.signal(signal.SIGTERM)
        errors = server.ended().errors
    assert re.search(
        r"(?m)^\S+Z INFO ai_translate.access: POST /translate 200 request_id=\w+ .*duration_ms=",
        errors,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_metrics_have_a_port_of_their_own() -> None:
    """AIT_METRICS_PORT: there alone they are, until the last request is answered."""
    port = free_port()
    with (
        fake_server(AIT_METRICS_PORT=str(port)) as server,
        ThreadPoolExecutor() as pool,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
    ):
        url = server.url()
        assert httpx.get(f"{url}/metrics").status_code == 404
        assert read(client)["ai_translate_ready"] == 1
        assert client.get("/translate").status_code == 404
        assert client.post("/metrics").status_code == 405
        body = {"text": "WAIT"}
        last = pool.submit(httpx.post, f"{url}/translate", json=body, timeout=PATIENCE_SECONDS)
        server.line("waiting")
        server.signal(signal.SIGTERM)
        while (found := read(client))["ai_translate_ready"]:
            pass
        assert found["ai_translate_http_requests_in_flight"] == 1
        server.say("release")
        assert last.result().status_code == 200
        ended = server.ended()
    assert ended.status == 0, ended
    assert f"Metrics on http://127.0.0.1:{port}/metrics." in ended.errors


def test_a_port_of_metrics_that_is_taken_stops_the_start() -> None:
    """The message names the port and its settings."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with fake_server(AIT_METRICS_PORT=str(port)) as server:
            ended = server.ended()
    assert ended.status == 1
    assert f"Port {port} of 127.0.0.1 is already in use." in ended.errors
    assert "AIT_METRICS_PORT" in ended.errors


def test_where_keys_are_asked_for_metrics_need_theirs(tmp_path: Path) -> None:
    """One with that access reads them; lines of the log have its identifier, never the key."""
    state = {"AIT_STATE_DIR": str(tmp_path), "AIT_AUTH": "keys"}
    keys = {}
    for access in ("metrics", "translate"):
        command = ["keys", "create", access, "--access", access]
        done = subprocess.run(
            [sys.executable, "-m", "ai_translate.cli", *command],
            cwd=PROJECT,
            env={**os.environ, **state},
            capture_output=True,
            text=True,
            check=True,
        )
        keys[access] = {"Authorization": f"Bearer {done.stdout.strip()}"}
    with fake_server(**state, AIT_LOG_FORMAT="json", AIT_LOG_LEVEL="debug") as server:
        with httpx.Client(base_url=server.url()) as client:
            refused = client.get("/metrics")
            forbidden = client.get("/metrics", headers=keys["translate"])
            client.post("/translate", json={"text": "Hello."}, headers=keys["translate"])
            text = client.get("/metrics", headers=keys["metrics"]).text
        server.signal(signal.SIGTERM)
        errors = server.ended().errors
    assert (refused.status_code, forbidden.status_code) == (401, 403)
    found = samples(text)
    assert found["ai_translate_http_requests_total GET /metrics 401"] == 1
    lines = [json.loads(line) for line in errors.splitlines()]
    known = [line.get("key") for line in lines if line["logger"] == "ai_translate.access"]
    assert known[0] is None
    assert all(known[1:])
    for header in keys.values():
        secret = header["Authorization"].removeprefix("Bearer ")
        assert secret not in text + errors
    assert not any(identifier in text for identifier in known[1:])
