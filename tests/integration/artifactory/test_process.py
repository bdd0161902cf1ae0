from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from support.hub_client import HubClient, files_in
from support.server_process import ServerProcess

MODEL = "acme/opus-en-fr"


def test_a_process_serves_folders(folder: Path, files: dict[str, bytes], tmp_path: Path) -> None:
    """The process prints its endpoint, serves what it was given, and ends on SIGTERM."""
    arguments = ("--model", f"{MODEL}={folder}", "--token", "read-token")
    with ServerProcess("-m", "support.artifactory", *arguments) as process:
        endpoint = process.line(r"^(http://127\.0\.0\.1:\d+/artifactory/api/huggingfaceml/models)$")
        client = HubClient(endpoint[1], "read-token", tmp_path)
        ended = client.hf("download", MODEL, "--local-dir", tmp_path / "here")
        assert ended.returncode == 0, ended.stderr
        assert files_in(tmp_path / "here") == files
        assert httpx.get(f"{endpoint[1]}/api/models/{MODEL}").status_code == 401
        process.signal(signal.SIGTERM)
        assert process.ended() == (0, endpoint[0] + "\n", "")


def test_a_process_takes_uploads(folder: Path, tmp_path: Path) -> None:
    """A token that writes can upload to it."""
    with ServerProcess("-m", "support.artifactory", "--write-token", "write-token") as process:
        client = HubClient(process.url(), "write-token", tmp_path)
        ended = client.hf("upload", MODEL, folder)
        assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("fault", "status"), [("status=503", 503), ("expired-token", 401), ("redirect", 302)]
)
def test_a_process_can_fail(folder: Path, fault: str, status: int) -> None:
    """Faults are given by name, for some paths and for some times; everybody may read."""
    with ServerProcess(
        *("-m", "support.artifactory", "--model", f"{MODEL}={folder}", "--fault", fault),
        *("--fault-path", "/resolve/", "--fault-times", "1"),
    ) as process:
        url = f"{process.url()}/{MODEL}/resolve/main/config.json"
        assert [httpx.get(url).status_code for _ in range(2)] == [status, 200]


@pytest.mark.parametrize("arguments", [("--fault", "gremlin"), ("--model", "acme/opus")])
def test_a_process_refuses_what_it_does_not_know(arguments: tuple[str, str]) -> None:
    """A wrong argument ends it with a line that says what is expected."""
    with ServerProcess("-m", "support.artifactory", *arguments) as process:
        ended = process.ended()
    assert ended.status == 2
    assert arguments[1] in ended.errors
