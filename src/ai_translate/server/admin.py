"""`POST /admin/reload`: the models of a running server, changed to those of its lock."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.engine import Engine
from ai_translate.errors import Forbidden
from ai_translate.server.answers import json_response
from ai_translate.server.caller import Access, caller_of
from ai_translate.server.error_examples import documented
from ai_translate.server.lifecycle import Lifecycle
from ai_translate.server.routing import post

__all__ = ["Admin"]

# What a proxy writes into requests of others, or a browser into those of a page.
_OF_OTHERS: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via", "origin", "sec-fetch-site")


class ServedModel(BaseModel):
    """A model that a reload has looked at."""

    name: str = Field(description="What the lock calls it.", examples=["starter-en-fr"])
    digest: str = Field(description="The sha256 that names its every byte.", examples=["0b7e" * 16])


class Reload(BaseModel):
    """What a reload has changed."""

    added: list[ServedModel] = Field(
        description="Models that serve from now on.",
        examples=[[{"name": "opus-en-de", "digest": "51c0" * 16}]],
    )
    kept: list[ServedModel] = Field(
        description="Models that go on as they were.",
        examples=[[{"name": "starter-en-fr", "digest": "0b7e" * 16}]],
    )
    removed: list[ServedModel] = Field(
        description="Models that serve no more; freed after the last request that uses them.",
        examples=[[]],
    )
    seconds: float = Field(description="How long it took.", examples=[1.25])


class Admin:
    """The routes for those who operate one server.

    Args:
        lifecycle: What is changed.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle

    def add_to(self, app: FastAPI) -> None:
        """Adds every route to the app."""
        errors = documented(
            HTTPStatus.FORBIDDEN,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
        post(app, "/admin/reload", self.reload, None, Reload, errors=errors)

    async def reload(self, request: Request) -> Response:
        """Changes the models to those of the lock, without losing a request.

        Every model is verified, and new ones are tried. If anything is wrong, nothing changes.
        """
        _require_operator(request)
        reloaded = await self._lifecycle.reload()
        return json_response(
            Reload(
                added=_named(reloaded.added),
                kept=_named(reloaded.kept),
                removed=_named(reloaded.removed),
                seconds=round(reloaded.seconds, 3),
            )
        )


def _named(engines: tuple[Engine, ...]) -> list[ServedModel]:
    return [ServedModel(name=engine.name, digest=engine.artifact.digest) for engine in engines]


def _require_operator(request: Request) -> None:
    """Lets those pass who have a key for it, or, without keys, are on this machine themselves.

    Raises:
        Forbidden: It is somebody else.
    """
    caller = caller_of(request)
    if Access.ADMIN in caller.access and (caller.key or _on_this_machine(request)):
        return
    raise Forbidden(
        "Without keys, only a process on the machine of the server may ask this.",
        hint="Send SIGHUP to the server instead, or set AIT_AUTH=keys and use a key for admin.",
    )


def _on_this_machine(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in _OF_OTHERS):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
