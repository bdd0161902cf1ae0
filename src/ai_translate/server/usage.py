"""`GET /usage`: what keys have used, and what the caller has left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ai_translate.errors import Forbidden
from ai_translate.server.answers import json_response
from ai_translate.server.caller import Access, caller_of
from ai_translate.server.error_examples import documented
from ai_translate.server.limits import Limits
from ai_translate.server.reading import read_query
from ai_translate.server.routing import get, query_parameters
from ai_translate.server.usage_shapes import KeyUsage, LimitsLeft, Month, Usage, UsageQuery
from ai_translate.state.usage import Entry, Used

__all__ = ["UsageRoutes"]

_ALL: Final = "*"


class UsageRoutes:
    """The route of one server.

    Args:
        limits: What it limits and counts.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def add_to(self, app: FastAPI) -> None:
        """Adds the route to the app."""
        errors = documented(
            HTTPStatus.FORBIDDEN,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        parameters = query_parameters(UsageQuery)
        get(app, "/usage", self.usage, Usage, errors=errors, parameters=parameters)

    async def usage(self, request: Request) -> Response:
        """What a key has used in this month and those before, and what the caller has left."""
        caller = caller_of(request)
        wanted = read_query(request, UsageQuery).key
        key = caller.key if wanted is None else wanted
        if key != caller.key and Access.ADMIN not in caller.access:
            raise Forbidden(
                f"The key {caller.key} sees its own usage; that of others needs admin.",
                hint="GET /usage shows its own.",
            )
        if key == _ALL:
            keys = _by_key(await self._limits.book.everyone())
        else:
            # There is something to tell also of a key that has used nothing.
            keys = _by_key(await self._limits.book.months(key)) or [KeyUsage(key=key, months=[])]
        response = json_response(Usage(keys=keys, limits=await self._left(request)))
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _left(self, request: Request) -> LimitsLeft:
        payer = self._limits.meter.charge(request.scope).payer
        limit = payer.characters_per_month
        left = None if limit is None else max(0, limit - await self._limits.quotas.used(payer))
        return LimitsLeft(
            requests_per_minute=payer.requests_per_minute,
            characters_per_month=limit,
            characters_left=left,
            month_ends=self._limits.book.month_ends,
        )


def _by_key(found: Mapping[Entry, Used]) -> list[KeyUsage]:
    months: defaultdict[str, list[Month]] = defaultdict(list)
    for entry, used in sorted(found.items(), reverse=True):
        months[entry.key].append(
            Month(
                month=entry.month,
                requests=used.requests,
                characters=used.characters,
                documents=used.documents,
            )
        )
    return [KeyUsage(key=key, months=months[key]) for key in sorted(months)]
