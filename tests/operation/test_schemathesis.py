"""Thousands of requests that schemathesis makes from the OpenAPI document, and some by chance."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from support.server_process import ServerProcess, fake_server, starter_server

SEED: Final = os.environ.get("SCHEMATHESIS_SEED", "20261127")
# What the document says of an answer: its status, type, headers and shape; and no 5xx. Left out
# is what calls for a meaning that a schema does not have, such as which pairs there are.
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)

# A server that is full, and a time that is over, are what the document says they are.
CONFIGURATION: Final = """\
[checks.not_a_server_error]
expected-statuses = ["1xx", "2xx", "3xx", "4xx", 503, 504]
"""


def tried(server: ServerProcess, each: int, folder: Path, *more: str) -> int:
    """Tries every operation so many times, and some in sequence; the number of requests.

    Raises:
        AssertionError: An answer is not what the document says, with what schemathesis tells.
    """
    (folder / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "--no-color", "run"),
            *(f"{server.url()}/openapi.json", "--seed", SEED, "--max-examples", str(each)),
            *("--checks", ",".join(CHECKS), "--continue-on-failure", "--no-shrink", *more),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout[-20_000:])  # noqa: T201  # the seed and the counts, in the log of the tests
    assert done.returncode == 0, f"Seed {SEED}:\n{done.stdout[-20_000:]}{done.stderr[-2_000:]}"
    counted = re.search(r"(\d+) generated", done.stdout)
    assert counted is not None
    return int(counted[1])


def hold_that_it_ends_well(server: ServerProcess) -> None:
    """No fault of ours stands in its log."""
    server.signal(signal.SIGTERM)
    ended = server.ended()
    assert ended.status == 0
    assert "Traceback" not in ended.errors


def test_the_server_answers_as_its_document_says(tmp_path: Path) -> None:
    """4,000 requests, most of them wrong, and not one answer that is a 5xx or undocumented."""
    state = tmp_path / "state"
    with fake_server(AIT_STATE_DIR=str(state), AIT_LOG_LEVEL="warning") as server:
        # The fake engine comes from no lock, so that its models cannot be reloaded.
        count = tried(server, 100, tmp_path, "--exclude-path", "/admin/reload")
        assert count >= 4_000
        hold_that_it_ends_well(server)


def test_the_starter_answers_as_its_document_says(models: Path, tmp_path: Path) -> None:
    """A thousand more, with a real model and with models that are reloaded."""
    with starter_server(models, AIT_LOG_LEVEL="warning") as server:
        assert tried(server, 10, tmp_path) >= 1_000
        hold_that_it_ends_well(server)
