"""Python clients of LibreTranslate, as others wrote them, against a real server process."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from deep_translator import LibreTranslator
from deep_translator.exceptions import AuthorizationException, ServerException
from libretranslatepy import LibreTranslateAPI

from ai_translate.state.database import Database
from ai_translate.state.key_texts import new_key_text
from ai_translate.state.keys import Access, Keys
from support.server_process import ServerProcess, fake_server, starter_server

TEXT = "Where is the station?"
LAYOUT = "\n  Where is the station?\n\nIt is here. "


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A key, and the folder that it is kept in."""
    folder = tmp_path_factory.mktemp("state")
    database = Database.open(folder)
    text = Keys(database).create("a client", [Access.TRANSLATE]).text
    database.close()
    return text, folder


@pytest.fixture(scope="module")
def rooted(models: Path, key: tuple[str, Path]) -> Iterator[ServerProcess]:
    """A server whose root speaks LibreTranslate, and which asks for keys."""
    settings = {
        "AIT_ROOT": "libretranslate",
        "AIT_AUTH": "keys",
        "AIT_STATE_DIR": str(key[1]),
    }
    with starter_server(models, **settings) as process:
        process.url()
        yield process


def test_libretranslatepy_translates_and_detects(starter: ServerProcess) -> None:
    """Every method of the client, below the prefix; it sends forms."""
    client = LibreTranslateAPI(f"{starter.url()}/libretranslate")
    french = client.translate(TEXT, "en", "fr")
    assert "gare" in french
    assert client.translate(TEXT, "auto", "fr") == french
    assert client.translate(LAYOUT, "en", "fr").startswith(f"\n  {french}\n\n")
    [found] = client.detect("Wir gehen heute am Fluss entlang spazieren.")
    assert found["language"] == "de"
    assert 50 < found["confidence"] <= 100
    languages = {language["code"]: language for language in client.languages()}
    assert languages["en"] == {"code": "en", "name": "English", "targets": ["fr"]}
    with pytest.raises(urllib.error.HTTPError) as refused:
        client.translate(TEXT, "en", "es")
    with refused.value as answer:
        assert answer.code == 400
        assert json.loads(answer.read())["error"].startswith("No model translates en→es")


def test_libretranslatepy_at_the_root_with_a_key(
    rooted: ServerProcess, key: tuple[str, Path]
) -> None:
    """It sends the key among its fields; without one it gets a 403."""
    client = LibreTranslateAPI(rooted.url(), key[0])
    assert "gare" in client.translate(TEXT, "en", "fr")
    assert client.detect("Good morning, everybody!")[0]["language"] == "en"
    assert client.languages()
    with pytest.raises(urllib.error.HTTPError) as refused:
        LibreTranslateAPI(rooted.url()).translate(TEXT, "en", "fr")
    with refused.value as answer:
        assert answer.code == 403


def test_deep_translator_translates(starter: ServerProcess) -> None:
    """It asks in the address alone, and sends a key that a server without keys does not mind."""
    url = f"{starter.url()}/libretranslate/"
    client = LibreTranslator("en", "fr", "none", custom_url=url)
    french = client.translate(TEXT)
    assert "gare" in french
    assert client.translate_batch([TEXT, "Thank you & goodbye + 100%!"])[0] == french
    assert LibreTranslator("auto", "French", "none", custom_url=url).translate(TEXT) == french
    with pytest.raises(ServerException):
        LibreTranslator("fr", "en", "none", custom_url=url).translate("Bonjour")


def test_deep_translator_at_the_root_with_a_key(
    rooted: ServerProcess, key: tuple[str, Path]
) -> None:
    """A key that does not count is what it calls an authorization error."""
    url = f"{rooted.url()}/"
    assert "gare" in LibreTranslator("en", "fr", key[0], custom_url=url).translate(TEXT)
    with pytest.raises(AuthorizationException):
        LibreTranslator("en", "fr", new_key_text(), custom_url=url).translate(TEXT)


def test_a_document_comes_back_by_its_address(rooted: ServerProcess, key: tuple[str, Path]) -> None:
    """Sent with a key among the fields, behind the file, and fetched without one."""
    files: dict[str, tuple[str | None, bytes]] = {
        "file": ("report.txt", b"Where is the station?\n"),
        "api_key": (None, key[0].encode()),
    }
    asked = {"source": "en", "target": "fr"}
    answer = httpx.post(f"{rooted.url()}/translate_file", files=files, data=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    link = answer.json()["translatedFileUrl"]
    assert link.startswith(f"{rooted.url()}/download_file/")
    fetched = httpx.get(link)
    assert "gare" in fetched.text
    assert 'filename="report.fr.txt"' in fetched.headers["content-disposition"]


def test_documents_of_clients_that_left_make_room(tmp_path: Path) -> None:
    """More than can wait at once are begun and left, with keys in their bodies, and one more is."""
    database = Database.open(tmp_path)
    key = Keys(database).create("a client", [Access.TRANSLATE]).text
    database.close()
    fields = {"source": "en", "target": "fr", "api_key": key}
    with fake_server(AIT_AUTH="keys", AIT_STATE_DIR=str(tmp_path)) as server:
        url = f"{server.url()}/libretranslate/translate_file"
        for _ in range(20):
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(
                    url,
                    data=fields,
                    files={"file": ("a.txt", b"WAIT here.")},
                    timeout=httpx.Timeout(30, read=0.1),
                )
        done = httpx.post(url, data=fields, files={"file": ("a.txt", b"Go on.")}, timeout=60)
        assert done.status_code == 200, done.text
        assert httpx.get(done.json()["translatedFileUrl"]).content == b"GO ON."


def test_the_faults_of_libretranslate_stay_away_from_a_real_model(starter: ServerProcess) -> None:
    """Capitals, entities, tags, placeholders and lists, with sentences that a model translates."""
    url = f"{starter.url()}/libretranslate/translate"

    def asked(q: str | list[str], markup: str = "text") -> str | list[str]:
        fields = {"q": q, "source": "en", "target": "fr", "format": markup}
        answer = httpx.post(url, json=fields, timeout=60)
        assert answer.status_code == 200, answer.text
        told: str | list[str] = answer.json()["translatedText"]
        return told

    assert (
        str(asked("my name is Paul and i live in Paris."))
        != str(asked("my name is Paul and i live in Paris.")).lower()
    )
    assert "&lt;b&gt;" in asked("<p>Write &lt;b&gt; in front of the word.</p>", "html")
    nested = asked("<p>I read <b>the <i >old</i> book</b> today.</p>", "html")
    assert all(tag in nested for tag in ("<p>", "<b>", "<i >", "</i>", "</b>", "</p>"))
    named = asked("Hello {{person.name}}, you have %1$s new messages.")
    assert "{{person.name}}" in named
    assert "%1$s" in named
    assert len(asked(["Yes.", "No.", "Yes."])) == 3
