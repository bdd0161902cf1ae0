"""What DeepL's addresses for documents take and give, field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ai_translate.server.deepl.shapes import FIELDS, Blank, Directed

__all__ = ["DeepLDocument", "DeepLDocumentStatus", "DocumentFields", "DocumentKey"]


class DocumentFields(Directed):
    """The fields of a form beside its file."""

    filename: Annotated[str | None, Blank] = Field(
        None,
        max_length=1_000,
        description="Name of the file, if it has none of its own.",
        examples=["report.docx"],
    )
    output_format: Annotated[str | None, Blank] = Field(
        None,
        max_length=20,
        description="Only what the document is: no document becomes one of another kind.",
        examples=["docx"],
    )


class DeepLDocument(BaseModel):
    """What tells a document from others, and who may have it."""

    document_id: str = Field(description="Its name in addresses.", examples=["Zb4mJ0eVnYx"])
    document_key: str = Field(
        description="What is asked of whoever wants it.", examples=["JpYw1y1m2Xg"]
    )


class DocumentKey(BaseModel):
    """What whoever wants a document must say."""

    model_config = FIELDS

    document_key: str = Field(
        max_length=100, description="As the upload was answered.", examples=["JpYw1y1m2Xg"]
    )


class DeepLDocumentStatus(BaseModel):
    """How far a document is."""

    document_id: str = Field(description="Its name.", examples=["Zb4mJ0eVnYx"])
    status: Literal["queued", "translating", "done", "error"] = Field(
        description="Where it stands.", examples=["translating"]
    )
    seconds_remaining: int | None = Field(
        None, description="About how long it takes yet, once that can be told.", examples=[20]
    )
    billed_characters: int | None = Field(
        None, description="What it was charged, once it is done.", examples=[51234]
    )
    error_message: str | None = Field(
        None, description="Why it failed, if it did.", examples=["The model failed."]
    )
