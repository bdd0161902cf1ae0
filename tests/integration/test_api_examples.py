"""The Python of docs/api.md prints what the page shows, and needs nothing but Python."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from support.examples import Example, examples, ran
from support.server_process import ServerProcess

EXAMPLES = [example for example in examples("python") if not example.file]


def test_there_is_one_for_each_use() -> None:
    """Every section that shows a command shows Python as well; keys are in `ask.py` already."""
    shown = {example.section for example in examples("console")} - {"With a key"}
    assert len(shown) > 8
    assert {example.section for example in EXAMPLES} >= shown


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.section)
def test_it_prints_what_the_page_shows(
    example: Example, starter: ServerProcess, tmp_path: Path
) -> None:
    """As it stands, beside `ask.py` of the page."""
    printed, shown = ran(example, starter, tmp_path)
    assert printed == shown


@pytest.mark.parametrize("example", examples("python"), ids=lambda example: example.section)
def test_it_imports_what_python_brings(example: Example) -> None:
    """No package need be installed for it."""
    imported = [node for node in ast.walk(ast.parse(example.code)) if isinstance(node, ast.Import)]
    taken = [node for node in ast.walk(ast.parse(example.code)) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imported for alias in node.names}
    names |= {node.module for node in taken if node.module}
    assert names
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "ask"}
