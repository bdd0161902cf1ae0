"""How a route is added to the app and described in OpenAPI.

FastAPI routes and documents. Requests are read in `reading` and answers written by the routes:
FastAPI's own way of doing that takes more time for each request, and parses JSON more loosely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ai_translate.server.components import without_null

__all__ = [
    "NATIVE",
    "Content",
    "Direct",
    "Parameters",
    "Responses",
    "answering",
    "delete",
    "get",
    "patch",
    "post",
    "put",
    "query_parameters",
]

_Route = Callable[[Request], Coroutine[Any, Any, Response]]
Responses = dict[int | str, dict[str, Any]]
Content = dict[str, dict[str, Any]]
Parameters = Sequence[dict[str, Any]]

NATIVE: Final = "AI Translate"
"""The tag of our own contract in OpenAPI; each door has its own."""


class Direct(APIRoute):
    """A documented route whose function is called with the request and nothing else.

    What FastAPI does in between, for dependencies and parameters that we do not use, would be a
    good part of a request's time.
    """

    def __init__(self, path: str, endpoint: _Route, **description: Any) -> None:
        self._description = description
        self._made(path, endpoint, {**description, "responses": {}})

    def describe(self) -> None:
        """Makes of its answers what OpenAPI is made from; without that it says nothing of them.

        Apart from the rest, since it would be half of the time that the server takes to be made,
        and few ask for the document.
        """
        self._made(self.path, self.endpoint, self._description)

    def _made(self, path: str, endpoint: _Route, description: dict[str, Any]) -> None:
        super().__init__(path, endpoint, **description)
        # As it is made, it lets a path pass that has a line's end behind it.
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")
        self.app = _answered_by(endpoint)


def _answered_by(route: _Route) -> ASGIApp:
    """A route as an ASGI application. What it raises is answered further out, in `failures`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await route(Request(scope, receive))
        await response(scope, receive, send)

    return app


def answering(status: int, model: type[BaseModel], description: str) -> Responses:
    """What OpenAPI says of one status."""
    return {status: {"model": model, "description": description}}


def get(  # one argument for each part of the route's description
    app: FastAPI,
    path: str,
    route: _Route,
    answer: type[BaseModel] | Responses,
    *,
    errors: Responses | None = None,
    parameters: list[dict[str, Any]] | None = None,
    tag: str = NATIVE,
) -> None:
    """Adds a route for GET, which answers HEAD as well."""
    extra = {"parameters": parameters} if parameters else None
    _add(app, "GET", path, route, {**_answers(answer), **(errors or {})}, extra, tag)
    # On its own, because OpenAPI would otherwise describe everything twice.
    app.router.add_api_route(
        path,
        route,
        route_class_override=Direct,
        methods=["HEAD"],
        response_model=None,
        include_in_schema=False,
    )


def post(  # one argument for each part of the route's description
    app: FastAPI,
    path: str,
    route: _Route,
    request: type[BaseModel] | Content | None,
    answer: type[BaseModel] | Responses,
    *,
    errors: Responses,
    parameters: Parameters = (),
    tag: str = NATIVE,
) -> None:
    """Adds a route for POST; what it takes, if anything, and answers is JSON unless described."""
    extra: dict[str, Any] = {}
    if request is not None:
        content = request if isinstance(request, dict) else _as_json(request)
        extra["requestBody"] = {"required": True, "content": content}
    if parameters:
        extra["parameters"] = list(parameters)
    _add(app, "POST", path, route, {**_answers(answer), **errors}, extra, tag)


def put(  # one argument for each part of the route's description
    app: FastAPI,
    path: str,
    route: _Route,
    content: Content,
    answer: type[BaseModel],
    *,
    errors: Responses,
    parameters: list[dict[str, Any]],
    tag: str = NATIVE,
) -> None:
    """Adds a route for PUT; `content` is OpenAPI's description of the body by its types."""
    body = {"required": True, "content": content}
    extra = {"requestBody": body, "parameters": parameters}
    _add(app, "PUT", path, route, {**_answers(answer), **errors}, extra, tag)


def patch(  # one argument for each part of the route's description
    app: FastAPI,
    path: str,
    route: _Route,
    content: Content,
    answer: type[BaseModel],
    *,
    errors: Responses,
    parameters: list[dict[str, Any]],
    tag: str,
) -> None:
    """Adds a route for PATCH, as `put` does."""
    body = {"required": True, "content": content}
    extra = {"requestBody": body, "parameters": parameters}
    _add(app, "PATCH", path, route, {**_answers(answer), **errors}, extra, tag)


def delete(
    app: FastAPI,
    path: str,
    route: _Route,
    answer: type[BaseModel] | Responses,
    *,
    errors: Responses,
    parameters: list[dict[str, Any]],
    tag: str = NATIVE,
) -> None:
    """Adds a route for DELETE."""
    extra = {"parameters": parameters}
    _add(app, "DELETE", path, route, {**_answers(answer), **errors}, extra, tag)


def _add(  # the same
    app: FastAPI,
    method: str,
    path: str,
    route: _Route,
    responses: Responses,
    extra: dict[str, Any] | None,
    tag: str,
) -> None:
    app.router.add_api_route(
        path,
        route,
        route_class_override=Direct,
        methods=[method],
        status_code=min(map(int, responses)),  # which OpenAPI would list beside them otherwise
        response_model=None,
        response_class=Response,  # which says of itself no type that OpenAPI would list
        responses={status: _as_bytes(answer) for status, answer in responses.items()},
        openapi_extra=extra,
        tags=[tag],
        operation_id=_operation_id(app, method, route, tag),
    )


def _operation_id(app: FastAPI, method: str, route: _Route, tag: str) -> str:
    """The name that generated clients give an operation.

    That of the function that answers it; behind that of its door, if it has one; and before the
    method, where one before it has that name, since the function answers by several.
    """
    name: str = getattr(route, "__name__")  # noqa: B009  # a coroutine function has one
    if tag != NATIVE:
        name = f"{re.sub(r'[^a-z0-9]+', '_', tag.lower())}_{name}"
    taken = {one.operation_id for one in app.router.routes if isinstance(one, APIRoute)}
    return f"{name}_{method.lower()}" if name in taken else name


def _as_bytes(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of any type, which makers of clients do not know, as one of bytes as well."""
    content = answer.get("content", {})
    if "*/*" not in content:
        return answer
    return answer | {"content": {"application/octet-stream": content["*/*"], **content}}


def _answers(answer: type[BaseModel] | Responses) -> Responses:
    return answer if isinstance(answer, dict) else answering(200, answer, "The answer.")


def _as_json(request: type[BaseModel]) -> Content:
    return {"application/json": {"schema": request.model_json_schema()}}


def query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The model's fields as OpenAPI describes parameters of a query."""
    schema = model.model_json_schema()
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": field["description"],
            "example": field["examples"][0],
            "schema": without_null(field) | definitions,
        }
        for name, field in schema["properties"].items()
    ]
