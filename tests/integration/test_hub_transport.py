"""Mirrors that break the rules of HTTP, certificates, and proxies."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from ai_translate.errors import ConfigurationError, HubError, HubUnreachable, IntegrityError
from ai_translate.supply.hub.download import download
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.incoming import incoming_path
from ai_translate.supply.hub.metadata import current_commit
from ai_translate.supply.hub.partial import partial_name
from support.hub_case import QUICK, REPO, TOKEN, wanted_file
from support.scripted_server import Request, Response, ScriptedServer, certificate

CONTENT = bytes(range(256)) * 40
FILE = wanted_file("weights.bin", CONTENT)
COMMIT = "1" * 40


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "model"


def fetch(url: str, folder: Path, ca_bundle: Path | None = None) -> None:
    endpoint = Endpoint(url, SecretStr(TOKEN), ca_bundle=ca_bundle)
    download(endpoint, REPO, COMMIT, [FILE], folder, backoff=QUICK)


def whole(_: Request) -> Response:
    return Response(200, {}, CONTENT)


def put_partial(folder: Path, length: int) -> None:
    place = incoming_path(folder)
    place.mkdir()
    (place / partial_name(FILE)).write_bytes(CONTENT[:length])


@pytest.mark.parametrize(
    ("status", "content_range"),
    [
        (206, f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"),
        (206, f"bytes 1001-{len(CONTENT) - 1}/{len(CONTENT)}"),
        (206, f"bytes 1000-999/{len(CONTENT)}"),
        (206, f"bytes 1000-{len(CONTENT) - 1}/{len(CONTENT) + 1}"),
        (206, ""),
        (206, "multipart"),
    ],
)
def test_part_that_was_not_asked_for_is_refused(
    folder: Path, status: int, content_range: str
) -> None:
    """Bytes are put where they belong, or nowhere."""
    put_partial(folder, 1000)
    answer = Response(status, {"Content-Range": content_range}, CONTENT[1000:])
    with (
        ScriptedServer(lambda _: answer) as mirror,
        pytest.raises((HubError, IntegrityError), match=r"another part|has \d+ bytes"),
    ):
        fetch(mirror.address, folder)
    assert not folder.exists()


def test_part_without_a_total_is_taken(folder: Path) -> None:
    """A mirror need not know the whole size of what it hands on."""
    put_partial(folder, 1000)
    headers = {"Content-Range": f"bytes 1000-{len(CONTENT) - 1}/*"}
    with ScriptedServer(lambda _: Response(206, headers, CONTENT[1000:])) as mirror:
        fetch(mirror.address, folder)
    assert (folder / FILE.name).read_bytes() == CONTENT


def test_refused_range_starts_over(folder: Path) -> None:
    """A mirror that answers 416 to a part is asked for the whole, once."""
    put_partial(folder, 1000)

    def answers(request: Request) -> Response:
        return Response(416) if "range" in request.headers else whole(request)

    with ScriptedServer(answers) as mirror:
        fetch(mirror.address, folder)
        assert [request.headers.get("range") for request in mirror.requests] == [
            "bytes=1000-",
            None,
        ]
    assert (folder / FILE.name).read_bytes() == CONTENT
    with (
        ScriptedServer(lambda _: Response(416)) as mirror,
        pytest.raises(HubError, match="416"),
    ):
        fetch(mirror.address, folder.with_name("other"))


def test_compressed_bytes_are_refused(folder: Path) -> None:
    """A proxy that compresses on its own is told from one that damages."""
    answer = Response(200, {"Content-Encoding": "gzip"}, CONTENT)
    with ScriptedServer(lambda _: answer) as mirror, pytest.raises(HubError, match="compressed"):
        fetch(mirror.address, folder)


def test_body_of_chunks_is_read(folder: Path) -> None:
    """A length is not needed to know that all has come."""
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(CONTENT), CONTENT)

    class Chunked(dict[str, str]):
        def __contains__(self, name: object) -> bool:
            return name == "Content-Length" or super().__contains__(name)

    # HTTP/1.0 of the server knows no chunks, but its client reads them wherever they are named.
    answer = Response(200, Chunked({"Transfer-Encoding": "chunked"}), body)
    with ScriptedServer(lambda _: answer) as mirror:
        fetch(mirror.address, folder)
    assert (folder / FILE.name).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "location",
    ["", "ftp://host.example/x", "http://[", "http://user:secret@127.0.0.1/x", "http://a b/"],
)
def test_redirect_to_nowhere_is_refused(folder: Path, location: str) -> None:
    """Only a plain address of http is followed."""
    with (
        ScriptedServer(lambda _: Response(302, {"Location": location})) as mirror,
        pytest.raises(HubError, match="no usable address") as caught,
    ):
        fetch(mirror.address, folder)
    assert "secret" not in str(caught.value)


def test_redirects_in_circles_end(folder: Path) -> None:
    """Five are followed and no more."""
    with ScriptedServer(lambda r: Response(302, {"Location": r.target})) as mirror:
        with pytest.raises(HubError, match="over and over"):
            fetch(mirror.address, folder)
        assert len(mirror.requests) == 6


def test_token_does_not_come_back_after_leaving(folder: Path) -> None:
    """An origin that we were sent to does not choose what is fetched with our token."""
    mirror_address: list[str] = []

    def elsewhere(_: Request) -> Response:
        return Response(302, {"Location": f"{mirror_address[0]}/private"})

    with ScriptedServer(elsewhere) as other:

        def answers(request: Request) -> Response:
            if request.target == "/private":
                return whole(request)
            return Response(302, {"Location": f"{other.address}/x?signature=secret"})

        with ScriptedServer(answers) as mirror:
            mirror_address.append(mirror.address)
            fetch(mirror.address, folder)
        first, last = mirror.requests
        assert first.headers["authorization"] == f"Bearer {TOKEN}"
        assert "authorization" not in last.headers
        assert all(TOKEN not in str(request) for request in other.requests)
    assert (folder / FILE.name).read_bytes() == CONTENT


def test_signed_address_stays_out_of_the_message(folder: Path) -> None:
    """A refusal of the other origin names its host, and not what was signed."""
    with ScriptedServer(lambda _: Response(403)) as other:
        target = f"{other.address}/blob?X-Signature=secret"
        with (
            ScriptedServer(lambda _: Response(302, {"Location": target})) as mirror,
            pytest.raises(HubError, match="/blob, where the mirror sent us") as caught,
        ):
            fetch(mirror.address, folder)
    assert "secret" not in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("ask", ["bytes", "metadata"])
def test_certificate_of_the_company_is_trusted_by_its_bundle(
    tmp_path: Path, folder: Path, ask: str
) -> None:
    """With the bundle it works; without it the variable is named."""
    bundle, tls = certificate(tmp_path)

    def answers(request: Request) -> Response:
        if ask == "bytes":
            return whole(request)
        return Response(200, {}, b'{"id": "acme/m", "sha": "%s"}' % COMMIT.encode())

    def asked(address: str, ca_bundle: Path | None) -> None:
        if ask == "bytes":
            fetch(address, folder, ca_bundle)
        else:
            endpoint = Endpoint(address, ca_bundle=ca_bundle)
            assert current_commit(endpoint, REPO, "main") == COMMIT

    with ScriptedServer(answers, tls) as mirror:
        with pytest.raises(HubUnreachable, match="SSL_CERT_FILE"):
            asked(mirror.address, None)
        asked(mirror.address, bundle)


def test_encryption_is_not_given_up(tmp_path: Path, folder: Path) -> None:
    """A redirect from https to http is refused before anything is sent there."""
    bundle, tls = certificate(tmp_path)
    with ScriptedServer(whole) as other:
        location = {"Location": f"{other.address}/blob"}
        with (
            ScriptedServer(lambda _: Response(302, location), tls) as mirror,
            pytest.raises(HubError, match="from https to http"),
        ):
            fetch(mirror.address, folder, bundle)
        assert other.requests == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://no-such-host.invalid"])
def test_wrong_address_is_told_at_once(folder: Path, address: str) -> None:
    """A refused connection and an unknown host point to HF_ENDPOINT."""
    for ask in (
        lambda: fetch(address, folder),
        lambda: current_commit(Endpoint(address), REPO, "x"),
    ):
        with pytest.raises(HubUnreachable, match="HF_ENDPOINT"):
            ask()
    assert not folder.exists()
    assert not incoming_path(folder).exists()


def proxied(request: Request) -> Response:
    """A proxy that answers by itself."""
    if request.method == "CONNECT":
        return Response(403)
    if "/api/" in request.target:
        return Response(200, {}, b'{"id": "acme/m", "sha": "%s"}' % COMMIT.encode())
    return whole(request)


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Bytes and metadata go through HTTP_PROXY with its user, but for hosts of NO_PROXY."""
    with ScriptedServer(proxied) as proxy:
        address = proxy.address.removeprefix("http://")
        monkeypatch.setenv("HTTP_PROXY", f"http://user:p%40ss@{address}")
        fetch("http://hub.example/models", folder)
        assert current_commit(Endpoint("http://hub.example/models"), REPO, "main") == COMMIT
        assert {request.target.partition("/models")[0] for request in proxy.requests} == {
            "http://hub.example"
        }
        user = base64.b64encode(b"user:p@ss").decode()
        assert {request.headers["proxy-authorization"] for request in proxy.requests} == {
            f"Basic {user}"
        }
        proxy.requests.clear()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with ScriptedServer(whole) as mirror:
            fetch(mirror.address, folder.with_name("direct"))
        assert proxy.requests == []
    assert (folder / FILE.name).read_bytes() == CONTENT


@pytest.mark.parametrize("status", [407, 403])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_refuses_is_told(
    monkeypatch: pytest.MonkeyPatch, folder: Path, status: int, scheme: str
) -> None:
    """The proxy is blamed, and its password not shown."""
    with ScriptedServer(lambda _: Response(status)) as proxy:
        address = proxy.address.removeprefix("http://")
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://user:secret@{address}")
        asks: list[Callable[[], object]] = [
            lambda: fetch(f"{scheme}://hub.example/models", folder),
            lambda: current_commit(Endpoint(f"{scheme}://hub.example/models"), REPO, "main"),
        ]
        for ask in asks:
            with pytest.raises(HubError) as caught:
                ask()
            assert "secret" not in str(caught.value)
            assert TOKEN not in str(caught.value)
            if status == 407 or scheme == "https":
                assert "proxy" in str(caught.value)
        # Before a tunnel stands, no token is said.
        if scheme == "https":
            assert all(TOKEN not in str(request) for request in proxy.requests)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://"])
def test_proxy_of_another_kind_is_refused(
    monkeypatch: pytest.MonkeyPatch, folder: Path, proxy: str
) -> None:
    """A proxy that we cannot speak to is a wrong setting."""
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(ConfigurationError, match="HTTP_PROXY"):
        fetch("http://hub.example/models", folder)
