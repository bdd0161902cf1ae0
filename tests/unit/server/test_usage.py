from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ai_translate.server.usage_shapes import Usage
from ai_translate.state.database import Database
from ai_translate.state.keys import Access, Keys, NewKey
from support.serving import Service, error_of, serving

pytestmark = pytest.mark.anyio

TEXT = {"text": "Where is the station?"}


def made(folder: Path, name: str, *access: Access, **limits: Any) -> NewKey:
    database = Database.open(folder)
    key = Keys(database).create(name, access or (Access.TRANSLATE,), **limits)
    database.close()
    return key


async def send(service: Service, key: NewKey) -> int:
    headers = {"X-API-Key": key.text}
    return (await service.post("/translate", json=TEXT, headers=headers)).status_code


async def told(service: Service, key: NewKey, query: str = "") -> Usage:
    answer = await service.get(f"/usage{query}", headers={"X-API-Key": key.text})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return Usage.model_validate_json(answer.content)


async def test_a_key_sees_its_own(tmp_path: Path) -> None:
    """What it used, what it may, what is left; nothing of others."""
    mine = made(tmp_path, "mine", characters_per_month=50, requests_per_minute=9)
    other = made(tmp_path, "other")
    async with serving(auth="keys", state_dir=tmp_path) as service:
        assert [await send(service, key) for key in (mine, mine, other)] == [200] * 3
        usage = await told(service, mine)
        [one] = usage.keys
        assert one.key == mine.key.identifier
        [month] = one.months
        assert (month.requests, month.characters, month.documents) == (2, 42, 0)
        limits = usage.limits
        assert (limits.requests_per_minute, limits.characters_per_month) == (9, 50)
        assert limits.characters_left == 8
        assert limits.month_ends.day == 1
        assert await send(service, mine) == 429
        free = await told(service, other)
        assert free.keys[0].months[0].characters == 21
        assert free.limits.characters_left is None


@pytest.mark.parametrize("query", ["?key=*", "?key={id}"])
async def test_only_an_admin_sees_that_of_others(tmp_path: Path, query: str) -> None:
    """One key or all; who is no admin learns nothing."""
    admin, user = made(tmp_path, "admin", Access.ADMIN), made(tmp_path, "user")
    async with serving(auth="keys", state_dir=tmp_path) as service:
        assert await send(service, user) == 200
        query = query.format(id=user.key.identifier)
        usage = await told(service, admin, query)
        assert [(one.key, one.months[0].characters) for one in usage.keys] == [
            (user.key.identifier, 21)
        ]
        nosy = made(tmp_path, "nosy")
    async with serving(auth="keys", state_dir=tmp_path) as service:
        answer = await service.get(f"/usage{query}", headers={"X-API-Key": nosy.text})
        assert answer.status_code == 403
        assert error_of(answer)["code"] == "forbidden"


async def test_a_key_that_used_nothing_is_told_so(tmp_path: Path) -> None:
    """An empty list of months, and all that it may."""
    mine = made(tmp_path, "mine", characters_per_month=50)
    async with serving(auth="keys", state_dir=tmp_path) as service:
        usage = await told(service, mine)
    assert [(one.key, one.months) for one in usage.keys] == [(mine.key.identifier, [])]
    assert usage.limits.characters_left == 50


async def test_quotas_hold_across_restarts(tmp_path: Path) -> None:
    """What was used before the end of a server counts after its start."""
    mine = made(tmp_path, "mine", characters_per_month=50)
    statuses = []
    for _ in range(3):
        async with serving(auth="keys", state_dir=tmp_path) as service:
            statuses.append(await send(service, mine))
    assert statuses == [200, 200, 429]
