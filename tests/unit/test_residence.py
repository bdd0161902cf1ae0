"""Models under a ceiling of memory: who leaves, who comes back, and that nobody is forgotten."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ai_translate import DecodingOptions, Translator
from ai_translate.artifact import Artifact, hash_file
from ai_translate.engine import ScoredSentence
from ai_translate.engine.work import finish
from ai_translate.errors import EngineFailure, NotReady, ServiceError
from ai_translate.languages import LanguagePair
from ai_translate.residence import Residence, Tenant, room_of
from support.fake_engine import FakeEngine

SIZE = 1000


def artifact_of(folder: Path, target: str) -> Artifact:
    """An artifact of one file of SIZE bytes, for a direction from English."""
    aside = folder / target
    aside.mkdir(parents=True)
    (aside / "model.bin").write_bytes(target.encode().ljust(SIZE, b"."))
    plain = FakeEngine(pairs=[("en", target)]).artifact.manifest
    manifest = replace(plain, files={"model.bin": hash_file(aside / "model.bin")})
    (aside / "manifest.json").write_bytes(manifest.to_json())
    return Artifact(aside.rename(folder / manifest.digest), manifest.digest, manifest)


class House:
    """A residence of fake models, and all that was ever loaded in it."""

    def __init__(self, folder: Path, places: int) -> None:
        self.folder = folder
        self.loads: list[str] = []
        self.alive: list[FakeEngine] = []
        self.most = 0
        self.before: Callable[[], None] = lambda: None
        self.residence = Residence(
            places * room_of(artifact_of(folder / "measure", "xx")), self._load
        )

    def model(self, target: str) -> Tenant:
        """A model from English."""
        return self.residence.tenant(target, artifact_of(self.folder, target))

    def engine(self, target: str) -> FakeEngine:
        """The one of a model that is in memory."""
        return next(one for one in self.alive if one.name == target and not one.closed)

    def _load(self, name: str, _artifact: Artifact) -> FakeEngine:
        self.before()
        self.loads.append(name)
        engine = FakeEngine(name, [("en", name)], lambda said: f"{name}:{said}")
        self.alive.append(engine)
        self.most = max(self.most, sum(not one.closed for one in self.alive))
        return engine


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield (found := House(tmp_path, places=2))
    for engine in found.alive:
        engine.release.set()


def asked(model: Tenant, text: str = "a") -> str:
    pair = LanguagePair("en", model.name)
    [outcome] = finish(model.translate([text], pair, DecodingOptions()))
    return outcome.best.text if isinstance(outcome, ScoredSentence) else outcome.code


def resident(*models: Tenant) -> list[str]:
    return [model.name for model in models if model.resident]


def test_models_are_loaded_while_there_is_room(house: House) -> None:
    """The first ones are in memory from the start; the others are known, and not loaded."""
    models = [house.model(target) for target in ("fr", "de", "es")]
    assert resident(*models) == ["fr", "de"]
    assert house.loads == ["fr", "de"]


def test_the_one_of_least_recent_use_leaves(house: House) -> None:
    """A demand brings a model in, in the place of the one that was used longest ago."""
    fr, de, es = [house.model(target) for target in ("fr", "de", "es")]
    assert asked(fr) == "fr:a"
    assert asked(es) == "es:a"
    assert resident(fr, de, es) == ["fr", "es"]
    assert asked(de) == "de:a"
    assert resident(fr, de, es) == ["de", "es"]
    assert house.most == 2


def test_a_model_never_leaves_while_it_works(house: House) -> None:
    """Who needs the room of models at work waits for the first of them to end."""
    fr, de, es = [house.model(target) for target in ("fr", "de", "es")]
    with ThreadPoolExecutor() as pool:
        slow = [pool.submit(asked, model, "WAIT") for model in (fr, de)]
        engines = [house.engine("fr"), house.engine("de")]
        assert all(engine.waiting.wait(20) for engine in engines)
        third = pool.submit(asked, es)
        for engine, job in zip(engines, slow, strict=True):
            assert not engine.closed
            engine.release.set()
            assert job.result(20) == f"{engine.name}:WAIT"
        assert third.result(20) == "es:a"
    assert house.most == 2


def test_one_that_is_always_busy_keeps_no_other_out(tmp_path: Path) -> None:
    """Under endless demand for one model, the other is served too, and both go on."""
    house = House(tmp_path, places=1)
    fr, de = house.model("fr"), house.model("de")
    stop = threading.Event()

    def busy() -> int:
        count = 0
        while not stop.is_set():
            assert asked(fr) == "fr:a"
            count += 1
        return count

    with ThreadPoolExecutor() as pool:
        loops = [pool.submit(busy) for _ in range(4)]
        try:
            for _ in range(20):
                assert asked(de) == "de:a"
        finally:
            stop.set()
        assert all(loop.result(20) for loop in loops)
    assert house.most == 1
    # None leaves before those who waited for it have had it.
    assert house.loads.count("de") <= 20


def test_many_demands_load_once(tmp_path: Path) -> None:
    """However many wait for a model, it is loaded once, and all are answered."""
    house = House(tmp_path, places=1)
    _, de = house.model("fr"), house.model("de")
    everybody = threading.Barrier(16)

    def ask() -> str:
        everybody.wait(20)
        return asked(de)

    with ThreadPoolExecutor(16) as pool:
        assert {job.result(20) for job in [pool.submit(ask) for _ in range(16)]} == {"de:a"}
    assert house.loads.count("de") == 1


def test_threads_at_random_never_break_the_ceiling(tmp_path: Path) -> None:
    """Eight threads on five models in two places: each answer is right, never three in memory."""
    house = House(tmp_path, places=2)
    models = [house.model(target) for target in ("fr", "de", "es", "it", "pt")]

    def walk(step: int) -> bool:
        order = [models[(start * step + start) % 5] for start in range(40)]
        return all(asked(model, "x") == f"{model.name}:x" for model in order)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(walk, range(1, 9)))
    assert house.most == 2
    assert house.residence.used <= house.residence.ceiling


def test_a_damaged_model_fails_those_who_asked_and_is_tried_again(tmp_path: Path) -> None:
    """What was changed on disk meanwhile is no model: an error, until it is mended."""
    house = House(tmp_path, places=1)
    fr, de = house.model("fr"), house.model("de")
    weights = de.artifact.path / "model.bin"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + b"!")
    assert asked(de) == "engine_failure"
    assert asked(fr) == "fr:a"
    weights.write_bytes(whole)
    assert asked(de) == "de:a"
    assert house.loads == ["fr", "fr", "de"]


def test_a_model_that_cannot_be_loaded_names_no_file(tmp_path: Path) -> None:
    """The caller learns which model it is; what is on the disk is for the log."""
    house = House(tmp_path, places=1)
    _, de = house.model("fr"), house.model("de")

    def broken() -> None:
        raise EngineFailure(f"{tmp_path} is broken")

    house.before = broken
    pair = LanguagePair("en", "de")
    found = finish(de.translate(["a", "b"], pair, DecodingOptions()))
    assert [type(outcome) for outcome in found] == [EngineFailure] * 2
    assert "de was not in memory" in str(found[0])
    assert str(tmp_path) not in str(found[0])
    assert found[0] is not found[1]


def test_whoever_leaves_takes_nobody_along(tmp_path: Path) -> None:
    """One caller that gives up while a model is loaded does not fail the others."""
    house = House(tmp_path, places=1)
    _, de = house.model("fr"), house.model("de")
    may, begun = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        assert may.wait(20)

    house.before = slowly

    async def both() -> str:
        with Translator([de]) as translator:
            leaver, stayer = [
                asyncio.create_task(translator.translate_async("a", "en", "de")) for _ in range(2)
            ]
            await asyncio.to_thread(begun.wait, 20)
            leaver.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaver
            may.set()
            return (await stayer).text

    assert asyncio.run(both()) == "de:a"


def test_a_closed_model_tells_those_who_wait(tmp_path: Path) -> None:
    """Closing ends every wait with `NotReady`, and frees what comes too late."""
    house = House(tmp_path, places=1)
    fr, de = house.model("fr"), house.model("de")
    may, begun = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        assert may.wait(20)

    house.before = slowly
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(asked, de)
        assert begun.wait(20)
        de.close()
        with pytest.raises(NotReady):
            waiting.result(20)
        may.set()
        house.before = lambda: None
        assert asked(fr) == "fr:a"
    de.close()
    with pytest.raises(NotReady):
        asked(de)
    assert [engine.name for engine in house.alive if not engine.closed] == ["fr"]
    fr.close()
    assert house.residence.used == 0


def test_a_stream_over_more_models_than_fit_comes_to_its_end(tmp_path: Path) -> None:
    """Texts of several languages, read ahead, do not wait for each other."""
    house = House(tmp_path, places=1)

    def reads(source: str) -> Tenant:
        artifact = artifact_of(tmp_path / source, source)
        pairs = (LanguagePair(source, "en"),)
        manifest = replace(artifact.manifest, pairs=pairs)
        (artifact.path / "manifest.json").write_bytes(manifest.to_json())
        moved = artifact.path.rename(artifact.path.with_name(manifest.digest))
        return house.residence.tenant(source, Artifact(moved, manifest.digest, manifest))

    house.residence._load = lambda name, _: FakeEngine(name, [(name, "en")])
    french, german = "Où est la gare de cette ville ?", "Wo ist der Bahnhof dieser Stadt?"
    with Translator([reads("fr"), reads("de")]) as translator:
        found = list(translator.stream([french, german] * 200, "auto", "en"))
    assert {one.source for one in found if not isinstance(one, ServiceError)} == {"fr", "de"}  # type: ignore[union-attr]
    assert len(found) == 400


def test_a_thread_that_cannot_be_started_keeps_nobody_who_comes_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever came then has the error; the next brings the model in."""
    models = [house.model(target) for target in ("de", "fr", "es")]
    start = threading.Thread.start

    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError):
        asked(models[2])
    monkeypatch.setattr(threading.Thread, "start", start)
    assert asked(models[2]) == "es:a"
