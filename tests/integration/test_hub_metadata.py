"""What a mirror says of a model, and where the token does not go."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from pydantic import SecretStr

from ai_translate.errors import HubError, HubRefused, HubUnreachable, InvalidRequest, NotOnHub
from ai_translate.supply.hub.endpoint import Endpoint
from ai_translate.supply.hub.metadata import RemoteFile, current_commit, resolve
from support.artifactory import (
    Artifactory,
    ExpiredToken,
    Slow,
    Status,
    TreeMissing,
    XetAdvertised,
)
from support.artifactory.contents import Blob
from support.hub_case import QUICK, REPO, TOKEN, HubCase
from support.scripted_server import Request, Response, ScriptedServer

FILES = {
    "README.md": b"---\nlicense: cc-by-4.0\n---\n# A model\n",
    "config.json": b'{"model_type": "marian"}',
    "model.safetensors": b"weights",
    "onnx/note.txt": b"note",
}
INFO = f"/api/models/{REPO}/revision/"


@pytest.fixture
def case(tmp_path: Path) -> Iterator[HubCase]:
    with Artifactory() as server:
        yield HubCase.of(server, FILES, tmp_path / "hub")


def expected() -> tuple[RemoteFile, ...]:
    found = []
    for name, content in FILES.items():
        blob = Blob.of(content)
        large = name.endswith(".safetensors")
        hashes = (blob.sha256, None) if large else (None, blob.git_oid)
        found.append(RemoteFile(name, blob.size, *hashes))
    return tuple(found)


@pytest.mark.parametrize("tree", [True, False])
@pytest.mark.parametrize("by_commit", [True, False])
def test_revision_gives_commit_licence_and_files(
    case: HubCase, tree: bool, by_commit: bool
) -> None:
    """Branches and commits are resolved alike, also where a mirror does not list trees."""
    if not tree:
        case.server.inject(TreeMissing())
    revision = case.commit if by_commit else "main"
    found = resolve(case.endpoint, REPO, revision, backoff=QUICK)
    assert (found.repo, found.commit, found.licence) == (REPO, case.commit, "cc-by-4.0")
    assert found.files == expected()


def test_commit_is_known_by_its_files_alone(case: HubCase) -> None:
    """A mirror that has the tree of a commit and no description of it is enough."""
    case.server.inject(Status(404), INFO)
    found = resolve(case.endpoint, REPO, case.commit, backoff=QUICK)
    assert (found.commit, found.licence, found.files) == (case.commit, "", expected())
    with pytest.raises(NotOnHub):
        resolve(case.endpoint, REPO, "main", backoff=QUICK)


def test_branch_moves_and_commit_stays(case: HubCase) -> None:
    """What a branch names now is told, for `models outdated`."""
    assert current_commit(case.endpoint, REPO, "main") == case.commit
    new = case.server.add_model("models", REPO, {"config.json": b"{}"})
    assert current_commit(case.endpoint, REPO, "main") == new != case.commit
    assert resolve(case.endpoint, REPO, case.commit).files == expected()


def test_licence_of_no_list_has_its_name(case: HubCase) -> None:
    """A licence `other` is told by the name that the card gives it; none is told as none."""
    for card, licence in [
        (b"---\nlicense: other\nlicense_name: our-own\n---\n", "our-own"),
        (b"---\nlicense: other\n---\n", "other"),
        (b"# no card\n", ""),
    ]:
        case.server.add_model("models", REPO, {"README.md": card})
        assert resolve(case.endpoint, REPO, "main").licence == licence


def test_xet_is_not_heeded(case: HubCase) -> None:
    """Names of xet in a list change nothing."""
    case.server.inject(XetAdvertised())
    assert resolve(case.endpoint, REPO, "main").files == expected()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_failures_that_pass_are_waited_for(case: HubCase, status: int) -> None:
    """A mirror that is busy for a moment is asked again, for each kind of question."""
    faults = [
        case.server.inject(Status(status, "3600"), path, times=2) for path in (INFO, "/tree/")
    ]
    assert resolve(case.endpoint, REPO, "main", backoff=QUICK).files == expected()
    assert [fault.shown for fault in faults] == [2, 2]


@pytest.mark.parametrize("path", [INFO, "/tree/"])
def test_failures_that_stay_are_told(case: HubCase, path: str) -> None:
    """Attempts are bounded, and the library adds none of its own."""
    fault = case.server.inject(Status(503), path)
    with pytest.raises(HubUnreachable, match="503 Service Unavailable"):
        resolve(case.endpoint, REPO, "main", backoff=QUICK)
    assert fault.shown == QUICK.attempts


@pytest.mark.parametrize("path", [INFO, "/tree/"])
def test_silence_ends_in_a_timeout(case: HubCase, path: str) -> None:
    """Every question has a limit, also those for which the library has none."""
    case.server.inject(Slow(piece=1), path)
    endpoint = replace(case.endpoint, etag_timeout=0.05)
    with pytest.raises(HubUnreachable, match="HF_HUB_ETAG_TIMEOUT"):
        resolve(endpoint, REPO, "main", backoff=QUICK)


@pytest.mark.parametrize(
    ("token", "words"), [("wrong", "refused the token"), (None, "HF_TOKEN is not set")]
)
def test_token_that_is_wrong_or_missing_is_told(
    case: HubCase, token: str | None, words: str
) -> None:
    """The variable is named, its value never, and there is no second attempt."""
    endpoint = replace(case.endpoint, token=SecretStr(token) if token else None)
    with pytest.raises(HubRefused, match=words) as caught:
        resolve(endpoint, REPO, "main", backoff=QUICK)
    assert "wrong" not in str(caught.value)
    assert len(case.server.requests) == 1


def test_expired_token_is_told(case: HubCase) -> None:
    """A token that has expired reads as one that was refused."""
    case.server.inject(ExpiredToken())
    with pytest.raises(HubRefused, match="may have expired") as caught:
        resolve(case.endpoint, REPO, "main")
    assert TOKEN not in str(caught.value)


def test_what_is_missing_is_named(case: HubCase) -> None:
    """Model and revision are told apart, a malformed name is not even asked for."""
    with pytest.raises(NotOnHub, match="no model acme/other"):
        resolve(case.endpoint, "acme/other", "main")
    with pytest.raises(NotOnHub, match=f"no revision v9 of {REPO}"):
        resolve(case.endpoint, REPO, "v9")
    case.server.requests.clear()
    with pytest.raises(InvalidRequest):
        resolve(case.endpoint, REPO, "refs/pr/1")
    assert len(case.server.requests) == 0


def test_token_file_of_the_home_is_never_sent(case: HubCase, tmp_path: Path) -> None:
    """Without a token none is shown, whatever the library finds; its offline mode is no matter."""
    (tmp_path / "token").write_text("token-of-the-home")
    script = (
        "from ai_translate.errors import HubRefused\n"
        "from ai_translate.supply.hub.endpoint import Endpoint\n"
        "from ai_translate.supply.hub.metadata import resolve\n"
        f"try: resolve(Endpoint({case.endpoint.url!r}), {REPO!r}, 'main')\n"
        "except HubRefused: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "HF_TOKEN": "token-of-the-shell"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "refused\n"
    (exchange,) = case.server.requests
    assert "authorization" not in exchange.request.headers


@pytest.mark.parametrize("what", ["revision", "tree", "page"])
def test_metadata_is_never_asked_of_another_origin(what: str) -> None:
    """Where a mirror redirects API calls, or names a further page elsewhere, nothing goes there."""
    with ScriptedServer(lambda _: Response(200)) as other:

        def answers(request: Request) -> Response:
            elsewhere = f"{other.address}{request.target}"
            if what == "page" and "/tree/" in request.target:
                return Response(200, {"Link": f'<{elsewhere}>; rel="next"'}, b"[]")
            if f"/{what}/" in request.target:
                return Response(307, {"Location": elsewhere})
            return Response(200, {}, b'{"id": "acme/m", "sha": "%s"}' % (b"1" * 40))

        with ScriptedServer(answers) as mirror:
            endpoint = Endpoint(mirror.address, SecretStr(TOKEN))
            with pytest.raises(HubError, match="for metadata of") as caught:
                resolve(endpoint, REPO, "main", backoff=QUICK)
        assert TOKEN not in str(caught.value)
        assert other.requests == []


def test_redirect_within_the_origin_is_followed() -> None:
    """A mirror may have another path for a model, but not lead in circles."""

    def answers(request: Request) -> Response:
        if request.target.startswith("/loop"):
            return Response(302, {"Location": request.target})
        if not request.target.startswith("/new"):
            return Response(301, {"Location": f"/new{request.target}"})
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        return Response(200, {}, b'{"id": "acme/m", "sha": "%s"}' % (b"1" * 40))

    with ScriptedServer(answers) as mirror:
        assert current_commit(Endpoint(mirror.address, SecretStr(TOKEN)), REPO, "main") == "1" * 40
        with pytest.raises(HubError, match="over and over"):
            current_commit(Endpoint(f"{mirror.address}/loop"), REPO, "main")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>please log in</html>",
        b"[]",
        b"{}",
        b'{"id": "acme/m", "sha": "main"}',
        b"\xff\xfe",
    ],
)
def test_nonsense_is_told_as_such(body: bytes) -> None:
    """A page for people in place of an answer reads as a wrong address."""
    with (
        ScriptedServer(lambda _: Response(200, {}, body)) as mirror,
        pytest.raises(HubError, match=r"describes no model|names no commit"),
    ):
        resolve(Endpoint(mirror.address), REPO, "main", backoff=QUICK)


@pytest.mark.parametrize(
    "entry",
    [
        '{"type": "file", "path": "a", "size": -1, "oid": "%s"}',
        '{"type": "file", "path": "a", "size": "1", "oid": "%s"}',
        '{"type": "file", "path": "a", "size": 1, "oid": "no hash"}',
        '{"type": "file", "path": "a", "size": 1, "oid": "%s", "lfs": {"oid": "x"}}',
        '{"type": "file", "path": 1, "size": 1, "oid": "%s"}',
        '"file"',
    ],
)
def test_malformed_entries_are_refused(entry: str) -> None:
    """Whatever a mirror lists has the Hub's form, or nothing is taken of it."""
    listed = f"[{entry.replace('%s', '0' * 40)}]".encode()

    def answers(request: Request) -> Response:
        if "/tree/" in request.target:
            return Response(200, {}, listed)
        return Response(200, {}, b'{"id": "acme/m", "sha": "%s"}' % (b"1" * 40))

    with (
        ScriptedServer(answers) as mirror,
        pytest.raises(HubError, match="describes no model"),
    ):
        resolve(Endpoint(mirror.address), REPO, "main", backoff=QUICK)


def test_library_is_left_as_it_was(case: HubCase) -> None:
    """Others in the process who use huggingface_hub get no client of ours."""
    resolve(case.endpoint, REPO, "main")
    with Artifactory(anonymous=True) as other:
        other.local("models")
        commit = other.add_model("models", REPO, FILES)
        api = HfApi(other.endpoint("models"), token=False)
        assert api.model_info(REPO).sha == commit


def test_library_is_imported_only_when_something_is_asked() -> None:
    """Neither `serve` nor `models list` pays for the Hub's client."""
    script = (
        "import sys\n"
        "import ai_translate.cli.models, ai_translate.supply.hub.metadata\n"
        "import ai_translate.supply.hub.download, ai_translate.supply.hub.fallback\n"
        "print(sorted({'huggingface_hub', 'httpx2', 'httpx'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_missing_library_is_told() -> None:
    """An installation that only serves says what is missing when it is asked to look up."""
    script = (
        "import sys\n"
        "sys.modules['huggingface_hub'] = None\n"
        "from ai_translate.errors import ConfigurationError\n"
        "from ai_translate.supply.hub.endpoint import Endpoint\n"
        "from ai_translate.supply.hub.metadata import resolve\n"
        "try: resolve(Endpoint('http://127.0.0.1:9'), 'a/b', 'main')\n"
        "except ConfigurationError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "huggingface_hub is not installed" in done.stdout
    assert "requirements-models.txt" in done.stdout
