"""What `/status` tells, field by field. OpenAPI is made from this."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ai_translate.server.lifecycle import Status

__all__ = ["CacheFigures", "ModelStatus", "Origin", "Quality", "Queue", "ServerStatus"]

_QUEUE = {"workers": 2, "running": 1, "sentences": 12, "tokens": 340}
_CACHE = {"entries": 512, "bytes": 96_000, "max_bytes": 64_000_000, "hits": 40, "misses": 512}
_DIGEST = "0b7e" * 16


class Origin(BaseModel):
    """What a model was made from, as the lock has it."""

    repository: str | None = Field(
        None, description="Of the Hub, if it is from one.", examples=["Helsinki-NLP/opus-mt-en-fr"]
    )
    revision: str | None = Field(
        None, description="What was asked for there when it was locked.", examples=["main"]
    )
    commit: str | None = Field(
        None, description="What that was, and what is used.", examples=["dd7f6540a7a4"]
    )
    folder: str | None = Field(
        None, description="Beside the lock, if it is from there.", examples=["starter/en-fr"]
    )


class Quality(BaseModel):
    """How well a model translated a text when it was locked."""

    source: str = Field(description="Language of the text.", examples=["en"])
    target: str = Field(description="Language that it was translated into.", examples=["fr"])
    against: Literal["reference", "float32"] = Field(
        description="What the scores are against: translations of people, or the model's own with "
        "unquantized weights.",
        examples=["reference"],
    )
    sentences: int = Field(ge=1, description="How many were translated.", examples=[1000])
    chrf: float = Field(ge=0, le=100, description="chrF, up to 100.", examples=[61.4])
    bleu: float = Field(ge=0, le=100, description="BLEU, up to 100.", examples=[38.2])
    chrf_float32: float = Field(
        ge=0, le=100, description="chrF of the same model without quantization.", examples=[61.6]
    )
    bleu_float32: float = Field(ge=0, le=100, description="The same for BLEU.", examples=[38.5])


class Queue(BaseModel):
    """What waits for a model and is being translated by it now."""

    workers: int = Field(ge=0, description="Threads that translate.", examples=[2])
    running: int = Field(ge=0, description="Batches that are being translated.", examples=[1])
    sentences: int = Field(ge=0, description="Sentences that wait.", examples=[12])
    tokens: int = Field(ge=0, description="Their tokens.", examples=[340])
    tokens_per_second: float | None = Field(
        None,
        ge=0,
        description="Pace of all workers while they are busy. Only if it has shown one.",
        examples=[4200.0],
    )
    wait_seconds: float | None = Field(
        None,
        ge=0,
        description="How long what waits takes at that pace. Only if there is one.",
        examples=[0.08],
    )


class ModelStatus(BaseModel):
    """A loaded model and its queue."""

    name: str = Field(description="What the lock calls it.", examples=["starter-en-fr"])
    digest: str = Field(description="The sha256 that names its every byte.", examples=[_DIGEST])
    origin: Origin | None = Field(
        None,
        description="What it was made from. Only where the lock tells.",
        examples=[{"folder": "starter/en-fr"}],
    )
    architecture: str = Field(description="Kind of checkpoint.", examples=["marian"])
    quantization: str = Field(description="Type of its weights.", examples=["int8"])
    licence: str = Field(description="Its licence; empty if unknown.", examples=["CC-BY-4.0"])
    bytes: int = Field(ge=0, description="Of its files.", examples=[17_000_000])
    sources: list[str] = Field(description="Languages translated from.", examples=[["en"]])
    targets: list[str] = Field(description="Languages translated into.", examples=[["fr"]])
    directions: int = Field(
        ge=1, description="How many pairs of these there are; see /languages.", examples=[1]
    )
    resident: bool = Field(
        description="Whether it is in memory now; otherwise a request brings it back.",
        examples=[True],
    )
    quality: Quality | None = Field(
        None,
        description="How well it translates. Only if that was measured when it was locked.",
        examples=[
            {
                "source": "en",
                "target": "fr",
                "against": "reference",
                "sentences": 1000,
                "chrf": 61.4,
                "bleu": 38.2,
                "chrf_float32": 61.6,
                "bleu_float32": 38.5,
            }
        ],
    )
    queue: Queue = Field(description="What it has to do.", examples=[_QUEUE])


class CacheFigures(BaseModel):
    """The cache of translated sentences, which all models share."""

    entries: int = Field(ge=0, description="Sentences that it holds.", examples=[512])
    bytes: int = Field(ge=0, description="What they occupy.", examples=[96_000])
    max_bytes: int = Field(
        ge=0, description="What they may occupy; 0 keeps none.", examples=[64_000_000]
    )
    hits: int = Field(ge=0, description="Sentences found in it.", examples=[40])
    misses: int = Field(ge=0, description="Sentences looked for in vain.", examples=[512])


class ServerStatus(BaseModel):
    """What the server is and does at this moment."""

    status: Status = Field(description="Where the server stands.", examples=["healthy"])
    version: str = Field(description="Version of the service.", examples=["0.1.0"])
    requests: int = Field(
        ge=0, description="HTTP requests that are being answered, this one too.", examples=[3]
    )
    translating: int = Field(
        ge=0, description="Requests to translate among them that were let in.", examples=[2]
    )
    models: list[ModelStatus] = Field(
        description="The loaded models; none while the server starts.",
        examples=[
            [
                {
                    "name": "starter-en-fr",
                    "digest": _DIGEST,
                    "architecture": "marian",
                    "quantization": "int8",
                    "licence": "CC-BY-4.0",
                    "bytes": 17_000_000,
                    "sources": ["en"],
                    "targets": ["fr"],
                    "directions": 1,
                    "resident": True,
                    "queue": _QUEUE,
                }
            ]
        ],
    )
    cache: CacheFigures | None = Field(
        None, description="Its cache. Only once models are loaded.", examples=[_CACHE]
    )
