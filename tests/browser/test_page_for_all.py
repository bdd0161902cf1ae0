"""The page for everybody: keyboards, screen readers, languages, widths, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from support.browsing import Tab, tab
from support.server_process import ServerProcess, fake_server

TEXT = "Good morning! Where is the station?"
STATUS = "/page/status.html"
WIDTH = "document.documentElement.scrollWidth"
# All that the page and the status page have, uncompressed.
MOST_BYTES = 100_000


def with_translation(page: Page) -> None:
    page.fill("#source", TEXT)
    expect(page.locator("#entries .entry")).to_have_count(1)
    page.locator("#target .sentence").last.click()
    expect(page.locator("#panel .ways button").first).to_be_visible()


def with_models(page: Page) -> None:
    expect(page.locator(".model")).to_have_count(1)


BOTH = pytest.mark.parametrize(
    ("path", "filled"), [("/", with_translation), (STATUS, with_models)], ids=["front", "status"]
)


def pressed_until(page: Page, selector: str) -> None:
    """Goes on with the Tab key until an element has the focus."""
    for _ in range(30):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {selector}")


def test_keys_alone_lead_from_the_address_to_a_copied_translation(
    starter: ServerProcess, chromium: Browser
) -> None:
    """Whoever has no mouse writes at once, goes through sentences, and copies."""
    with tab(chromium, permissions=["clipboard-read", "clipboard-write"]) as opened:
        page = opened.page
        page.goto(starter.url())
        expect(page.locator("#source")).to_be_focused()
        page.keyboard.type(TEXT)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#copy")).to_be_visible()
        pressed_until(page, ".sentence")
        page.keyboard.press("ArrowRight")
        sentence = page.locator("#target .sentence").nth(1)
        expect(sentence).to_be_focused()
        before = sentence.text_content()
        page.keyboard.press("Enter")
        way = page.locator("#panel .ways button").first
        expect(way).to_be_focused()
        page.keyboard.press("Enter")
        expect(sentence).to_be_focused()
        assert sentence.text_content() != before
        pressed_until(page, "#copy")
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#target").text_content()


def test_the_first_tab_leads_past_the_head(starter: ServerProcess, opened: Tab) -> None:
    """The first link goes to the text, and is seen when it has the focus."""
    page = opened.page
    page.goto(starter.url() + STATUS)
    page.keyboard.press("Tab")
    link = page.locator(".skip")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.url.endswith("#models")


def test_results_are_told_once_and_politely(starter: ServerProcess, opened: Tab) -> None:
    """Who listens hears the translation when the typing rests, not each sentence of it."""
    page = opened.page
    page.goto(starter.url())
    page.locator("#source").press_sequentially(TEXT, delay=20)
    expect(page.locator("#said")).to_contain_text("Translation: ")
    assert page.locator("#said").text_content() == (
        f"Translation: {page.locator('#target').text_content()}"
    )
    expect(page.locator("#said")).to_have_attribute("aria-live", "polite")
    assert page.locator("#target").get_attribute("aria-live") is None


@BOTH
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(
    starter: ServerProcess,
    chromium: Browser,
    path: str,
    filled: Callable[[Page], None],
    dark: bool,
) -> None:
    """No rule of accessibility of weight is broken, colours among them, by day and by night."""
    # What is put into the page to look at it is code that its policy would refuse.
    with tab(chromium, dark=dark, bypass_csp=True, reduced_motion="reduce") as opened:
        opened.page.goto(starter.url() + path)
        filled(opened.page)
        found = Axe().run(opened.page).response
        assert found["passes"]
        serious = [
            (rule["id"], node["target"], node["failureSummary"])
            for rule in found["violations"]
            if rule["impact"] in {"serious", "critical"}
            for node in rule["nodes"]
        ]
        assert serious == []


@BOTH
def test_it_asks_this_server_alone_and_nothing_goes_wrong(
    starter: ServerProcess, opened: Tab, path: str, filled: Callable[[Page], None]
) -> None:
    """No other host, no word in the console, no broken policy, and all of it in 100 KB."""
    opened.page.goto(starter.url() + path)
    filled(opened.page)
    assert {
        request.url.partition("/page")[0][: len(starter.url())] for request in opened.asked
    } == {starter.url()}
    assert opened.wrong == []
    assert 10_000 < opened.transferred() < MOST_BYTES


def test_a_policy_that_is_broken_would_be_seen(starter: ServerProcess, opened: Tab) -> None:
    """Markup that is written from a string is refused, and so is what another host has."""
    page = opened.page
    page.goto(starter.url())
    page.evaluate("() => { try { document.body.innerHTML += ''; } catch {} }")
    page.evaluate(
        "() => { const i = new Image(); i.src = 'http://elsewhere.invalid/a.png';"
        " document.body.append(i); }"
    )
    expect(page.locator("img")).to_have_count(1)
    assert any("TrustedHTML" in said for said in opened.wrong)
    assert any("elsewhere.invalid" in said for said in opened.wrong)


@BOTH
@pytest.mark.parametrize("width", [320, 390, 820, 1400])
def test_it_fits_phones_and_desks(
    starter: ServerProcess,
    chromium: Browser,
    path: str,
    filled: Callable[[Page], None],
    width: int,
) -> None:
    """No part of it is wider than the window."""
    with tab(chromium, width=width) as opened:
        opened.page.goto(starter.url() + path)
        filled(opened.page)
        assert opened.page.evaluate(WIDTH) <= width


def test_long_words_fit_the_smallest_phone(chromium: Browser, tmp_path: Path) -> None:
    """An address in a text, a glossary's long name and French words make nothing wider."""
    with (
        fake_server(AIT_STATE_DIR=str(tmp_path)) as server,
        tab(chromium, width=320, tongue="fr-FR") as opened,
    ):
        glossary = f"{server.url()}/glossaries/a-rather-long-name-of-a-glossary"
        httpx.put(glossary, json={"en-fr": {"station": "halte"}}).raise_for_status()
        page = opened.page
        page.goto(server.url())
        page.select_option("#from", "en")
        expect(page.locator("#glossaries")).to_be_visible()
        opened.write(f"This LOOP is at https://example.com/{'a' * 90} now.")
        expect(page.locator("#doubts")).to_be_visible()
        page.locator("#doubts").click()
        assert page.evaluate(WIDTH) <= 320
        page.locator("#target .sentence").first.press("Enter")
        expect(page.locator("#panel .doubt").first).to_be_visible()
        assert page.evaluate(WIDTH) <= 320


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_is_as_light_as_the_reader_prefers(
    starter: ServerProcess, chromium: Browser, dark: bool
) -> None:
    """The paper has the colour of day or of night."""
    with tab(chromium, dark=dark) as opened:
        opened.page.goto(starter.url())
        colour = "rgb(20, 22, 26)" if dark else "rgb(250, 249, 247)"
        expect(opened.page.locator("body")).to_have_css("background-color", colour)


def test_it_speaks_french_to_who_does(starter: ServerProcess, chromium: Browser) -> None:
    """The browser's language counts first, then what somebody has chosen, for good."""
    with tab(chromium, tongue="fr-CA") as opened:
        page = opened.page
        page.goto(starter.url())
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.locator("#source")).to_have_attribute(
            "placeholder", "Saisissez ou collez un texte, ou déposez un document"
        )
        expect(page.locator("#from option").last).to_have_text("Anglais")
        opened.write("Where is the station?")
        expect(page.locator("#quality")).to_contain_text("Confiance")
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#quality")).to_contain_text("Confidence")
        page.goto(starter.url() + STATUS)
        expect(page.locator("h1")).to_have_text("Status of the server")
        page.get_by_role("button", name="Français").click()
        expect(page.locator("h1")).to_have_text("État du serveur")
        expect(page).to_have_title("État du serveur · AI Translate")


def test_every_word_is_there_in_both_languages(starter: ServerProcess, opened: Tab) -> None:
    """No element of either page is left without its words, nor with those of the other language."""
    page = opened.page
    for path in ("/", STATUS):
        page.goto(starter.url() + path)
        told = {}
        for tongue in ("Français", "English"):
            page.get_by_role("button", name=tongue).click()
            told[tongue] = page.locator("[data-t]").all_text_contents()
        assert all(text.strip() for texts in told.values() for text in texts)
        same = [one for one, other in zip(*told.values(), strict=True) if one == other]
        assert set(same) <= {"Version", "Documents"}


def test_it_works_below_the_path_of_a_proxy(starter: ServerProcess, opened: Tab) -> None:
    """A proxy may put it below any path: all addresses are relative, also without https."""
    front = "http://proxy.test/translate-app/"

    def passed_on(route: Route) -> None:
        path = route.request.url.removeprefix(front)
        route.fulfill(response=route.fetch(url=f"{starter.url()}/{path}"))

    page = opened.page
    page.route("http://proxy.test/**", passed_on)
    page.goto(front)
    opened.write("Where is the station?")
    expect(page.locator("#target")).to_have_text("Où est la gare ?")
    page.locator("#copy").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    page.get_by_role("link", name="Status").click()
    expect(page.locator(".model")).to_have_count(1)
    page.get_by_role("link", name="Translate", exact=True).click()
    expect(page.locator("#source")).to_have_value("Where is the station?")
    assert all(request.url.startswith(front) for request in opened.asked)


def test_the_status_is_followed(starter: ServerProcess, opened: Tab) -> None:
    """The status page shows each model and what is done now, by itself, until it is paused."""
    page = opened.page
    page.goto(starter.url() + STATUS)
    expect(page.locator("#state")).to_have_text("Ready")
    model = page.locator(".model")
    for words in ("starter-en-fr", "English → French", "int8", "CC BY 2.0 FR", "starter/en-fr @ "):
        expect(model).to_contain_text(words)
    asked = len([one for one in opened.asked if one.url.endswith("/native/status")])
    assert asked >= 1
    with page.expect_response("**/native/status"):
        pass
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#following")).to_have_text("Paused.")
    asked = len(opened.asked)
    page.wait_for_timeout(2500)
    assert len(opened.asked) == asked
    with page.expect_response("**/native/status"):
        page.get_by_role("button", name="Go on").click()
