"""`doctor --online`: whether the endpoint gives what the lock names."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from support.artifactory import Artifactory, ExpiredToken, Status
from support.project import SECRET, Project


def doctor(project: Project, *options: str) -> subprocess.CompletedProcess[str]:
    return project.run("doctor", *options)


@pytest.fixture
def pulled(locked: Project) -> Project:
    """A project with nothing to mend."""
    (locked.folder / "earlier").rename(locked.folder / ".models")
    return locked


def test_without_the_option_nobody_is_asked(artifactory: Artifactory, pulled: Project) -> None:
    """A container without network is looked at as it is."""
    ended = doctor(pulled)
    assert ended.returncode == 0, ended.stdout
    assert len(artifactory.requests) == 0


def test_a_sound_endpoint_is_told_model_by_model(pulled: Project) -> None:
    """Reachable, and it gives a file of each model of the Hub, as the service alone can ask."""
    ended = doctor(pulled, "--online")
    assert ended.returncode == 0, ended.stdout
    assert (
        "ok    HF_ENDPOINT online acme/opus-en-fr: gives tokenizer_config.json of commit"
        in ended.stdout
    )


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Status(404), "does not have"),
        (Status(503), "503"),
        (ExpiredToken(), "refused the token of HF_TOKEN"),
        (Status(403), "403"),
    ],
)
def test_a_model_that_is_not_given_fails(
    artifactory: Artifactory, pulled: Project, fault: Status | ExpiredToken, message: str
) -> None:
    """With the endpoint's reason, and without the token."""
    artifactory.inject(fault, "/resolve/")
    ended = doctor(pulled, "--online")
    assert ended.returncode == 1
    assert "FAIL  HF_ENDPOINT online acme/opus-en-fr" in ended.stdout
    assert message in ended.stdout
    assert SECRET not in ended.stdout


def test_an_endpoint_that_is_away_fails(artifactory: Artifactory, pulled: Project) -> None:
    """It says that nobody is there, and asks no further."""
    artifactory.close()
    ended = doctor(pulled, "--online")
    assert ended.returncode == 1
    assert "refuses connections" in ended.stdout


def test_short_waits_and_no_token_are_notes_before_artifactory(pulled: Project) -> None:
    """They work here, and will not before a remote repository; nothing fails."""
    ended = pulled.run("doctor", HF_HUB_ETAG_TIMEOUT="10")
    assert ended.returncode == 0, ended.stdout
    assert "note  HF_HUB_ETAG_TIMEOUT: 10" in ended.stdout
    assert "86400" in ended.stdout
    ended = replace(pulled, token="").run("doctor")
    assert "note  HF_TOKEN: is not set" in ended.stdout


def test_a_bundle_by_another_name_is_set(pulled: Project) -> None:
    """REQUESTS_CA_BUNDLE is not called a default."""
    bundle = pulled.folder / "ca.pem"
    bundle.write_text("")
    ended = pulled.run("doctor", REQUESTS_CA_BUNDLE=str(bundle))
    assert f"SSL_CERT_FILE: {bundle} (set)" in ended.stdout
