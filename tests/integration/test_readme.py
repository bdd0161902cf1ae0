"""What the README shows is what happens."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx

from support.server_process import PROJECT, ServerProcess

README = (PROJECT / "README.md").read_text(encoding="utf-8")
# Results of quantized models differ in the last digits between processors.
_CONFIDENCE = re.compile(r'"confidence":0\.\d+')


def test_the_curl_of_the_readme_answers_as_printed(starter: ServerProcess) -> None:
    """Its first command gives the answer that stands below it."""
    example = re.search(r"\$ curl -s (\S+) (-H .*?)\n(\{.*?\})\n", README, re.DOTALL)
    assert example is not None
    address, arguments, expected = example.groups()
    _, header, _, body = shlex.split(arguments.replace("\\\n", " "))
    name, _, value = header.partition(": ")
    path = address.removeprefix("http://127.0.0.1:8002")
    answer = httpx.post(starter.url() + path, content=body, headers={name: value})
    assert answer.status_code == 200
    assert _CONFIDENCE.sub("", answer.text) == _CONFIDENCE.sub("", expected)


def test_the_commands_of_the_readme_print_as_shown(models: Path) -> None:
    """Each `ai-translate translate` of the README gives the line below it."""
    examples = re.findall(r"\$ \.venv/bin/ai-translate (translate .*)\n(.+)\n", README)
    assert examples
    for arguments, expected in examples:
        done = subprocess.run(
            [sys.executable, "-m", "ai_translate.cli", *shlex.split(arguments)],
            cwd=PROJECT,
            env={"AIT_MODELS_DIR": str(models)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected


def test_the_python_of_the_readme_runs(models: Path) -> None:
    """The library example works as it stands."""
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    code = example[1].replace("Translator.open()", f"Translator.open({str(models)!r})")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "Peux-tu m'aider à porter cette boîte ?\n"


def test_the_body_of_the_readme_is_json() -> None:
    """What is printed as an answer can be read by a program."""
    answer = re.search(r"(?m)^\{\"original_text\".*$", README)
    assert answer is not None
    assert json.loads(answer[0])["source_lang"] == "en"
