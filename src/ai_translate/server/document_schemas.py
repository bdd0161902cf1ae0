"""What documents take and give, field by field. OpenAPI is made from this."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ai_translate.server.components import without_null
from ai_translate.server.language_tags import SourceTag, Tag
from ai_translate.server.routing import Content, Responses
from ai_translate.server.schemas import ErrorBody
from ai_translate.state.jobs import Job, JobStatus

__all__ = [
    "DocumentForm",
    "DocumentJob",
    "file_answer",
    "form_content",
    "job_parameter",
    "with_file",
]

_Short = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class DocumentForm(BaseModel):
    """The fields of a form beside its file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )

    source_lang: SourceTag = Field(
        "en",
        description="Language of the document, as a BCP 47 tag. `auto` tells it once, from the "
        "document as a whole.",
        examples=["en"],
    )
    target_lang: Tag = Field(
        "fr", description="Language to translate into, likewise.", examples=["fr"]
    )
    columns: list[_Short] = Field(
        [],
        description="Of a table, the columns to translate, by the names of the first row or by "
        "numbers from 1, with commas between; the field may be repeated. Default: all.",
        examples=[["title,description"]],
    )
    kind: _Short | None = Field(
        None,
        description="What the document is, where the name of its file does not tell.",
        examples=["text"],
    )
    do_not_translate: list[_Short] = Field(
        [],
        description="Words and phrases that stay as they are; the field may be repeated.",
        examples=[["AI Translate"]],
    )
    glossary: _Short | None = Field(
        None,
        description="Name of a glossary whose terms are honoured; see `PUT /glossaries/{name}`.",
        examples=["products"],
    )
    translate_attributes: bool = Field(
        False,
        description="Whether, in HTML, `alt`, `title`, `placeholder` and `aria-label` are "
        "translated and `lang` names the language of the translation.",
        examples=[True],
    )
    wait: float = Field(
        5.0,
        ge=0,
        le=60,
        description="Seconds to wait for the translated document; after them the answer is a job.",
        examples=[5],
    )


class DocumentJob(BaseModel):
    """A document that is being translated, or has been."""

    id: str = Field(
        description="Its name in addresses; nobody guesses it.",
        examples=["Zb4mJ0eVnYxJpYw1y1m2Xg"],
    )
    name: str = Field(
        description="What the translated file will be called.", examples=["report.fr.docx"]
    )
    status: JobStatus = Field(description="Where it stands.", examples=["running"])
    progress: float = Field(
        ge=0, le=1, description="How much of it is translated.", examples=[0.25]
    )
    parts: int = Field(
        ge=0, description="How many things in it there are to translate.", examples=[120]
    )
    failed_parts: int = Field(
        ge=0,
        description="How many of them stand as they were, since they could not be translated.",
        examples=[0],
    )
    characters: int = Field(ge=0, description="How many characters they have.", examples=[51234])
    created: datetime = Field(
        description="When it was sent, in UTC.", examples=["2026-01-31T12:00:00Z"]
    )
    expires: datetime = Field(
        description="When it is forgotten, in UTC.", examples=["2026-02-01T12:00:00Z"]
    )
    error: ErrorBody | None = Field(
        None,
        description="Why it failed. Only if it did.",
        examples=[{"code": "broken_document", "message": "It is no UTF-8.", "hint": ""}],
    )

    @classmethod
    def of(cls, job: Job, progress: float) -> DocumentJob:
        """A job as it stands."""
        return cls(
            id=job.id,
            name=job.name,
            status=job.status,
            progress=progress,
            parts=job.parts,
            failed_parts=job.failed,
            characters=job.characters,
            created=datetime.fromtimestamp(job.created, UTC),
            expires=datetime.fromtimestamp(job.expires, UTC),
            error=ErrorBody(code=job.error.code, message=job.error.message, hint=job.error.hint)
            if job.error
            else None,
        )


def form_content() -> Content:
    """The form of our own contract as OpenAPI describes it."""
    schema = DocumentForm.model_json_schema()
    fields = {name: without_null(field) for name, field in schema["properties"].items()}
    return with_file(schema | {"properties": fields})


def with_file(schema: dict[str, Any]) -> Content:
    """A form of some fields and a document as OpenAPI describes it."""
    file = {
        "type": "string",
        "format": "binary",
        "description": "The document; how its name ends tells its kind.",
        "examples": ["@report.docx"],
    }
    whole = {
        "properties": {"file": file, **schema["properties"]},
        "required": ["file", *schema.get("required", ())],
    }
    return {"multipart/form-data": {"schema": schema | whole}}


def file_answer(description: str) -> Responses:
    """A translated document as OpenAPI describes it."""
    # Each kind of document has its own type.
    content = {
        "*/*": {
            "schema": {"type": "string", "format": "binary"},
            "example": "the bytes of report.fr.docx",
        }
    }
    return {200: {"description": description, "content": content}}


def job_parameter() -> list[dict[str, Any]]:
    """The name of a job in an address, as OpenAPI describes it."""
    field = DocumentJob.model_fields["id"]
    return [
        {
            "name": "id",
            "in": "path",
            "required": True,
            "description": field.description,
            "example": (field.examples or [""])[0],
            "schema": {"type": "string"},
        }
    ]
