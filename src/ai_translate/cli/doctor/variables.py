"""Settings, and what is odd about their values."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from ai_translate.cli.doctor.finding import Finding
from ai_translate.config import PREFIX
from ai_translate.errors import AITranslateError
from ai_translate.settings import Settings

__all__ = ["variables"]

_PUBLIC_HUB = "https://huggingface.co"
_ARTIFACTORY_SECONDS = 86400


def variables(settings: Settings) -> Iterator[Finding]:
    """Every setting, with what is odd about it. Secrets are not shown."""
    for name, field in Settings.model_fields.items():
        variable = name.upper() if field.validation_alias else PREFIX + name.upper()
        value = getattr(settings, name)
        shown = "(set, not shown)" if isinstance(value, SecretStr) else value
        aliases = getattr(field.validation_alias, "choices", (variable,))
        given = any(isinstance(alias, str) and os.environ.get(alias) for alias in aliases)
        origin = "set" if given else "default"
        yield _remark(settings, variable) or Finding("ok", variable, f"{shown} ({origin})")


def _remark(settings: Settings, variable: str) -> Finding | None:
    """What deserves more than "ok" about one variable."""
    remarks: Mapping[str, Callable[[], Finding | None]] = {
        "HF_ENDPOINT": lambda: _endpoint_remark(variable, settings.hf_endpoint),
        "HF_TOKEN": lambda: _token_remark(variable, settings),
        "HF_HUB_ETAG_TIMEOUT": lambda: _wait_remark(
            variable, settings.hf_hub_etag_timeout, settings
        ),
        "HF_HUB_DOWNLOAD_TIMEOUT": lambda: _wait_remark(
            variable, settings.hf_hub_download_timeout, settings
        ),
        "AIT_STATE_DIR": lambda: _state_remark(variable, settings.state_dir),
        "AIT_AUTH": lambda: _auth_remark(variable, settings),
        "AIT_HUB_FALLBACK_ENDPOINT": lambda: _malformed(variable, settings.hub_fallback_endpoint),
        "TRANSFORMERS_CACHE": lambda: (
            Finding(
                "note",
                variable,
                f"{settings.transformers_cache}: the Hugging Face libraries no longer read it",
                "Set HF_HOME instead; we honour both.",
            )
            if settings.transformers_cache
            else None
        ),
    }
    return remarks[variable]() if variable in remarks else None


def _state_remark(variable: str, folder: Path | None) -> Finding | None:
    """Whether the state folder takes a file, which is tried: permissions do not tell all."""
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"state")
    except OSError as error:
        return Finding(
            "note",
            variable,
            f"{folder} cannot be written: {error.strerror}",
            "Nothing is kept in it. Mount a volume there that this user may write, or unset it.",
        )
    return None


def _auth_remark(variable: str, settings: Settings) -> Finding | None:
    """Whether a server would start that is told so little of who may ask."""
    from ai_translate.server.exposure import require_choice  # noqa: PLC0415  # keeps `--help` quick

    if settings.auth == "keys" and settings.state_dir is None:
        return Finding(
            "fail",
            variable,
            "keys, and there is no AIT_STATE_DIR in which they are kept",
            "Name a folder in AIT_STATE_DIR that lasts.",
        )
    if settings.auth is None:
        try:
            require_choice(settings, settings.host)
        except AITranslateError as error:
            return Finding("fail", variable, error.message, error.hint)
        except ValueError:  # a name, of which only the server learns the address
            return None
    return None


def _malformed(variable: str, endpoint: str) -> Finding | None:
    """What is wrong with an address, without a secret that may stand in it."""
    from ai_translate.supply.hub.endpoint import Endpoint  # noqa: PLC0415  # keeps `--help` quick

    try:
        Endpoint(endpoint)
    except AITranslateError as error:
        return Finding("fail", variable, error.message, error.hint)
    return None


def _endpoint_remark(variable: str, endpoint: str) -> Finding | None:
    if malformed := _malformed(variable, endpoint):
        return malformed
    if endpoint != _PUBLIC_HUB and not _is_artifactory(endpoint):
        return Finding(
            "note",
            variable,
            f"{endpoint} is not the address of an Artifactory repository",
            "Those end in /artifactory/api/huggingfaceml/REPO.",
        )
    return None


def _token_remark(variable: str, settings: Settings) -> Finding | None:
    if settings.hf_token is not None or not _is_artifactory(settings.hf_endpoint):
        return None
    return Finding(
        "note",
        variable,
        "is not set",
        "Artifactory then gives what everybody may read, which mostly is nothing.",
    )


def _wait_remark(variable: str, seconds: int, settings: Settings) -> Finding | None:
    if seconds >= _ARTIFACTORY_SECONDS or not _is_artifactory(settings.hf_endpoint):
        return None
    return Finding(
        "note",
        variable,
        f"{seconds}: a remote repository fetches a whole file before it answers",
        f"Artifactory recommends {_ARTIFACTORY_SECONDS}; what only serves fetches nothing.",
    )


def _is_artifactory(endpoint: str) -> bool:
    return "/api/huggingfaceml/" in endpoint
