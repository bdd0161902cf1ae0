"""Settings."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ai_translate.errors import ConfigurationError
from ai_translate.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"AIT_{name.upper()}", raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_defaults_serve_on_loopback_port_8002() -> None:
    """Without any variable the service listens where the README says."""
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8002)
    assert str(settings.models_dir) == ".models"


def test_variables_and_overrides_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """AIT_ names win over defaults, the command line wins over both, and None is not given."""
    monkeypatch.setenv("AIT_PORT", "9000")
    monkeypatch.setenv("AIT_HOST", "0.0.0.0")
    settings = load_settings(host=None, port=9001)
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)


def test_standard_names_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What users already export for Hugging Face works here."""
    monkeypatch.setenv("HF_ENDPOINT", "https://host.example/artifactory/api/huggingfaceml/repo")
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "86400")
    monkeypatch.setenv("TRANSFORMERS_CACHE", "/models")
    settings = load_settings()
    assert settings.hf_endpoint.endswith("/repo")
    assert settings.hf_hub_etag_timeout == 86400
    assert str(settings.transformers_cache) == "/models"


def test_white_space_around_address_and_token_is_taken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token from a file ends in a newline, which is no part of it."""
    monkeypatch.setenv("HF_ENDPOINT", " https://host.example/x\n")
    monkeypatch.setenv("HF_TOKEN", "hf_x\r\n")
    settings = load_settings()
    assert settings.hf_endpoint == "https://host.example/x"
    assert settings.hf_token is not None
    assert settings.hf_token.get_secret_value() == "hf_x"
    monkeypatch.setenv("HF_TOKEN", " \n")
    assert load_settings().hf_token is None


@pytest.mark.parametrize("name", ["HF_ENDPOINT", "HF_TOKEN", "SSL_CERT_FILE"])
def test_standard_names_have_no_second_name_of_ours(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """AIT_HF_ENDPOINT would have no effect, so that it is refused like any unknown name."""
    monkeypatch.setenv(f"AIT_{name}", "https://host.example")
    with pytest.raises(ConfigurationError, match=f"AIT_{name}"):
        load_settings()


def test_ca_bundle_has_the_names_that_companies_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE wins over REQUESTS_CA_BUNDLE, and that over CURL_CA_BUNDLE."""
    names = ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert load_settings().ssl_cert_file is None
    for name in names:
        monkeypatch.setenv(name, f"/{name}.pem")
        assert str(load_settings().ssl_cert_file) == f"/{name}.pem"


def test_public_hub_is_no_fallback_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only who says so lets models come from another place than HF_ENDPOINT."""
    assert load_settings().hub_fallback == "never"
    monkeypatch.setenv("AIT_HUB_FALLBACK", "public")
    assert load_settings().hub_fallback == "public"
    monkeypatch.setenv("AIT_HUB_FALLBACK", "sometimes")
    with pytest.raises(ConfigurationError, match="AIT_HUB_FALLBACK"):
        load_settings()


def test_unknown_names_are_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt setting stops the start instead of being ignored."""
    monkeypatch.setenv("AIT_BEAM_SISE", "4")
    with pytest.raises(ConfigurationError, match=r"AIT_BEAM_SISE.*did you mean AIT_BEAM_SIZE"):
        load_settings()


def test_every_mistake_is_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One start tells all that must be corrected."""
    monkeypatch.setenv("AIT_PORT", "eighty")
    monkeypatch.setenv("AIT_BEAM_SIZE", "0")
    monkeypatch.setenv("AIT_COLOUR", "red")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    for name in ("AIT_PORT", "AIT_BEAM_SIZE", "AIT_COLOUR"):
        assert name in str(caught.value)


def test_names_that_orchestrators_inject_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Kubernetes service called ai-translate does not break the start."""
    monkeypatch.setenv("AI_TRANSLATE_PORT", "tcp://10.0.0.1:8002")
    assert load_settings().port == 8002


def test_a_service_of_our_prefix_breaks_no_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What Kubernetes and Docker add for what is called `ait` is no setting; AIT_PORT is told."""
    injected = {
        "AIT_SERVICE_HOST": "10.0.0.1",
        "AIT_SERVICE_PORT": "8002",
        "AIT_SERVICE_PORT_HTTP": "8002",
        "AIT_PORT": "tcp://10.0.0.1:8002",
        "AIT_PORT_8002_TCP": "tcp://10.0.0.1:8002",
        "AIT_PORT_8002_TCP_ADDR": "10.0.0.1",
        "AIT_PORT_8002_TCP_PORT": "8002",
        "AIT_PORT_8002_TCP_PROTO": "tcp",
        "AIT_METRICS_SERVICE_PORT": "9090",
        "AIT_REDIS_MASTER_PORT": "tcp://10.0.0.2:6379",
        "AIT_REDIS_MASTER_PORT_6379_TCP_ADDR": "10.0.0.2",
        "AIT_NAME": "/web/ait",
        "AIT_ENV_LANG": "C.UTF-8",
    }
    for name, value in injected.items():
        monkeypatch.setenv(name, value)
    assert load_settings().port == 8002
    assert load_settings(port=9000).port == 9000
    told = {record.getMessage().partition("=")[0] for record in caplog.records}
    assert told == {"AIT_PORT"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AIT_PORT", "8002/tcp"),
        ("AIT_PROT", "tcp://10.0.0.1:8002"),
        ("AIT_METRICS_PORTS", "9090"),
        ("AIT_REDIS_PORT", "6379"),
        ("AIT_STATE_NAME", "/state"),
        ("AIT_HOST_SERVICE", "x"),
    ],
)
def test_what_only_looks_like_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A misspelt setting is not taken for an orchestrator's name."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        load_settings()


def test_the_token_never_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither settings nor an error about them show a secret."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("AIT_PORT", "-1")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    monkeypatch.delenv("AIT_PORT")
    assert "hf_secret" not in f"{caught.value!r} {load_settings()!r} {load_settings()}"


def test_settings_are_frozen() -> None:
    """Nothing changes a setting after the start."""
    with pytest.raises(ValidationError):
        load_settings().port = 1


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """With spaces or a comma too many as well; nothing is nothing."""
    monkeypatch.setenv("AIT_CORS_ORIGINS", " https://a.example, http://[::1]:3000 ,")
    monkeypatch.setenv("AIT_TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1,::1")
    settings = load_settings()
    assert settings.cors_origins == ("https://a.example", "http://[::1]:3000")
    assert settings.trusted_proxies is not None
    assert [str(one) for one in settings.trusted_proxies] == [
        *("10.0.0.0/8", "192.0.2.1/32", "::1/128")
    ]
    monkeypatch.setenv("AIT_CORS_ORIGINS", " , ")
    assert load_settings().cors_origins is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[
            ("AIT_CORS_ORIGINS", value)
            for value in (
                *("https://a.example/", "a.example", "null", "https://A.example", "https://*.b.c"),
                *("https://a.example https://b.example", "https://user@a.example", "*.example"),
            )
        ],
        *[
            ("AIT_TRUSTED_PROXIES", value)
            for value in ("10.0.0.1/8", "proxy.example", "*", "10.0.0.0/33", "10.0.0.0-10.1.0.0")
        ],
        ("AIT_AUTH", "nobody"),
    ],
)
def test_what_would_let_in_nobody_or_anybody_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The setting is named, beside every other mistake."""
    monkeypatch.setenv(name, f"{value}")
    monkeypatch.setenv("AIT_PORT", "-1")
    with pytest.raises(ConfigurationError) as found:
        load_settings()
    assert name in found.value.message
    assert "AIT_PORT" in found.value.message


@pytest.mark.parametrize(
    "address",
    [
        "redis://redis.example:6379/0",
        "redis://10.0.0.7",
        "rediss://user:p%40ss@redis.example:6380/2\n",
        "redis://:secret@[2001:db8::1]:6379",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_addresses_of_redis_are_read(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """With and without a password, a port and a number; none is printed."""
    monkeypatch.setenv("AIT_LIMITS_REDIS", address)
    settings = load_settings()
    assert settings.limits_redis is not None
    assert settings.limits_redis.get_secret_value() == address.strip()
    assert "redis.example" not in repr(settings)


@pytest.mark.parametrize(
    "address",
    [
        *("redis.example:6379", "http://redis.example", "redis://", "redis:///0", "unix://host"),
        *("redis://host:port", "redis://host:99999", "redis://host:0", "redis://host/zero"),
        *("redis://host?socket_timeout=9", "redis://host/0#x", "redis://a b:6379"),
    ],
)
def test_what_is_no_address_of_redis_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """The message says how to write one, and shows nothing of what was given."""
    monkeypatch.setenv("AIT_LIMITS_REDIS", address)
    with pytest.raises(ConfigurationError, match=r"AIT_LIMITS_REDIS: .*redis://HOST:PORT/DB") as e:
        load_settings()
    assert str(e.value).count("redis://") == 1
    assert "host" not in str(e.value)
