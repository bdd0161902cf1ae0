"""Puts every schema that has a name where OpenAPI has those, once, so that clients can be made.

FastAPI does so for answers. Bodies, parameters and events are described by our routes themselves,
in place, from which makers of clients would invent a name for each place.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["gather", "without_null"]

_WHERE: Final = "#/components/schemas/"
_DEFINED: Final = "#/$defs/"
# What stands behind these is no schema, whatever it looks like.
_VALUES: Final = frozenset({"const", "default", "enum", "example", "examples"})


def gather(api: dict[str, Any]) -> None:
    """Moves schemas out of the paths of an OpenAPI document into its components, in place.

    Taken are objects with a title, which is their name, and what `$defs` holds.

    Raises:
        ValueError: Two that differ have the same name.
    """
    components = api.setdefault("components", {}).setdefault("schemas", {})
    api["paths"] = _moved(api["paths"], components)
    api["components"]["schemas"] = dict(sorted(components.items()))


def without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A field as it is in an address or in a form, where it is left out and never null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1 or len(kinds) == len(schema["anyOf"]):
        return schema
    kept = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    return {**kinds[0], **kept}


def _moved(node: Any, found: dict[str, Any]) -> Any:
    """The node with references in place of named schemas, which are found."""
    if isinstance(node, list):
        return [_moved(item, found) for item in node]
    if not isinstance(node, dict):
        return node
    for name, schema in node.get("$defs", {}).items():
        _keep(name, _inside(schema, found), found)
    moved = _inside(node, found)
    if moved.get("type") == "object" and "properties" in moved and "title" in moved:
        _keep(moved["title"], moved, found)
        return {"$ref": _WHERE + moved["title"]}
    return moved


def _inside(node: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    moved: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            moved[key] = {name: _moved(field, found) for name, field in value.items()}
        elif key == "$ref" and value.startswith(_DEFINED):
            moved[key] = _WHERE + value.removeprefix(_DEFINED)
        elif key != "$defs":
            moved[key] = value if key in _VALUES else _moved(value, found)
    return moved


def _keep(name: str, schema: dict[str, Any], found: dict[str, Any]) -> None:
    if found.setdefault(name, schema) != schema:
        raise ValueError(f"two schemas of OpenAPI are called {name}")
