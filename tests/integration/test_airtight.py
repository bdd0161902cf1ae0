"""The models are here, so nothing is asked of anybody, whatever the environment suggests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.server_process import PROJECT

# What is done inside. An address of TEST-NET-1 (RFC 5737) is nobody's: there is no way to it here.
VISIT = """
import json, re, signal, socket, subprocess, sys, urllib.request

def refused(host, port):
    try:
        socket.create_connection((host, port), timeout=20).close()
    except OSError as error:
        return str(error)
    return ""

def run(*arguments):
    command = [sys.executable, "-m", "ai_translate.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return [done.returncode, done.stdout, done.stderr]

found = {
    "refused": refused("192.0.2.1", 80),
    "outside": refused("127.0.0.1", int(sys.argv[1])),
    "verify": run("models", "verify"),
    "pull": run("models", "pull"),
    "translate": run("translate", "Where is the station?"),
}
command = [sys.executable, "-m", "ai_translate.cli", "serve", "--port", "0"]
with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
    url = re.search("http://[0-9.:]+", server.stdout.readline())[0]
    body = json.dumps({"text": "I lost my keys."}).encode()
    header = {"Content-Type": "application/json"}
    request = urllib.request.Request(url + "/translate", body, header)
    found["answer"] = json.load(urllib.request.urlopen(request))
    server.send_signal(signal.SIGTERM)
    server.stdout.read()
found["status"] = server.returncode
print(json.dumps(found))
"""


@pytest.fixture(scope="module", params=[(), ("--hook",)], ids=["kernel", "hook"])
def visit(models: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What came of a visit to where the network ends at loopback, closed in either way."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AIT_", "HF"))}
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = str(outside.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "support.airtight", *request.param, "-c", VISIT, port],
            cwd=PROJECT,
            env={
                **own,
                "PYTHONPATH": str(PROJECT / "tests"),
                "AIT_MODELS_DIR": str(models),
                "HF_ENDPOINT": "https://nowhere.invalid/artifactory/api/huggingfaceml/models",
                "HF_TOKEN": "hf_never-sent",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    how, _, rest = done.stdout.partition("\n")
    found: dict[str, Any] = json.loads(rest)
    return {"how": how, **found}


def test_nothing_gets_out_of_there(visit: dict[str, Any]) -> None:
    """A socket to anywhere else is refused: what the other tests stand on.

    In a network of its own not even this machine's loopback is to be had.
    """
    refused, outside = {
        "namespace": ("Network is unreachable", "Connection refused"),
        "hook": ("socket.getaddrinfo to 192.0.2.1 is refused", ""),
    }[visit["how"]]
    assert refused in visit["refused"]
    assert outside in visit["outside"]
    assert bool(outside) == bool(visit["outside"])


def test_models_are_verified_without_a_network(visit: dict[str, Any]) -> None:
    """`models verify` hashes what is here."""
    status, output, errors = visit["verify"]
    assert (status, errors) == (0, "")
    assert output.startswith("starter-en-fr: verified ")


def test_a_pull_with_everything_in_place_needs_no_network(visit: dict[str, Any]) -> None:
    """It asks nobody, although an endpoint is set."""
    assert visit["pull"] == [0, "", "starter-en-fr: in place\n"]


def test_a_sentence_is_translated_without_a_network(visit: dict[str, Any]) -> None:
    """The command line needs nobody."""
    status, output, errors = visit["translate"]
    assert (status, output, errors) == (0, "Où est la gare ?\n", "")


def test_the_server_serves_without_a_network(visit: dict[str, Any]) -> None:
    """It starts, answers on loopback, and ends well."""
    assert visit["answer"]["translated_text"] == "J'ai perdu mes clés."
    assert visit["status"] == 0
