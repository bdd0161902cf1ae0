"""What the page does when the server wants a key, starts, is busy, or is not there."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from playwright.sync_api import Route, expect

from support.browsing import Tab
from support.server_process import PROJECT, ServerProcess, fake_server


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def made_key(state: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ai_translate.cli", "keys", "create", "page", *arguments],
        cwd=PROJECT,
        env={**state, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_key_is_asked_for_where_one_is_needed(opened: Tab, tmp_path: Path) -> None:
    """The field appears by itself; a wrong key is told, a right one lasts as long as the tab.

    A document that came before the key waits for it.
    """
    state = {"AIT_STATE_DIR": str(tmp_path), "AIT_AUTH": "keys"}
    key = made_key(state)
    with fake_server(**state) as server:
        page = opened.page
        page.goto(server.url())
        field = page.get_by_label("Key", exact=True)
        expect(field).to_be_focused()
        file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"Hello there.\n"}
        page.set_input_files("#file", file)  # type: ignore[arg-type]  # as its documentation has it
        field.fill("ait_wrong")
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#key-why")).to_contain_text("does not know this key")
        field.fill(key)
        field.press("Enter")
        expect(page.locator("#key")).to_be_hidden()
        expect(page.get_by_role("button", name="Download a.fr.txt")).to_be_visible()
        opened.write("Hello there.")
        expect(page.locator("#target")).to_have_text("HELLO THERE.")
        assert key not in page.evaluate("JSON.stringify(localStorage)")
        assert all(key not in request.url for request in opened.asked)
        page.reload()
        expect(page.locator("#target")).to_have_text("HELLO THERE.")
        page.get_by_role("button", name="Forget the key").click()
        expect(page.locator("#key")).to_be_visible()
        assert key not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_key_is_remembered_only_if_wanted(opened: Tab, tmp_path: Path) -> None:
    """With the tick the key is there for another tab, too, and counts more than a wrong one."""
    state = {"AIT_STATE_DIR": str(tmp_path), "AIT_AUTH": "keys"}
    key = made_key(state)
    with fake_server(**state) as server:
        page = opened.page
        page.goto(server.url())
        page.get_by_label("Key", exact=True).fill("ait_wrong")
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#key-why")).to_contain_text("does not know this key")
        page.get_by_label("Key", exact=True).fill(f"{key}\u200b")
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#key-why")).to_contain_text("does not know this key")
        assert page.get_by_label("Key", exact=True).input_value() == f"{key}\u200b"
        page.get_by_label("Remember it in this browser").check()
        page.get_by_label("Key", exact=True).fill(key)
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#to")).to_have_value("fr")
        other = page.context.new_page()
        other.goto(f"{server.url()}/page/status.html")
        expect(other.locator(".model")).to_have_count(1)


def test_a_key_does_not_interrupt_who_types(opened: Tab, tmp_path: Path) -> None:
    """Where somebody writes already, the field appears and is told, and the text goes on."""
    with fake_server(AIT_STATE_DIR=str(tmp_path), AIT_AUTH="keys") as server:
        page = opened.page
        held: list[Route] = []
        page.route("**/native/languages", lambda route: held.append(route))  # noqa: PLW0108  # no builtin is taken
        with page.expect_request("**/native/languages"):
            page.goto(server.url())
        page.keyboard.type("Between ")
        held[0].continue_()
        expect(page.locator("#key")).to_be_visible()
        expect(page.locator("#said")).to_have_text("This server asks for a key")
        page.keyboard.type("us.")
        expect(page.locator("#source")).to_have_value("Between us.")


def test_a_key_for_something_else_is_told(opened: Tab, tmp_path: Path) -> None:
    """A key that may not translate is refused with words of its own."""
    state = {"AIT_STATE_DIR": str(tmp_path), "AIT_AUTH": "keys"}
    key = made_key(state, "--access", "metrics")
    with fake_server(**state) as server:
        page = opened.page
        page.goto(server.url())
        page.get_by_label("Key", exact=True).fill(key)
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#key-why")).to_contain_text("something else than translating")


def test_a_server_that_starts_is_waited_for(opened: Tab) -> None:
    """While models load the page says so, and translates what was typed when they are there."""
    port = free_port()
    with fake_server("--port", str(port), "--load", "on-cue") as server:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            assert client.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        page = opened.page
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator("#notice")).to_contain_text("The server is starting.")
        opened.write("Hello there.")
        server.say("load")
        expect(page.locator("#target")).to_have_text("HELLO THERE.")
        expect(page.locator("#notice")).to_be_hidden()


def test_a_server_that_is_gone_is_waited_for(opened: Tab) -> None:
    """What is typed or sent meanwhile stays, and is translated when the server is back."""
    port = free_port()
    with fake_server("--port", str(port)) as server:
        page = opened.page
        page.goto(server.url())
        opened.write("Hello there.")
        expect(page.locator("#target")).to_have_text("HELLO THERE.")
    opened.write("Good morning.")
    expect(page.locator("#notice")).to_contain_text("The server cannot be reached.")
    expect(page.locator("#target")).to_have_class("stale")
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"Hello there.\n"}
    page.set_input_files("#file", file)  # type: ignore[arg-type]  # as its documentation has it
    expect(page.locator("#jobs")).to_contain_text("Sending…")
    with fake_server("--port", str(port)) as server:
        server.url()
        expect(page.locator("#target")).to_have_text("GOOD MORNING.")
        expect(page.get_by_role("button", name="Download a.fr.txt")).to_be_visible()
        expect(page.locator("#notice")).to_be_hidden()


def test_a_server_that_came_back_with_other_models_is_asked_for_languages(opened: Tab) -> None:
    """A restart may change what is translated: the page offers what the new server has."""
    port = free_port()
    with fake_server("--port", str(port)) as server:
        page = opened.page
        page.goto(server.url())
        opened.write("Hello there.")
        expect(page.locator("#target")).to_have_text("HELLO THERE.")
    opened.write("Good morning.")
    expect(page.locator("#notice")).to_contain_text("The server cannot be reached.")
    with fake_server("--port", str(port), "--pairs", "en:de") as server:
        server.url()
        expect(page.locator("#target")).to_have_text("GOOD MORNING.")
        expect(page.locator("#target")).to_have_attribute("lang", "de")
        expect(page.locator("#to option")).to_have_text(["German"])


def test_an_earlier_translation_can_be_chosen_before_languages_are_known(
    many: ServerProcess, opened: Tab
) -> None:
    """Its languages are those of the page as soon as the server has said which there are."""
    page = opened.page
    page.goto(many.url())
    entry = {"source": "en", "target": "ar", "text": "Hello.", "translation": "HELLO."}
    page.evaluate(
        "(entry) => localStorage.setItem('ai-translate.recent', JSON.stringify([entry]))", entry
    )
    answer = {"error": {"code": "not_ready", "message": "It starts.", "hint": ""}}
    page.route("**/native/languages", lambda route: route.fulfill(status=503, json=answer))
    page.reload()
    expect(page.locator("#notice")).to_be_visible()
    page.locator("#entries .entry").click()
    page.unroute("**/native/languages")
    expect(page.locator("#target")).to_have_text("HELLO.")
    expect(page.locator("#from")).to_have_value("en")
    expect(page.locator("#to")).to_have_value("ar")


def test_a_busy_server_is_asked_again(opened: Tab) -> None:
    """A 503 with Retry-After is told, counted down, and tried again without a hand."""
    with fake_server(AIT_MAX_REQUESTS="1") as server, ThreadPoolExecutor() as pool:
        url = server.url()
        page = opened.page
        page.goto(url)
        expect(page.locator("#to")).to_have_value("fr")
        slow = pool.submit(httpx.post, f"{url}/translate", json={"text": "WAIT"}, timeout=60)
        server.line("waiting")
        opened.write("Hello there.")
        expect(page.locator("#notice")).to_contain_text("The server is too busy.")
        server.say("release")
        assert slow.result().status_code == 200
        expect(page.locator("#target")).to_have_text("HELLO THERE.")
        expect(page.locator("#notice")).to_be_hidden()


def test_too_many_requests_are_told(opened: Tab) -> None:
    """A 429 says that there is a limit, and how long it takes until the next try."""
    with fake_server(AIT_REQUESTS_PER_MINUTE="1") as server:
        page = opened.page
        page.goto(server.url())
        expect(page.locator("#to")).to_have_value("fr")
        # A minute may end between two of them, not between each two.
        for number in range(9):
            with page.expect_response("**/translate/stream") as answered:
                opened.write(f"Good morning, {number}.")
            if answered.value.status == 429:
                break
        expect(page.locator("#notice")).to_contain_text("Too many requests.")
        expect(page.locator("#notice-seconds")).to_contain_text("in ")


def test_nothing_is_asked_while_it_has_to_wait(many: ServerProcess, opened: Tab) -> None:
    """Until Retry-After is over, typing asks for nothing; then the text of that moment goes."""
    asked: list[str] = []

    def refused(route: Route) -> None:
        asked.append(route.request.post_data or "")
        error = {"code": "busy", "message": "There is no room.", "hint": ""}
        route.fulfill(status=503, headers={"Retry-After": "600"}, json={"error": error})

    page = opened.page
    page.goto(many.url())
    page.select_option("#from", "en")
    page.route("**/translate/stream", refused)
    opened.write("Hello there.")
    expect(page.locator("#notice-seconds")).to_contain_text("seconds")
    opened.write("Good morning.")
    page.locator("#source").press("Control+Enter")
    assert len(asked) == 1
    page.unroute("**/translate/stream")
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#target")).to_have_text("GOOD MORNING.")
