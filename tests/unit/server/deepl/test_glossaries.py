"""Glossaries by DeepL's contract are those of our own, with ids and titles."""

from __future__ import annotations

from typing import Any

import pytest

from support.serving import Service, serving

pytestmark = pytest.mark.anyio

ONE = "/deepl/v2/glossaries"
SEVERAL = "/deepl/v3/glossaries"
FRENCH = {"source_lang": "en", "target_lang": "fr"}
BACK = {"source_lang": "fr", "target_lang": "en"}
FIELDS = {**FRENCH, "name": "Mine & yours", "entries": "bus\tcar", "entries_format": "tsv"}


async def made(service: Service, path: str = ONE, **fields: Any) -> dict[str, Any]:
    answer = await service.post(path, json={**FIELDS, **fields})
    assert answer.status_code == 201, answer.text
    glossary: dict[str, Any] = answer.json()
    return glossary


async def made_of_two(service: Service) -> str:
    both = [{**FRENCH, "entries": "bus\tcar"}, {**BACK, "entries": "car,bus\n"}]
    both[1]["entries_format"] = "csv"
    glossary = await made(service, SEVERAL, dictionaries=both)
    assert [one["entry_count"] for one in glossary["dictionaries"]] == [1, 1]
    name: str = glossary["glossary_id"]
    return name


@pytest.mark.parametrize("kind", ["json", "data"])
@pytest.mark.parametrize(
    ("entries", "form"),
    [
        ("bus\tcar\nboat\tbateau", "tsv"),
        ("bus,car\nboat,bateau\n", "csv"),
        ("bus,car,EN,FR\nboat,bateau,EN,FR\n", "csv"),
    ],
)
async def test_one_is_made_listed_read_and_deleted(kind: str, entries: str, form: str) -> None:
    """By JSON and by form; two may have one name, and our own contract sees both by their ids."""
    async with serving() as service:
        body = {**FIELDS, "entries": entries, "entries_format": form}
        done = await service.post(ONE, **{kind: body})  # type: ignore[arg-type]  # of two
        assert done.status_code == 201, done.text
        glossary = done.json()
        path = f"{ONE}/{glossary['glossary_id']}"
        other = await made(service)
        listed = (await service.get(ONE)).json()["glossaries"]
        native = (await service.get("/glossaries")).json()["glossaries"]
        read = await service.get(path)
        terms = await service.get(f"{path}/entries")
        gone = await service.delete(path)
        missing = [await service.get(path), await service.get(f"{path}/entries")]
        missing.append(await service.delete(path))
    assert glossary.pop("creation_time").endswith("Z")
    assert glossary == {
        **FRENCH,
        "glossary_id": glossary["glossary_id"],
        "name": "Mine & yours",
        "ready": True,
        "entry_count": 2,
    }
    assert read.json().items() >= glossary.items()
    ids = sorted([glossary["glossary_id"], other["glossary_id"]])
    assert [one["glossary_id"] for one in listed] == [one["name"] for one in native] == ids
    assert terms.text == "bus\tcar\nboat\tbateau"
    assert terms.headers["content-type"].startswith("text/tab-separated-values")
    assert (gone.status_code, gone.content) == (204, b"")
    assert [answer.status_code for answer in missing] == [404] * 3


async def test_terms_are_honoured() -> None:
    """Of a glossary of either version, and of our own contract."""
    text = {"text": "the bus", "source_lang": "EN", "target_lang": "FR"}
    async with serving() as service:
        await service.put("/glossaries/ours", json={"en-fr": {"bus": "car"}})
        for name in (
            "ours",
            (await made(service))["glossary_id"],
            await made_of_two(service),
        ):
            for field in ({"glossary_id": name}, {"glossary_ids": [name]}):
                answer = await service.post("/deepl/v2/translate", json={**text, **field})
                assert answer.json()["translations"][0]["text"] == "THE CAR"
        lost = await service.post("/deepl/v2/translate", json={**text, "glossary_id": "none"})
        [ours] = [one for one in (await listed(service)) if one["glossary_id"] == "ours"]
    assert lost.status_code == 404
    assert ours["name"] == "ours"


async def listed(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await service.get(SEVERAL)).json()["glossaries"]
    return found


async def test_several_directions_are_of_version_three_alone() -> None:
    """Version two neither lists nor reads them; both see those of one."""
    async with serving() as service:
        name = await made_of_two(service)
        one = (await made(service))["glossary_id"]
        assert [g["glossary_id"] for g in (await service.get(ONE)).json()["glossaries"]] == [one]
        assert sorted(g["glossary_id"] for g in await listed(service)) == sorted([name, one])
        for path in (f"{ONE}/{name}", f"{ONE}/{name}/entries"):
            assert "v3" in (await service.get(path)).json()["detail"]
        assert (await service.get(f"{SEVERAL}/{name}")).json()["name"] == "Mine & yours"


async def test_a_glossary_has_its_limit_for_all_directions_together() -> None:
    """However its terms come in."""
    half = "\n".join(f"{number}\tx" for number in range(60_000))
    async with serving() as service:
        both = [{**pair, "entries": half, "entries_format": "tsv"} for pair in (FRENCH, BACK)]
        refused = await service.post(SEVERAL, json={"name": "a", "dictionaries": both})
        assert refused.status_code == 413
        path = f"{SEVERAL}/{(await made(service, entries=half))['glossary_id']}"
        added = await service.patch(path, json={"dictionaries": [both[1]]})
        put = await service.put(f"{path}/dictionaries", json=both[1])
        assert (added.status_code, put.status_code) == (413, 413)
        assert "100000" in put.json()["message"]
        told = (await service.get(path)).json()
        assert [one["entry_count"] for one in told["dictionaries"]] == [60_000]


async def test_dictionaries_are_added_replaced_and_removed() -> None:
    """Each by itself; the last one goes with its glossary."""
    async with serving() as service:
        path = f"{SEVERAL}/{await made_of_two(service)}"

        async def terms(pair: dict[str, str]) -> str:
            answer = await service.get(f"{path}/entries", params=pair)
            [found] = answer.json()["dictionaries"]
            assert {**pair, "entries_format": "tsv"}.items() <= found.items()
            text: str = found["entries"]
            return text

        renamed = await service.patch(path, json={"name": "Ours"})
        assert renamed.json()["name"] == "Ours"
        more = {**FRENCH, "entries": "bus\tautocar\nboat\tbateau"}
        changed = await service.patch(path, json={"dictionaries": [more]})
        assert changed.json()["name"] == "Ours"
        assert await terms(FRENCH) == "bus\tautocar\nboat\tbateau"
        form = {
            f"dictionaries[0].{name}": text for name, text in {**BACK, "entries": "a\tb"}.items()
        }
        assert (await service.patch(path, data=form)).status_code == 200
        assert await terms(BACK) == "car\tbus\na\tb"
        body = {**FRENCH, "entries": "boat\tbarque"}
        replaced = await service.put(f"{path}/dictionaries", json=body)
        assert replaced.json() == {**FRENCH, "entry_count": 1}
        assert await terms(FRENCH) == "boat\tbarque"
        gone = await service.delete(f"{path}/dictionaries", params=BACK)
        assert (gone.status_code, gone.content) == (204, b"")
        for ask in (service.delete, service.get):
            where = "dictionaries" if ask == service.delete else "entries"
            assert (await ask(f"{path}/{where}", params=BACK)).status_code == 404
        last = await service.delete(f"{path}/dictionaries", params=FRENCH)
        assert last.status_code == 400
        assert await terms(FRENCH) == "boat\tbarque"
        assert (await service.delete(path)).status_code == 204
        for method, sub in (("PATCH", ""), ("PUT", "/dictionaries")):
            answer = await service.request(method, f"{path}{sub}", json={**FIELDS})
            assert answer.status_code == 404
        left = {"params": FRENCH}
        assert (await service.delete(f"{path}/dictionaries", **left)).status_code == 404  # type: ignore[arg-type]  # of one


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        (ONE, {"entries": "bus"}, "Line 1"),
        (ONE, {"entries": ""}, "no entries"),
        (ONE, {"entries": "a,b,en,de", "entries_format": "csv"}, "not all of en→fr"),
        (ONE, {"entries": "a,b,?,de", "entries_format": "csv"}, "not a language tag"),
        (ONE, {"name": ""}, "name"),
        (ONE, {"entries_format": "json"}, "entries_format"),
        (ONE, {"source_lang": "no tag"}, "source_lang"),
        (SEVERAL, {"dictionaries": []}, "dictionaries"),
        (SEVERAL, {"dictionaries": [{**FRENCH, "entries": "bus"}]}, "Line 1"),
        (SEVERAL, {}, "dictionaries"),
    ],
)
async def test_what_is_wrong_is_a_400(path: str, fields: dict[str, Any], expected: str) -> None:
    """And nothing is kept."""
    async with serving() as service:
        answer = await service.post(path, json={**FIELDS, **fields})
        assert answer.status_code == 400
        assert expected in answer.json()["message"]
        assert await listed(service) == []


async def test_directions_are_those_of_the_models() -> None:
    """As clients ask for them."""
    async with serving() as service:
        pairs = (await service.get("/deepl/v2/glossary-language-pairs")).json()
    assert pairs == {"supported_languages": [FRENCH]}
