"""The examples of docs/api.md: read from the page, run against a server, held against the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support.server_process import PROJECT, ServerProcess, starter_server

__all__ = ["Example", "examples", "key_made", "keyed_server", "ran"]

PAGE: Final = "docs/api.md"
_ADDRESS: Final = "http://127.0.0.1:8002"
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The first line of a block that is a file, which other blocks import.
_NAMED: Final = re.compile(r"(?:#|//) (ask\.\w+)\n")
_OUTPUT: Final = frozenset({"text", "json"})
# What a server may say otherwise another time. Results of quantized models differ in the last
# digits between processors.
_VARYING: Final = (
    (re.compile(r'("confidence":)0\.\d+'), r"\1…"),
    (re.compile(r'("updated":)"[^"]+"'), r"\1…"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One block of code, and what it prints.

    Attributes:
        section: Heading that it stands below.
        language: Name of the fence: `console`, `python` or `js`.
        code: What runs.
        output: What it prints; None for a file that others import.
    """

    section: str
    language: str
    code: str
    output: str | None

    @property
    def file(self) -> str | None:
        """The name of the file that it is, if it is one."""
        found = _NAMED.match(self.code)
        return found[1] if found else None

    @property
    def needs_key(self) -> bool:
        """Whether it speaks to a server that asks for keys."""
        return self.section == "With a key"


def examples(language: str) -> list[Example]:
    """Those of one language, in the order of the page."""
    text = (PROJECT / PAGE).read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    found = []
    for number, block in enumerate(blocks):
        if block[1] != language:
            continue
        section = re.findall(r"(?m)^#+ (.+)$", text[: block.start()])[-1]
        if language == "console":
            found.append(Example(section, language, *_told(block[2])))
            continue
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        shown = following[2] if following and following[1] in _OUTPUT else None
        if following and text[block.end() : following.start()].strip():
            shown = None
        found.append(Example(section, language, block[2], shown))
    return found


def ran(
    example: Example, server: ServerProcess, folder: Path, key: str = ""
) -> tuple[str, str | None]:
    """What an example prints, and what the page says of it, without what may vary.

    Args:
        example: What to run.
        server: What it speaks to, in place of the address of the page.
        folder: Where it runs.
        key: What is in AIT_KEY.

    Raises:
        AssertionError: It fails, with all that it said.
    """
    (folder / "report.txt").write_text("Where is the station?\n", encoding="utf-8")
    for one in examples(example.language):
        if one.file:
            (folder / one.file).write_text(_moved(one.code, server), encoding="utf-8")
    name = {"python": "example.py", "js": "example.mjs", "console": "example.sh"}[example.language]
    (folder / name).write_text(_moved(example.code, server), encoding="utf-8")
    program = {"python": sys.executable, "js": "node", "console": "bash"}[example.language]
    words = [program, "-eu", name] if program == "bash" else [program, name]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "error",
    }
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment | ({"AIT_KEY": key} if key else {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{example.code}\n{done.stdout}\n{done.stderr}"
    assert not done.stderr, f"{example.code}\n{done.stderr}"
    shown = None if example.output is None else _without_what_varies(example.output)
    return _without_what_varies(done.stdout), shown


def keyed_server(models: Path, state: Path) -> ServerProcess:
    """A server with the starter model that asks for keys, which are kept in a folder."""
    return starter_server(models, **_keys_in(state))


def key_made(state: Path) -> str:
    """A new key of that server."""
    words = [*(sys.executable, "-m", "ai_translate.cli"), "keys", "create", "example"]
    words += ["--access", "translate", "--access", "glossaries"]
    done = subprocess.run(words, env=_keys_in(state), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _keys_in(state: Path) -> Mapping[str, str]:
    return {"AIT_AUTH": "keys", "AIT_STATE_DIR": str(state)}


def _told(block: str) -> tuple[str, str]:
    """The commands of a console, and what they print."""
    commands, output = [], []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            # A line of JSON has no end, behind which a terminal would write on.
            commands.append(f"{line.removeprefix('$ ')}echo\n")
        else:
            output.append(line)
    return "".join(commands), "".join(output)


def _moved(code: str, server: ServerProcess) -> str:
    return code.replace(_ADDRESS, server.url())


def _without_what_varies(text: str) -> str:
    for pattern, instead in _VARYING:
        text = pattern.sub(instead, text)
    return "\n".join(line for line in text.splitlines() if line)
