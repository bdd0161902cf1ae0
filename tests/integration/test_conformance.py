"""What the check of an endpoint finds where all is well, and where one thing is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from safetensors.numpy import save_file

from ai_translate.supply.conformance import Subject
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.store import Store
from support import m2m100 as many_to_many
from support.artifactory import (
    Artifactory,
    Corrupt,
    Cut,
    ExpiredToken,
    Fault,
    NoCommit,
    PlaceholderCommit,
    RangeIgnored,
    Redirect,
    Status,
    TreeMissing,
    XetAdvertised,
)
from support.conformance_case import READER, REPO, WRITER, ConformanceCase, checked, random_model
from support.scripted_server import Request, Response, ScriptedServer, certificate

# The counterpart speaks plain http, and nobody asked for an upload.
GOOD = {"tls": "note", "upload": "skipped"}
SAFETENSORS = "model.safetensors"
WEIGHTS = f"{SAFETENSORS}$"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return random_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def case(files: dict[str, Path], tmp_path: Path) -> Iterator[ConformanceCase]:
    with Artifactory() as server:
        yield ConformanceCase.of(server, files, tmp_path)


@pytest.mark.parametrize("key", ["models", "far", "all"])
def test_a_good_repository_passes(case: ConformanceCase, key: str) -> None:
    """Nothing is wrong with a local, a remote and a virtual repository; the model is converted."""
    found = case.check(key)
    odd = {name: result.status for name, result in found.items() if result.status != "ok"}
    assert odd == GOOD
    assert case.commit in found["revision"].reason
    assert len(found["files"].details) == 6
    assert len(Store(case.folder).digests()) == 1
    assert not any(exchange.request.method in {"POST", "PUT"} for exchange in case.server.requests)


@pytest.mark.parametrize(
    ("fault", "path", "method", "times", "wrong", "word"),
    [
        (Status(429, retry_after="0"), "", None, None, {"answers": "fail"}, "Try again later"),
        (Status(429, retry_after="0"), "", None, 1, {}, ""),
        (Status(500), "", None, None, {"answers": "fail"}, "Try again later"),
        (Cut(5), "/api/", None, None, {"answers": "fail"}, "Try again"),
        (ExpiredToken(), "", None, None, {"token": "fail"}, "make a new one"),
        (TreeMissing(), "", None, None, {"tree": "note"}, "snapshot_download fails"),
        (Status(404), "/refs$", None, None, {"refs": "note"}, ""),
        (NoCommit(), "", None, None, {"head": "note"}, "Hugging Face client fail"),
        (Status(405), "", "HEAD", None, {"head": "note"}, "Hugging Face client fail"),
        (
            *(Status(500), "/resolve/", None, None),
            {"head": "note", "redirects": "fail", "files": "fail"},
            "Try again later",
        ),
        (Redirect(), "", None, None, {"redirects": "note"}, "firewall"),
        (Redirect("within"), "", None, None, {}, ""),
        # Only the check itself meets it: nothing of a test goes there.
        (
            *(Redirect("https://huggingface.co"), WEIGHTS, "GET", 1),
            {"redirects": "fail"},
            "use no other client",
        ),
        (RangeIgnored(), "", None, None, {"range": "note"}, "starts over"),
        (Corrupt(5000), WEIGHTS, None, None, {"files": "fail"}, "damaged bytes"),
        (Corrupt(0), WEIGHTS, None, None, {"range": "fail", "files": "fail"}, ""),
        (Cut(0), WEIGHTS, None, None, {"range": "fail", "files": "fail"}, "Try again"),
        (Cut(100_000), WEIGHTS, None, 4, {}, ""),
        (XetAdvertised(), "", None, None, {"xet": "note"}, "HF_HUB_DISABLE_XET=1"),
    ],
    ids=lambda value: str(value) if isinstance(value, Fault) else "",
)
def test_each_fault_shows_where_it_is(
    case: ConformanceCase,
    fault: Fault,
    path: str,
    method: str | None,
    times: int | None,
    wrong: dict[str, str],
    word: str,
) -> None:
    """A fault changes its own items, with a remedy; only what rests on a failed one is skipped."""
    injection = case.server.inject(fault, path, method=method, times=times)
    found = case.check()
    assert injection.shown
    failed = {name for name, status in wrong.items() if status == "fail"}
    for name, result in found.items():
        if name in wrong:
            assert result.status == wrong[name], result
            assert result.status == "note" or result.remedy, result
        elif result.blocked_by:
            assert result.status == "skipped"
            assert result.blocked_by in failed
        else:
            assert result.status == GOOD.get(name, "ok"), result
    blocked = {result.blocked_by for result in found.values()} - {""}
    assert blocked == failed - {"range"}
    assert word in "".join(found[name].remedy for name in wrong)
    assert READER not in str(found)


def test_the_token_stays_at_its_origin(case: ConformanceCase) -> None:
    """The other origin that serves the files never sees a token, and the right one always does."""
    case.server.inject(Redirect())
    assert case.check()["files"].status == "ok"
    elsewhere = [e.request for e in case.server.requests if e.request.origin == "elsewhere"]
    assert elsewhere
    assert not any("authorization" in request.headers for request in elsewhere)
    here = [e.request for e in case.server.requests if e.request.origin == "main"]
    assert all("authorization" in request.headers for request in here)


def test_metadata_is_not_asked_for_elsewhere(tmp_path: Path) -> None:
    """Where questions are sent to another origin they are not asked, and the token stays here."""
    with ScriptedServer(lambda _: Response(200)) as other:
        moved = Response(307, {"Location": f"{other.address}/api"})
        with ScriptedServer(lambda _: moved) as server:
            endpoint = Endpoint(server.address, SecretStr(READER))
            found = checked(Subject(endpoint, REPO, "main", tmp_path))
        assert not other.requests
    assert found["revision"].status == "fail"


def test_an_unknown_token_fails_alone(case: ConformanceCase) -> None:
    """A wrong token is told as such; that a made-up one is refused is seen all the same."""
    found = case.check(token="unknown-token")
    assert found["token"].status == "fail"
    assert "401" in found["token"].reason
    assert "make a new one" in found["token"].remedy
    assert found["wrong-token"].status == "ok"
    assert {found[name].blocked_by for name in ("revision", "refs", "files")} == {"token"}
    assert "unknown-token" not in str(found)


def test_without_a_token(case: ConformanceCase, files: dict[str, Path], tmp_path: Path) -> None:
    """A repository that wants a token says so; to one that does not, none is a note."""
    refused = case.check(token=None)["token"]
    assert refused.status == "fail"
    assert "Set HF_TOKEN" in refused.remedy
    with Artifactory(anonymous=True) as server:
        server.local("open")
        server.add_model("open", REPO, files)
        subject = Subject(Endpoint(server.endpoint("open")), REPO, "main", tmp_path)
        found = checked(subject)
    odd = {name: result.status for name, result in found.items() if result.status != "ok"}
    assert odd == {**GOOD, "token": "note"}


def test_a_repository_that_takes_any_token_is_noted(tmp_path: Path) -> None:
    """A made-up token that is accepted says that everybody may read."""
    with ScriptedServer(lambda _: Response(200, body=json.dumps({"sha": "0" * 40}).encode())) as s:
        found = checked(Subject(Endpoint(s.address, SecretStr(READER)), REPO, "main", tmp_path))
    assert found["wrong-token"].status == "note"
    assert "anonymous access" in found["wrong-token"].remedy


def test_a_model_that_is_not_there(case: ConformanceCase) -> None:
    """Of a revision that does not exist the reason names it, and what does not need it goes on."""
    found = case.check(revision="v9")
    assert found["token"].status == "ok"
    assert found["revision"].status == "fail"
    assert "v9" in found["revision"].reason
    assert found["refs"].status == "ok"


def test_a_commit_is_checked_as_it_is(case: ConformanceCase) -> None:
    """A commit names itself, even where the mirror knows it by its files alone."""
    assert case.check(revision=case.commit)["revision"].status == "ok"
    case.server.inject(Status(404), f"revision/{case.commit}")
    found = case.check(revision=case.commit)
    assert found["revision"].status == "note"
    assert found["conversion"].status == "ok"


def test_an_address_that_is_no_mirror(tmp_path: Path) -> None:
    """A page of HTML in place of an answer, or nobody at all, is told with what to correct."""
    with ScriptedServer(lambda _: Response(200, body=b"<html>Welcome</html>")) as server:
        address = server.address
        page = checked(Subject(Endpoint(address), REPO, "main", tmp_path))
    assert page["revision"].status == "fail"
    assert "/artifactory/api/huggingfaceml/REPO" in page["revision"].remedy
    nobody = checked(Subject(Endpoint(address), REPO, "main", tmp_path))
    assert nobody["reachable"].status == "fail"
    assert "HF_ENDPOINT" in nobody["reachable"].remedy
    assert {result.blocked_by for result in nobody.values()} == {"", "reachable"}


def test_certificates(tmp_path: Path) -> None:
    """A certificate of a company is trusted by its bundle, and else refused before any token."""
    bundle, tls = certificate(tmp_path)
    requests: list[Request] = []

    def answers(request: Request) -> Response:
        requests.append(request)
        return Response(404)

    with ScriptedServer(answers, tls) as server:
        trusted = Endpoint(server.address, SecretStr(READER), ca_bundle=bundle)
        found = checked(Subject(trusted, REPO, "main", tmp_path))
        assert found["tls"].status == "ok"
        assert str(bundle) in found["tls"].reason
        requests.clear()
        strange = Endpoint(server.address, SecretStr(READER))
        found = checked(Subject(strange, REPO, "main", tmp_path))
    assert found["tls"].status == "fail"
    assert "SSL_CERT_FILE" in found["tls"].remedy
    assert found["answers"].blocked_by == "tls"
    assert not requests


def test_proxies_are_gone_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the environment is what must be reachable, and its refusals are told as its."""

    def answers(request: Request) -> Response:
        return Response(403 if request.method == "CONNECT" else 404)

    with ScriptedServer(answers) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.address)
        plain = checked(Subject(Endpoint("http://mirror.invalid/x"), REPO, "main", tmp_path))
        assert plain["reachable"].status == plain["answers"].status == "ok"
        assert "mirror.invalid is behind the proxy" in plain["reachable"].reason
        secret = checked(Subject(Endpoint("https://mirror.invalid/x"), REPO, "main", tmp_path))
    assert secret["tls"].status == "fail"
    assert "NO_PROXY" in secret["tls"].remedy


@pytest.mark.parametrize(("kind", "target"), [("nllb", "fr"), ("wmt21", "de")])
def test_a_model_of_any_direction_is_converted_for_one(
    kind: str, target: str, tmp_path: Path
) -> None:
    """A model that wants to be told its directions is given one that it has."""
    model = tmp_path / "many"
    save_file(many_to_many.tensors_of(many_to_many.write_folder(model, kind)), model / SAFETENSORS)
    files = {path.name: path for path in model.iterdir()}
    with Artifactory() as server:
        found = ConformanceCase.of(server, files, tmp_path).check()
    assert found["conversion"].status == "ok"
    assert f"en→{target} assumed" in found["conversion"].reason


@pytest.mark.parametrize("key", ["models", "all"])
def test_an_upload_is_found_again(case: ConformanceCase, key: str) -> None:
    """With the right to write a small file comes to lie, and it is said that it stays."""
    found = case.check(key, token=WRITER, write=True)["upload"]
    assert found.status == "ok"
    assert "delete it in Artifactory" in found.remedy
    (put,) = case.server.requests.of("/lfs/objects/", "PUT")
    assert "authorization" not in put.request.headers
    (committed,) = case.server.requests.of("/commit/ai-translate-check-", "POST")
    assert committed.request.path.rpartition("/")[2] in found.remedy


@pytest.mark.parametrize(("key", "token"), [("models", READER), ("far", WRITER)])
def test_an_upload_that_is_refused(case: ConformanceCase, key: str, token: str) -> None:
    """Without the right, or to a remote repository, it fails with what to do; all else is well."""
    found = case.check(key, token=token, write=True)
    odd = {name: result.status for name, result in found.items() if result.status != "ok"}
    assert odd == {"tls": "note", "upload": "fail"}
    assert "right to deploy" in found["upload"].remedy


def test_an_upload_with_an_odd_answer(case: ConformanceCase) -> None:
    """A placeholder in place of the commit's address is a note: the file is there."""
    case.server.inject(PlaceholderCommit())
    found = case.check(token=WRITER, write=True)["upload"]
    assert found.status == "note"
    assert "Hugging Face client fails" in found.remedy
