from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message

from support.serving import Service, error_of, serving
from support.until import until

pytestmark = pytest.mark.anyio

ADDRESS = "/translate/document"


async def sent(
    service: Service, content: bytes = b"Good morning.\n", name: str = "a.txt", **fields: Any
) -> httpx.Response:
    return await service.post(ADDRESS, files={"file": (name, content)}, data=fields)


async def begun(service: Service, content: bytes = b"WAIT here.\n") -> str:
    response = await sent(service, content, wait="0")
    assert response.status_code == 202, response.text
    return response.headers["location"]


async def until_status(service: Service, job: str, wanted: str) -> None:
    async def reached() -> bool:
        return bool((await service.get(job)).json().get("status") == wanted)

    await until(reached)


async def test_a_short_document_comes_back_at_once(tmp_path: Path) -> None:
    """The answer is the translated file under its name, and nothing of it is kept."""
    async with serving(state_dir=tmp_path) as service:
        response = await sent(service, "\ufeffÉté. Good\r\n".encode(), "né.en.txt")
        assert [path.name for path in (tmp_path / "documents").iterdir()][1:] == []
    assert response.status_code == 200
    assert response.content == "\ufeffÉTÉ. GOOD\r\n".encode()
    assert response.headers["content-type"].startswith("text/plain")
    named = response.headers["content-disposition"]
    assert named == "attachment; filename=\"n_.fr.txt\"; filename*=UTF-8''n%C3%A9.fr.txt"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert "sandbox" in response.headers["content-security-policy"]


async def test_a_long_document_is_a_job() -> None:
    """What takes longer than `wait` has an address that tells of it and at last has the result."""
    async with serving() as service:
        response = await sent(service, b"WAIT here.\n", wait="0.01")
        assert response.status_code == 202
        job = response.headers["location"]
        assert job == f"{ADDRESS}/{response.json()['id']}"
        await until_status(service, job, "running")
        early = await service.get(f"{job}/result")
        assert early.status_code == 409
        assert error_of(early)["code"] == "not_finished"
        service.engine.release.set()
        await until_status(service, job, "done")
        told = (await service.get(job)).json()
        assert (told["progress"], told["parts"], told["characters"]) == (1, 1, 11)
        assert told["name"] == "a.fr.txt"
        for _ in range(2):
            assert (await service.get(f"{job}/result")).content == b"WAIT HERE.\n"
        assert (await service.delete(job)).status_code == 204
        gone = [await service.get(job), await service.get(f"{job}/result")]
        gone.append(await service.delete(job))
    assert {one.status_code for one in gone} == {404}
    assert {error_of(one)["code"] for one in gone} == {"not_found"}


async def test_a_job_that_is_cancelled_ends(tmp_path: Path) -> None:
    """DELETE takes a running job out of the engine, and a queued one out of the queue."""
    async with serving(state_dir=tmp_path) as service:
        running = [await begun(service) for _ in range(2)]
        for job in running:
            await until_status(service, job, "running")
        queued = await begun(service)
        for job in (queued, running[0]):
            response = await service.delete(job)
            assert (response.status_code, response.json()["status"]) == (200, "cancelled")
        assert service.engine.given_up == 1
        assert error_of(await service.get(f"{queued}/result"))["code"] == "not_finished"
        service.engine.release.set()
        await until_status(service, running[1], "done")
        kept = [path.suffix for path in (tmp_path / "documents").iterdir()]
        assert kept.count(".result") == 1
        assert ".source" not in kept


async def test_no_more_wait_than_is_good() -> None:
    """With the queue full a document is refused at once, and told to come again."""
    async with serving() as service:
        jobs = [await begun(service) for _ in range(18)]
        refused = await sent(service)
        assert refused.status_code == 503
        assert error_of(refused)["code"] == "busy"
        assert refused.headers["retry-after"] == "1"
        await service.delete(jobs[-1])
        service.engine.release.set()
        for job in jobs[:-1]:
            await until_status(service, job, "done")
        assert (await sent(service)).status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "fields", "status_code", "code"),
    [
        ("a.exe", b"MZ", {}, 415, "unknown_document"),
        ("a", b"a", {}, 415, "unknown_document"),
        ("a.txt", b"a", {"kind": "novel"}, 415, "unknown_document"),
        ("a.txt", b"\xff\xfe\x00", {}, 422, "broken_document"),
        ("a.txt", b"a", {"target_lang": "xx"}, 400, "unsupported_language_pair"),
        ("a.txt", b"a", {"target_lang": "?"}, 422, "invalid_request"),
        ("a.txt", b"a", {"wait": "61"}, 422, "invalid_request"),
        ("a.txt", b"a", {"wait": "inf"}, 422, "invalid_request"),
        ("a.txt", b"a", {"colums": "1"}, 422, "invalid_request"),
        ("a.txt", b"a" * 1001, {}, 413, "too_large"),
        ("a.txt", b"FAIL it", {}, 500, "engine_failure"),
        ("a.txt", b"BUG it", {}, 500, "internal_error"),
    ],
)
async def test_what_cannot_be_translated_has_its_status(
    name: str, content: bytes, fields: dict[str, str], status_code: int, code: str
) -> None:
    """Each mistake has its own error, in the one shape, and leaves no job behind."""
    async with serving(max_document_bytes=1000) as service:
        response = await sent(service, content, name, **fields)
        assert service.lifecycle.in_flight == 0
    assert response.status_code == status_code
    assert error_of(response)["code"] == code
    assert "secret" not in response.text


FORM = "multipart/form-data; boundary=x"
DISPOSITION = b"--x\r\nContent-Disposition: form-data"


# What breaks off within a file is left to be collected with the form, which closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"file=a", "application/x-www-form-urlencoded"),
        (b"nonsense", FORM),
        (b"", FORM),
        (b"--x--\r\n", "multipart/form-data"),
        (DISPOSITION + b'; name="file"\r\n\r\na\r\n--x--\r\n', FORM),
        (DISPOSITION + b'; name="file"; filename="a.txt"\r\n\r\nbroken off', FORM),
        (DISPOSITION + b"\r\n\r\na\r\n--x--\r\n", FORM),
    ],
)
async def test_what_is_no_form_with_a_file_says_so(body: bytes, content_type: str) -> None:
    """Whatever comes instead of a form is a 422 that shows how to send one."""
    async with serving() as service:
        headers = {"Content-Type": content_type}
        response = await service.post(ADDRESS, content=body, headers=headers)
    assert response.status_code == 422
    assert "curl -F file=@" in error_of(response)["hint"]


async def test_pages_of_other_sites_send_no_forms() -> None:
    """A browser tells whose page it is; our own pages and programs are free to."""
    async with serving() as service:
        answers = [
            await service.post(
                ADDRESS, files={"file": ("a.txt", b"Hi.")}, headers={"Sec-Fetch-Site": site}
            )
            for site in ("cross-site", "same-site", "same-origin", "none")
        ]
    assert [answer.status_code for answer in answers] == [422, 422, 200, 200]


async def test_only_documents_may_be_as_large_as_documents() -> None:
    """Each address has its own limit of the body, and names its own setting."""
    big = b"Good. " * 400_000
    async with serving(max_body_bytes=1000, max_document_bytes=3_000_000) as service:
        assert (await sent(service, big, wait="60")).status_code == 200
        body = await service.post("/translate", json={"text": "a" * 1001})
        over = await sent(service, b"a" * 5_000_000)
    assert "AIT_MAX_BODY_BYTES" in error_of(body)["hint"]
    assert over.status_code == 413
    assert "AIT_MAX_DOCUMENT_BYTES" in error_of(over)["hint"]


async def test_a_failed_job_tells_why() -> None:
    """A job that fails behind its answer keeps its error."""
    async with serving() as service:
        job = await begun(service, b"FAIL here. WAIT here.\n")
        service.engine.release.set()
        await until_status(service, job, "failed")
        told = (await service.get(job)).json()
        response = await service.get(f"{job}/result")
    assert told["error"]["code"] == "engine_failure"
    assert response.status_code == 409
    assert "The model failed." in error_of(response)["message"]


async def test_a_result_is_forgotten_after_its_time() -> None:
    """After AIT_DOCUMENT_TTL a result is not found."""
    async with serving(document_ttl=0.01) as service:
        job = await begun(service)
        service.engine.release.set()

        async def gone() -> bool:
            return (await service.get(job)).status_code == 404

        await until(gone)


async def test_jobs_that_a_stopped_server_had_have_failed(tmp_path: Path) -> None:
    """The next server on the folder tells why, and still gives what was done."""
    async with serving(state_dir=tmp_path) as service:
        ready = await begun(service, b"Good.\n")
        await until_status(service, ready, "done")
        lost = await begun(service)
        await until_status(service, lost, "running")
    async with serving(state_dir=tmp_path) as service:
        told = (await service.get(lost)).json()
        assert (told["status"], told["error"]["code"]) == ("failed", "stopped")
        assert (await service.get(f"{ready}/result")).content == b"GOOD.\n"


async def test_another_server_of_the_folder_tells_and_cancels(tmp_path: Path) -> None:
    """Whichever of the servers on one folder is asked, it answers, and DELETE stops the work."""
    async with serving(state_dir=tmp_path) as one, serving(state_dir=tmp_path) as other:
        job = await begun(one)
        await until_status(other, job, "running")
        assert (await other.delete(job)).json()["status"] == "cancelled"
        one.engine.release.set()
        await until_status(one, job, "cancelled")
        ready = await begun(one, b"Good.\n")
        await until_status(other, ready, "done")
        assert (await other.get(f"{ready}/result")).content == b"GOOD.\n"


async def test_a_client_that_leaves_while_it_waits_ends_the_work() -> None:
    """Nobody has learnt the name of the job: so it is given up and forgotten."""
    async with serving() as service:
        request = service.build_request("POST", ADDRESS, files={"file": ("a.txt", b"WAIT here.")})
        left = asyncio.Event()
        body = [request.read()]

        async def receive() -> Message:
            if body:
                return {"type": "http.request", "body": body.pop(), "more_body": False}
            await left.wait()
            return {"type": "http.disconnect"}

        got: list[Message] = []

        async def send(message: Message) -> None:
            got.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": ADDRESS,
            "headers": [(k.lower().encode(), v.encode()) for k, v in request.headers.items()],
            "query_string": b"",
        }
        serving_it = asyncio.ensure_future(service.app(scope, receive, send))
        await asyncio.to_thread(service.engine.waiting.wait)
        left.set()
        await serving_it
        assert service.engine.given_up == 1
        assert service.lifecycle.in_flight == 0
    assert got == []


async def test_a_form_is_in_utf_8() -> None:
    """No other charset is taken at its word: some take hours over a few megabytes."""
    body = b'--a\r\nContent-Disposition: form-data; name="kind"\r\n\r\na\r\n--a--\r\n'
    async with serving() as service:
        for charset, missing in (("utf-8", True), ('"UTF-8"', True), ("punycode", False)):
            kind = f"multipart/form-data; boundary=a; charset={charset}"
            response = await service.post(ADDRESS, content=body, headers={"Content-Type": kind})
            assert response.status_code == 422
            assert ("A file is required" in error_of(response)["message"]) is missing
