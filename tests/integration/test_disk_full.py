"""A server whose disk takes nothing more."""

from __future__ import annotations

import resource
from pathlib import Path

import httpx
import psutil

from support.server_process import fake_server
from support.serving import error_of

CSV = {"Content-Type": "text/csv"}
PAIR = {"source_lang": "en", "target_lang": "fr"}


def put(url: str, name: str, body: str) -> httpx.Response:
    return httpx.put(f"{url}/glossaries/{name}", content=body, headers=CSV, params=PAIR, timeout=60)


def test_a_full_disk_stops_writing_and_nothing_else(tmp_path: Path) -> None:
    """Translations go on, what must be written is refused, and nothing half-written stays."""
    state = tmp_path / "state"
    large = "".join(f"term {number},terme {number}\n" for number in range(20_000))
    with fake_server(AIT_STATE_DIR=str(state)) as process:
        url = process.url()
        assert put(url, "before", "station,halte\n").status_code == 200
        server = psutil.Process(process.pid)
        most = (state / "ai-translate.sqlite3-wal").stat().st_size
        server.rlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        refused = put(url, "large", large)
        changed = put(url, "before", large)
        document = httpx.post(
            f"{url}/translate/document",
            files={"file": ("a.txt", b"Where is it? " * 20_000)},
            timeout=60,
        )
        said = httpx.post(f"{url}/translate", json={"text": "station", "glossary": "before"})
        names = {entry["name"] for entry in httpx.get(f"{url}/glossaries").json()["glossaries"]}
        left = [path.name for path in (state / "documents").iterdir()]
        server.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert put(url, "large", large).status_code == 200
    for response in (refused, changed, document):
        assert response.status_code == 500, response.text
        assert error_of(response)["code"] == "state_failure"
        assert "AIT_STATE_DIR" in error_of(response)["hint"]
    assert said.status_code == 200
    assert said.json()["translated_text"] == "halte"
    assert names == {"before"}
    assert all(name.startswith("alive.") for name in left)
