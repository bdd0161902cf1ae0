"""Limits that servers share in a real Redis, also one that goes and comes back."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from support.redis_server import RedisServer
from support.server_process import ServerProcess, fake_server
from support.serving import error_of

PATIENCE_SECONDS = 30.0
PASSWORD = "kept-to-itself"
TEXT = "Where is the station?"  # of 21 characters


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path, PASSWORD) as server:
        yield server


def limited(redis: RedisServer, **limits: str) -> ServerProcess:
    return fake_server(AIT_LIMITS_REDIS=redis.url, **limits)


def send(server: ServerProcess, text: str = TEXT) -> httpx.Response:
    return httpx.post(f"{server.url()}/translate", json={"text": text}, timeout=PATIENCE_SECONDS)


def eventually(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)


def counts_in(redis: RedisServer) -> Counter[str]:
    """What stands in Redis, by the kind of what is counted."""
    names = redis.told("KEYS", "*").split()
    return Counter(name.partition(":")[2].lstrip("{").partition("/")[0] for name in names)


def used(server: ServerProcess) -> int:
    limits = httpx.get(f"{server.url()}/usage").json()["limits"]
    left: int = limits["characters_per_month"] - limits["characters_left"]
    return left


def ended(server: ServerProcess) -> str:
    """What it wrote, after an end in good order."""
    server.signal(signal.SIGTERM)
    end = server.ended()
    assert end.status == 0, end
    assert PASSWORD not in end.errors + end.output
    return end.errors


@contextmanager
def under_load(*servers: ServerProcess) -> Iterator[list[httpx.Response | Exception]]:
    """Clients who send all the time; in the end, what each request came to."""
    answers: list[httpx.Response | Exception] = []
    over = threading.Event()

    urls = [server.url() for server in servers]

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
            while not over.is_set():
                try:
                    answers.append(client.post("/translate", json={"text": TEXT}))
                except httpx.HTTPError as error:
                    answers.append(error)

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, url) for url in urls for _ in range(4)]
        try:
            yield answers
        finally:
            over.set()
    for one in asking:
        one.result()


def test_two_servers_share_one_limit(redis: RedisServer) -> None:
    """What one lets in, the other one counts; a third request is one too many on either."""
    limits = {"AIT_REQUESTS_PER_MINUTE": "6"}
    with limited(redis, **limits) as one, limited(redis, **limits) as other:
        answers = [send(server) for server in itertools.islice(itertools.cycle((one, other)), 8)]
        assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
        left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
        assert left == [5, 4, 3, 2, 1, 0, 0, 0]
        assert error_of(answers[-1])["code"] == "too_many_requests"
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        for server in (one, other):
            assert "AIT_LIMITS_REDIS" not in ended(server)


def test_two_servers_share_one_quota(redis: RedisServer) -> None:
    """Characters of both count, those of a refused request do not, and it outlives the servers."""
    limits = {"AIT_CHARACTERS_PER_MONTH": "70"}
    with limited(redis, **limits) as one, limited(redis, **limits) as other:
        assert [send(one).status_code, send(other).status_code] == [200, 200]
        refused = send(one, "x" * 29)
        assert refused.status_code == 429
        assert "29 characters are more than the 28 that are left" in error_of(refused)["message"]
        assert send(other, "FAIL").status_code == 500
        assert used(one) == used(other) == 42
        assert send(other, "x" * 28).status_code == 200
    with limited(redis, **limits) as later:
        assert used(later) == 70
        assert send(later, "x").status_code == 429


@pytest.mark.parametrize("way", ["killed", "stopped"])
def test_redis_goes_under_load_and_comes_back(redis: RedisServer, way: str) -> None:
    """Nobody gets an error of ours or waits for it, limits hold by memory, then are shared again.

    One that is stopped where it stands is worse than one that is killed: nobody refuses.
    """
    limits = {"AIT_REQUESTS_PER_MINUTE": "1000000", "AIT_CHARACTERS_PER_MONTH": "1000000000"}
    with limited(redis, **limits) as one, limited(redis, **limits) as other:
        with under_load(one, other) as answers:
            eventually(lambda: len(answers) > 100)
            redis.kill() if way == "killed" else redis.signal(signal.SIGSTOP)
            before = len(answers)
            eventually(lambda: len(answers) > before + 500)
            if way == "killed":
                redis.start()
            else:
                redis.signal(signal.SIGCONT)
            eventually(lambda: counts_in(redis)["characters"])
            after = len(answers)
            eventually(lambda: len(answers) > after + 500)
        assert {getattr(answer, "status_code", answer) for answer in answers} == {200}
        eventually(lambda: used(one) == used(other))  # both have found it
        # The next request of each tells Redis what it owes to it.
        assert [send(one).status_code, send(other).status_code] == [200, 200]
        charged = (len(answers) + 2) * len(TEXT)
        if way == "killed":
            # What the second one had counted before the loss is known to it alone.
            assert charged / 4 < used(one) == used(other) <= charged
        else:
            # What Redis counted and could not say any more is charged twice.
            assert charged <= used(one) == used(other) <= charged + 100 * len(TEXT)
        for server in (one, other):
            log = ended(server)
            assert log.count("does not answer") == 1, log
            assert log.count("Limits are shared again") == 1, log


def test_without_redis_each_server_judges_for_itself(redis: RedisServer) -> None:
    """While it is away a limit holds in each process; afterwards in both together."""
    limits = {"AIT_REQUESTS_PER_MINUTE": "3", "AIT_CHARACTERS_PER_MONTH": "1000"}
    redis.kill()
    with limited(redis, **limits) as one, limited(redis, **limits) as other:
        for server in (one, other):
            statuses = Counter(send(server).status_code for _ in range(10))
            # A minute that turns meanwhile may let some more in.
            assert 3 <= statuses[200] <= 6, statuses
            assert statuses[429] == 10 - statuses[200]
        redis.start()
        eventually(lambda: counts_in(redis)["alive"])
        eventually(lambda: (send(one), send(other), counts_in(redis)["characters"])[2])
        eventually(lambda: used(one) == used(other))
        statuses = Counter(send(server).status_code for server in (one, other) for _ in range(5))
        assert statuses[200] <= 3, statuses
        for server in (one, other):
            assert ended(server).count("does not answer") == 1


def test_a_redis_that_is_full_is_away(redis: RedisServer) -> None:
    """One that answers and takes nothing more lets requests pass as if it were not there."""
    with limited(redis, AIT_REQUESTS_PER_MINUTE="1000") as server:
        assert send(server).status_code == 200
        assert redis.told("CONFIG", "SET", "maxmemory", "1") == "OK"
        assert {send(server).status_code for _ in range(20)} == {200}
        assert redis.told("CONFIG", "SET", "maxmemory", "0") == "OK"
        server.signal(signal.SIGTERM)
        log = server.ended().errors
        assert log.count("does not answer") == 1, log


def test_a_wrong_password_only_warns(redis: RedisServer) -> None:
    """The server starts and serves, and shows the password to nobody."""
    wrong = redis.url.replace(PASSWORD, "another-secret")
    with fake_server(AIT_LIMITS_REDIS=wrong, AIT_REQUESTS_PER_MINUTE="1000") as server:
        assert send(server).status_code == 200
        assert "another-secret" not in (log := ended(server))
        assert log.count("does not answer") == 1
