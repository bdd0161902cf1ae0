"""Documents as a client on a socket sees them, over restarts and between servers."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import socket
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import docx
import httpx
import openpyxl
import psutil

from support.server_process import ServerProcess, fake_server

PATIENCE_SECONDS = 20.0
TEXT = "# Good morning\n\nWhere is the station?\n\n- I would like a coffee.\n"


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"


def send(url: str, content: bytes, name: str = "a.txt", **fields: str) -> httpx.Response:
    files = {"file": (name, content)}
    return httpx.post(f"{url}/translate/document", files=files, data=fields, timeout=60)


def begin(url: str, content: bytes) -> str:
    response = send(url, content, wait="0")
    assert response.status_code == 202, response.text
    return url + response.headers["location"]


def is_in(job: str, status: str) -> bool:
    return bool(httpx.get(job).json().get("status") == status)


def test_a_document_is_what_translate_answers(server: ServerProcess) -> None:
    """The file that comes back says what /translate says of its text."""
    url = server.url()
    whole = httpx.post(f"{url}/translate", json={"text": TEXT}, timeout=60).json()
    response = send(url, TEXT.encode(), "report.en.txt", wait="60")
    assert response.status_code == 200
    assert response.text == whole["translated_text"]
    assert 'filename="report.fr.txt"' in response.headers["content-disposition"]


def test_documents_of_office_come_through(server: ServerProcess) -> None:
    """Word with its bold text, and Excel with its numbers, read again by another program."""
    page, packed = docx.Document(), io.BytesIO()
    page.add_heading("Good morning", 1)
    line = page.add_paragraph("Where is the ")
    line.add_run("station").bold = True
    line.add_run("?")
    page.save(packed)
    word = send(server.url(), packed.getvalue(), "letter.docx", wait="60")
    assert word.status_code == 200, word.text
    found = docx.Document(io.BytesIO(word.content))
    assert [one.style.name for one in found.paragraphs if one.style] == ["Heading 1", "Normal"]
    assert [bool(run.bold) for run in found.paragraphs[1].runs].count(True) == 1
    assert found.paragraphs[1].text != "Where is the station?"

    book, packed = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Thank you.", 12.5, "=B1*2"])
    book.save(packed)
    excel = send(server.url(), packed.getvalue(), "sums.xlsx", wait="60")
    assert excel.status_code == 200, excel.text
    [row] = openpyxl.load_workbook(io.BytesIO(excel.content)).worksheets[0].iter_rows()
    assert [cell.value for cell in row][1:] == [12.5, "=B1*2"]
    assert row[0].value != "Thank you."


def test_only_chosen_columns_are_translated(server: ServerProcess) -> None:
    """By the names of the first row."""
    table = b'id,name,"say it"\r\n1,Good morning.,"Good, morning."\r\n'
    response = send(server.url(), table, "a.csv", columns="say it", wait="60")
    assert response.status_code == 200, response.text
    first, second, _ = response.content.split(b"\r\n")
    assert first == b'id,name,"say it"'
    assert second.startswith(b"1,Good morning.,")
    assert b"Good, morning." not in second


def test_hostile_files_are_refused(server: ServerProcess) -> None:
    """Bombs, passwords and bytes of anything: the error names what is wrong."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types>" + b" " * 50_000_000 + b"</Types>")
    entities = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><resources><string name="a">&c;'
    for name, content in (
        ("a.docx", bomb.getvalue()),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("a.docx", b"PK\x03\x04 and then nothing"),
        ("strings.xml", entities),
        ("a.json", b"[" * 100_000),
        ("a.yaml", b"a: [1, 2"),
        ("a.po", b'msgid "no end'),
    ):
        response = send(server.url(), content, name, wait="60")
        assert response.status_code == 422, (name, response.text)
        error = response.json()["error"]
        assert error["code"] == "broken_document", name
        assert error["message"], name


def test_a_result_outlives_the_server(tmp_path: Path) -> None:
    """With AIT_STATE_DIR a result can be fetched from the next server on the folder."""
    with fake_server(AIT_STATE_DIR=str(tmp_path)) as process:
        job = begin(process.url(), b"Good.\n")
        eventually(lambda: is_in(job, "done"))
        process.signal(signal.SIGTERM)
        assert process.ended().status == 0
    with fake_server(AIT_STATE_DIR=str(tmp_path)) as process:
        again = process.url() + urlsplit(job).path
        assert httpx.get(f"{again}/result").content == b"GOOD.\n"
        assert httpx.delete(again).status_code == 204
    assert list((tmp_path / "documents").glob("*.result")) == []


def test_a_job_of_a_killed_server_has_failed(tmp_path: Path) -> None:
    """What a killed server had in hand has failed for the next one, and its files are gone."""
    with fake_server(AIT_STATE_DIR=str(tmp_path)) as process:
        job = begin(process.url(), b"WAIT here.\n")
        process.line("waiting")
        process.signal(signal.SIGKILL)
        process.ended()
    with fake_server(AIT_STATE_DIR=str(tmp_path)) as process:
        told = httpx.get(process.url() + urlsplit(job).path).json()
        assert told["status"] == "failed"
        assert told["error"]["code"] == "stopped"
        assert "stopped" in told["error"]["message"]
        names = [path.name for path in (tmp_path / "documents").iterdir()]
    assert [name.partition(".")[0] for name in names] == ["alive"]


def test_two_servers_share_their_documents(tmp_path: Path) -> None:
    """A job that one server does can be seen, cancelled and fetched at the other."""
    state = {"AIT_STATE_DIR": str(tmp_path)}
    with fake_server(**state) as one, fake_server(**state) as other:
        ready = begin(one.url(), b"Good.\n")
        there = other.url() + urlsplit(ready).path
        eventually(lambda: is_in(there, "done"))
        assert httpx.get(f"{there}/result").content == b"GOOD.\n"
        job = begin(one.url(), b"WAIT here.\n")
        one.line("waiting")
        assert httpx.delete(other.url() + urlsplit(job).path).json()["status"] == "cancelled"
        assert is_in(job, "cancelled")
        one.signal(signal.SIGTERM)
        assert one.ended().status == 0


def test_a_stopped_server_does_not_wait_for_jobs(tmp_path: Path) -> None:
    """A job in the background does not keep a stopped server, and leaves an error."""
    with fake_server(AIT_STATE_DIR=str(tmp_path)) as process:
        job = begin(process.url(), b"WAIT here.\n")
        process.line("waiting")
        process.signal(signal.SIGTERM)
        ended = process.ended()
    assert ended.status == 0
    assert "Traceback" not in ended.errors
    with fake_server(AIT_STATE_DIR=str(tmp_path)) as process:
        assert is_in(process.url() + urlsplit(job).path, "failed")


def test_a_client_that_leaves_ends_its_document() -> None:
    """A client that leaves while it waits has its work given up: the server can end at once."""
    with fake_server() as process:
        url = process.url()
        with contextlib.suppress(httpx.ReadTimeout):
            httpx.post(
                f"{url}/translate/document",
                files={"file": ("a.txt", b"WAIT here.\n")},
                data={"wait": "60"},
                timeout=httpx.Timeout(30, read=0.5),
            )
        process.line("waiting")
        process.signal(signal.SIGTERM)
        assert process.ended().status == 0


def test_a_huge_body_is_refused_in_bounded_memory() -> None:
    """A body over the limit, with or without a length, costs the server no memory of its size."""
    with fake_server(AIT_MAX_DOCUMENT_BYTES="2000000") as process:
        address = urlsplit(process.url())
        head = (
            "POST /translate/document HTTP/1.1\r\nHost: x\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n"
        )
        part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        before = psutil.Process(process.pid).memory_info().rss
        chunk = b"a" * 1_000_000
        for length in ("Content-Length: 300000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"):
            with socket.create_connection((address.hostname, address.port)) as connection:
                connection.settimeout(PATIENCE_SECONDS)
                first = f"{len(part):x}\r\n{part}\r\n" if "chunked" in length else part
                connection.sendall((head + length + first).encode())
                with contextlib.suppress(OSError):
                    for _ in range(5):
                        framed = b"%x\r\n%s\r\n" % (len(chunk), chunk)
                        connection.sendall(framed if "chunked" in length else chunk)
                assert re.match(rb"HTTP/1.1 413 ", connection.recv(1000))
        after = psutil.Process(process.pid).memory_info().rss
        assert httpx.get(f"{process.url()}/readyz").status_code == 200
    assert after - before < 50_000_000


def test_hostile_names_do_no_harm(tmp_path: Path) -> None:
    """A name that leaves its folder or the header gets neither."""
    sent = b"".join(
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; ',
            b'filename="../../evil%0d%0aX-Evil: 1\\"/..\\\\a\\".txt"\r\n\r\nGood.\r\n',
            b"--x--\r\n",
        )
    )
    with fake_server(AIT_STATE_DIR=str(tmp_path / "state")) as process:
        response = httpx.post(
            f"{process.url()}/translate/document",
            content=sent,
            headers={"Content-Type": "multipart/form-data; boundary=x"},
            timeout=60,
        )
        assert response.status_code == 200, response.text
        assert "x-evil" not in response.headers
        for path in ("..%2f..%2fetc%2fpasswd", "../../result", "%00", "a" * 5000):
            assert httpx.get(f"{process.url()}/translate/document/{path}").status_code == 404
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
