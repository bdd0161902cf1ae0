"""Language tags as fields of requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from ai_translate.languages import AUTO, normalize

__all__ = ["SourceTag", "Tag"]

Tag = Annotated[str, AfterValidator(normalize)]
"""A BCP 47 tag, in its usual form."""

SourceTag = Annotated[str, AfterValidator(lambda tag: tag if tag == AUTO else normalize(tag))]
"""The same, or `auto`."""
