from __future__ import annotations

import json
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from ai_translate.engine import DecodingOptions
from ai_translate.languages import LanguagePair
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine
from support.serving import error_of, serving

pytestmark = pytest.mark.anyio


async def test_a_text_is_translated_with_exactly_the_fields_that_apply() -> None:
    """POST /translate answers the fields of the contract; those without a value are left out."""
    async with serving() as service:
        response = await service.post("/translate", json={"text": "Good morning"})
        model = f"fake-en-fr@{service.engine.artifact.digest[:12]}"
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body.pop("confidence") == pytest.approx(0.5)
    assert body == {
        "original_text": "Good morning",
        "translated_text": "GOOD MORNING",
        "source_lang": "en",
        "target_lang": "fr",
        "model": model,
    }


async def test_alternatives_and_warnings_are_given_where_they_apply() -> None:
    """Alternatives come when asked for, warnings when there is a doubt."""
    async with serving() as service:
        response = await service.post("/translate", json={"text": "CUT it", "alternatives": 2})
    body = response.json()
    assert body["alternatives"] == ["CUT IT (1)", "CUT IT (2)"]
    [warning] = body["warnings"]
    assert set(warning) == {"code", "message", "sentence"}
    assert warning["code"] == "cut_short"
    assert warning["sentence"] == "CUT it"


async def test_the_query_gives_the_same_answer_as_the_body() -> None:
    """GET /translate takes every field of POST /translate and answers the same."""
    fields: dict[str, Any] = {
        "text": "Où est l'hôtel ? 50 % & plus",
        "source_lang": "EN",
        "target_lang": "fr",
        "beam_size": 3,
        "alternatives": 1,
        "length_penalty": 0.5,
        "max_length": 40,
    }
    async with serving() as service:
        posted = await service.post("/translate", json=fields)
        queried = await service.get("/translate", params=fields)
        assert service.engine.asked == [DecodingOptions(3, 1, 0.5, 40)] * 2
    assert queried.status_code == posted.status_code == 200
    assert queried.content == posted.content


async def test_a_query_in_raw_utf8_is_understood() -> None:
    """A client that does not percent-encode is read as UTF-8, not as Latin-1."""
    async with serving() as service:
        response = await service.get("/translate?text=%C3%A9t%C3%A9+à+midi")
    assert response.json()["original_text"] == "été à midi"


async def test_the_server_chooses_a_beam_that_is_wide_enough() -> None:
    """Who names no beam gets the setting's, or one that has room for the alternatives."""
    async with serving(beam_size=3) as service:
        await service.post("/translate", json={"text": "a"})
        await service.post("/translate", json={"text": "a", "alternatives": 4})
        await service.post("/translate", json={"text": "a", "beam_size": 1})
        assert [asked.beam_size for asked in service.engine.asked] == [3, 5, 1]


async def test_more_alternatives_than_the_beam_has_are_refused() -> None:
    """A beam that was chosen too narrow is the client's mistake; the answer says how to mend it."""
    async with serving() as service:
        response = await service.post(
            "/translate", json={"text": "a", "beam_size": 2, "alternatives": 2}
        )
    assert response.status_code == 422
    assert "beam_size 3" in error_of(response)["hint"]


@pytest.mark.parametrize("tag", ["en", "EN", "en-US", "en_gb", "eng"])
async def test_a_tag_with_case_or_region_finds_its_model(tag: str) -> None:
    """Tags are normalized, and a region falls back to its language."""
    async with serving() as service:
        response = await service.post("/translate", json={"text": "a", "source_lang": tag})
    assert response.status_code == 200
    assert response.json()["source_lang"] == "en"


async def test_an_unsupported_pair_names_those_that_exist() -> None:
    """An unsupported pair is a 400 that tells what there is instead."""
    engine = FakeEngine(pairs=[("en", "fr"), ("fr", "en")])
    async with serving(load=lambda: Translator([engine])) as service:
        for response in (
            await service.post("/translate", json={"text": "a", "target_lang": "de"}),
            await service.get("/translate", params={"text": "a", "target_lang": "de"}),
            await service.post("/translate/batch", json={"texts": ["a"], "target_lang": "de"}),
            await service.post("/translate/batch", json={"texts": [], "target_lang": "de"}),
        ):
            assert response.status_code == 400
            error = error_of(response)
            assert error["code"] == "unsupported_language_pair"
            assert str(LanguagePair("en", "de")) in error["message"]
            assert ", ".join(map(str, engine.artifact.manifest.pairs)) in error["message"]


async def test_what_is_not_ascii_stays_itself() -> None:
    """Responses are plain UTF-8: nothing is escaped that JSON does not ask to escape."""
    text = "Œuvre à 5 €, 東京, 🙂, e\u0301"
    async with serving() as service:
        response = await service.post("/translate", json={"text": text})
    assert json.dumps(text, ensure_ascii=False).encode() in response.content
    assert response.json()["original_text"] == text


async def test_a_batch_keeps_order_and_repetitions() -> None:
    """Translations come in the order of the texts, one for each, also for equal ones."""
    texts = ["yes", "no", "yes", "", "last"]
    async with serving() as service:
        response = await service.post("/translate/batch", json={"texts": texts})
    assert response.status_code == 200
    translations = response.json()["translations"]
    assert [entry["original_text"] for entry in translations] == texts
    assert [entry["translated_text"] for entry in translations] == ["YES", "NO", "YES", "", "LAST"]


async def test_an_empty_batch_is_answered_empty() -> None:
    """No texts, no translations, no error."""
    async with serving() as service:
        response = await service.post("/translate/batch", json={"texts": []})
    assert response.status_code == 200
    assert response.json() == {"translations": []}


async def test_a_failing_item_does_not_fail_its_neighbours() -> None:
    """The item that the model fails on, and the one over the limit, have `error` in their place."""
    texts = ["one", "FAIL", "x" * 101, "four"]
    async with serving(max_text_bytes=100) as service:
        response = await service.post("/translate/batch", json={"texts": texts})
    assert response.status_code == 200
    first, failed, long, last = response.json()["translations"]
    assert first["translated_text"] == "ONE"
    assert last["translated_text"] == "FOUR"
    assert failed == {
        "original_text": "FAIL",
        "error": {
            "code": "engine_failure",
            "message": "The model failed.",
            "hint": "Try another sentence.",
        },
    }
    assert set(long) == {"original_text", "error"}
    assert long["error"]["code"] == "too_large"
    assert "texts[2] is 101 bytes" in long["error"]["message"]


async def test_an_item_that_is_no_string_is_named() -> None:
    """A batch with an item of another type is a 422 that says which one."""
    async with serving() as service:
        response = await service.post("/translate/batch", json={"texts": ["a", 7, "b"]})
    assert response.status_code == 422
    assert "texts.1" in error_of(response)["message"]
    assert response.json()["detail"][0]["loc"] == ["body", "texts", 1]


async def test_too_many_texts_are_refused_by_number() -> None:
    """A batch over its limit is a 413 that names its size and the limit."""
    async with serving(max_batch_texts=2) as service:
        within = await service.post("/translate/batch", json={"texts": ["a", "b"]})
        beyond = await service.post("/translate/batch", json={"texts": ["a", "b", "c"]})
    assert within.status_code == 200
    assert beyond.status_code == 413
    assert "3 items; the limit is 2" in error_of(beyond)["message"]


@pytest.mark.parametrize("text", ["x" * 101, "é" * 51])
async def test_a_text_over_the_limit_is_measured_in_bytes(text: str) -> None:
    """The limit counts bytes of UTF-8; the answer names the field, its size and the limit."""
    async with serving(max_text_bytes=100) as service:
        posted = await service.post("/translate", json={"text": text})
        queried = await service.get("/translate", params={"text": text})
        within = await service.post("/translate", json={"text": "é" * 50})
    for response in (posted, queried):
        assert response.status_code == 413
        error = error_of(response)
        assert error["code"] == "too_large"
        assert f"text is {len(text.encode())} bytes of UTF-8; the limit is 100" in error["message"]
    assert within.status_code == 200


async def test_the_overview_names_the_models() -> None:
    """GET / says what answers, in which version and with which models."""
    async with serving() as service:
        response = await service.get("/")
        digest = service.engine.artifact.digest
    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"message", "version", "models"}
    assert body["models"] == [
        {
            "name": "fake-en-fr",
            "digest": digest,
            "pairs": [{"source": "en", "target": "fr"}],
            "quantization": "int8",
            "licence": "CC0-1.0",
            "resident": True,
        }
    ]


async def test_languages_are_listed_by_side_by_pair_and_by_name() -> None:
    """GET /languages gives each side's tags, the directions that exist, and names."""
    engines = [FakeEngine("a", [("en", "fr"), ("en", "pt-BR")]), FakeEngine("b", [("fr", "en")])]
    async with serving(load=lambda: Translator(engines)) as service:
        response = await service.get("/languages")
    assert response.json() == {
        "supported_languages": {"source": ["en", "fr"], "target": ["en", "fr", "pt-BR"]},
        "pairs": [
            {"source": "en", "target": "fr"},
            {"source": "en", "target": "pt-BR"},
            {"source": "fr", "target": "en"},
        ],
        "names": {"en": "English", "fr": "French", "pt-BR": "Portuguese (BR)"},
    }


@pytest.mark.parametrize("path", ["/", "/health", "/livez", "/readyz", "/languages", "/docs"])
async def test_head_is_answered_where_get_is(path: str) -> None:
    """HEAD has GET's status, as RFC 9110 section 9.3.2 asks."""
    async with serving() as service:
        response = await service.head(path)
    assert response.status_code == 200


async def test_a_blocked_translation_does_not_block_the_event_loop() -> None:
    """While one translation holds a thread, probes and other translations are answered."""
    async with serving() as service:

        async def slow() -> None:
            response = await service.post("/translate", json={"text": "WAIT for it"})
            assert response.json()["translated_text"] == "WAIT FOR IT"

        async with anyio.create_task_group() as group:
            group.start_soon(slow)
            with anyio.fail_after(20):
                while not service.engine.waiting.is_set():
                    await anyio.lowlevel.checkpoint()
                assert (await service.get("/livez")).status_code == 200
                quick = await service.post("/translate", json={"text": "quick"})
                assert quick.json()["translated_text"] == "QUICK"
            assert service.lifecycle.in_flight == 1
            service.engine.release.set()
        assert service.lifecycle.in_flight == 0
