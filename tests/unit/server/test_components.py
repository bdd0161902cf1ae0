"""Schemas of the OpenAPI document that have a name."""

from __future__ import annotations

from typing import Any

import pytest

from ai_translate.server.components import gather, without_null

STATION: dict[str, Any] = {
    "title": "Station",
    "type": "object",
    "properties": {"name": {"type": "string", "examples": [{"title": "x", "type": "object"}]}},
}


def with_schema(*schemas: dict[str, Any]) -> dict[str, Any]:
    return {"paths": {"/": {"post": {"content": [{"schema": schema} for schema in schemas]}}}}


def found(api: dict[str, Any]) -> list[Any]:
    return [content["schema"] for content in api["paths"]["/"]["post"]["content"]]


def test_an_object_with_a_title_is_moved_and_stands_once() -> None:
    """Wherever it stood there is a reference, also where it stood within another."""
    line = {"title": "Line", "type": "object", "properties": {"ends": {"items": STATION}}}
    api = with_schema(STATION, line, STATION)
    gather(api, "own")
    station = {"$ref": "#/components/schemas/Station"}
    assert found(api) == [station, {"$ref": "#/components/schemas/Line"}, station]
    schemas = api["components"]["schemas"]
    assert list(schemas) == ["Line", "Station"]
    assert schemas["Station"] == STATION
    assert schemas["Line"]["properties"] == {"ends": {"items": station}}


def test_what_pydantic_defines_beside_is_moved() -> None:
    """Its references lead to the components then."""
    api = with_schema({"$defs": {"Colour": {"enum": ["red"]}}, "items": {"$ref": "#/$defs/Colour"}})
    gather(api, "own")
    assert found(api) == [{"items": {"$ref": "#/components/schemas/Colour"}}]
    assert api["components"]["schemas"] == {"Colour": {"enum": ["red"]}}


def test_a_field_may_be_called_as_a_keyword_is() -> None:
    """What is below `properties` are names, whatever they are."""
    api = with_schema({"title": "Odd", "type": "object", "properties": {"default": STATION}})
    gather(api, "own")
    odd = api["components"]["schemas"]["Odd"]
    assert odd["properties"] == {"default": {"$ref": "#/components/schemas/Station"}}


def test_two_of_one_name_are_refused() -> None:
    """A client would have one in place of the other."""
    with pytest.raises(ValueError, match="Station"):
        gather(with_schema(STATION, STATION | {"required": ["name"]}), "own")


def test_what_is_no_body_is_never_null() -> None:
    """One kind beside null is that kind; several stay as they are."""
    null = {"type": "null"}
    field = {"anyOf": [{"type": "integer"}, null], "default": None, "description": "How many."}
    assert without_null(field) == {"type": "integer", "description": "How many."}
    several = {"anyOf": [{"type": "integer"}, {"type": "string"}, null]}
    assert without_null(several) == several
    assert without_null({"type": "string", "default": "x"}) == {"type": "string", "default": "x"}


def test_schemas_of_a_door_do_not_meet_those_of_others() -> None:
    """They have its tag before their name, but for those that its answers have."""
    api = with_schema(STATION)
    other = STATION | {"required": ["name"]}
    line = {"title": "Line", "type": "object", "properties": {"from": {"type": "string"}}}
    content = [{"schema": schema} for schema in (other, line)]
    api["paths"]["/door"] = {"post": {"tags": ["The Door"], "content": content}}
    api["components"] = {"schemas": {"Line": line}}
    gather(api, "own")
    found = [one["schema"]["$ref"] for one in api["paths"]["/door"]["post"]["content"]]
    assert found == ["#/components/schemas/TheDoorStation", "#/components/schemas/Line"]
    assert api["components"]["schemas"] == {
        "Line": line,
        "Station": STATION,
        "TheDoorStation": other | {"title": "TheDoorStation"},
    }


def test_answers_of_one_name_have_short_names_again() -> None:
    """FastAPI calls both by their modules: ours loses that, and a door's has its tag instead."""
    api = with_schema({"$ref": "#/components/schemas/own__shapes__Station"})
    theirs = {"schema": {"$ref": "#/components/schemas/own__door__shapes__Station"}}
    api["paths"]["/door"] = {"post": {"tags": ["Door"], "content": [theirs]}}
    api["components"] = {
        "schemas": {
            "own__shapes__Station": STATION,
            "own__door__shapes__Station": STATION,
            "Line": {"items": {"$ref": "#/components/schemas/own__shapes__Station"}},
        }
    }
    gather(api, "own")
    assert found(api) == [{"$ref": "#/components/schemas/Station"}]
    [content] = api["paths"]["/door"]["post"]["content"]
    assert content == {"schema": {"$ref": "#/components/schemas/DoorStation"}}
    assert api["components"]["schemas"] == {
        "DoorStation": STATION | {"title": "DoorStation"},
        "Line": {"items": {"$ref": "#/components/schemas/Station"}},
        "Station": STATION,
    }


def test_a_choice_of_words_has_the_name_of_its_field() -> None:
    """Also where it may be null, which is a choice beside it."""
    null = {"type": "null"}
    api = with_schema({"title": "Tone", "anyOf": [{"enum": ["polite"]}, null]})
    gather(api, "own")
    [schema] = found(api)
    assert schema["anyOf"] == [{"title": "Tone", "enum": ["polite"]}, null]


def test_a_body_that_may_be_a_form_is_described_once() -> None:
    """As JSON; what is no JSON of the same shape stays beside it."""
    form, file = "application/x-www-form-urlencoded", "text/csv"
    content = {form: {"schema": STATION}, "application/json": {"schema": STATION}, file: {}}
    api = {"paths": {"/": {"post": {"requestBody": {"required": True, "content": content}}}}}
    gather(api, "own")
    body: dict[str, Any] = api["paths"]["/"]["post"]["requestBody"]
    assert list(body["content"]) == ["application/json", file]
    assert body["required"]
    assert form in body["description"]
