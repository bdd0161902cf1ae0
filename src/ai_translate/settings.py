"""Every setting of the service, beside those of how models come in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

from ai_translate.config import SupplySettings, read_settings

__all__ = ["Settings", "load_settings"]

# Anything behind a `?` would become an argument of the client.
_REDIS: Final = re.compile(
    r"(rediss?://([^@/?#\s]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[0-9]{0,4})?"
    r"|unix://([^@/?#\s]*@)?/[^?#]+(\?db=[0-9]{1,4})?)"
)


def _redis_address(address: SecretStr | None) -> SecretStr | None:
    """Refuses what no client of Redis understands; says nothing of it, which may be secret."""
    if address is None:
        return None
    value = address.get_secret_value().strip()
    try:
        sound = _REDIS.fullmatch(value) is not None and urlsplit(value).port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ValueError(
            "this is no address of a Redis: write redis://HOST:PORT/DB, rediss://HOST:PORT/DB or "
            "unix:///SOCKET?db=DB, each with USER:PASSWORD@ in front of the place if need be"
        )
    return SecretStr(value)


_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def _parts(value: object) -> object:
    """What stands between commas; None for nothing."""
    if isinstance(value, str):
        return tuple(part for one in value.split(",") if (part := one.strip())) or None
    return value


def _origins(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for value in values or ():
        if value != "*" and _ORIGIN.fullmatch(value) is None:
            raise ValueError(
                f"{value!r} is no origin: write https://HOST or https://HOST:PORT in small "
                "letters, without a path, or * for all"
            )
    return values


def _network(value: object) -> object:
    try:
        return ip_network(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"{error}: write an address, or a network such as 10.0.0.0/8") from error


_Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class Settings(SupplySettings):
    """What the service may be told. Frozen; secrets never print."""

    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8002, ge=0, le=65535, description="Port; 0 lets the system choose one.")
    auth: Literal["none", "keys"] | None = Field(
        None,
        description="Who may ask: `none` for anybody, `keys` for who has a key. Must be set where "
        "others than this machine reach the server; `none` where they do not.",
    )
    doors: Annotated[
        tuple[Literal["libretranslate", "deepl"], ...] | None, NoDecode, BeforeValidator(_parts)
    ] = Field(
        ("libretranslate", "deepl"),
        description="Contracts of others that are spoken below `/libretranslate` and `/deepl`, "
        "with commas between; empty for none.",
    )
    root: Literal["native", "libretranslate", "deepl"] = Field(
        "native",
        description="Which contract the root speaks, for clients that cannot carry a path; our own "
        "is below `/native`, whatever stands here.",
    )
    cors_origins: Annotated[
        tuple[str, ...] | None, NoDecode, BeforeValidator(_parts), AfterValidator(_origins)
    ] = Field(
        None,
        description="Sites whose pages may ask, with commas between, such as "
        "`https://app.example`; `*` for all.",
    )
    trusted_proxies: Annotated[tuple[_Network, ...] | None, NoDecode, BeforeValidator(_parts)] = (
        Field(
            None,
            description="Addresses or networks of proxies, with commas between, whose word counts "
            "on where a request comes from.",
        )
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
        10_000, ge=1, le=100_000, description="Most texts in one batch; more are a 413."
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
    models_bytes: int = Field(
        0,
        ge=0,
        description="Memory for models, in bytes; those of least recent use leave it and come back "
        "on demand. 0: any.",
    )
    cache_bytes: int = Field(
        64_000_000, ge=0, description="Memory for translations of earlier sentences; 0: none."
    )
    request_timeout: float = Field(
        300.0, gt=0, description="Seconds after which what is still queued is a 504."
    )
    max_requests: int = Field(
        2_000,
        ge=1,
        description="Most requests that are translated or queued at once, of all models; more are "
        "a 503.",
    )
    max_queue_tokens: int = Field(
        1_000_000,
        ge=1,
        description="Most tokens of texts that are translated or queued at once, of all models, "
        "estimated before any work; more are a 503.",
    )
    max_wait: float = Field(
        1.0,
        gt=0,
        description="Seconds of work that may be ahead of an interactive request in the queue of "
        "its model; where there is more, it is a 503.",
    )
    max_bulk_wait: float = Field(
        60.0, gt=0, description="The same for bulk: batches, long texts and what says so."
    )
    interactive_tokens: int = Field(
        2_000,
        ge=1,
        description="Longest text that is interactive, in tokens; a longer one is bulk.",
    )
    max_body_memory: int = Field(
        64_000_000,
        ge=1,
        description="Most bytes of all request bodies that are held at once; more are a 503. "
        "Documents, which are kept on disk, do not count.",
    )
    grace: float = Field(
        25.0,
        ge=0,
        description="Seconds after SIGTERM in which accepted requests are answered; what is still "
        "queued then is a 503.",
    )
    requests_per_minute: int | None = Field(
        None,
        ge=1,
        description="Most requests to translate in a minute, of each key that names no limit of "
        "its own, or of each address where no key is asked for. Default: any number.",
    )
    characters_per_month: int | None = Field(
        None,
        ge=1,
        description="Most characters to translate in a calendar month, likewise.",
    )
    limits_redis: Annotated[SecretStr | None, AfterValidator(_redis_address)] = Field(
        None,
        description="Redis in which several servers count together, as `redis://HOST:PORT/DB`, "
        "`rediss://…` or `unix:///SOCKET?db=DB`; without one each counts for itself. Never "
        "printed.",
    )
    max_connections: int = Field(
        16_384, ge=1, description="Most connections at once; further ones are a 503 and closed."
    )
    max_head_bytes: int = Field(
        65_536, ge=1_024, description="Longest target and headers, in bytes; longer is a 431."
    )
    header_timeout: float = Field(
        10.0, gt=0, description="Seconds within which a request's head must be there, or a 408."
    )
    body_timeout: float = Field(
        30.0, gt=0, description="Seconds for which a body may make no headway, or a 408."
    )
    answer_timeout: float = Field(
        30.0, gt=0, description="Seconds for which a client may read nothing of its answer."
    )
    keep_alive: float = Field(
        75.0,
        gt=0,
        description="Seconds for which a connection may be idle; longer than a load balancer's.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe message that is logged."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How messages are logged; the image says `json`."
    )
    log_texts: bool = Field(
        False, description="Whether the log of requests quotes what was to be translated."
    )
    access_log: bool = Field(True, description="Whether each request is logged.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Port for `/metrics` alone, which asks for no key; without one it is on "
        "AIT_PORT. 0 lets the system choose.",
    )
    metrics_host: str | None = Field(None, description="Address of that port; by default AIT_HOST.")
    otel_exporter_otlp_endpoint: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "otel_exporter_otlp_endpoint",
        ),
        description="Where traces are sent; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT does it, too.",
    )
    otel_traces_exporter: Literal["otlp", "none"] | None = Field(
        None,
        validation_alias=AliasChoices("OTEL_TRACES_EXPORTER", "otel_traces_exporter"),
        description="`otlp` sends traces even without an address, `none` never.",
    )
    otel_sdk_disabled: bool = Field(
        False,
        validation_alias=AliasChoices("OTEL_SDK_DISABLED", "otel_sdk_disabled"),
        description="Whether no traces are sent, whatever else is set.",
    )

    @field_validator("root")
    @classmethod
    def _open_door(cls, root: str, info: ValidationInfo) -> str:
        doors = info.data.get("doors", ()) or ()
        if root not in {"native", *doors}:
            raise ValueError(f"the door {root} is closed: AIT_DOORS must name it")
        return root


def load_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings of this process; for the arguments and errors see `read_settings`."""
    return read_settings(Settings, environment, **overrides)
