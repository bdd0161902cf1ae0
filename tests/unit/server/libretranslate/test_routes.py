"""What clients of LibreTranslate send, and what they get."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
import pytest

from ai_translate.errors import AITranslateError
from support.serving import Service, serving
from support.until import until

pytestmark = pytest.mark.anyio

PREFIX = "/libretranslate"
FIELDS = {"q": "Good morning.", "source": "en", "target": "fr"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def asked(service: Service, **fields: Any) -> httpx.Response:
    return await service.post(f"{PREFIX}/translate", json={**FIELDS, **fields})


def refusal(response: httpx.Response, status: int) -> str:
    """The error in a response, held against the shape that every error has."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert isinstance(error, str)
    assert "Traceback" not in error
    return error


async def test_a_text_is_translated_in_every_way_of_asking() -> None:
    """JSON, both kinds of forms, and the address alone, give the same answer."""
    path = f"{PREFIX}/translate"
    more = {**FIELDS, "alternatives": "0", "format": ""}
    async with serving() as service:
        answers = [
            await service.post(path, json=FIELDS),
            await service.post(path, json={**FIELDS, "api_key": None, "format": None}),
            await service.post(path, json=FIELDS, headers={"Content-Type": "text/json+x"}),
            await service.post(path, data=more),
            await service.post(path, files={name: (None, value) for name, value in more.items()}),
            await service.post(path, params=more),
            await service.post(path, params={"target": "fr"}, data={**more, "target": "xx"}),
        ]
    assert refusal(answers.pop(2), 400).startswith("content-type: must be JSON or a form")
    assert [answer.status_code for answer in answers] == [200] * 6
    assert [answer.json() for answer in answers] == [{"translatedText": "GOOD MORNING."}] * 6


async def test_a_list_gives_a_list() -> None:
    """Each field of the answer is one, in order; a field of a form may be repeated for it."""
    texts = ["One.", "", "Two."]
    async with serving() as service:
        listed = await asked(service, q=texts, source="auto", alternatives=1)
        repeated = await service.post(f"{PREFIX}/translate", data={**FIELDS, "q": ["A.", "B."]})
        alone = await asked(service, q=["One."])
    body = listed.json()
    assert body["translatedText"] == ["ONE.", "", "TWO."]
    assert body["alternatives"] == [["ONE. (1)"], [], ["TWO. (1)"]]
    assert [found["language"] for found in body["detectedLanguage"]] == ["en", "en", "en"]
    assert body["detectedLanguage"][1]["confidence"] == 0
    assert repeated.json() == {"translatedText": ["A.", "B."]}
    assert alone.json() == {"translatedText": ["ONE."]}


async def test_what_was_not_asked_for_is_absent() -> None:
    """A detected language only with `auto`, alternatives only where some are wanted."""
    text = "Where is the station? It is over there, behind the old church."
    async with serving() as service:
        plain = await asked(service, q=text)
        full = (await asked(service, q=text, source="AUTO", alternatives="2")).json()
    assert set(plain.json()) == {"translatedText"}
    assert full["detectedLanguage"]["language"] == "en"
    assert 50 < full["detectedLanguage"]["confidence"] <= 100
    assert len(full["alternatives"]) == 2
    assert all(isinstance(one, str) for one in full["alternatives"])


async def test_the_faults_of_libretranslate_are_not_ours() -> None:
    """Its known ones, each as it came in there (facts of our project, section 7)."""
    kept = "\n\n  one two.  \n"
    async with serving() as service:
        two = (await asked(service, q=["a", "b"])).json()
        one = (await asked(service, q="a|b")).json()
        entity = (await asked(service, q="Write &lt;b&gt; here.", format="html")).json()
        plain = (await asked(service, q="Write &lt;b&gt; here.")).json()
        around = (await asked(service, q=kept)).json()
        form = (await service.post(f"{PREFIX}/translate", data={**FIELDS, "q": kept})).json()
        nested = (await asked(service, q="<p>A <b><i >word</i></b>.</p>", format="html")).json()
        named = (await asked(service, q="Hello {{person.name}}, %1$s is here.")).json()
    assert (two["translatedText"], one["translatedText"]) == (["A", "B"], "A|B")
    assert "<b>" not in entity["translatedText"]
    assert "&lt;" in plain["translatedText"].lower()
    assert around["translatedText"] == form["translatedText"] == "\n\n  ONE TWO.  \n"
    assert nested["translatedText"] == "<p>A <b><i >WORD</i></b>.</p>"
    assert "{{person.name}}" in named["translatedText"]
    assert "%1$s" in named["translatedText"]


async def test_each_text_of_a_mixed_list_has_its_own_language() -> None:
    """Where LibreTranslate detects one for all."""
    english = "The weather is fine today, and we shall walk along the river."
    german = "Das Wetter ist heute schön, und wir gehen am Fluss spazieren."
    async with serving() as service:
        told = await service.post(f"{PREFIX}/detect", json={"q": [english, german, "12"]})
        refused = await asked(service, q=[english, german], source="auto")
    assert [found["language"] for found in told.json()] == ["en", "de", "en"]
    assert told.json()[2]["confidence"] == 0
    assert "German" in refusal(refused, 400)


async def test_a_text_in_the_target_language_stays_as_it_is() -> None:
    """With `auto`, also in a list; programs that send everything rely on it."""
    french = "Bonjour tout le monde, comment allez-vous aujourd'hui ?"
    async with serving() as service:
        answer = await asked(service, q=["Where is the station, please?", french], source="auto")
    told = answer.json()
    assert told["translatedText"] == ["WHERE IS THE STATION, PLEASE?", french]
    assert [found["language"] for found in told["detectedLanguage"]] == ["en", "fr"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"q": None}, "q"),
    ({"q": ""}, "q"),
    ({"q": []}, "q"),
    ({"q": 1}, "q"),
    ({"q": ["a", 1]}, "q.list: Each text"),
    ({"q": {"a": "b"}}, "q"),
    ({"source": None}, "source: "),
    ({"source": "?"}, "source: "),
    ({"target": ""}, "target: "),
    ({"target": "auto"}, "target"),
    ({"target": "xx"}, "No model translates en→xx"),
    ({"format": "xml"}, "format: "),
    ({"alternatives": "many"}, "alternatives: "),
    ({"alternatives": 1.5}, "alternatives: "),
    ({"alternatives": 99}, "alternatives: "),
    ({"api_key": 1}, "api_key: "),
    ({"q": "a" * 101}, "q is 101 bytes"),
    ({"q": ["a"] * 4}, "q has 4 texts; the limit is 3."),
]


async def test_a_wrong_field_is_a_400_that_names_it() -> None:
    """Never a 422 or a 413, which clients of LibreTranslate do not know."""
    async with serving(max_text_bytes=100, max_batch_texts=3) as service:
        for fields, said in WRONG:
            error = refusal(await asked(service, **fields), 400)
            assert error.startswith(said), fields
        assert service.engine.calls == []


async def test_a_missing_field_is_named() -> None:
    """In JSON and in a form."""
    async with serving() as service:
        for name in FIELDS:
            fields = {**FIELDS}
            del fields[name]
            for given in ({"json": fields}, {"data": fields}, {"params": fields}):
                sent: Mapping[str, Any] = given
                response = await service.post(f"{PREFIX}/translate", **sent)
                assert refusal(response, 400).startswith(f"{name}: Field required")


async def test_what_is_not_known_is_left_alone() -> None:
    """Clients send fields of other versions; languages have the names that they had there."""
    async with serving() as service:
        response = await asked(service, secret="x", batch=[1], source="EN", target="fr-CA")
        alias = await asked(service, target="zt")
    assert response.json() == {"translatedText": "GOOD MORNING."}
    assert "zh-Hant" in refusal(alias, 400)


UNREADABLE: list[tuple[bytes, str]] = [
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b'{"q": "\\ud800", "source": "en", "target": "fr"}', "application/json"),
    (b'{"q": "a", "source": "en", "target": "fr", "alternatives": NaN}', "application/json"),
    (b"[" * 100_000, "application/json"),
    (b"q=%ff&source=en&target=fr", FORM["Content-Type"]),
    (b"q=\xff&source=en&target=fr", FORM["Content-Type"]),
    (b"q=a&" * 2_000, FORM["Content-Type"]),
    (b"q=a&source=en&target=fr", "text/plain"),
    (b"q=a", "multipart/form-data"),
    (b"--a\r\n", "multipart/form-data; boundary=a; charset=punycode"),
    (
        b'--a\r\nContent-Disposition: form-data; name="q"; filename="a"\r\n\r\na\r\n--a--\r\n',
        "multipart/form-data; boundary=a",
    ),
]


async def test_what_cannot_be_read_is_a_400() -> None:
    """Whatever it claims to be."""
    async with serving() as service:
        for body, content_type in UNREADABLE:
            headers = {"Content-Type": content_type}
            response = await service.post(f"{PREFIX}/translate", content=body, headers=headers)
            refusal(response, 400)
        assert service.engine.calls == []


async def test_a_long_form_is_read_as_it_was_written() -> None:
    """Whatever is percent-encoded, wherever a piece of it ends."""
    text = "".join(f"{'x' * (at % 7)}é+% &=" for at in range(40_000))
    encoded = urlencode({**FIELDS, "q": text})
    odd = f"q={quote_plus('a') * 65_535}%C3%A9%&source=en&target=fr"
    async with serving() as service:
        for body, wanted in ((encoded, text), (odd, "a" * 65_535 + "é%")):
            response = await service.post(f"{PREFIX}/translate", content=body, headers=FORM)
            assert response.json() == {"translatedText": wanted.upper()}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_another_site_cannot_ask_without_asking_first(site: str) -> None:
    """Of what a browser sends without a preflight, nothing is translated."""
    path, headers = f"{PREFIX}/translate", {"Sec-Fetch-Site": site, "Origin": "https://a.example"}
    async with serving() as service:
        for given in ({"data": FIELDS}, {"params": FIELDS}, {"files": {"q": (None, "a")}}):
            sent: Mapping[str, Any] = given
            response = await service.post(path, headers=headers, **sent)
            assert "another site" in refusal(response, 400)
        assert service.engine.calls == []
        assert (await service.post(path, headers=headers, json=FIELDS)).status_code == 200
    async with serving(cors_origins="https://a.example") as service:
        assert (await service.post(path, headers=headers, data=FIELDS)).status_code == 200


async def test_failures_have_the_statuses_that_they_had() -> None:
    """Of a list, one that fails is the failure of all; an unknown address says what it is."""
    async with serving() as service:
        assert refusal(await asked(service, q="FAIL"), 500).startswith("The model failed.")
        assert refusal(await asked(service, q=["a", "FAIL"]), 500).startswith("The model failed.")
        assert "log" in refusal(await asked(service, q="BUG"), 500)
        refusal(await asked(service, q="LATE"), 504)
        refusal(await service.get(f"{PREFIX}/nowhere"), 404)
        refusal(await service.get(f"{PREFIX}/translate"), 405)
        refused = await service.post(f"{PREFIX}/suggest", data={"q": "a", "s": "b"})
        assert refusal(refused, 403).startswith("Suggestions are not taken")


async def test_before_there_is_a_model_the_answer_is_503() -> None:
    """From everything that needs one, health too."""

    def load() -> Any:
        raise AITranslateError("There is no model.")

    async with serving(load=load) as service:
        for path in ("languages", "health", "frontend/settings"):
            refusal(await service.get(f"{PREFIX}/{path}"), 503)
        for path in ("translate", "detect", "translate_file"):
            response = await service.post(f"{PREFIX}/{path}", json=FIELDS)
            refusal(response, 503)
            assert response.headers["retry-after"] == "1"


async def test_requests_are_limited() -> None:
    """Translating, detecting and documents count; the rest does not."""
    async with serving(requests_per_minute=2, characters_per_month=20) as service:
        assert (await asked(service)).headers["x-ratelimit-remaining"] == "1"
        assert "characters" in refusal(await asked(service), 429)
        told = await service.post(f"{PREFIX}/detect", json={"q": "a"})
        refusal(told, 429)
        assert told.headers["retry-after"]
        assert (await service.get(f"{PREFIX}/languages")).status_code == 200


async def test_the_work_of_a_client_that_leaves_is_given_up() -> None:
    """A text that waits is taken out of the queue, and a document is."""
    async with serving() as service:
        gone = asyncio.create_task(asked(service, q="WAIT here."))
        await asyncio.to_thread(service.engine.waiting.wait)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await until(lambda: settled(service))


async def settled(service: Service) -> bool:
    return service.engine.given_up == 1 and service.lifecycle.in_flight == 0


async def test_languages_and_settings_are_as_pages_of_it_read_them() -> None:
    """Every language of a pair, with what it can become; settings in its own words."""
    async with serving() as service:
        languages = (await service.get(f"{PREFIX}/languages")).json()
        settings = (await service.get(f"{PREFIX}/frontend/settings")).json()
        health = (await service.get(f"{PREFIX}/health")).json()
    assert languages == [
        {"code": "en", "name": "English", "targets": ["fr"]},
        {"code": "fr", "name": "French", "targets": []},
    ]
    assert health == {"status": "ok"}
    assert {".txt", ".docx", ".html"} <= set(settings.pop("supportedFilesFormat"))
    assert settings == {
        "apiKeys": False,
        "charLimit": 2_000_000,
        "filesTranslation": True,
        "frontendTimeout": 500,
        "keyRequired": False,
        "language": {
            "source": {"code": "auto", "name": "Auto Detect"},
            "target": {"code": "fr", "name": "French"},
        },
        "suggestions": False,
    }


async def test_spec_is_this_part_of_openapi() -> None:
    """Its addresses alone, and every shape that they name."""
    async with serving() as service:
        spec = (await service.get(f"{PREFIX}/spec")).json()
        whole = (await service.get("/openapi.json")).json()
    assert spec["openapi"] == whole["openapi"]
    mine = {path: told for path, told in whole["paths"].items() if path.startswith(PREFIX)}
    assert spec["paths"] == mine
    assert f"{PREFIX}/translate" in mine
    tags = {tag for told in mine.values() for one in told.values() for tag in one["tags"]}
    assert tags == {"LibreTranslate"}
    assert {"TranslationAnswer", "Detection", "Error"} <= set(spec["components"]["schemas"])
    assert "BatchRequest" not in spec["components"]["schemas"]


async def test_every_status_is_described() -> None:
    """Each address lists what it may answer; errors have their one shape, with an example."""
    translating = {"200", "400", "403", "429", "500", "503", "504"}
    expected = {
        "post /translate": translating,
        "post /detect": translating - {"504"},
        "post /translate_file": translating - {"504"},
        "get /download_file/{filename}": {"200", "400", "404", "500"},
        "get /languages": {"200", "503"},
        "get /health": {"200", "503"},
        "get /frontend/settings": {"200", "503"},
        "get /spec": {"200"},
        "post /suggest": {"403"},
    }
    async with serving() as service:
        paths = (await service.get(f"{PREFIX}/spec")).json()["paths"]
    told = {
        f"{method} {path.removeprefix(PREFIX)}": one["responses"]
        for path, methods in paths.items()
        for method, one in methods.items()
    }
    assert {name: set(responses) for name, responses in told.items()} == expected
    for responses in told.values():
        assert all(response["description"] for response in responses.values())
        for status, response in responses.items():
            if status >= "400":
                content = response["content"]["application/json"]
                assert content["schema"]["$ref"].endswith("/Error")
                assert set(content["example"]) == {"error"}


async def test_the_examples_are_true() -> None:
    """What the document shows as a request is accepted."""
    async with serving() as service:
        spec = (await service.get(f"{PREFIX}/spec")).json()
        for path in ("/translate", "/detect"):
            content = spec["paths"][f"{PREFIX}{path}"]["post"]["requestBody"]["content"]
            assert "application/json" in content
            for shown in content.values():
                name = shown["schema"]["$ref"].removeprefix("#/components/schemas/")
                fields = spec["components"]["schemas"][name]["properties"].items()
                body = {name: field["examples"][0] for name, field in fields}
                response = await service.post(f"{PREFIX}{path}", json=body)
                assert response.status_code == 200, response.text


async def test_at_the_root_it_has_its_own_addresses() -> None:
    """With AIT_ROOT; probes and our own contract stay where they are."""
    async with serving(root="libretranslate") as service:
        answer = await service.post("/translate", data=FIELDS)
        languages = await service.get("/languages")
        probe = await service.get("/health")
        own = await service.post("/native/translate", json={"text": "a"})
    assert answer.json() == {"translatedText": "GOOD MORNING."}
    assert languages.json()[0]["code"] == "en"
    assert probe.json()["status"] == "healthy"
    assert own.json()["translated_text"] == "A"


async def test_a_closed_door_has_no_addresses() -> None:
    """AIT_DOORS leaves it out; the answer is that of our own contract."""
    async with serving(doors="deepl") as service:
        response = await asked(service)
        api = (await service.get("/openapi.json")).json()
    assert response.status_code == 404
    assert set(response.json()) == {"error", "detail"}
    assert not [path for path in api["paths"] if path.startswith(PREFIX)]
