"""`.ci/steps/artifactory_token.sh`: a run's identity gives a token of Artifactory, or a reason."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from support.scripted_server import Request, Response, ScriptedServer
from support.server_process import PROJECT

STEP: Final = PROJECT / ".ci/steps/artifactory_token.sh"
BEARER: Final = "what-github-gives-the-job"
IDENTITY: Final = "header.claims.signature"
PROVIDER: Final = "github & friends"
EXCHANGE: Final = "/access/api/v1/oidc/token"
Answers = Callable[[Request], Response]


def token_of(subject: str) -> str:
    """A token as Artifactory gives it: its claims can be read without its key."""
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{claims}.c2lnbmVk"


TOKEN: Final = token_of("jfac@01h2/users/ci-robot")


def document(**values: str) -> Response:
    """An answer of JSON."""
    return Response(200, {"Content-Type": "application/json"}, json.dumps(values).encode())


def granted(request: Request) -> Response:
    """Both servers, where all is well."""
    if request.target.startswith("/identity?"):
        return document(value=IDENTITY)
    return document(access_token=TOKEN, token_type="Bearer")


def step(folder: Path, answers: Answers, **more: str) -> tuple[int, str, str, list[Request]]:
    """Its status, what it prints, its outputs, and what it asked."""
    with ScriptedServer(answers) as server:
        output = folder / "output"
        output.touch()
        variables = {
            "PATH": "/usr/bin:/bin",
            "PYTHON": sys.executable,
            "GITHUB_OUTPUT": str(output),
            "ARTIFACTORY_URL": server.address,
            "ARTIFACTORY_OIDC_PROVIDER": PROVIDER,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.address}/identity?version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
        } | more
        done = subprocess.run(
            [STEP], env=variables, cwd=folder, capture_output=True, text=True, check=False
        )
    return done.returncode, done.stdout + done.stderr, output.read_text(), server.requests


def test_an_identity_is_exchanged_for_a_token(tmp_path: Path) -> None:
    """GitHub is asked for this provider's audience, and Artifactory is given what it signed."""
    status, _, outputs, (asked, exchanged) = step(tmp_path, granted)
    assert status == 0
    assert parse_qs(urlsplit(asked.target).query)["audience"] == [PROVIDER]
    assert asked.headers["authorization"] == f"Bearer {BEARER}"
    assert (exchanged.method, exchanged.target) == ("POST", EXCHANGE)
    told = json.loads(exchanged.body)
    assert told["subject_token"] == IDENTITY
    assert told["provider_name"] == PROVIDER
    assert "authorization" not in exchanged.headers
    assert outputs == f"token={TOKEN}\nusername=ci-robot\n"


def test_the_token_is_masked_and_shown_nowhere_else(tmp_path: Path) -> None:
    """It stands in what is printed once, where GitHub is told to hide it from then on."""
    _, printed, _, _ = step(tmp_path, granted)
    assert printed.startswith(f"::add-mask::{TOKEN}\n")
    assert printed.count(TOKEN) == 1
    assert IDENTITY not in printed
    assert BEARER not in printed


@pytest.mark.parametrize("missing", ["ARTIFACTORY_URL", "ARTIFACTORY_OIDC_PROVIDER"])
def test_without_artifactory_nothing_is_done(missing: str, tmp_path: Path) -> None:
    """A repository that has none set passes the step, which asks nobody."""
    status, printed, outputs, requests = step(tmp_path, granted, **{missing: ""})
    assert (status, printed, outputs, requests) == (0, "", "", [])


def test_the_address_may_be_that_of_the_user_interface(tmp_path: Path) -> None:
    """`/artifactory` at its end does not lead astray."""
    with ScriptedServer(granted) as server:
        url = f"{server.address}/artifactory/"
        status, printed, _, _ = step(tmp_path, granted, ARTIFACTORY_URL=url)
        assert status == 0, printed
        assert [request.target for request in server.requests] == [EXCHANGE]


@pytest.mark.parametrize(
    ("subject", "user"), [("jfrt@01/users/anna", "anna"), ("robot", "robot"), ("a\nb=c", "")]
)
def test_the_user_is_what_the_token_says(subject: str, user: str, tmp_path: Path) -> None:
    """Artifactory calls its users by a path. No line can be smuggled into the outputs."""

    def answers(request: Request) -> Response:
        if request.target.startswith("/identity?"):
            return document(value=IDENTITY)
        return document(access_token=token_of(subject))

    _, _, outputs, _ = step(tmp_path, answers)
    assert outputs == f"token={token_of(subject)}\nusername={user}\n"


def refused(request: Request) -> Response:
    """An Artifactory that knows no such provider."""
    return granted(request) if request.method == "GET" else Response(403, {}, b"who?")


def elsewhere(request: Request) -> Response:
    """A page of something else."""
    return granted(request) if request.method == "GET" else Response(200, {}, b"<html>")


def empty(request: Request) -> Response:
    """An answer that has no token."""
    return granted(request) if request.method == "GET" else document(message="ok")


def smuggling(request: Request) -> Response:
    """A token that would become two outputs."""
    return granted(request) if request.method == "GET" else document(access_token="a\nb=c")


@pytest.mark.parametrize(
    ("answers", "variables", "said"),
    [
        (refused, {}, "answered 403 where a token was asked for. An administrator"),
        (elsewhere, {}, "gave no token: "),
        (empty, {}, "answered without access_token"),
        (smuggling, {}, "answered without access_token"),
        (granted, {"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, "The job needs `id-token: write`"),
        (granted, {"ARTIFACTORY_URL": "http://127.0.0.1:9"}, "Check its address and the network"),
    ],
)
def test_what_is_wrong_is_told(
    answers: Answers, variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    """It fails with a reason and a mend, without a trace, and gives no output."""
    status, printed, outputs, _ = step(tmp_path, answers, **variables)
    assert status == 1
    assert said in printed
    assert "Traceback" not in printed
    assert IDENTITY not in printed
    assert outputs == ""
