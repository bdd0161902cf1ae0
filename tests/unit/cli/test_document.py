"""Documents on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ai_translate.cli import translate as command
from ai_translate.cli.main import main
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine

PAGE = "Good morning.\r\n\r\n\tWhere is it?\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, with an engine that shouts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "open_translator", lambda _settings: Translator([FakeEngine()]))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["translate", *arguments])


def test_a_file_alone_is_a_document(folder: Path) -> None:
    """A single argument that names a file of a known kind is that file, written to another."""
    (folder / "a.txt").write_bytes(PAGE.encode())
    result = run("a.txt", "-o", "b.txt")
    assert result.exit_code == 0, result.output
    assert (folder / "b.txt").read_bytes() == PAGE.upper().encode()
    assert result.stdout == ""


def test_words_that_are_no_file_are_words(folder: Path) -> None:
    """What names no file, or a file of no known kind, or is not alone, is text."""
    (folder / "word").write_text("content")
    (folder / "a.txt").write_text("content")
    assert run("b.txt").stdout == "B.TXT\n"
    assert run("word").stdout == "WORD\n"
    assert run("a.txt", "b").stdout == "A.TXT B\n"
    assert run("x" * 5000 + ".txt").stdout == "X" * 5000 + ".TXT\n"


def test_a_kind_makes_a_document_of_any_file(folder: Path) -> None:
    """With --kind the name of the file does not matter; without a file it is wrong usage."""
    (folder / "word").write_text("Content")
    assert run("word", "--kind", "text").stdout == "CONTENT"
    assert run("--file", "word", "--kind", "text").stdout == "CONTENT"
    for arguments in (("no", "file"), ("nothing",)):
        wrong = run(*arguments, "--kind", "text")
        assert wrong.exit_code == 2
        assert "name its file" in wrong.output
    unknown = run("word", "--kind", "novel")
    assert unknown.exit_code == 1
    assert "novel" in unknown.output


def test_a_broken_document_leaves_what_was_there(folder: Path) -> None:
    """The error says what is wrong, and no file is written."""
    (folder / "a.txt").write_bytes(b"\xff\xfe\x00")
    (folder / "b.txt").write_text("before")
    result = run("a.txt", "-o", "b.txt")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert (folder / "b.txt").read_text() == "before"
    assert len(list(folder.iterdir())) == 2


def test_lines_that_fail_are_told(folder: Path) -> None:
    """Some that fail stand as they were, and the command exits with 3."""
    text = "Good.\n" * 3000 + "FAIL.\n"
    (folder / "a.txt").write_text(text)
    result = run("a.txt", "-o", "b.txt")
    assert result.exit_code == 3
    assert "1 parts could not be translated" in result.stderr
    assert (folder / "b.txt").read_text().endswith("FAIL.\n")


def test_a_terminal_gets_no_document(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would fill a terminal with bytes is wrong usage that names --output."""
    (folder / "a.txt").write_text("Good.")
    runner = CliRunner()
    with runner.isolation() as (out, _, _):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        with pytest.raises(SystemExit) as ended:
            main(["translate", "a.txt"])
        said = out.getvalue().decode()
    assert ended.value.code == 2
    assert "GOOD" not in said


def test_progress_goes_to_standard_error(folder: Path) -> None:
    """The bar does not mix with the document."""
    (folder / "a.txt").write_text("Good.\n" * 9000)
    result = run("a.txt", "--progress")
    assert result.stdout == "GOOD.\n" * 9000
    assert "Translating" in result.stderr
