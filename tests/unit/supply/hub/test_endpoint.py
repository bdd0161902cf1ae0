"""Addresses, names, and where downloads lie."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

import pytest
from pydantic import SecretStr

from ai_translate.errors import ConfigurationError, InvalidRequest
from ai_translate.settings import load_settings
from ai_translate.supply.hub.endpoint import Endpoint, check_repo, check_revision, shown
from ai_translate.supply.hub.folders import downloads_dir, snapshot_dir

ARTIFACTORY = "https://host.example/artifactory/api/huggingfaceml/models"


def test_settings_name_the_endpoint() -> None:
    """Address, token, timeouts and CA bundle are those that users export."""
    settings = load_settings(
        hf_endpoint=f"{ARTIFACTORY}/",
        hf_token=SecretStr("t"),
        hf_hub_etag_timeout=7,
        hf_hub_download_timeout=86400,
        ssl_cert_file=Path("ca.pem"),
    )
    assert Endpoint.of(settings) == Endpoint(
        ARTIFACTORY, SecretStr("t"), 7, 86400, ca_bundle=Path("ca.pem")
    )


def test_path_prefix_is_kept_and_names_are_encoded() -> None:
    """A file's address is below the endpoint's own path."""
    endpoint = Endpoint(ARTIFACTORY)
    assert endpoint.file_url("a/b", "c" * 40, "é 1.json") == (
        f"{ARTIFACTORY}/a/b/resolve/{'c' * 40}/%C3%A9%201.json"
    )
    assert endpoint.origin == ("https", "host.example", 443)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host.example/path",
        "ftp://host.example",
        "https://",
        "https://host.example:port/",
        "https://[::1",
        "https://user:secret@host.example/",
        "https://host.example/?token=secret",
    ],
)
def test_malformed_addresses_are_refused(url: str) -> None:
    """What is no plain address of http stops, without showing a secret that stood in it."""
    with pytest.raises(ConfigurationError) as caught:
        Endpoint(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "token", "warned"),
    [
        ("http://host.example/x", "secret", True),
        ("http://127.0.0.1:1/x", "secret", False),
        ("http://localhost:1/x", "secret", False),
        ("http://host.example/x", None, False),
        ("https://host.example/x", "secret", False),
    ],
)
def test_token_in_the_clear_is_noted(
    caplog: pytest.LogCaptureFixture, url: str, token: str | None, warned: bool
) -> None:
    """A token that leaves the machine unencrypted is worth a warning, without the token."""
    with caplog.at_level(logging.WARNING):
        Endpoint(url, SecretStr(token) if token else None)
    assert ("unencrypted" in caplog.text) is warned
    assert "secret" not in caplog.text


def test_token_never_prints() -> None:
    """An endpoint can be logged."""
    assert "secret" not in repr(Endpoint(ARTIFACTORY, SecretStr("secret")))


@pytest.mark.parametrize("repo", ["Helsinki-NLP/opus-mt-en-fr", "a/b_c.d", "A1/x"])
def test_names_of_models_pass(repo: str) -> None:
    """What Artifactory takes is taken."""
    check_repo(repo)


@pytest.mark.parametrize(
    "repo",
    ["model", "a/b/c", "a.b/c", "a_b/c", "a/", "/b", "a/..", "a/b?", "a/b c", "a/é", "a/b\n"],
)
def test_names_of_no_model_are_refused(repo: str) -> None:
    """What could lead elsewhere is refused before it becomes part of an address."""
    with pytest.raises(InvalidRequest, match="ORGANISATION/NAME"):
        check_repo(repo)


@pytest.mark.parametrize("revision", ["", "refs/pr/1", "a_b", "..", "a b", "%2e", "main\n"])
def test_names_of_no_revision_are_refused(revision: str) -> None:
    """Artifactory takes letters, digits, dashes and dots."""
    with pytest.raises(InvalidRequest, match="revision"):
        check_revision(revision)
    check_revision("v1.0-b")


def test_addresses_are_shown_without_secrets() -> None:
    """Neither a user nor a signed query is printed."""
    assert shown("https://u:p@host.example:8/a/b?X-Signature=1#f") == "https://host.example:8/a/b"


def test_unreadable_bundle_is_the_settings_fault(tmp_path: Path) -> None:
    """A CA bundle that is missing or holds no certificate is named."""
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("no certificate")
    for bundle in (tmp_path / "missing.pem", garbage):
        with pytest.raises(ConfigurationError, match=bundle.name):
            Endpoint(ARTIFACTORY, ca_bundle=bundle).tls_context()


def test_folder_of_certificates_is_a_bundle(tmp_path: Path) -> None:
    """REQUESTS_CA_BUNDLE may name a folder."""
    context = Endpoint(ARTIFACTORY, ca_bundle=tmp_path).tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "models/hub"),
        ({"TRANSFORMERS_CACHE": "old"}, "old"),
        ({"TRANSFORMERS_CACHE": "old", "HF_HOME": "home"}, "home/hub"),
        ({"TRANSFORMERS_CACHE": "old", "HF_HOME": "home", "HF_HUB_CACHE": "cache"}, "cache"),
    ],
)
def test_downloads_lie_where_the_variables_say(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    settings: dict[str, str],
    expected: str,
) -> None:
    """The nearest name wins, and TRANSFORMERS_CACHE is honoured with a remark."""
    for name in ("TRANSFORMERS_CACHE", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    found = downloads_dir(load_settings(models_dir=Path("models")))
    assert found == Path(expected)
    assert ("no longer" in caplog.text) is (expected == "old")


def test_snapshot_has_the_place_that_the_library_gives_it() -> None:
    """The layout is that of huggingface_hub's cache."""
    folder = snapshot_dir(Path("hub"), "acme/opus-en-fr", "1" * 40)
    assert folder == Path("hub/models--acme--opus-en-fr/snapshots") / ("1" * 40)
