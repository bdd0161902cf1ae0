"""What TEST_IMAGE=true says of an image that is not as it must be."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from support.build_script import check_image
from support.engine import Build, Engine
from support.project import SECRET

WAIT_SECONDS: Final = 60.0
LEAKING: Final = f"""\
FROM ai-translate:first
ARG TOKEN
COPY notes.txt /app/notes.txt
COPY __init__.py /opt/venv/lib/python3.11/site-packages/pip/
COPY __init__.py /opt/venv/bin/gcc-12
COPY starter/en-fr/model.safetensors /app/weights.dat
COPY __init__.py /app/models/hub/models--acme--other/refs/main
RUN ["/opt/venv/bin/python", "-c", "pass  # {SECRET}"]
ENV HF_HUB_OFFLINE=0 PRIVATE_TOKEN=hunter2
LABEL said="{SECRET}"
USER root
"""


def check(engine: Engine, image: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Checks an image to the end."""
    with check_image(image, engine.host, **variables) as process:
        said, erred = process.communicate()
    return subprocess.CompletedProcess([], process.returncode, said, erred)


@pytest.fixture
def leaking(engine: Engine, first: Build, prepared_weights: Path, tmp_path: Path) -> str:  # noqa: ARG001  # built on it
    """An image with one fault of each kind."""
    (tmp_path / "notes.txt").write_text(f"some text\n{SECRET}\n")
    (tmp_path / "__init__.py").touch()
    (tmp_path / "starter/en-fr").mkdir(parents=True)
    (tmp_path / "starter/en-fr/model.safetensors").write_bytes(prepared_weights.read_bytes())
    (tmp_path / "Dockerfile").write_text(LEAKING)
    return engine.build(tmp_path, image="ai-translate:leaking").image


@pytest.fixture
def prepared_weights() -> Path:
    """Weights that the lock names, in their source's format."""
    return Path(__file__).parents[2] / "starter/en-fr/model.safetensors"


def test_each_fault_is_named_with_its_place(engine: Engine, leaking: str) -> None:
    """And the secret is not shown; what is well is said to be."""
    done = check(engine, leaking, HF_TOKEN=SECRET)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    for begin, place in (
        ("FAIL no secret in a layer: HF_TOKEN: layer", "/app/notes.txt"),
        ("FAIL no build tool in a layer: pip: layer", "/site-packages/pip/__init__.py"),
        ("FAIL no build tool in a layer: gcc-12: layer", "/opt/venv/bin/gcc-12"),
        ("FAIL no source weights in a layer: model.safetensors of starter-en-fr", "/app/weights"),
        ("FAIL no cache in a layer: models--acme--other: layer", "/models--acme--other/refs"),
        ("FAIL no secret in the history: HF_TOKEN: line", "RUN"),
        ("FAIL no secret in the environment: PRIVATE_TOKEN", "what its name calls a secret"),
        ("FAIL configuration: HF_TOKEN stands in it", ""),
        ("FAIL HF_HUB_OFFLINE: is 0; 1 is needed", ""),
        ("FAIL user: root", ""),
        ("FAIL no build tool can be reached: /opt/venv/bin/python: pip", ""),
        ("ok   a single text: ", ""),
        ("ok   HF_HOME: /app/models", ""),
    ):
        assert any(line.startswith(begin) and place in line for line in lines), (
            f"{begin}:\n{done.stdout}"
        )
    assert SECRET not in done.stdout + done.stderr
    assert lines[-1].endswith("checks failed.")


def test_a_container_that_ends_is_shown_with_its_log(
    engine: Engine,
    first: Build,  # noqa: ARG001  # built on it
    tmp_path: Path,
) -> None:
    """Its status too, and it is removed; its layers are looked at all the same."""
    text = 'FROM ai-translate:first\nENTRYPOINT ["sh", "-c", "echo the disk burns; exit 7"]\n'
    (tmp_path / "Dockerfile").write_text(text)
    image = engine.build(tmp_path, image="ai-translate:ending").image
    done = check(engine, image)
    assert done.returncode == 1
    assert "FAIL ready: it ended with status 7." in done.stdout
    assert "the disk burns" in done.stdout
    assert "ok   no source weights in a layer" in done.stdout
    assert "Traceback" not in done.stderr
    assert not engine.docker("ps", "--all", "--quiet").stdout


def test_a_check_that_is_interrupted_leaves_no_container(engine: Engine, first: Build) -> None:
    """It ends with the status of an interrupted command."""
    with check_image(first.image, engine.host) as process:
        deadline = time.monotonic() + WAIT_SECONDS
        while not engine.docker("ps", "--quiet").stdout:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, erred = process.communicate()
    assert process.returncode == 130
    assert erred == "Interrupted.\n"
    assert not engine.docker("ps", "--all", "--quiet").stdout


def test_an_image_that_is_not_there_is_a_failure(engine: Engine) -> None:
    """Said in sentences."""
    done = check(engine, "ai-translate:never-built")
    assert done.returncode == 1
    assert "FAIL run: " in done.stdout
    assert "FAIL layers: " in done.stdout
    assert "Traceback" not in done.stderr
