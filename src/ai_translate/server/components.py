"""Puts every schema that has a name where OpenAPI has those, once, so that clients can be made.

FastAPI does so for answers. Bodies, parameters and events are described by our routes themselves,
in place, from which makers of clients would invent a name for each place.
"""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["gather", "without_null"]

_WHERE: Final = "#/components/schemas/"
_DEFINED: Final = "#/$defs/"
_JSON: Final = "application/json"
# What stands behind these is no schema, whatever it looks like.
_VALUES: Final = frozenset({"const", "default", "enum", "example", "examples"})


def gather(api: dict[str, Any], own: str) -> None:
    """Moves schemas out of the paths of an OpenAPI document into its components, in place.

    Taken are objects with a title, which is their name, and what `$defs` holds. Those of a door
    have the tag of their operation before their name, unless an answer has the same.

    Args:
        api: The document.
        own: The tag of our own contract, whose schemas have names without it.

    Raises:
        ValueError: Two that differ have the same name.
    """
    operations = [one for methods in api["paths"].values() for one in methods.values()]
    tags = {tag for one in operations for tag in one.get("tags", ())}
    _shorten(api, {_prefix(tag).lower(): _prefix(tag) for tag in tags})
    components = api.setdefault("components", {}).setdefault("schemas", {})
    answers = dict(components)
    for methods in api["paths"].values():
        for method, operation in methods.items():
            [tag] = operation.get("tags") or [own]
            move = _Move(answers, components, "" if tag == own else _prefix(tag))
            methods[method] = _with_one_form(move.moved(operation))
    api["components"]["schemas"] = dict(sorted(components.items()))


def _with_one_form(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation whose body is described as JSON alone, where it may be a form of equal fields.

    Clients that are made from several types of one shape cannot tell which is meant.
    """
    body = operation.get("requestBody", {})
    content = body.get("content", {})
    if _JSON not in content:
        return operation
    shape = content[_JSON].get("schema")
    others = [kind for kind in content if kind != _JSON and content[kind].get("schema") == shape]
    if not others:
        return operation
    kept = {kind: content[kind] for kind in content if kind not in others}
    told = f"The same fields may come as {' or '.join(others)}."
    return operation | {"requestBody": body | {"content": kept, "description": told}}


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A field as it is in an address or in a form, where it is left out and never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1 or len(kinds) == len(schema["anyOf"]):
        return schema
    kept = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    return {**kinds[0], **kept}


def _prefix(tag: str) -> str:
    return re.sub(r"\W", "", tag)


def _shorten(api: dict[str, Any], doors: dict[str, str]) -> None:
    """Gives answers short names that FastAPI has called by their modules, since two were the same.

    Those of a door, whose package is called as its tag is, have the tag before their name.
    """
    schemas = api.get("components", {}).get("schemas", {})
    names = {}
    for long in schemas:
        if "__" in long:
            *modules, short = long.split("__")
            names[long] = next((doors[one] for one in modules if one in doors), "") + short
    if names:
        api["paths"] = _renamed(api["paths"], names)
        api["components"]["schemas"] = {
            names.get(name, name): _renamed(
                schema | ({"title": names[name]} if name in names else {}), names
            )
            for name, schema in schemas.items()
        }


def _renamed(node: Any, names: dict[str, str]) -> Any:
    """The node with references to schemas by their new names."""
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    renamed = {key: _renamed(value, names) for key, value in node.items()}
    if isinstance(reference := node.get("$ref"), str):
        name = reference.removeprefix(_WHERE)
        renamed["$ref"] = _WHERE + names[name] if name in names else reference
    return renamed


class _Move:
    """Moves the schemas of one operation.

    Args:
        answers: Those that were components before.
        kept: Where they go.
        prefix: What stands before the names of those that are no answers.
    """

    def __init__(self, answers: dict[str, Any], kept: dict[str, Any], prefix: str) -> None:
        self._answers = answers
        self._kept = kept
        self._prefix = prefix

    def moved(self, node: Any) -> Any:
        """The node with references in place of named schemas, which are kept."""
        if isinstance(node, list):
            return [self.moved(item) for item in node]
        if not isinstance(node, dict):
            return node
        for name, schema in node.get("$defs", {}).items():
            new = self._defined(name)
            self._keep(new, self._inside(schema) | ({"title": new} if "title" in schema else {}))
        moved = self._inside(node)
        if not (moved.get("type") == "object" and {"properties", "title"} <= moved.keys()):
            return moved
        name = moved["title"]
        if self._answers.get(name) != moved:
            name = self._prefix + name
        self._keep(name, moved | {"title": name})  # makers of clients go by either
        return {"$ref": _WHERE + name}

    def _inside(self, node: dict[str, Any]) -> dict[str, Any]:
        moved: dict[str, Any] = {}
        for key, value in node.items():
            if key == "properties":
                moved[key] = {name: self.moved(field) for name, field in value.items()}
            elif key == "$ref" and value.startswith(_DEFINED):
                moved[key] = _WHERE + self._defined(value.removeprefix(_DEFINED))
            elif key == "anyOf" and "title" in node:
                titled = {"title": node["title"]}
                # A choice of words is a class in clients, which would have no name of its own.
                moved[key] = [self.moved((titled if "enum" in one else {}) | one) for one in value]
            elif key != "$defs":
                moved[key] = value if key in _VALUES else self.moved(value)
        return moved

    def _defined(self, name: str) -> str:
        return name if name in self._answers else self._prefix + name

    def _keep(self, name: str, schema: dict[str, Any]) -> None:
        if self._kept.setdefault(name, schema) != schema:
            raise ValueError(f"two schemas of OpenAPI are called {name}")
