"""`ai-translate keys`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ai_translate.cli.keys import ACCESS
from ai_translate.cli.main import main
from ai_translate.state.key_texts import is_whole
from ai_translate.state.keys import Access

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command with a folder of its own for what is kept."""

    def invoke(*arguments: str, folder: str = str(tmp_path / "state")) -> Result:
        return CliRunner(env={"AIT_STATE_DIR": folder}).invoke(main, ["keys", *arguments])

    return invoke


def listed(run: Run) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("list", "--json").stdout)
    return found


def test_the_choices_are_those_there_are() -> None:
    """The command line names them without loading what has them."""
    assert set(ACCESS) == {str(access) for access in Access}


def test_a_key_is_made_and_printed_alone(run: Run) -> None:
    """Standard output is the key, for scripts; what people want to know is said beside it."""
    made = run("create", "CI job")
    assert made.exit_code == 0, made.output
    assert is_whole(made.stdout.removesuffix("\n"))
    assert "for CI job (translate) counts until it is revoked" in made.stderr
    assert made.stdout[15:60] not in made.stderr
    [key] = listed(run)
    assert made.stdout.startswith(f"ait_{key['id']}_")
    assert (key["name"], key["state"], key["access"]) == ("CI job", "active", ["translate"])
    assert (key["expires"], key["last_used"]) == (None, None)
    assert made.stdout[15:60] not in json.dumps(key)


def test_a_key_is_made_as_it_was_asked_for(run: Run) -> None:
    """For several things, for a time, with limits."""
    made = run(
        *("create", "x", "--access", "translate", "--access", "glossaries", "--expires", "90d"),
        *("--requests-per-minute", "60", "--characters-per-month", "1000000"),
    )
    assert made.exit_code == 0, made.output
    [key] = listed(run)
    assert key["access"] == ["glossaries", "translate"]
    assert (key["requests_per_minute"], key["characters_per_month"]) == (60, 1_000_000)
    assert str(key["expires"]) > str(key["created"])
    lines = run("list").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[:4] == ["id", "name", "state", "access"]
    assert "requests per minute" in lines[0]
    assert "glossaries,translate" in lines[1]


def test_a_key_is_revoked(run: Run) -> None:
    """By its ID or by itself; it stays in the list, and one that is not there is told."""
    texts = [run("create", name).stdout.strip() for name in ("a", "b")]
    for named in (texts[0], str(listed(run)[1]["id"])):
        revoked = run("revoke", named)
        assert revoked.exit_code == 0, revoked.output
        assert "revoked" in revoked.stdout
        assert texts[0][15:] not in revoked.output
    assert [key["state"] for key in listed(run)] == ["revoked", "revoked"]
    missing = run("revoke", "nobody")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "There is no key 'nobody'" in missing.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        *(["create"], ["create", "x", "--access", "all"], ["create", "x", "--expires", "90"]),
        *(
            ["create", "x", "--expires", "0d"],
            ["create", "x", "--expires", "999999w"],
            ["create", "x", "--expires", "-1d"],
        ),
        *(["create", "x", "--requests-per-minute", "0"], ["revoke"]),
        ["create", "x", "--characters-per-month", "9" * 30],
    ],
)
def test_a_wrong_argument_makes_nothing(run: Run, wrong: list[str]) -> None:
    """It is told as such."""
    result = run(*wrong)
    assert result.exit_code == 2
    assert listed(run) == []


def test_nothing_is_kept_without_a_folder(run: Run) -> None:
    """Each command says which setting is missing."""
    for arguments in (["create", "x"], ["list"], ["revoke", "x"]):
        result = run(*arguments, folder="")
        assert result.exit_code == 1
        assert "There is no AIT_STATE_DIR" in result.stderr


def test_an_empty_list_says_how_to_fill_it(run: Run) -> None:
    """For people; for programs it is empty."""
    assert "keys create NAME" in run("list").stdout
    assert listed(run) == []
