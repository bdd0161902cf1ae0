"""The client `translate` of npm, with its engine for LibreTranslate, against a real server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ai_translate.state.database import Database
from ai_translate.state.keys import Access, Keys
from support.server_process import ServerProcess, starter_server

HERE = Path(__file__).parent
TEXT = "Where is the station?"


def translated(url: str, *texts: tuple[str, str], key: str = "") -> list[dict[str, Any]]:
    """What the client makes of texts, each with the language that it is to be in."""
    given = json.dumps([{"text": text, "to": to} for text, to in texts])
    done = subprocess.run(
        ["node", "libretranslate.mjs", url, key],
        cwd=HERE,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_it_translates_below_the_prefix(starter: ServerProcess) -> None:
    """A text comes back translated, layout and all, and an error as its own message."""
    url = f"{starter.url()}/libretranslate/translate"
    layout, french, unserved = translated(url, (f"\n {TEXT}\n", "fr"), (TEXT, "fr"), (TEXT, "de"))
    assert "gare" in french["text"]
    assert layout["text"] == f"\n {french['text']}\n"
    assert unserved["error"].startswith("No model translates en→de")


def test_it_translates_at_the_root_and_with_a_key(models: Path, tmp_path: Path) -> None:
    """A key goes with each text; without one the client is told what is missing."""
    database = Database.open(tmp_path)
    key = Keys(database).create("a client", [Access.TRANSLATE]).text
    database.close()
    settings = {
        "AIT_ROOT": "libretranslate",
        "AIT_AUTH": "keys",
        "AIT_STATE_DIR": str(tmp_path),
    }
    with starter_server(models, **settings) as server:
        url = f"{server.url()}/translate"
        [answer] = translated(url, (TEXT, "fr"), key=key)
        [refused] = translated(url, (TEXT, "fr"))
    assert "gare" in answer["text"]
    assert refused["error"].startswith("This needs a key.")
