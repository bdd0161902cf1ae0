"""The page at /docs, as a browser shows it."""

from __future__ import annotations

from support.browsing import Tab
from support.server_process import fake_server

_PATIENCE_MILLISECONDS = 60_000


def test_it_shows_every_operation_with_a_command_for_each(opened: Tab) -> None:
    """Nothing of the OpenAPI document makes it stumble, whatever kind of body there is."""
    with fake_server() as server:
        page = opened.page
        page.set_default_timeout(_PATIENCE_MILLISECONDS)
        page.goto(f"{server.url()}/docs")
        page.get_by_text("All of this is in").wait_for()
        api = page.request.get(f"{server.url()}/openapi.json").json()
        heads = page.locator("section h2").all_inner_texts()
        commands = dict(
            zip(heads, page.locator("section > pre:first-of-type").all_inner_texts(), strict=True)
        )
        url = server.url()
    assert heads == [
        f"{method.upper()} {path}" for path, methods in api["paths"].items() for method in methods
    ]
    assert not opened.wrong
    json = "-H 'Content-Type: application/json' -d"
    assert commands["POST /translate"] == (
        f"""curl {url}/translate {json} '{{"text":"Where is the station?"}}'"""
    )
    assert (
        commands["GET /translate"] == f"curl '{url}/translate?text=Where%20is%20the%20station%3F'"
    )
    assert commands["POST /translate/document"] == (
        f"curl {url}/translate/document -F file=@report.docx"
    )
    assert commands["PUT /glossaries/{name}"] == (
        f"""curl -X PUT {url}/glossaries/products {json} '{{"en-fr":{{"station":"gare"}}}}'"""
    )
    assert commands["POST /admin/reload"] == f"curl -X POST {url}/admin/reload"
    assert commands["DELETE /glossaries/{name}"] == f"curl -X DELETE {url}/glossaries/products"
