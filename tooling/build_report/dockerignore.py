"""Which files of a folder a build may see, as `.dockerignore` says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["visible_files"]

_TOKEN: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[\^?[^\]]*\]|\\.|.", re.DOTALL)
_SPECIAL: Final = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of the file. The last one that matches a path decides.

    Attributes:
        pattern: Matches a path, or a folder that it is in.
        shows: Whether the line begins with `!`.
        fixed: The path up to the first sign that stands for others.
    """

    pattern: re.Pattern[str]
    shows: bool
    fixed: str


def visible_files(root: Path) -> Iterator[str]:
    """Paths, relative to a folder, of the regular files that a build of it is sent.

    Folders into which no rule looks are not opened: `.git` may be large. A link is not followed.

    Raises:
        OSError: The folder or its `.dockerignore` cannot be read.
    """
    path = root / ".dockerignore"
    rules = _rules(path.read_text(encoding="utf-8")) if path.exists() else []
    yield from _files(root, "", rules)


def _files(folder: Path, prefix: str, rules: Sequence[_Rule]) -> Iterator[str]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = prefix + entry.name
        hidden = _hidden(path, rules)
        if entry.is_dir(follow_symlinks=False):
            if not hidden or any(_may_show(rule, path) for rule in rules):
                yield from _files(folder / entry.name, f"{path}/", rules)
        elif not hidden and entry.is_file(follow_symlinks=False):
            yield path


def _hidden(path: str, rules: Sequence[_Rule]) -> bool:
    hidden = False
    for rule in rules:
        if rule.pattern.fullmatch(path):
            hidden = not rule.shows
    return hidden


def _may_show(rule: _Rule, folder: str) -> bool:
    """Whether a rule may show something in a folder."""
    one, other = f"{rule.fixed}/", f"{folder}/"
    return rule.shows and (not rule.fixed or one.startswith(other) or other.startswith(one))


def _rules(text: str) -> list[_Rule]:
    rules = []
    for line in text.splitlines():
        word = line.strip()
        if not word or word.startswith("#"):
            continue
        path = word.removeprefix("!").strip()
        path = path if path == "/" else path.strip("/").removeprefix("./")
        whole = _SPECIAL.split(path)[0]
        fixed = whole if whole == path else whole.rpartition("/")[0]
        # What matches a folder matches all that is in it.
        pattern = re.compile(
            f"{''.join(map(_expression, _TOKEN.findall(path)))}(?:/.*)?", re.DOTALL
        )
        rules.append(_Rule(pattern, word.startswith("!"), fixed))
    return rules


def _expression(token: str) -> str:
    match token:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
    if token.startswith("[") and token.endswith("]") and len(token) > 2:
        return token[0] + token[1:].replace("[", r"\[")
    return re.escape(token[1:] if token.startswith("\\") and len(token) > 1 else token)
