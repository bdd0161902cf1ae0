"""What the fields of a lock may be, and how values are written in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainValidator,
    StringConstraints,
)

from ai_translate.errors import AITranslateError
from ai_translate.languages import LanguagePair

__all__ = ["PairField", "Sha256Field", "Strict", "checked", "toml"]


class Strict(BaseModel):
    """What has these fields and no others, of just these types."""

    model_config = ConfigDict(extra="forbid", strict=True)


def checked(check: Callable[[str], None]) -> AfterValidator:
    """Lets pydantic say what a check of ours says."""

    def validated(text: str) -> str:
        try:
            check(text)
        except AITranslateError as error:
            raise ValueError(error.message) from error
        return text

    return AfterValidator(validated)


def toml(value: Any) -> str:
    """A string, a number or a list of strings: JSON writes them as TOML 1.0 reads them, but DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _pair(value: object) -> LanguagePair:
    if not isinstance(value, str):
        raise ValueError("a pair such as 'en:fr' is expected")  # noqa: TRY004  # pydantic's way
    return LanguagePair.parse(value)


PairField: TypeAlias = Annotated[LanguagePair, PlainValidator(_pair)]
Sha256Field: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
