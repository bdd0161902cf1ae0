from __future__ import annotations

import threading

import httpx
import pytest

from ai_translate.errors import ModelMissing
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine
from support.serving import error_of, serving

pytestmark = pytest.mark.anyio


async def statuses(service: httpx.AsyncClient) -> dict[str, int]:
    return {
        path: (await service.get(path)).status_code
        for path in ("/livez", "/readyz", "/health", "/", "/languages")
    }


async def test_nothing_is_ready_before_the_models_are() -> None:
    """While models load the process lives and says `starting`; translations are put off."""
    may_load = threading.Event()

    def load() -> Translator:
        assert may_load.wait(30)
        return Translator([FakeEngine()])

    async with serving(load=load, wait=False) as service:
        assert await statuses(service) == {
            "/livez": 200,
            "/readyz": 503,
            "/health": 503,
            "/": 200,
            "/languages": 503,
        }
        health = await service.get("/health")
        early = [
            await service.post("/translate", json={"text": "a"}),
            await service.get("/translate", params={"text": "a"}),
            await service.post("/translate/batch", json={"texts": ["a"]}),
        ]
        may_load.set()
        await service.lifecycle.settled.wait()
        assert set((await statuses(service)).values()) == {200}
        loaded = await service.get("/health")
    assert health.json() == {
        "status": "starting",
        "model_loaded": False,
        "models_loaded": [],
        "models_resident": [],
    }
    for response in early:
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert error_of(response)["code"] == "not_ready"
    assert loaded.json() == {
        "status": "healthy",
        "model_loaded": True,
        "models_loaded": ["fake-en-fr"],
        "models_resident": ["fake-en-fr"],
    }


async def test_a_server_without_models_says_so() -> None:
    """When loading fails, the status is `unhealthy` for good, and the reason is kept."""
    reason = ModelMissing("There is no model.")

    def load() -> Translator:
        raise reason

    async with serving(load=load) as service:
        health = await service.get("/health")
        assert (await service.get("/livez")).status_code == 200
        assert (await service.get("/readyz")).json() == {"status": "unhealthy"}
        refused = await service.post("/translate", json={"text": "a"})
        service.lifecycle.drain()
        assert (await service.get("/health")).json()["status"] == "unhealthy"
        assert service.lifecycle.failure is reason
    assert health.status_code == 503
    assert health.json() == {
        "status": "unhealthy",
        "model_loaded": False,
        "models_loaded": [],
        "models_resident": [],
    }
    assert refused.status_code == 503
    assert error_of(refused)["message"] == "The models could not be loaded."


async def test_a_draining_server_takes_nothing_new() -> None:
    """Draining takes readiness back at once; the process stays alive to finish."""
    async with serving() as service:
        service.lifecycle.drain()
        health = await service.get("/health")
        ready = await service.get("/readyz")
        assert (await service.get("/livez")).status_code == 200
        refused = await service.post("/translate", json={"text": "a"})
    assert health.status_code == ready.status_code == 503
    assert health.json()["status"] == ready.json()["status"] == "draining"
    assert health.json()["model_loaded"] is True
    assert refused.status_code == 503
    assert error_of(refused)["message"] == "The server is shutting down."


async def test_models_that_arrive_while_draining_do_not_make_it_ready() -> None:
    """A server that was stopped while loading stays stopped, and still frees the models."""
    engine = FakeEngine()
    may_load = threading.Event()

    def load() -> Translator:
        assert may_load.wait(30)
        return Translator([engine])

    async with serving(load=load, wait=False) as service:
        service.lifecycle.drain()
        may_load.set()
        await service.lifecycle.settled.wait()
        assert (await service.get("/readyz")).json() == {"status": "draining"}
    assert engine.closed


async def test_the_models_are_freed_at_the_end() -> None:
    """The application closes the translator that it loaded, after the last request."""
    async with serving() as service:
        engine = service.engine
        assert not engine.closed
    assert engine.closed
