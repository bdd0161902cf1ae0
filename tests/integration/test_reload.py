"""Models of a running server, changed, damaged and taking turns in memory."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from safetensors.numpy import save_file

from ai_translate.languages import LanguagePair
from ai_translate.residence import room_of
from ai_translate.supply.adding import add_folder
from ai_translate.supply.recipe import Recipe
from ai_translate.supply.store import Store
from support.marian import tensors_of, write_folder
from support.server_process import ServerProcess, fake_server, starter_server
from support.serving import error_of

PATIENCE_SECONDS = 20.0


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"


class Models:
    """A lock and a store of small models, which a server is given.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = folder / "models.lock"
        self.store = Store(folder / ".models")

    def put(self, name: str, target: str = "fr", seed: int = 0) -> str:
        """Adds a model, or another one of its name; its digest."""
        source = self.folder / f"models/{name}"
        save_file(tensors_of(write_folder(source), seed), source / "model.safetensors")
        recipe = Recipe(pairs=(LanguagePair("en", target),))
        return add_folder(self.lock, self.store, source, name=name, recipe=recipe).artifact

    def weights(self, digest: str) -> Path:
        """The largest file of an artifact."""
        return self.store.folder / digest / "model.bin"

    def serving(self, **environment: str) -> ServerProcess:
        """A server of these models."""
        return starter_server(
            self.folder / ".models",
            AIT_MODELS_LOCK=str(self.lock),
            AIT_INTER_THREADS="1",
            **environment,
        )


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return Models(tmp_path)


def reload(url: str, **headers: str) -> httpx.Response:
    return httpx.post(f"{url}/admin/reload", headers=headers, timeout=60)


def translate(url: str, target: str = "fr") -> httpx.Response:
    body = {"text": "Where is the station?", "target_lang": target, "cache": False}
    return httpx.post(f"{url}/translate", json=body, timeout=60)


def digest_of(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    model: str = response.json()["model"]
    return model.partition("@")[2]


def named(answer: dict[str, Any], what: str) -> dict[str, str]:
    return {model["name"]: model["digest"] for model in answer[what]}


@contextmanager
def asked_without_end(url: str) -> Iterator[list[httpx.Response]]:
    """Four clients that ask until the block ends; all their answers."""
    answers: list[httpx.Response] = []
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=60) as client:
            while not stop.is_set():
                body = {"text": "Where is the station?", "cache": False}
                answers.append(client.post(f"{url}/translate", json=body))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_models_change_without_a_failed_request(models: Models) -> None:
    """Under load one model is replaced, one added, one kept; each request is answered by one."""
    old, kept = models.put("first"), models.put("second", "de", seed=7)
    with models.serving() as process:
        url = process.url()
        with asked_without_end(url) as answers:
            eventually(lambda: len(answers) > 20)
            new, added = models.put("first", seed=1), models.put("third", "es", seed=2)
            response = reload(url)
            seen = len(answers)
            eventually(lambda: len(answers) > seen + 20)
        told = response.json()
        assert response.status_code == 200, response.text
        assert named(told, "added") == {"first": new, "third": added}
        assert named(told, "kept") == {"second": kept}
        assert named(told, "removed") == {"first": old}
        assert told["seconds"] > 0
        served = [digest_of(answer) for answer in answers]
        assert {*served} == {old[:12], new[:12]}
        assert digest_of(translate(url, "es")) == added[:12]
        assert digest_of(translate(url, "de")) == kept[:12]
        assert named(reload(url).json(), "kept") == {"first": new, "second": kept, "third": added}


def test_hangup_reloads(models: Models) -> None:
    """SIGHUP does what the route does; what is wrong is in the log, and changes nothing."""
    old = models.put("first")
    with models.serving() as process:
        url = process.url()
        new = models.put("first", seed=1)
        process.signal(signal.SIGHUP)
        eventually(lambda: digest_of(translate(url)) == new[:12])
        models.lock.write_text("version = 7")
        process.signal(signal.SIGHUP)
        assert reload(url).status_code == 500  # waits for its turn
        assert digest_of(translate(url)) == new[:12]
        process.signal(signal.SIGTERM)
        ended = process.ended()
    assert ended.status == 0
    assert "The models stay as they are" in ended.errors
    assert f"removed first@{old[:12]}" in ended.errors
    assert "Traceback" not in ended.errors


def test_whatever_is_wrong_leaves_the_models_as_they_are(models: Models) -> None:
    """A lock that is none, a missing model, a damaged one, one that cannot be loaded: an error."""
    first = models.put("first")
    good = models.lock.read_bytes()
    with models.serving() as process:
        url = process.url()

        def refused() -> str:
            response = reload(url)
            assert response.status_code == 500
            assert digest_of(translate(url)) == first[:12]
            error = error_of(response)
            assert error["code"] == "reload_failed"
            assert error["message"].startswith("The models stay as they are: ")
            return error["message"]

        models.lock.write_bytes(b"this is no lock")
        assert "models.lock" in refused()
        models.lock.unlink()
        assert "models.lock" in refused()
        models.lock.write_bytes(good)
        second = models.put("second", "de", seed=1)
        weights = models.weights(second)
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert "second" in refused()
        weights.unlink()
        assert "second" in refused()
        weights.write_bytes(whole)
        assert named(reload(url).json(), "added") == {"second": second}


def test_models_in_memory_outlive_their_files(models: Models) -> None:
    """An artifact that is damaged on disk goes on serving, and a reload names it."""
    digest = models.put("first")
    with models.serving() as process:
        url = process.url()
        models.weights(digest).write_bytes(b"nothing of use")
        refused = reload(url)
        assert digest_of(translate(url)) == digest[:12]
        assert httpx.get(f"{url}/readyz").status_code == 200
    assert refused.status_code == 500
    assert "first" in error_of(refused)["message"]


def test_models_without_a_lock_cannot_be_reloaded() -> None:
    """Who serves models of another origin is told so, and serves on."""
    with fake_server() as process:
        refused = reload(process.url())
        assert translate(process.url()).status_code == 200
    assert refused.status_code == 500
    assert error_of(refused)["code"] == "reload_failed"


@pytest.mark.parametrize(
    "header", [{"X-Forwarded-For": "192.0.2.1"}, {"Origin": "https://site.example"}]
)
def test_only_the_machine_itself_may_reload_without_keys(header: dict[str, str]) -> None:
    """What a proxy or a page passes on is not for whoever sits behind it."""
    with fake_server() as process:
        refused = reload(process.url(), **header)
        page = httpx.get(f"{process.url()}/admin/reload")
    assert refused.status_code == 403
    assert error_of(refused)["code"] == "forbidden"
    assert page.status_code == 405


def test_models_take_turns_under_a_ceiling(models: Models) -> None:
    """With room for one of two, both translate; one is in memory; a damaged one fails alone."""
    digests = {"fr": models.put("first"), "de": models.put("second", "de", seed=1)}
    rooms = [room_of(models.store.open(digest)) for digest in digests.values()]
    with models.serving(AIT_MODELS_BYTES=str(max(rooms) + min(rooms) // 2)) as process:
        url = process.url()
        for target in ("fr", "de", "fr", "de"):
            assert digest_of(translate(url, target)) == digests[target][:12]
            health = httpx.get(f"{url}/health").json()
            assert health["models_loaded"] == ["first", "second"]
            assert health["models_resident"] == [{"fr": "first", "de": "second"}[target]]
        weights = models.weights(digests["fr"])
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-1])
        damaged = translate(url, "fr")
        assert digest_of(translate(url, "de")) == digests["de"][:12]
        weights.write_bytes(whole)
        assert digest_of(translate(url, "fr")) == digests["fr"][:12]
    assert damaged.status_code == 500
    assert error_of(damaged)["code"] == "engine_failure"
    assert "first" in damaged.text
    assert str(models.folder) not in damaged.text


def test_a_model_above_the_ceiling_stops_the_start(models: Models) -> None:
    """Each one that is too large is named, with what it takes."""
    models.put("first")
    models.put("second", "de", seed=1)
    with models.serving(AIT_MODELS_BYTES="1000") as process:
        ended = process.ended()
    assert ended.status == 1
    assert "AIT_MODELS_BYTES is 1000" in ended.errors
    assert "first takes" in ended.errors
    assert "second takes" in ended.errors
    assert "Traceback" not in ended.errors


def test_the_order_of_the_lock_is_that_of_the_reload(models: Models) -> None:
    """Of two models for one direction the first of the lock serves, also after a reload."""
    first, second = models.put("first"), models.put("second", seed=1)
    with models.serving() as process:
        url = process.url()
        assert digest_of(translate(url)) == first[:12]
        models.lock.unlink()
        models.put("second", seed=1)
        models.put("first")
        assert reload(url).status_code == 200
        assert digest_of(translate(url)) == second[:12]
