from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from ai_translate.server.dispatch import Dispatch
from ai_translate.server.routing import get, post


class Answer(BaseModel):
    """Nothing."""


def test_an_exact_address_asks_no_other_route() -> None:
    """Only what no route has exactly goes through all of them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def one(_request: Request) -> Response:
        return PlainTextResponse("one")

    async def other(_request: Request) -> Response:
        return PlainTextResponse("other")

    async def named(request: Request) -> Response:
        return PlainTextResponse(request.path_params["name"])

    get(app, "/a", one, Answer)
    get(app, "/a", other, Answer)
    post(app, "/a", other, None, Answer, errors={})
    get(app, "/a/{name}", named, Answer)
    through: list[str] = []
    router = app.router

    class Watched:
        routes = router.routes

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            through.append(scope["path"])
            await router(scope, receive, send)

    client = TestClient(Dispatch(Watched()))  # type: ignore[arg-type]  # what it needs of a router
    assert client.get("/a").text == "one"
    assert client.head("/a").status_code == 200
    assert client.post("/a").text == "other"
    assert through == []
    assert client.get("/a/b").text == "b"
    assert client.put("/a").status_code == 405
    assert client.get("/a%0A").status_code == 404
    assert through == ["/a/b", "/a", "/a\n"]
