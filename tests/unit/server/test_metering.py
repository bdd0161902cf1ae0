from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ai_translate.state.database import Database
from support.serving import Service, error_of, serving
from support.until import until

pytestmark = pytest.mark.anyio

TEXT = "Where is the station?"  # of 21 characters


async def used(service: Service) -> int:
    limits = (await service.get("/usage")).json()["limits"]
    left: int = limits["characters_per_month"] - limits["characters_left"]
    return left


async def test_a_text_that_the_quota_does_not_hold_is_refused() -> None:
    """Nothing of it is translated or charged; what fits is still served."""
    async with serving(characters_per_month=30) as service:
        assert (await service.post("/translate", json={"text": TEXT})).status_code == 200
        refused = await service.post("/translate", json={"text": TEXT})
        assert refused.status_code == 429
        error = error_of(refused)
        assert error["code"] == "quota_exceeded"
        assert error["message"] == (
            "21 characters are more than the 9 that are left of the 30 allowed in a month."
        )
        assert "GET /usage" in error["hint"]
        now = datetime.now(UTC)
        month_end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
        assert abs(int(refused.headers["Retry-After"]) - (month_end - now).total_seconds()) < 60
        assert len(service.engine.calls) == 1
        assert await used(service) == 21
        assert (await service.post("/translate", json={"text": "x" * 9})).status_code == 200
        assert await used(service) == 30


async def test_characters_are_code_points() -> None:
    """A letter of four bytes is one character, and so is white space."""
    async with serving(characters_per_month=1000) as service:
        await service.post("/translate", json={"text": "  𝒳é\n"})
        assert await used(service) == 5


@pytest.mark.parametrize(
    ("path", "body", "characters"),
    [
        ("/translate", {"text": TEXT}, 21),
        ("/translate/stream", {"text": TEXT}, 21),
        ("/translate/batch", {"texts": [TEXT, "Yes.", ""]}, 25),
        ("/translate/batch", {"texts": [TEXT, "x" * 60, "FAIL"]}, 25),
    ],
)
async def test_each_way_is_charged(path: str, body: dict[str, Any], characters: int) -> None:
    """For all its texts, but those of a batch that are too long."""
    async with serving(characters_per_month=1000, max_text_bytes=50) as service:
        assert (await service.post(path, json=body)).status_code == 200
        assert await used(service) == characters


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/translate", {"text": "FAIL"}, 500),
        ("/translate", {"text": "BUG"}, 500),
        ("/translate", {"text": "LATE"}, 504),
        ("/translate", {"text": TEXT, "target_lang": "xx"}, 400),
        ("/translate", {"text": TEXT, "glossary": "none"}, 404),
        ("/translate", {"text": "x" * 60}, 413),
        ("/translate/stream", {"text": TEXT, "target_lang": "xx"}, 400),
        ("/translate/batch", {"texts": [TEXT], "target_lang": "xx"}, 400),
    ],
)
async def test_an_error_costs_nothing(path: str, fields: dict[str, Any], status: int) -> None:
    """Whosever fault it is, what was not translated is given back."""
    async with serving(characters_per_month=1000, max_text_bytes=50) as service:
        assert (await service.post(path, json=fields)).status_code == status
        assert await used(service) == 0


async def test_a_stream_counts_once_it_has_begun() -> None:
    """Its status is sent by then, and so is some of its translation."""
    async with serving(characters_per_month=1000) as service:
        answer = await service.post("/translate/stream", json={"text": f"{TEXT} FAIL."})
        assert answer.status_code == 200
        assert "event: error" in answer.text
        assert await used(service) == 27


async def send(service: Service, content: str, **fields: str) -> tuple[int, Any]:
    files = {"file": ("a.txt", content.encode())}
    answer = await service.post("/translate/document", files=files, data=fields)
    return answer.status_code, answer


async def test_a_document_is_charged_when_it_has_been_read() -> None:
    """For what is to be translated in it; one that the quota does not hold is refused."""
    async with serving(characters_per_month=30) as service:
        assert (await send(service, TEXT))[0] == 200
        assert await used(service) == 21
        status, answer = await send(service, TEXT)
        assert status == 429
        assert error_of(answer)["code"] == "quota_exceeded"
        assert await used(service) == 21
        assert [call for call in service.engine.calls if call] == [[TEXT]]


async def test_a_job_that_the_quota_does_not_hold_fails() -> None:
    """It says why, as any other failure."""
    async with serving(characters_per_month=5) as service:
        status, answer = await send(service, TEXT, wait="0")
        assert status == 202
        path = answer.headers["location"]

        async def failed() -> bool:
            return bool((await service.get(path)).json()["status"] == "failed")

        await until(failed)
        assert (await service.get(path)).json()["error"]["code"] == "quota_exceeded"
        assert await used(service) == 0


@pytest.mark.parametrize("wait", ["0", "60"])
async def test_a_document_that_fails_costs_nothing(wait: str) -> None:
    """Whether its client waits for it or not; it is given back once."""
    async with serving(characters_per_month=1000) as service:
        assert (await send(service, TEXT))[0] == 200
        status, _ = await send(service, "FAIL", wait=wait)
        assert status == (202 if wait == "0" else 500)

        async def given_back() -> bool:
            return await used(service) == 21

        await until(given_back)
        usage = (await service.get("/usage")).json()["keys"][0]["months"][0]
        assert (usage["requests"], usage["documents"]) == (2, 1)


async def test_quotas_of_addresses_are_not_written_down(tmp_path: Path) -> None:
    """They begin anew with the process; that something was used stays known."""
    settings: dict[str, Any] = {"state_dir": tmp_path, "characters_per_month": 30}
    async with serving(**settings) as service:
        assert (await service.post("/translate", json={"text": TEXT})).status_code == 200
    async with serving(**settings) as service:
        assert await used(service) == 0
        usage = (await service.get("/usage")).json()["keys"]
        assert [(one["key"], one["months"][0]["characters"]) for one in usage] == [("", 21)]
    database = Database.open(tmp_path)
    with database.reading() as connection:
        kept = list(connection.iterdump())
    database.close()
    assert any("usage" in line for line in kept)
    assert not [line for line in kept if "127.0.0.1" in line]
