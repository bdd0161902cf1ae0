"""Scripts of `.ci/steps` that need no engine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from support.server_process import PROJECT

CACHE_KEYS: Final = ".ci/steps/cache_keys.sh"
LOGIN: Final = ".ci/steps/login.sh"
LOGIN_VARIABLES: Final = {
    "REGISTRY": "registry.example.com",
    "REGISTRY_USERNAME": "robot",
    "REGISTRY_PASSWORD": "a secret of 'two\" words",
}
CLIENT: Final = """#!/bin/sh
printf '%s\\n' "$@" >"$TOLD/arguments"
cat >"$TOLD/input"
"""


def run(step: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs one, with what CI tells it."""
    return subprocess.run(
        [PROJECT / step],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_keys_of_caches_become_outputs(tmp_path: Path) -> None:
    """GitHub gets the lines that are printed, beside what it has already; others need not."""
    output = tmp_path / "output"
    output.write_text("earlier=1\n")
    done = run(CACHE_KEYS, GITHUB_OUTPUT=str(output))
    assert done.returncode == 0, done.stderr
    assert {"pip", "models"} <= {line.split("=")[0] for line in done.stdout.splitlines()}
    assert output.read_text() == f"earlier=1\n{done.stdout}"
    assert run(CACHE_KEYS).stdout == done.stdout


def test_a_password_is_no_argument(tmp_path: Path) -> None:
    """The client reads it from where no other process can."""
    client = tmp_path / "client"
    client.write_text(CLIENT)
    client.chmod(0o755)
    done = run(LOGIN, DOCKER=str(client), TOLD=str(tmp_path), **LOGIN_VARIABLES)
    assert done.returncode == 0, done.stderr
    password = LOGIN_VARIABLES["REGISTRY_PASSWORD"]
    assert (tmp_path / "input").read_text() == f"{password}\n"
    told = (tmp_path / "arguments").read_text().splitlines()
    assert told == ["login", "registry.example.com", "--username", "robot", "--password-stdin"]
    assert password not in done.stdout + done.stderr


@pytest.mark.parametrize("missing", LOGIN_VARIABLES)
def test_what_a_login_lacks_is_told(missing: str) -> None:
    """It names the variable, and asks nobody."""
    done = run(LOGIN, DOCKER="/bin/false", **(LOGIN_VARIABLES | {missing: ""}))
    assert done.returncode != 0
    assert f"{missing}: is not set" in done.stderr
    assert LOGIN_VARIABLES["REGISTRY_PASSWORD"] not in done.stderr
