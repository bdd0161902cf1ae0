"""What the page does with a text: each feature, in a real browser against a real server."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from support.browsing import Tab, tab
from support.server_process import ServerProcess, fake_server

TEXT = "Good morning! Where is the station?\n\nThank you for your help."


def lit(page: Page) -> tuple[list[str], list[str]]:
    """The sentences that are highlighted in the source and in the translation."""
    return (
        page.locator("#mirror .lit").all_text_contents(),
        page.locator("#target .lit").all_text_contents(),
    )


def translated(opened: Tab, server: ServerProcess, text: str = TEXT) -> Page:
    opened.page.goto(server.url())
    opened.write(text)
    expect(opened.page.locator("#copy")).to_be_visible()
    return opened.page


def test_what_is_typed_is_translated(starter: ServerProcess, opened: Tab) -> None:
    """Typing is enough: the page has what POST /translate answers, its layout and its language."""
    page = opened.page
    page.goto(starter.url())
    page.locator("#source").press_sequentially(TEXT)
    answer = httpx.post(f"{starter.url()}/translate", json={"text": TEXT}, timeout=60).json()
    expect(page.locator("#target")).to_have_text(answer["translated_text"])
    assert page.locator("#target").text_content() == answer["translated_text"]
    expect(page.locator("#target")).to_have_attribute("lang", "fr")
    expect(page.locator("#target")).to_have_attribute("dir", "auto")
    expect(page.locator("#from option:checked")).to_have_text("English (auto)")
    assert opened.wrong == []


def test_sentences_stand_there_before_the_last_is_finished(opened: Tab) -> None:
    """The translation streams in: the first sentence is there while the second is being made."""
    with fake_server() as server:
        page = opened.page
        page.goto(server.url())
        page.select_option("#from", "en")
        opened.write("One. WAIT for it.")
        server.line("waiting")
        sentences = page.locator("#target .sentence")
        expect(sentences.first).to_have_text("ONE.")
        expect(sentences.first).not_to_have_class("sentence coming")
        expect(sentences.last).to_have_class("sentence coming")
        expect(page.locator("#target")).to_have_attribute("aria-busy", "true")
        server.say("release")
        expect(page.locator("#target")).to_have_text("ONE. WAIT FOR IT.")
        expect(page.locator("#target")).not_to_have_attribute("aria-busy", "true")


def test_a_text_that_has_changed_is_translated_instead(opened: Tab) -> None:
    """What was asked for an earlier text is given up, and never shown."""
    with fake_server() as server:
        page = opened.page
        page.goto(server.url())
        page.select_option("#from", "en")
        opened.write("WAIT for it.")
        server.line("waiting")
        opened.write("Two.")
        expect(page.locator("#target")).to_have_text("TWO.")
        server.say("release")
        page.locator("#source").press("Control+Enter")
        expect(page.locator("#copy")).to_be_visible()
        expect(page.locator("#target")).to_have_text("TWO.")


def test_sentences_light_up_together(many: ServerProcess, opened: Tab) -> None:
    """Pointing at a sentence on either side, or the caret in it, shows its other half.

    Places are code points, and JavaScript counts in other units.
    """
    page = translated(opened, many, "🚆🚆 One train. Two trains.\nThree 🚆 trains.")
    sentences = page.locator("#target .sentence")
    sentences.nth(1).hover()
    assert lit(page) == (["Two trains."], ["TWO TRAINS."])
    sentences.nth(2).hover()
    assert lit(page) == (["Three 🚆 trains."], ["THREE 🚆 TRAINS."])
    box = page.locator("#mirror span").nth(1).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert lit(page) == (["Two trains."], ["TWO TRAINS."])
    page.locator("#source").press("Control+Home")
    expect(page.locator("#target .lit")).to_have_text("🚆🚆 ONE TRAIN.")
    page.mouse.move(1, 1)
    page.locator("#copy").focus()
    assert lit(page) == ([], [])


def test_languages_are_picked_or_detected(many: ServerProcess, opened: Tab) -> None:
    """Only directions that exist can be picked, each by its name, and the choice is kept."""
    page = opened.page
    page.goto(many.url())
    expect(page.locator("#from option")).to_have_text(
        ["Detect language", "English", "French", "German"]
    )
    expect(page.locator("#to option")).to_have_text(["Arabic", "English", "French", "German"])
    page.select_option("#from", "en")
    page.select_option("#to", "ar")
    expect(page.locator("#to option")).to_have_text(["Arabic", "French", "German"])
    opened.write("Hello there.")
    expect(page.locator("#target")).to_have_attribute("lang", "ar")
    page.select_option("#from", "de")
    expect(page.locator("#to")).to_have_value("fr")
    page.reload()
    expect(page.locator("#to option")).to_have_text(["French"])
    expect(page.locator("#from")).to_have_value("de")
    expect(page.locator("#target")).to_have_text("HELLO THERE.")


def test_a_text_in_the_target_language_is_translated_elsewhere(
    many: ServerProcess, opened: Tab
) -> None:
    """English that is to become English becomes what it last became, or what it can become."""
    page = opened.page
    page.goto(many.url())
    expect(page.locator("#to")).to_have_value("en")
    opened.write("Where is the station?")
    expect(page.locator("#target")).to_have_text("WHERE IS THE STATION?")
    expect(page.locator("#to")).not_to_have_value("en")
    page.select_option("#to", "de")
    expect(page.locator("#target")).to_have_attribute("lang", "de")
    page.select_option("#to", "en")
    expect(page.locator("#to")).to_have_value("de")
    opened.write("¿Dónde está la estación de tren, por favor?")
    expect(page.get_by_role("alert")).to_have_text("No model here translates in this direction.")
    expect(page.locator("#to")).to_have_value("de")


def test_languages_swap_with_their_texts(many: ServerProcess, opened: Tab) -> None:
    """The translation becomes the text, also from a language that was detected."""
    page = translated(opened, many, "Where is the station?")
    expect(page.locator("#from option:checked")).to_have_text("English (auto)")
    page.select_option("#to", "fr")
    page.locator("#swap").click()
    expect(page.locator("#from")).to_have_value("fr")
    expect(page.locator("#to")).to_have_value("en")
    expect(page.locator("#source")).to_have_value("WHERE IS THE STATION?")
    expect(page.locator("#target")).to_have_attribute("lang", "en")
    page.select_option("#from", "de")
    expect(page.locator("#swap")).to_be_disabled()


def test_a_swap_loses_nothing_that_is_not_translated_yet(opened: Tab) -> None:
    """While a translation is on its way, or a new text waits, only the languages swap."""
    with fake_server("--pairs", "en:fr,fr:en") as server:
        page = opened.page
        page.goto(server.url())
        page.select_option("#from", "en")
        opened.write("One. WAIT for it.")
        server.line("waiting")
        expect(page.locator("#target .sentence").first).to_have_text("ONE.")
        page.locator("#swap").click()
        expect(page.locator("#from")).to_have_value("fr")
        expect(page.locator("#source")).to_have_value("One. WAIT for it.")
        server.say("release")
        expect(page.locator("#target")).to_have_text("ONE. WAIT FOR IT.")
        opened.write("One. Two. Three.")
        # Before the pause for typing is over.
        page.evaluate("document.getElementById('swap').click()")
        expect(page.locator("#from")).to_have_value("en")
        expect(page.locator("#source")).to_have_value("One. Two. Three.")


def test_the_translation_is_copied(starter: ServerProcess, chromium: Browser) -> None:
    """A click puts the whole of it on the clipboard, and says so."""
    with tab(chromium, permissions=["clipboard-read", "clipboard-write"]) as opened:
        page = translated(opened, starter)
        page.locator("#copy").click()
        expect(page.locator("#copy")).to_have_text("Copied")
        expect(page.locator("#said")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#target").text_content()


def test_a_sentence_has_alternatives(starter: ServerProcess, opened: Tab) -> None:
    """A click shows other ways to say it; one of them takes its place, and the others stay."""
    page = translated(opened, starter)
    sentences = page.locator("#target .sentence")
    before = sentences.all_text_contents()
    sentences.nth(1).click()
    expect(page.get_by_role("dialog", name="Other ways to say it")).to_be_visible()
    way = page.locator("#panel .ways button").first
    words = way.text_content()
    assert words not in {"", before[1]}
    way.click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(sentences).to_have_text([before[0], str(words), before[2]])
    expect(sentences.nth(1)).to_be_focused()


def test_alternatives_are_asked_for_in_the_language_of_the_text(
    starter: ServerProcess, opened: Tab
) -> None:
    """A word that alone looks like another language has its alternatives, and nothing is lost."""
    page = translated(opened, starter, "I met my friends at the station yesterday. Bravo!")
    before = page.locator("#target").text_content()
    with page.expect_response("**/native/translate") as answered:
        page.locator("#target .sentence").last.click()
    assert answered.value.status == 200
    expect(page.locator("#panel")).not_to_contain_text("Looking")
    assert page.locator("#target").text_content() == before


def test_alternatives_that_fail_leave_the_translation_alone(
    many: ServerProcess, opened: Tab
) -> None:
    """The panel says that there are none now; the translation stands as it stood."""
    page = translated(opened, many, "Where is the station?")
    answer = {"error": {"code": "engine_failed", "message": "The engine failed.", "hint": ""}}
    page.route("**/native/translate", lambda route: route.fulfill(status=500, json=answer))
    page.locator("#target .sentence").click()
    told = page.locator("#panel").get_by_role("alert")
    expect(told).to_have_text("That could not be translated.")
    expect(page.locator("#target")).to_have_text("WHERE IS THE STATION?")


def test_the_panel_of_alternatives_goes_away(starter: ServerProcess, opened: Tab) -> None:
    """Escape closes it and the focus is where it was; so does a click elsewhere."""
    page = translated(opened, starter)
    sentence = page.locator("#target .sentence").first
    sentence.press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(sentence).to_be_focused()
    sentence.click()
    expect(page.locator("#panel")).to_be_visible()
    page.locator("h2", has_text="Recent").click()
    expect(page.locator("#panel")).to_be_hidden()


def test_doubts_are_shown_quietly(many: ServerProcess, opened: Tab) -> None:
    """Confidence stands below, doubts behind a button, and a doubtful sentence is marked."""
    page = translated(opened, many, "All is well. This is a LOOP of words. CUT it here.")
    expect(page.locator("#quality")).to_have_text("Confidence 40%")
    expect(page.locator("#doubts")).to_have_text("2 doubts")
    expect(page.locator("#doubt-list")).to_be_hidden()
    page.locator("#doubts").click()
    expect(page.locator("#doubt-list li")).to_have_count(2)
    expect(page.locator("#doubt-list li").first).to_contain_text("This is a LOOP of words.")
    sentences = page.locator("#target .sentence")
    expect(sentences.nth(0)).not_to_have_class(re.compile(r"\bdoubted\b"))
    expect(sentences.nth(1)).to_have_class(re.compile(r"\bdoubted\b"))
    expect(sentences.nth(1)).to_have_attribute("aria-description", "1 doubt")


def test_a_glossary_can_be_picked(starter: ServerProcess, opened: Tab) -> None:
    """Glossaries of the direction are offered where there are any, and what is picked counts."""
    page = opened.page
    page.goto(starter.url())
    expect(page.locator("#to")).to_have_value("fr")
    expect(page.locator("#glossaries")).to_be_hidden()
    address = f"{starter.url()}/glossaries/signs"
    httpx.put(address, json={"en-fr": {"station": "halte"}}).raise_for_status()
    other = f"{starter.url()}/glossaries/other"
    httpx.put(other, json={"de-fr": {"Zug": "train"}}).raise_for_status()
    try:
        page = translated(opened, starter, "Where is the station?")
        page.select_option("#from", "en")
        expect(page.locator("#target")).to_contain_text("gare")
        expect(page.locator("#glossary option")).to_have_text(["None", "signs"])
        page.select_option("#glossary", "signs")
        expect(page.locator("#target")).to_contain_text("halte")
    finally:
        for one in (address, other):
            httpx.delete(one).raise_for_status()


def test_markup_is_text_like_any_other(many: ServerProcess, opened: Tab) -> None:
    """Whatever a text or a translation has in it is shown, and never becomes part of the page."""
    text = "Look: <img src=x onerror=alert(1)> & <b>this</b>."
    page = opened.page
    page.goto(many.url())
    page.select_option("#from", "en")
    page.select_option("#to", "fr")
    opened.write(text)
    expect(page.locator("#target")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#entries .entry")).to_contain_text("<b>this</b>")
    assert page.locator("#target img, #entries img, #mirror img, #target b").count() == 0
    assert opened.wrong == []


def test_what_cannot_be_translated_is_told(starter: ServerProcess, opened: Tab) -> None:
    """A text in a language that no model reads gets a sentence that says so, in its place."""
    page = opened.page
    page.goto(starter.url())
    opened.write("Bonjour, où est la gare, s’il vous plaît ?")
    expect(page.get_by_role("alert")).to_have_text("No model here translates in this direction.")
    expect(page.locator("#target")).to_contain_text("The text is in French.")
    opened.write("Where is the station?")
    expect(page.locator("#target")).to_have_text("Où est la gare ?")


def test_recent_translations_stay_in_the_browser(starter: ServerProcess, opened: Tab) -> None:
    """They outlive the page, come back with a click, and go when somebody wants them gone."""
    page = translated(opened, starter, "I like cheese.")
    entries = page.locator("#entries .entry")
    expect(entries).to_have_count(1)
    opened.write("I like bread.")
    expect(entries).to_have_count(2)
    page.reload()
    expect(entries.first).to_contain_text("I like bread.")
    entries.last.click()
    expect(page.locator("#source")).to_have_value("I like cheese.")
    expect(page.locator("#target")).to_contain_text("fromage")
    page.locator("#forget").click()
    expect(page.locator("#recent")).to_be_hidden()
    assert "cheese" not in page.evaluate("JSON.stringify(localStorage)")


def test_recent_translations_need_not_be_kept(starter: ServerProcess, opened: Tab) -> None:
    """Without the tick nothing is kept, and what was is gone."""
    page = translated(opened, starter, "I like cheese.")
    expect(page.locator("#entries .entry")).to_have_count(1)
    page.locator("#keep").uncheck()
    expect(page.locator("#entries .entry")).to_have_count(0)
    opened.write("I like bread.")
    expect(page.locator("#said")).to_contain_text("Translation: ")
    assert "bread" not in page.evaluate("JSON.stringify(localStorage)")


def test_recent_translations_are_what_was_last_there(many: ServerProcess, opened: Tab) -> None:
    """A chosen alternative is kept, what was wanted gone stays gone."""
    page = opened.page
    page.clock.install()
    page.goto(many.url())
    page.select_option("#from", "en")
    opened.write("Where is the station?")
    expect(page.locator("#copy")).to_be_visible()
    page.locator("#target .sentence").click()
    page.locator("#panel .ways button").first.click()
    words = "WHERE IS THE STATION? (1)"
    expect(page.locator("#target")).to_have_text(words)
    page.clock.fast_forward(5000)
    expect(page.locator("#said")).to_have_text(f"Translation: {words}")
    expect(page.locator("#entries .entry")).to_contain_text(words)
    opened.write("Good morning.")
    expect(page.locator("#target")).to_have_text("GOOD MORNING.")
    expect(page.locator("#copy")).to_be_visible()
    page.locator("#forget").click()
    page.clock.fast_forward(5000)
    expect(page.locator("#said")).to_have_text("Recent translations are gone.")
    expect(page.locator("#entries .entry")).to_have_count(0)


def test_nothing_of_an_earlier_translation_stays_beside_a_new_one(opened: Tab) -> None:
    """While a text is being translated nothing can be copied, and no confidence stands there."""
    with fake_server() as server:
        page = translated(opened, server, "Hello there.")
        page.select_option("#from", "en")
        opened.write("One. WAIT for it.")
        server.line("waiting")
        expect(page.locator("#target .sentence").first).to_have_text("ONE.")
        expect(page.locator("#copy")).to_be_hidden()
        expect(page.locator("#quality")).to_have_text("")
        server.say("release")
        expect(page.locator("#copy")).to_be_visible()


def test_a_text_is_cleared(starter: ServerProcess, opened: Tab) -> None:
    """One button empties both sides, and the focus is in the text."""
    page = translated(opened, starter)
    expect(page.locator("#count")).to_have_attribute("title", f"{len(TEXT)} characters")
    page.locator("#clear").click()
    expect(page.locator("#source")).to_have_value("")
    expect(page.locator("#source")).to_be_focused()
    expect(page.locator("#target")).to_have_text("The translation stands here.")
    expect(page.locator("#copy")).to_be_hidden()
    expect(page.locator("#clear")).to_be_hidden()


@pytest.mark.parametrize("how", ["chosen", "dropped"])
def test_documents_are_translated(starter: ServerProcess, opened: Tab, how: str) -> None:
    """A file that is chosen, or dropped anywhere, is translated and can be fetched."""
    page = opened.page
    page.goto(starter.url())
    expect(page.locator("#to")).to_have_value("fr")
    if how == "chosen":
        file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Where is the station?\n"}
        page.set_input_files("#file", file)  # type: ignore[arg-type]  # as its documentation has it
    else:
        dropped = page.evaluate_handle(
            "() => { const all = new DataTransfer();"
            " all.items.add(new File(['Where is the station?\\n'], 'notes.txt')); return all; }"
        )
        page.dispatch_event("body", "dragenter", {"dataTransfer": dropped})
        expect(page.locator("#drop")).to_be_visible()
        page.dispatch_event("body", "drop", {"dataTransfer": dropped})
        expect(page.locator("#drop")).to_be_hidden()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download notes.fr.txt").click()
    assert coming.value.suggested_filename == "notes.fr.txt"
    assert coming.value.path().read_text(encoding="utf-8") == "Où est la gare ?\n"
    page.get_by_role("button", name="Remove notes.fr.txt").click()
    expect(page.locator("#documents")).to_be_hidden()


def test_documents_show_how_far_they_are(opened: Tab) -> None:
    """While one is translated its progress stands there, and it can be cancelled."""
    with fake_server() as server:
        page = opened.page
        page.goto(server.url())
        expect(page.locator("#to")).to_have_value("fr")
        page.select_option("#from", "en")
        file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"WAIT for it.\n"}
        page.set_input_files("#file", file)  # type: ignore[arg-type]  # the same
        expect(page.get_by_role("progressbar", name="Progress of a.fr.txt")).to_be_visible()
        expect(page.locator("#jobs")).to_contain_text("Translating, 0%")
        page.get_by_role("button", name="Cancel a.fr.txt").click()
        expect(page.locator("#documents")).to_be_hidden()
        server.say("release")


def test_documents_are_cancelled_one_by_one(opened: Tab) -> None:
    """A slow press counts, a double click counts once, and a server that is away hears of it."""
    with fake_server() as server:
        page = opened.page
        page.goto(server.url())
        expect(page.locator("#to")).to_have_value("fr")
        page.select_option("#from", "en")
        page.set_input_files(
            "#file",
            [
                {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": b"WAIT for it.\n"}
                for name in "abc"
            ],  # type: ignore[arg-type]  # the same
        )
        rows = page.locator("#jobs li")
        expect(page.get_by_role("button", name="Cancel")).to_have_count(3)
        page.get_by_role("button", name="Cancel a.fr.txt").dblclick()
        expect(rows).to_have_count(2)
        expect(page.locator("#documents")).to_be_visible()
        page.get_by_role("button", name="Cancel b.fr.txt").hover()
        page.mouse.down()
        for _ in range(3):
            with page.expect_response("**/translate/document/*"):
                pass
        page.mouse.up()
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("c.fr.txt")

        def away(route: Route) -> None:
            if route.request.method == "DELETE":
                route.abort()
            else:
                route.fallback()

        page.route("**/translate/document/*", away)
        page.get_by_role("button", name="Cancel c.fr.txt").click()
        expect(page.locator("#notice")).to_contain_text("The server cannot be reached.")
        expect(rows).to_have_count(1)
        page.unroute("**/translate/document/*")
        expect(page.locator("#documents")).to_be_hidden()
        server.say("release")


def test_documents_that_cannot_be_read_say_so(starter: ServerProcess, opened: Tab) -> None:
    """A kind that nobody reads is told in the row of the document."""
    page = opened.page
    page.goto(starter.url())
    expect(page.locator("#to")).to_have_value("fr")
    file = {"name": "a.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    page.set_input_files("#file", file)  # type: ignore[arg-type]  # the same
    expect(page.locator("#jobs .wrong")).to_have_text("Documents of this kind cannot be read.")
