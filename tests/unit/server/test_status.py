from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ai_translate.artifact import FileHash
from ai_translate.engine import Engine
from ai_translate.engine.cache import SentenceCache
from ai_translate.languages import LanguagePair
from ai_translate.supply.locked_evaluation import LockedEvaluation
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.sources import HubSource
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine
from support.serving import serving

pytestmark = pytest.mark.anyio


def locked(engine: Engine) -> LockedModel:
    return LockedModel(
        name=engine.name,
        source=HubSource("acme/en-fr", "main", "c" * 40),
        pairs=(LanguagePair("en", "fr"),),
        licence="CC0-1.0",
        quantization="int8",
        part_tokens=28,
        files={"model.bin": FileHash(1, "0" * 64)},
        artifact=engine.artifact.digest,
        evaluation=LockedEvaluation(
            pair=LanguagePair("en", "fr"),
            text_sha256="1" * 64,
            reference_sha256="2" * 64,
            against="reference",
            sentences=1000,
            beam_size=2,
            chrf=61.4,
            bleu=38.2,
            chrf_float32=61.6,
            bleu_float32=38.5,
            signatures=("a", "b"),
        ),
    )


async def test_it_tells_what_the_lock_says_of_a_model() -> None:
    """Where it is from, how it is stored and what it scored stand beside its queue."""
    engine = FakeEngine(pairs=[("en", "fr"), ("de", "fr")])
    engine.pace.decoded(1000, 2.0)
    cache = SentenceCache(1_000_000)
    async with serving(load=lambda: Translator([engine], cache, locked=locked)) as service:
        status = (await service.get("/status")).json()
    [model] = status["models"]
    assert status["status"] == "healthy"
    assert model["digest"] == engine.artifact.digest
    assert model["origin"] == {"repository": "acme/en-fr", "revision": "main", "commit": "c" * 40}
    assert (model["quantization"], model["licence"]) == ("int8", "CC0-1.0")
    assert (model["sources"], model["targets"], model["directions"]) == (["de", "en"], ["fr"], 2)
    assert model["quality"] == {
        "source": "en",
        "target": "fr",
        "against": "reference",
        "sentences": 1000,
        "chrf": 61.4,
        "bleu": 38.2,
        "chrf_float32": 61.6,
        "bleu_float32": 38.5,
    }
    assert model["queue"] == {
        "workers": 1,
        "running": 0,
        "sentences": 0,
        "tokens": 0,
        "tokens_per_second": 500.0,
        "wait_seconds": 0.0,
    }
    assert status["cache"] == {
        "entries": 0,
        "bytes": 0,
        "max_bytes": 1_000_000,
        "hits": 0,
        "misses": 0,
    }


async def test_what_nobody_knows_is_left_out() -> None:
    """A model that comes from no lock has neither an origin nor scores, and no pace before work."""
    async with serving() as service:
        [model] = (await service.get("/status")).json()["models"]
    assert {"origin", "quality"} & set(model) == set()
    assert {"tokens_per_second", "wait_seconds"} & set(model["queue"]) == set()


async def test_it_answers_while_the_models_load() -> None:
    """A server that starts has a status, too: no models and no cache yet."""
    may_load = threading.Event()

    def load() -> Translator:
        may_load.wait()
        return Translator([FakeEngine()])

    async with serving(load=load, wait=False) as service:
        response = await service.get("/status")
        may_load.set()
    assert response.status_code == 200
    status = response.json()
    assert (status["status"], status["models"]) == ("starting", [])
    assert "cache" not in status


async def test_requests_are_counted_while_they_last(tmp_path: Path) -> None:
    """The request for the status is one that is being answered, and translates nothing."""
    async with serving(state_dir=tmp_path) as service:
        status = (await service.get("/status")).json()
    assert (status["requests"], status["translating"]) == (1, 0)
