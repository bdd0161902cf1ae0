"""Every setting, read once at the entry point and passed down.

Nothing else in the package reads the environment. Our own names begin with `AIT_`, because an
orchestrator injects names such as `AI_TRANSLATE_PORT=tcp://…` for a service called so. The
standard names of the Hugging Face libraries are honoured beside them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from ai_translate.errors import ConfigurationError

__all__ = ["PREFIX", "Settings", "load_settings"]

PREFIX = "AIT_"


def _trimmed(value: object) -> object:
    """Takes off what a file or a copied line has around a value, as the libraries do."""
    return value.strip() or None if isinstance(value, str) else value


def _without_secrets(address: str | None) -> str | None:
    """Refuses what would print wherever the address does."""
    if address is not None:
        rest = address.partition("://")[2]
        if "@" in rest or "?" in rest or "#" in rest:
            raise ValueError("an address has no user, no password, no query and no fragment here")
    return address


class Settings(BaseSettings):
    """What the service may be told. Frozen; secrets never print."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8002, ge=0, le=65535, description="Port; 0 lets the system choose one.")
    models_dir: Path = Field(
        Path(".models"), description="Folder of models: downloads in `hub/`, artifacts in `store/`."
    )
    models_lock: Path = Field(
        Path("models.lock"), description="File that names every model, its sources and digests."
    )
    store_remote: Annotated[
        str | None, BeforeValidator(_trimmed), AfterValidator(_without_secrets)
    ] = Field(
        None,
        description="Second tier of the store, shared by all who convert: `hf://ORG/REPO`, "
        "`s3://BUCKET/PREFIX`, `file:///FOLDER`.",
    )
    store_remote_write: bool = Field(
        True, description="Whether what is converted here is put there, too."
    )
    state_dir: Path | None = Field(
        None,
        description="Folder for what is written while serving; without one, only the models "
        "folder keeps something.",
    )
    organisation: str = Field(
        "ai-translate", description="Organisation under which models are published."
    )
    publish_token: Annotated[SecretStr | None, BeforeValidator(_trimmed)] = Field(
        None,
        description="Token for repositories that models are published to, where it is another "
        "than HF_TOKEN. Never printed.",
    )
    require_signature: Annotated[str | None, BeforeValidator(_trimmed)] = Field(
        None,
        description="Public keys, with commas between: a model that none of them has signed is "
        "neither added, pulled nor served.",
    )
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="Where models run; `auto` takes a CUDA device if there is one."
    )
    inter_threads: int = Field(
        0, ge=0, le=256, description="Batches computed at once; 0: what was measured as best."
    )
    intra_threads: int = Field(
        0, ge=0, le=256, description="Threads inside one batch; 0: what was measured as best."
    )
    beam_size: int = Field(
        2, ge=1, le=16, description="Beam width when a request names none (see ADR 0005)."
    )
    max_text_bytes: int = Field(
        2_000_000, ge=1, description="Longest text, in bytes of UTF-8; a longer one is a 413."
    )
    max_batch_texts: int = Field(
        10_000, ge=1, description="Most texts in one batch; more are a 413."
    )
    max_body_bytes: int = Field(
        16_000_000, ge=1, description="Longest request body, in bytes; a longer one is a 413."
    )
    max_document_bytes: int = Field(
        50_000_000, ge=1, description="Longest document, in bytes; a longer one is a 413."
    )
    document_ttl: float = Field(
        86_400.0, gt=0, description="Seconds for which a translated document can be fetched."
    )
    documents_bytes: int = Field(
        1_000_000_000,
        ge=1,
        description="Room for translated documents, in bytes; the oldest make room for new ones.",
    )
    cache_bytes: int = Field(
        64_000_000, ge=0, description="Memory for translations of earlier sentences; 0: none."
    )
    request_timeout: float = Field(
        300.0, gt=0, description="Seconds after which what is still queued is a 504."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe message that is logged."
    )

    hf_endpoint: Annotated[str, BeforeValidator(_trimmed)] = Field(
        "https://huggingface.co",
        validation_alias=AliasChoices("HF_ENDPOINT", "hf_endpoint"),
        description="Address of the Hub, or of the Artifactory repository that stands for it.",
    )
    hf_token: Annotated[SecretStr | None, BeforeValidator(_trimmed)] = Field(
        None,
        validation_alias=AliasChoices("HF_TOKEN", "hf_token"),
        description="Token for that address. Never printed.",
    )
    hf_home: Path | None = Field(
        None,
        validation_alias=AliasChoices("HF_HOME", "hf_home"),
        description="Cache folder of the Hugging Face libraries.",
    )
    hf_hub_etag_timeout: int = Field(
        10,
        ge=1,
        validation_alias=AliasChoices("HF_HUB_ETAG_TIMEOUT", "hf_hub_etag_timeout"),
        description="Seconds to wait for metadata; Artifactory recommends 86400.",
    )
    hf_hub_download_timeout: int = Field(
        10,
        ge=1,
        validation_alias=AliasChoices("HF_HUB_DOWNLOAD_TIMEOUT", "hf_hub_download_timeout"),
        description="Seconds to wait for bytes; Artifactory recommends 86400.",
    )
    hf_hub_cache: Path | None = Field(
        None,
        validation_alias=AliasChoices("HF_HUB_CACHE", "hf_hub_cache"),
        description="Folder of downloads; by default `hub/` in HF_HOME.",
    )
    ssl_cert_file: Path | None = Field(
        None,
        validation_alias=AliasChoices(
            "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ssl_cert_file"
        ),
        description="Certificates that are trusted, where a company has its own; "
        "REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are read where it is not set.",
    )
    hub_fallback: Literal["never", "public"] = Field(
        "never",
        description="Whether locked files that HF_ENDPOINT cannot give come from the public Hub.",
    )
    hub_fallback_endpoint: str = Field(
        "https://huggingface.co",
        description="Address of the public Hub; it is never shown a token.",
    )
    transformers_cache: Path | None = Field(
        None,
        validation_alias=AliasChoices("TRANSFORMERS_CACHE", "transformers_cache"),
        description="Older name for HF_HOME; honoured, though the libraries no longer read it.",
    )


def load_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings of this process.

    Args:
        environment: Where to look for unknown names; the process's own environment by default.
        overrides: Values that win over the environment, such as those of the command line.
            None means "not given".

    Raises:
        ConfigurationError: One or more settings are wrong; every mistake is listed.
    """
    environment = os.environ if environment is None else environment
    # Those of the Hugging Face libraries have their own names only.
    known = {
        f"{PREFIX}{name.upper()}"
        for name, field in Settings.model_fields.items()
        if field.validation_alias is None
    }
    mistakes = [
        f"{name}: there is no such setting{_nearest(name, known)}"
        for name in sorted(environment)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = None
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        mistakes += [f"{_shown(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
    if settings is None or mistakes:
        raise ConfigurationError(
            "The configuration is wrong: " + "; ".join(mistakes) + ".",
            hint="`ai-translate doctor` lists every setting.",
        )
    return settings


def _shown(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "settings"
    field = Settings.model_fields.get(name)
    return f"{PREFIX}{name.upper()}" if field and not field.validation_alias else name.upper()


def _nearest(name: str, known: set[str]) -> str:
    import difflib  # noqa: PLC0415  # only a mistake pays for it

    close = difflib.get_close_matches(name.upper(), sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
