"""Texts by DeepL's contract: translated as asked, or refused in DeepL's words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ai_translate.server.deepl.shapes import TextFields
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine
from support.serving import Service, serving

pytestmark = pytest.mark.anyio

PATH = "/deepl/v2/translate"
PAIR = {"source_lang": "EN", "target_lang": "FR"}


async def said(service: Service, **fields: Any) -> list[str]:
    answer = await service.post(PATH, json={**PAIR, **fields})
    assert answer.status_code == 200, answer.text
    return [one["text"] for one in answer.json()["translations"]]


async def refused(service: Service, **fields: Any) -> str:
    answer = await service.post(PATH, json={**PAIR, **fields})
    assert answer.status_code == 400, answer.text
    message: str = answer.json()["message"]
    return message


async def test_json_and_forms_are_translated_alike() -> None:
    """In the order of the texts; fields that nobody knows change nothing."""
    fields = {**PAIR, "preserve_formatting": "1", "new_option": "x"}
    expected = {
        "translations": [
            {"detected_source_language": "EN", "text": "THE BUS"},
            {"detected_source_language": "EN", "text": "A CAR & MORE"},
        ]
    }
    texts = ["the bus", "a car & more"]
    async with serving() as service:
        for sent in ({"json": {**fields, "text": texts}}, {"data": {**fields, "text": texts}}):
            answer = await service.post(PATH, **sent)  # type: ignore[arg-type]  # of two
            assert answer.status_code == 200, answer.text
            assert answer.json() == expected


async def test_a_text_may_stand_alone() -> None:
    """A string in place of a list, and empty fields of a form in place of none."""
    async with serving() as service:
        assert await said(service, text="the bus", formality="", glossary_id="") == ["THE BUS"]


async def test_the_language_is_detected_where_none_is_said() -> None:
    """What is found is told; a text without words is of none."""
    async with serving() as service:
        body = {"text": ["Where is the station, please?", "12"], "target_lang": "fr"}
        answer = await service.post(PATH, json=body)
        german = {"text": ["Wo ist denn bitte der Bahnhof?"], "target_lang": "FR"}
        lost = await service.post(PATH, json=german)
    found = [one["detected_source_language"] for one in answer.json()["translations"]]
    assert found == ["EN", "UND"]
    assert lost.status_code == 400
    assert "The text is in German. No model translates" in lost.json()["message"]


async def test_a_region_falls_away_where_no_model_has_it() -> None:
    """Of the source and of the target."""
    async with serving() as service:
        assert await said(service, text="a", source_lang="EN-GB", target_lang="fr-CA") == ["A"]


async def test_markup_is_markup_where_that_is_said() -> None:
    """And elements that are named stay as they are."""
    text = "<p>the <b>bus</b> &amp; <k>a car</k></p>"
    async with serving() as service:
        for syntax in ("xml", "html"):
            [plain] = await said(service, text=text, tag_handling=syntax)
            assert plain == "<p>THE <b>BUS</b> &amp; <k>A CAR</k></p>"
            for names in ("b,k", ["b", "k"], ["b,k"]):
                [kept] = await said(service, text=text, tag_handling=syntax, ignore_tags=names)
                assert kept == "<p>THE <b>bus</b> &amp; <k>a car</k></p>"
        form = {**PAIR, "text": text, "tag_handling": "xml", "ignore_tags": "b, k"}
        answer = await service.post(PATH, data=form)
        assert answer.json()["translations"][0]["text"] == kept


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("0", ["The bus. A car."]),
        (0, ["The bus. A car."]),
        ("1", ["The bus.", "A car."]),
        ("nonewlines", ["The bus.", "A car."]),
    ],
)
async def test_sentences_are_split_unless_that_is_refused(how: Any, expected: list[str]) -> None:
    """Lines are apart in any case."""
    async with serving() as service:
        [text] = await said(service, text="The bus. A car.\nEnd", split_sentences=how)
        assert text == "THE BUS. A CAR.\nEND"
        assert sorted(service.engine.calls[0]) == sorted([*expected, "End"])


async def test_what_is_billed_is_told_if_asked() -> None:
    """In characters of the text; and the kind of model as it was asked for."""
    fields = {"text": ["the bus"], "show_billed_characters": True}
    async with serving() as service:
        body = {**PAIR, **fields, "model_type": "prefer_quality_optimized"}
        [one] = (await service.post(PATH, json=body)).json()["translations"]
    assert (one["billed_characters"], one["model_type_used"]) == (7, "quality_optimized")


async def test_what_has_no_effect_is_accepted() -> None:
    """As DeepL accepts it."""
    async with serving() as service:
        text = await said(
            service,
            text="the bus",
            formality="prefer_more",
            context="A street.",
            outline_detection=False,
            splitting_tags=["p"],
            non_splitting_tags="b,i",
            tag_handling_version="v2",
            model_type="latency_optimized",
        )
    assert text == ["THE BUS"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"formality": "more"}, "'formality' is not supported"),
        ({"formality": "rude"}, "formality"),
        ({"glossary_id": "x", "source_lang": None}, "source_lang is required"),
        ({"glossary_ids": ["x", "y"]}, "one glossary"),
        ({"custom_instructions": "Be brief."}, "custom_instructions"),
        ({"style_id": "x"}, "style_id"),
        ({"translation_memory_id": "x"}, "translation_memory_id"),
        ({"custom_instructions": ["Be brief."]}, "custom_instructions"),
        ({"target_lang": "DE"}, "No model translates en→de"),
        ({"target_lang": "no tag"}, "target_lang"),
        ({"target_lang": None}, "target_lang"),
        ({"text": []}, "text"),
        ({"text": None}, "text"),
        ({"text": [1]}, "text"),
        ({"tag_handling": "md"}, "tag_handling"),
        ({"split_sentences": "2"}, "split_sentences"),
        ({"ignore_tags": [1]}, "ignore_tags"),
    ],
)
async def test_what_cannot_be_done_is_a_400(fields: dict[str, Any], expected: str) -> None:
    """The message says what; nothing is translated."""
    async with serving() as service:
        assert expected in await refused(service, **{"text": ["the bus"], **fields})
        assert service.engine.calls == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"text=a&target_lang=fr", "text/plain"),
        (b"text=%FF&target_lang=fr", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_400(content: bytes, kind: str) -> None:
    """Whatever it was meant to be."""
    async with serving() as service:
        answer = await service.post(PATH, content=content, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["message"]


async def test_a_form_of_a_page_of_another_site_is_refused() -> None:
    """A browser sends one without asking; JSON it does not."""
    form = {**PAIR, "text": "the bus"}
    async with serving() as service:
        answer = await service.post(PATH, data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 400
        assert service.engine.calls == []


async def test_a_text_that_fails_fails_all() -> None:
    """There are no partial answers; what was charged is given back."""
    async with serving(characters_per_month=100) as service:
        answer = await service.post(PATH, json={**PAIR, "text": ["the bus", "FAIL"]})
        usage = await service.get("/deepl/v2/usage")
    assert answer.status_code == 500
    assert set(answer.json()) <= {"message", "detail"}
    assert usage.json()["character_count"] == 0


async def test_null_is_as_if_it_were_not_there() -> None:
    """Of every field that may be left out, as clients write what nobody has set."""
    names = TextFields.model_fields.keys() - {"text", *PAIR}
    async with serving() as service:
        assert await said(service, text=["the bus"], **dict.fromkeys(names)) == ["THE BUS"]


@pytest.mark.parametrize("name", ["glossary_id", "glossary_ids"])
async def test_a_glossary_that_cannot_be_is_none_that_is_there(name: str) -> None:
    """However long its id."""
    async with serving() as service:
        answer = await service.post(PATH, json={**PAIR, "text": ["a"], name: "x" * 65})
        assert answer.status_code == 404
        assert "no glossary" in answer.json()["message"]


async def test_a_text_in_the_target_language_stays_as_it_is() -> None:
    """Where its language is found; its neighbours are translated."""
    french = "Bonjour tout le monde, comment allez-vous aujourd'hui ?"
    async with serving() as service:
        body = {"text": ["Where is the station, please?", french], "target_lang": "FR"}
        answer = await service.post(PATH, json=body)
    assert answer.json()["translations"] == [
        {"detected_source_language": "EN", "text": "WHERE IS THE STATION, PLEASE?"},
        {"detected_source_language": "FR", "text": french},
    ]


async def test_texts_have_limits() -> None:
    """Their number and their length."""
    async with serving(max_batch_texts=2, max_text_bytes=10) as service:
        for text in (["a", "b", "c"], ["a" * 11], ["a"] * 1_001):
            kind = "json" if len(text) < 10 else "data"
            answer = await service.post(PATH, **{kind: {**PAIR, "text": text}})  # type: ignore[arg-type]  # of two
            assert answer.status_code == 413
            assert re.search("the limit is|over 1000 fields", answer.json()["message"])


async def test_languages_are_told_as_clients_take_them() -> None:
    """By query, by form and by POST; English and Portuguese are targets with a region alone."""
    pairs = [("en", "fr"), ("fr", "en"), ("pt-BR", "en"), ("fr", "pt"), ("fr", "zh-Hans")]
    engine = FakeEngine("many", pairs)
    path = "/deepl/v2/languages"
    async with serving(load=lambda: Translator([engine])) as service:
        sources = [
            (await service.get(path)).json(),
            (await service.get(path, params={"type": "source"})).json(),
            (await service.post(path)).json(),
        ]
        targets = [
            (await service.get(path, params={"type": "target"})).json(),
            (await service.request("GET", path, data={"type": "target"})).json(),
            (await service.post(path, data={"type": "target"})).json(),
            (await service.post(path, json={"type": "target"})).json(),
        ]
        wrong = await service.get(path, params={"type": "both"})
        for code in (one["language"] for one in targets[0]):
            answer = await service.post(
                PATH, json={"text": "a", "source_lang": "FR", "target_lang": code}
            )
            assert answer.status_code == (400 if code == "FR" else 200), code
    assert sources[0] == sources[1] == sources[2]
    assert sources[0] == [
        {"language": "EN", "name": "English"},
        {"language": "FR", "name": "French"},
        {"language": "PT", "name": "Portuguese"},
    ]
    assert all(found == targets[0] for found in targets)
    codes = [one["language"] for one in targets[0]]
    assert codes == ["EN-GB", "EN-US", "FR", "PT-BR", "PT-PT", "ZH-HANS"]
    assert {one["supports_formality"] for one in targets[0]} == {False}
    assert wrong.status_code == 400
