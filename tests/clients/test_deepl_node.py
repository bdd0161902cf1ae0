"""DeepL's own client for Node does here what it does there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server_process import ServerProcess, starter_server

HERE = Path(__file__).parent
STATION = "Where is the station?"


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[ServerProcess]:
    """The starter model, with DeepL's contract at the root, too."""
    with starter_server(models, AIT_ROOT="deepl") as process:
        process.url()
        yield process


@pytest.mark.parametrize("path", ["/deepl", ""])
def test_what_it_covers_works_and_the_rest_is_refused(
    path: str, server: ServerProcess, tmp_path: Path
) -> None:
    """Texts, documents, languages, usage, glossaries of both versions; by prefix and root."""
    done = subprocess.run(
        ["node", HERE / "deepl.mjs", server.url() + path, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["text"]["detectedSourceLang"] == "en"
    assert found["text"]["billedCharacters"] == len(STATION)
    assert found["text"]["text"] != STATION
    [markup] = found["markup"]
    assert markup["text"].startswith("<p>")
    assert "<k>red house</k>" in markup["text"]
    assert markup["modelTypeUsed"] == "latency_optimized"
    assert "aérogare" in found["honoured"]["text"]
    assert "aérogare" in found["honouredBoth"]["text"]
    assert "aérogare" in found["written"]
    assert found["document"] == {"status": "done", "billed": len(STATION)}
    assert [one["code"] for one in found["sources"]] == ["en"]
    [target] = found["targets"]
    assert (target["code"], target["name"], target["supportsFormality"]) == ("fr", "French", False)
    assert found["pairs"] == [{"sourceLang": "en", "targetLang": "fr"}]
    assert found["usage"]["limit"] == 10**12
    glossary = found["glossary"]
    assert (glossary["name"], glossary["ready"], glossary["entryCount"]) == (
        "Mine & yours",
        True,
        1,
    )
    assert glossary["creationTime"]
    assert found["terms"] == {"bus": "car"}
    assert glossary["glossaryId"] in found["listed"]
    assert [one["targetLangCode"] for one in found["both"]["dictionaries"]] == ["fr"]
    assert {"Both", "Ours"} <= set(found["listedBoth"])
    assert found["updated"] == {"bus": "car", "station": "aérogare", "boat": "bateau"}
    assert found["replaced"] == {"station": "aérogare"}
    assert found["replacedAgain"] == {"bus": "autocar"}
    assert found["left"] == 0
    kinds = {name: tried["error"] for name, tried in found["lacking"].items()}
    assert kinds == {
        "missing": "GlossaryNotFoundError",
        "missingBoth": "GlossaryNotFoundError",
        "formality": "DeepLError",
        "pair": "DeepLError",
        "rephrase": "DeepLError",
        "styles": "DeepLError",
        "memories": "DeepLError",
    }
    assert all(", message: " in tried["message"] for tried in found["lacking"].values())
