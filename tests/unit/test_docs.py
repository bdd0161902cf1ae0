"""Docs that can drift are held here."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import ai_translate

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("starter/**/*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file that is there."""
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if ":" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_every_dependency_has_its_reason() -> None:
    """docs/dependencies.md names exactly the packages of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["models"], *extras["evaluate"]]
    wanted += [*extras["remote"], *extras["otel"], *extras["dev"]]
    names = {re.split(r"[<>=\[ ]", requirement)[0] for requirement in wanted}
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    # Those of npm have a table and a test of their own.
    text = re.sub(r"(?s)\n\| package of npm \|.*?\n\n", "\n\n", text)
    rows = re.findall(r"(?m)^\| ([a-z][\w, -]*) \|", text)
    listed = {name for row in rows for name in row.split(", ")} - {"action", "flit_core", "package"}
    assert listed == names


def test_every_verb_of_make_has_its_line_of_help() -> None:
    """`make help` lists every verb that the Makefile declares, and the README says so."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = re.findall(r"(?m)^\.PHONY: (\S+)$", makefile)
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert listed == verbs
    assert "make help" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_module_has_its_place_in_the_architecture() -> None:
    """docs/architecture.md names every module of the package, or the folder that it is in."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Layout")[2].partition("\n## ")[0]
    package = Path(ai_translate.__file__).parent
    modules = [path.relative_to(package) for path in package.rglob("*.py")]
    named = set(re.findall(r"`([\w/.]+)`", table))
    missing = [
        path.as_posix()
        for path in modules
        if not path.stem.startswith("__")
        and not {path.stem, f"{path.parent.name}/", f"src/ai_translate/{path.name}"} & named
    ]
    assert not missing
    for name in re.findall(r"`src/ai_translate/([\w/.]+)`", table):
        assert (package / name).exists(), name
