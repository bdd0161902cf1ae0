"""What docs/api.md shows for curl and for JavaScript prints what the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support.examples import Example, examples, key_made, keyed_server, ran
from support.server_process import ServerProcess

CURL = examples("console")
JAVASCRIPT = [example for example in examples("js") if not example.file]


class Keyed(NamedTuple):
    """A server that asks for keys, and one that counts there."""

    server: ServerProcess
    key: str


@pytest.fixture(scope="module")
def keyed(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    """The starter model behind keys."""
    state = tmp_path_factory.mktemp("state")
    key = key_made(state)
    with keyed_server(models, state) as server:
        server.url()
        yield Keyed(server, key)


def test_there_is_one_for_each_use() -> None:
    """Every section that shows a command shows JavaScript as well; keys are in `ask.mjs`."""
    shown = {example.section for example in CURL} - {"With a key"}
    assert len(shown) > 8
    assert {example.section for example in JAVASCRIPT} >= shown


@pytest.mark.parametrize(
    "example", [*CURL, *JAVASCRIPT], ids=lambda example: f"{example.language}: {example.section}"
)
def test_it_prints_what_the_page_shows(
    example: Example, starter: ServerProcess, keyed: Keyed, tmp_path: Path
) -> None:
    """As it stands, beside `ask.mjs` of the page, with a key where it is about keys."""
    if example.needs_key:
        printed, shown = ran(example, keyed.server, tmp_path, keyed.key)
    else:
        printed, shown = ran(example, starter, tmp_path)
    assert printed == shown


@pytest.mark.parametrize("language", ["python", "js"])
def test_what_asks_sends_the_key(language: str, keyed: Keyed, tmp_path: Path) -> None:
    """`ask` of both languages takes it from the environment, and so every example does."""
    printed = 0
    for example in examples(language):
        if not example.file:
            folder = tmp_path / str(printed)
            folder.mkdir()
            found, shown = ran(example, keyed.server, folder, keyed.key)
            assert found == shown
            printed += 1
    assert printed > 8
