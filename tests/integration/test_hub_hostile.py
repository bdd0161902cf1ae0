"""Mirrors, settings and proxies that no honest person has: each ends in a sentence of ours."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from ai_translate.errors import ConfigurationError, HubError
from ai_translate.supply.hub.connections import Connections
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.metadata import ResolvedRepo, resolve
from support.artifactory.contents import Blob
from support.hub_case import QUICK, REPO, TOKEN
from support.scripted_server import Request, Response, ScriptedServer, certificate

COMMIT = "1" * 40
INFO = {"id": REPO, "sha": COMMIT}


def file(name: object, content: bytes = b"{}") -> dict[str, Any]:
    """A file as the list of files has it."""
    return {
        "type": "file",
        "path": name,
        "size": len(content),
        "oid": Blob.of(content).git_oid,
    }


def mirror(info: Any = INFO, tree: Any = None) -> Callable[[Request], Response]:
    """A mirror with one answer for the description and one for the list of files."""
    files = json.dumps([file("config.json")] if tree is None else tree).encode()

    def answer(request: Request) -> Response:
        body = files if "/tree/" in request.target else json.dumps(info).encode()
        return Response(200, {"Content-Type": "application/json"}, body)

    return answer


def ask(answers: Callable[[Request], Response]) -> ResolvedRepo:
    with ScriptedServer(answers) as server:
        return resolve(Endpoint(server.address, SecretStr(TOKEN)), REPO, "main", backoff=QUICK)


@pytest.mark.parametrize(
    "answers",
    [
        mirror(info={**INFO, "tags": [5]}),
        mirror(info={**INFO, "tags": 5}),
        mirror(info={**INFO, "cardData": [1]}),
        mirror(tree=[{**file("config.json"), "size": 2**63}]),
        mirror(tree=[{**file("config.json"), "size": 10**400}]),
        lambda _: Response(200, {"Content-Type": "application/json"}, b"[" * 200_000),
        lambda _: Response(999),
    ],
)
def test_answers_of_another_form_are_refused(answers: Callable[[Request], Response]) -> None:
    """Whatever the library makes of a strange answer, we say that it is none of a model."""
    with pytest.raises(HubError):
        ask(answers)


@pytest.mark.parametrize("link", ['<http://[::1/x>; rel="next"', '<ftp://x/>; rel="next"'])
def test_next_page_without_an_address_is_refused(link: str) -> None:
    """A list of files that goes on nowhere is not taken for a whole one."""

    def answers(request: Request) -> Response:
        answer = mirror()(request)
        return Response(answer.status, {**answer.headers, "Link": link}, answer.body)

    with pytest.raises(HubError, match="sends us to"):
        ask(answers)


def test_list_of_files_without_end_is_given_up() -> None:
    """A page that names itself as the next one does not keep us for ever."""

    def answers(request: Request) -> Response:
        answer = mirror(tree=[])(request)
        here = f"http://{request.headers['host']}{request.target}"
        return Response(200, {**answer.headers, "Link": f'<{here}>; rel="next"'}, answer.body)

    with pytest.raises(HubError, match="no end of pages"):
        ask(answers)


@pytest.mark.parametrize("when", ["99999999999999999999 00:00:00 GMT", "2024 00:00:00 +9999999999"])
def test_impossible_date_to_come_back_is_no_date(when: str) -> None:
    """A Retry-After that no calendar has is passed over."""
    with pytest.raises(HubError, match="429"):
        ask(lambda _: Response(429, {"Retry-After": f"Mon, 01 Jan {when}"}))


def test_names_and_licence_can_be_shown() -> None:
    """What a stranger wrote does not steer a terminal, and can be written into a lock."""
    info = {**INFO, "cardData": {"license": "\x1b[31mMIT\ud800\n" + "x" * 1000}}
    names = ["config.json", "\x1b[31m", "\ud800"]
    found = ask(mirror(info=info, tree=[file(name) for name in names]))
    assert [one.name for one in found.files] == ["config.json"]
    assert found.licence.startswith("[31mMIT")
    assert found.licence.isprintable()
    assert len(found.licence) <= 200


@pytest.mark.parametrize("secret", ["secret\nx", "secret x", "secrét", "secret…", ""])
def test_token_that_is_none_is_refused_unseen(secret: str) -> None:
    """HTTP libraries name such a token in their errors: none of them is given it."""
    with pytest.raises(ConfigurationError, match="HF_TOKEN") as caught:
        Endpoint("https://host.example/x", SecretStr(secret))
    assert "sec" not in str(caught.value)


@pytest.mark.parametrize("url", ["user:secret@host.example/x", "secret", "//user:secret@[::1"])
def test_secret_in_place_of_an_address_is_not_shown(url: str) -> None:
    """A token that was put into HF_ENDPOINT stays unsaid."""
    with pytest.raises(ConfigurationError, match="HF_ENDPOINT") as caught:
        Endpoint(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://host.example/é", "https://host.example/a b", "https://host.example/x\n"]
)
def test_address_that_libraries_read_differently_is_refused(url: str) -> None:
    """What one library cuts off and another one encodes is no address for either."""
    with pytest.raises(ConfigurationError, match="characters"):
        Endpoint(url)


@pytest.mark.parametrize("proxy", ["socks5://u:secret@127.0.0.1:1", "http://u:se/cret@h:1"])
def test_unusable_proxy_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Of a proxy that the client of metadata cannot use, the setting is named and no password."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="HTTP_PROXY") as caught:
        resolve(Endpoint("http://host.example/x"), REPO, "main", backoff=QUICK)
    assert "cret" not in str(caught.value)


def test_ended_connection_gives_no_encrypted_bytes(tmp_path: Path) -> None:
    """What is read after all were ended is the file's, not TLS records taken for it."""
    public, context = certificate(tmp_path)
    plain = b"plain " * 40_000
    sent, read = threading.Event(), threading.Event()

    def serve(listening: socket.socket) -> None:
        with listening, context.wrap_socket(listening.accept()[0], server_side=True) as peer:
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(plain))
            peer.sendall(plain)
            sent.set()
            read.wait()

    listening = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=serve, args=(listening,))
    server.start()
    connections = Connections(ssl.create_default_context(cafile=public), 10.0)
    url = urlsplit(f"https://127.0.0.1:{listening.getsockname()[1]}/x")
    with connections.get(url, {}) as answer:
        sent.wait()
        connections.end()
        buffer = bytearray(len(plain))
        try:
            size = answer.readinto(buffer)
        except OSError:
            size = 0
        read.set()
    server.join()
    assert bytes(buffer[:size]) == plain[:size]
