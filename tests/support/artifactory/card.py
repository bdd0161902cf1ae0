"""The front matter of a model card."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

__all__ = ["BadCard", "front_matter", "tags"]

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)


class BadCard(Exception):
    """A card's front matter is no YAML mapping."""


def front_matter(card: str) -> Mapping[str, Any]:
    """What a card says about its model; nothing where it has no front matter.

    Raises:
        BadCard: The front matter is no YAML mapping.
    """
    found = _FRONT.match(card)
    if found is None:
        return {}
    try:
        said = yaml.safe_load(found[1]) or {}
    except yaml.YAMLError as error:
        raise BadCard(str(error)) from error
    if not isinstance(said, dict):
        raise BadCard("A mapping is expected.")
    plain: Mapping[str, Any] = json.loads(json.dumps(said, default=_plain))
    return plain


def tags(said: Mapping[str, Any]) -> list[str]:
    """The tags that the Hub derives from a front matter: its own, its languages, its licence."""
    languages = said.get("language", [])
    found = [*said.get("tags", []), *([languages] if isinstance(languages, str) else languages)]
    if licence := said.get("license"):
        found.append(f"license:{licence}")
    return found


def _plain(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in JSON.")
