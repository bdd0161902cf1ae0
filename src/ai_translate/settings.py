"""Every setting of the service, beside those of how models come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from ai_translate.config import SupplySettings, read_settings

__all__ = ["Settings", "load_settings"]


class Settings(SupplySettings):
    """What the service may be told. Frozen; secrets never print."""

    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8002, ge=0, le=65535, description="Port; 0 lets the system choose one.")
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
        0.75,
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
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe message that is logged."
    )


def load_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings of this process; for the arguments and errors see `read_settings`."""
    return read_settings(Settings, environment, **overrides)
