"""What is told of usage, field by field. OpenAPI is made from this."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["KeyUsage", "LimitsLeft", "Month", "Usage", "UsageQuery"]


class UsageQuery(BaseModel):
    """Whose usage is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    key: str | None = Field(
        None,
        max_length=100,
        description="Identifier of a key, or `*` for this month of all keys; other keys than its "
        "own are shown to an admin alone. Default: the key that asks.",
        examples=["7k2m9qx4tb"],
    )


class Month(BaseModel):
    """What was used in one month."""

    month: str = Field(description="Calendar month of UTC.", examples=["2026-11"])
    requests: int = Field(description="Requests to translate that were let in.", examples=[420])
    characters: int = Field(
        description="Characters of their texts, as code points of Unicode.", examples=[123_456]
    )
    documents: int = Field(description="Documents among them that were translated.", examples=[3])


class KeyUsage(BaseModel):
    """What one key has used."""

    key: str = Field(
        description="Identifier of the key; empty for all who had none.", examples=["7k2m9qx4tb"]
    )
    months: list[Month] = Field(
        description="Each month in which something was used, the last one first.",
        examples=[[{"month": "2026-11", "requests": 420, "characters": 123_456, "documents": 3}]],
    )


class LimitsLeft(BaseModel):
    """What the caller may use."""

    requests_per_minute: int | None = Field(
        None,
        description="Most requests to translate in a minute; absent for any number.",
        examples=[60],
    )
    characters_per_month: int | None = Field(
        None,
        description="Most characters in this month; absent for any number.",
        examples=[500_000],
    )
    characters_left: int | None = Field(
        None, description="How many of them are left; absent likewise.", examples=[376_544]
    )
    month_ends: datetime = Field(
        description="When all of them are there again.", examples=["2026-12-01T00:00:00Z"]
    )


class Usage(BaseModel):
    """What was used, and what the caller may."""

    keys: list[KeyUsage] = Field(
        description="The usage that was asked for, by key.",
        examples=[
            [
                {
                    "key": "7k2m9qx4tb",
                    "months": [
                        {
                            "month": "2026-11",
                            "requests": 420,
                            "characters": 123_456,
                            "documents": 3,
                        }
                    ],
                }
            ]
        ],
    )
    limits: LimitsLeft = Field(
        description="Those of the caller.",
        examples=[
            {
                "requests_per_minute": 60,
                "characters_per_month": 500_000,
                "characters_left": 376_544,
                "month_ends": "2026-12-01T00:00:00Z",
            }
        ],
    )
