"""Settings of how models come in, and how settings are read: once, at the entry point.

Those of the service are in `settings`, so that no edit of them makes a model anew. Nothing else
in the package reads the environment. Our own names begin with `AIT_`, because an orchestrator
injects names such as `AI_TRANSLATE_PORT=tcp://…` for a service called so. The standard names of
the Hugging Face libraries are honoured beside them.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

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

__all__ = ["PREFIX", "SupplySettings", "read_settings"]

PREFIX = "AIT_"

_log = logging.getLogger(__name__)

# What Kubernetes adds to every container for a Service called `ait` or `ait-…`, and Docker for a
# linked container. A setting of that name is one all the same.
_INJECTED: Final = re.compile(
    rf"{PREFIX}((\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
    r"|ENV_\w+)"
)
_ADDRESS: Final = re.compile(r"(tcp|udp|sctp)://\S+")
_LINK: Final = re.compile(r"(/[\w.-]+){2}")

_Settings = TypeVar("_Settings", bound="SupplySettings")


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


class SupplySettings(BaseSettings):
    """What may be told of models and of where they come from. Frozen; secrets never print."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

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


def read_settings(
    kind: type[_Settings], environment: Mapping[str, str] | None = None, **overrides: object
) -> _Settings:
    """The settings of this process.

    Args:
        kind: Which ones.
        environment: Where to look for unknown names; the process's own environment by default.
        overrides: Values that win over the environment, such as those of the command line.
            None means "not given".

    Raises:
        ConfigurationError: One or more settings are wrong; every mistake is listed.
    """
    environment = os.environ if environment is None else environment
    # Those of the Hugging Face libraries have their own names only.
    fields = {
        f"{PREFIX}{name.upper()}": name
        for name, field in kind.model_fields.items()
        if field.validation_alias is None
    }
    injected: dict[str, object] = {}
    mistakes = []
    for name in sorted(environment):
        called, value = name.upper(), environment[name]
        if called in fields and called.endswith("_PORT") and _ADDRESS.fullmatch(value):
            _log.warning(
                "%s=%s comes from an orchestrator and is ignored: its service is named as our "
                "settings are. Rename the service, or set enableServiceLinks: false.",
                *(name, value),
            )
            injected[fields[called]] = kind.model_fields[fields[called]].default
        elif called.startswith(PREFIX) and called not in fields and not _injected(called, value):
            mistakes.append(f"{name}: there is no such setting{_nearest(name, set(fields))}")
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = None
    try:
        settings = kind(**(injected | given))  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        mistakes += [
            f"{_shown(kind, problem['loc'])}: {problem['msg']}" for problem in error.errors()
        ]
    if settings is None or mistakes:
        raise ConfigurationError(
            "The configuration is wrong: " + "; ".join(mistakes) + ".",
            hint="`ai-translate doctor` lists every setting.",
        )
    return settings


def _injected(name: str, value: str) -> bool:
    """Whether an orchestrator has put a name there that nobody meant as a setting."""
    return bool(
        _INJECTED.fullmatch(name)
        or (name.endswith("_PORT") and _ADDRESS.fullmatch(value))
        or (name.endswith("_NAME") and _LINK.fullmatch(value))
    )


def _shown(kind: type[SupplySettings], location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "settings"
    field = kind.model_fields.get(name)
    return f"{PREFIX}{name.upper()}" if field and not field.validation_alias else name.upper()


def _nearest(name: str, known: set[str]) -> str:
    import difflib  # noqa: PLC0415  # only a mistake pays for it

    close = difflib.get_close_matches(name.upper(), sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
