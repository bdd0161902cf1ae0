from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.serving import serving

pytestmark = pytest.mark.anyio


async def described() -> dict[str, Any]:
    async with serving() as service:
        response = await service.get("/openapi.json")
    assert response.status_code == 200
    api: dict[str, Any] = response.json()
    return api


def objects(node: object, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict):
            yield where, node
        for key, value in node.items():
            yield from objects(value, f"{where}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from objects(value, f"{where}/{index}")


def body_of(api: dict[str, Any], path: str) -> dict[str, Any]:
    """The schema of what is posted as JSON."""
    content = api["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    name = content["schema"]["$ref"].removeprefix("#/components/schemas/")
    schema: dict[str, Any] = api["components"]["schemas"][name]
    return schema


async def test_every_field_has_a_description_and_an_example() -> None:
    """Whoever reads OpenAPI learns what each field means and sees one."""
    found = [
        (f"{where}.{name}", field)
        for where, schema in objects(await described())
        for name, field in schema["properties"].items()
    ]
    assert len(found) > 40
    assert [name for name, field in found if not field.get("description")] == []
    assert [name for name, field in found if not field.get("examples")] == []


async def test_every_parameter_has_a_description_and_an_example() -> None:
    """The query of GET /translate is described as its body's counterpart is."""
    api = await described()
    parameters = api["paths"]["/translate"]["get"]["parameters"]
    body = body_of(api, "/translate")
    lists = {"source_candidates", "do_not_translate"}
    in_query = {p["name"] for p in parameters if p["in"] == "query"}
    assert in_query == set(body["properties"]) - lists
    assert [p["name"] for p in parameters if p["required"]] == ["text"]
    assert all(p["description"] and "example" in p for p in parameters)


async def test_the_examples_are_true() -> None:
    """What the documentation shows as a request is accepted, field by field."""
    api = await described()
    glossary = api["paths"]["/glossaries/{name}"]["put"]["requestBody"]["content"]
    async with serving() as service:
        for kind, shown in glossary.items():
            example = shown["example"]
            text = example if isinstance(example, str) else json.dumps(example)
            response = await service.put(
                "/glossaries/products?source_lang=en&target_lang=fr",
                content=text,
                headers={"Content-Type": kind},
            )
            assert response.status_code == 200, response.text
        for path in ("/translate", "/translate/batch", "/translate/stream"):
            fields = body_of(api, path)["properties"].items()
            body = {name: field["examples"][0] for name, field in fields}
            response = await service.post(path, json=body)
            assert response.status_code == 200, response.text


TRANSLATING = {"200", "400", "404", "413", "422", "429", "500", "503", "504"}


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/translate", "post", TRANSLATING),
        ("/translate", "get", TRANSLATING),
        ("/translate/batch", "post", TRANSLATING),
        ("/translate/stream", "post", TRANSLATING),
        ("/glossaries", "get", {"200", "500"}),
        ("/glossaries/{name}", "get", {"200", "404", "500"}),
        ("/glossaries/{name}", "put", {"200", "413", "422", "500"}),
        ("/languages", "get", {"200", "503"}),
        ("/health", "get", {"200", "503"}),
        ("/readyz", "get", {"200", "503"}),
        ("/livez", "get", {"200"}),
        ("/", "get", {"200"}),
        ("/status", "get", {"200"}),
    ],
)
async def test_every_status_is_described_with_its_shape(
    path: str, method: str, statuses: set[str]
) -> None:
    """Each address lists what it may answer, and each answer has a schema."""
    api = await described()
    operation = api["paths"][path][method]
    assert set(operation["responses"]) == statuses
    components = api["components"]["schemas"]
    for response in operation["responses"].values():
        assert response["description"]
        [(media_type, content)] = response["content"].items()
        items = content.get("itemSchema", content["schema"])
        named = [schema["$ref"] for schema in items.get("anyOf", [items])]
        assert named
        assert all(name.removeprefix("#/components/schemas/") in components for name in named)
        assert media_type == "application/json" or content["example"]


async def test_every_operation_has_a_name_of_its_own() -> None:
    """Short, as the function that answers it is called; makers of clients name theirs by it."""
    api = await described()
    names = [one["operationId"] for methods in api["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)
    assert {"translate", "translate_batch", "translate_stream", "put_glossary"} <= set(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z0-9]+){0,4}", name) for name in names)


async def test_only_what_may_be_answered_is_described() -> None:
    """Where nothing comes back there is no 200, and no field of an address may be null."""
    api = await described()
    assert "200" not in api["paths"]["/glossaries/{name}"]["delete"]["responses"]
    schemas = [
        parameter["schema"]
        for methods in api["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
    ]
    assert schemas
    assert {"type": "null"} not in [kind for one in schemas for kind in one.get("anyOf", ())]


async def test_the_documentation_page_asks_nobody_else() -> None:
    """/docs and its parts come from this server alone, and the browser is told to hold it so."""
    async with serving() as service:
        page = await service.get("/docs")
        named = re.findall(r'(?:href|src)="([^"]+)"', page.text)
        parts = {name: await service.get(f"/{name}") for name in named}
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert {"docs.js", "docs.css", "openapi.json"} <= set(parts)
    assert {part.status_code for part in parts.values()} == {200}
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    own = page.text + parts["docs.js"].text + parts["docs.css"].text
    assert not re.search(r"https?:|//\w+\.", own)
    assert "<script>" not in own
    assert "innerHTML" not in own
    assert len(own) < 10_000


async def test_refusals_of_limits_describe_their_headers() -> None:
    """Whoever reads the document learns where it stands how long to wait."""
    api = await described()
    for path in ("/translate", "/translate/batch", "/translate/stream", "/translate/document"):
        headers = api["paths"][path]["post"]["responses"]["429"]["headers"]
        assert set(headers) == {
            *("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
        }
        assert all(header["description"] for header in headers.values())
