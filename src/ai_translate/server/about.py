"""What the server says of itself, field by field. OpenAPI is made from this."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ai_translate.server.lifecycle import Status

__all__ = [
    "Health",
    "Languages",
    "LoadedModel",
    "Overview",
    "Pair",
    "Probe",
    "SupportedLanguages",
]


class Pair(BaseModel):
    """A translation direction."""

    source: str = Field(description="Language translated from.", examples=["en"])
    target: str = Field(description="Language translated into.", examples=["fr"])


class SupportedLanguages(BaseModel):
    """Languages on either side of the directions."""

    source: list[str] = Field(description="Languages that a text may be in.", examples=[["en"]])
    target: list[str] = Field(
        description="Languages that it can be translated into.", examples=[["fr"]]
    )


class Languages(BaseModel):
    """What can be translated."""

    supported_languages: SupportedLanguages = Field(
        description="Languages on each side; not every combination need exist.",
        examples=[{"source": ["en"], "target": ["fr"]}],
    )
    pairs: list[Pair] = Field(
        description="The directions that exist.", examples=[[{"source": "en", "target": "fr"}]]
    )
    names: dict[str, str] = Field(
        description="English name of each language by its tag.",
        examples=[{"en": "English", "fr": "French"}],
    )


class LoadedModel(BaseModel):
    """A model that is loaded."""

    name: str = Field(description="What the lock calls it.", examples=["starter-en-fr"])
    digest: str = Field(description="The sha256 that names its every byte.", examples=["0b7e" * 16])
    pairs: list[Pair] = Field(
        description="Directions that it translates.",
        examples=[[{"source": "en", "target": "fr"}]],
    )
    quantization: str = Field(description="Type of its weights.", examples=["int8"])
    licence: str = Field(description="Its licence; empty if unknown.", examples=["CC-BY-4.0"])
    resident: bool = Field(
        description="Whether it is in memory now; otherwise a request brings it back.",
        examples=[True],
    )


class Overview(BaseModel):
    """What answers here."""

    message: str = Field(
        description="A sentence for people who open the address in a browser.",
        examples=["AI Translate answers here. See /docs."],
    )
    version: str = Field(description="Version of the service.", examples=["0.1.0"])
    models: list[LoadedModel] = Field(
        description="The loaded models; none while the server starts.",
        examples=[
            [
                {
                    "name": "starter-en-fr",
                    "digest": "0b7e" * 16,
                    "pairs": [{"source": "en", "target": "fr"}],
                    "quantization": "int8",
                    "licence": "CC-BY-4.0",
                    "resident": True,
                }
            ]
        ],
    )


class Health(BaseModel):
    """The state of the server and its models."""

    status: Status = Field(description="Where the server stands.", examples=["healthy"])
    model_loaded: bool = Field(description="Whether any model is loaded.", examples=[True])
    models_loaded: list[str] = Field(
        description="Names of the loaded models.", examples=[["starter-en-fr"]]
    )
    models_resident: list[str] = Field(
        description="Those of them that are in memory now; a request brings another one back.",
        examples=[["starter-en-fr"]],
    )


class Probe(BaseModel):
    """An orchestrator's answer."""

    status: Literal["alive"] | Status = Field(
        description="`alive` from /livez; where the server stands from /readyz.",
        examples=["alive"],
    )
