"""Glossaries of a real server: what is put lasts, and is there for every process at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from ai_translate.state.database import FILE_NAME
from support.server_process import PROJECT, ServerProcess, starter_server
from support.serving import error_of

CSV = {"Content-Type": "text/csv"}
PAIR = {"source_lang": "en", "target_lang": "fr"}


def put(server: ServerProcess, body: str, name: str = "mine") -> httpx.Response:
    return httpx.put(
        f"{server.url()}/glossaries/{name}", content=body, headers=CSV, params=PAIR, timeout=60
    )


def said(server: ServerProcess, text: str, name: str = "mine") -> str:
    body = {"text": text, "glossary": name}
    response = httpx.post(f"{server.url()}/translate", json=body, timeout=60)
    assert response.status_code == 200, response.text
    answer: str = response.json()["translated_text"]
    return answer


def test_terms_are_honoured_by_a_real_model(starter: ServerProcess) -> None:
    """In a sentence, in capitals, as a whole text; and without the glossary as ever."""
    assert put(starter, "station,halte\nteacher,maître\nMary,Marie\n").json()["lasting"] is False
    assert "halte" in said(starter, "Where is the station?")
    assert "maître" in said(starter, "The teacher is angry. I like {name}.")
    assert "{name}" in said(starter, "The teacher is angry. I like {name}.")
    assert said(starter, "Station") == "Halte"
    assert said(starter, "STATION!") == "HALTE!"
    plain = httpx.post(f"{starter.url()}/translate", json={"text": "Where is the station?"})
    assert "halte" not in plain.json()["translated_text"]
    assert "glossary" not in plain.json()


def test_a_glossary_outlives_the_server(models: Path, tmp_path: Path) -> None:
    """Also one that is killed; a deleted one is gone for good."""
    state = {"AIT_STATE_DIR": str(tmp_path / "state")}
    with starter_server(models, **state) as server:
        assert put(server, "station,halte\n").json()["lasting"] is True
        assert put(server, "station,arrêt\n", "other").status_code == 200
        assert httpx.delete(f"{server.url()}/glossaries/other").status_code == 204
        server.signal(signal.SIGKILL)
        server.ended()
    with starter_server(models, **state) as server:
        listed = httpx.get(f"{server.url()}/glossaries").json()["glossaries"]
        assert [one["name"] for one in listed] == ["mine"]
        assert "halte" in said(server, "Where is the station?")
        server.signal(signal.SIGTERM)
        assert server.ended().status == 0
    assert [path.name for path in (tmp_path / "state").glob("*.sqlite3*")] == [FILE_NAME]


def test_processes_share_a_state_folder(models: Path, tmp_path: Path) -> None:
    """What one puts, replaces or deletes counts in the other at once; both may write together."""
    state = {"AIT_STATE_DIR": str(tmp_path)}
    with starter_server(models, **state) as one, starter_server(models, **state) as other:
        put(one, "station,halte\n")
        assert "halte" in said(other, "Where is the station?")
        put(one, "station,arrêt\n")
        assert "arrêt" in said(other, "Where is the station?")
        with ThreadPoolExecutor() as pool:
            writes = [
                pool.submit(put, server, f"t{number},x\n", f"g{number}")
                for number in range(10)
                for server in (one, other)
            ]
            assert {write.result().status_code for write in writes} == {200}
        assert len(httpx.get(f"{one.url()}/glossaries").json()["glossaries"]) == 11
        assert httpx.delete(f"{one.url()}/glossaries/mine").status_code == 204
        body = {"text": "a", "glossary": "mine"}
        missing = httpx.post(f"{other.url()}/translate", json=body)
        assert missing.status_code == 404
        assert error_of(missing)["code"] == "not_found"


def test_a_large_glossary_is_taken(starter: ServerProcess) -> None:
    """A hundred thousand terms; other requests are answered meanwhile."""
    body = "".join(f"term number {number},x{number}\n" for number in range(99_999))
    assert put(starter, f"{body}station,halte\n", "large").status_code == 200
    assert "halte" in said(starter, "Where is the station?", "large")
    over = put(starter, f"{body}a,b\nc,d\n", "large")
    assert over.status_code == 413
    assert "100000 entries" in error_of(over)["message"]
    assert httpx.delete(f"{starter.url()}/glossaries/large").status_code == 204


def test_a_damaged_database_is_told_at_the_start(models: Path, tmp_path: Path) -> None:
    """The server does not start, and says which file it is."""
    (tmp_path / FILE_NAME).write_bytes(b"no database at all " * 100)
    with starter_server(models, AIT_STATE_DIR=str(tmp_path)) as server:
        ended = server.ended()
    assert ended.status == 1
    assert FILE_NAME in ended.errors
    assert "Traceback" not in ended.errors


def test_the_command_line_takes_a_file(models: Path, tmp_path: Path) -> None:
    """In each form, with what was found in JSON; a file that is none is told with its line."""
    (tmp_path / "terms.csv").write_text("station,halte\n", encoding="utf-8")
    (tmp_path / "terms.json").write_text('{"en-fr": {"station": "halte"}}', encoding="utf-8")
    (tmp_path / "bad.tsv").write_text("station halte\n", encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ai_translate.cli", "translate", *arguments]
        return subprocess.run(
            command,
            cwd=PROJECT,
            env={"AIT_MODELS_DIR": str(models), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    for name in ("terms.csv", "terms.json"):
        done = run("--glossary", str(tmp_path / name), "Where is the station?")
        assert "halte" in done.stdout, done
    told = run("--json", "--glossary", str(tmp_path / "terms.csv"), "Where is the station?")
    assert '"applied": [' in told.stdout
    bad = run("--glossary", str(tmp_path / "bad.tsv"), "Hello.")
    assert bad.returncode == 1
    assert "Line 1 of the glossary" in bad.stderr
    auto = run("--from", "auto", "--glossary", str(tmp_path / "terms.csv"), "Where is the station?")
    assert "does not say which language" in auto.stderr
