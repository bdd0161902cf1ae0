"""The events of a stream, and their form: server-sent events as the HTML standard has them."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, Field

from ai_translate.server.answers import detected, warned
from ai_translate.server.schemas import DetectedLanguage, Warned
from ai_translate.streaming import Beginning, Sentence

__all__ = [
    "HEARTBEAT",
    "MEDIA_TYPE",
    "StreamSentence",
    "StreamStart",
    "event",
    "finished",
    "started",
]

MEDIA_TYPE: Final = "text/event-stream"
# A comment: it tells proxies and clients that the connection lives, and is no event.
HEARTBEAT: Final = b": still translating\n\n"


class StreamStart(BaseModel):
    """`start`: how the text is built, before any of it is translated."""

    sentences: int = Field(
        ge=0, description="How many sentences the text has; as many events follow.", examples=[1]
    )
    layout: list[str] = Field(
        description="What stands before the first sentence, between each two, and after the last: "
        "one more than there are sentences. With the translations between them it is the whole.",
        examples=[["> ", "\n"]],
    )
    source_lang: str = Field(
        description="Language translated from, as the model calls it.", examples=["en"]
    )
    target_lang: str = Field(
        description="Language translated into, as the model calls it.", examples=["fr"]
    )
    model: str = Field(
        description="Name and shortened digest of the model that translates.",
        examples=["starter-en-fr@0b7e1c9d2f4a"],
    )
    detected_language: DetectedLanguage | None = Field(
        None,
        description="What the text is written in. Only if `source_lang` was `auto`.",
        examples=[{"language": "en", "confidence": 0.98}],
    )


class StreamSentence(BaseModel):
    """`sentence`: one that is finished."""

    index: int = Field(
        ge=0,
        description="Its number among the sentences of the text, from 0. They come as they are "
        "finished, not always in order.",
        examples=[0],
    )
    start: int = Field(
        ge=0,
        description="Where it begins in the text as it was sent, in characters: code points of "
        "Unicode, neither bytes nor the UTF-16 units of JavaScript.",
        examples=[2],
    )
    end: int = Field(
        ge=0, description="Where it ends, behind its last character, likewise.", examples=[23]
    )
    text: str = Field(description="Its translation.", examples=["Où est la gare ?"])
    confidence: float = Field(
        ge=0, le=1, description="As that of a whole translation, for it alone.", examples=[0.83]
    )
    warnings: list[Warned] | None = Field(
        None,
        description="Doubts about it. Only if there are any.",
        examples=[[{"code": "echo", "message": "It came back as it was.", "sentence": "Station"}]],
    )


def started(beginning: Beginning) -> bytes:
    """How a text is built, as an event."""
    return event(
        "start",
        StreamStart(
            sentences=len(beginning.layout) - 1,
            layout=list(beginning.layout),
            source_lang=beginning.source,
            target_lang=beginning.target,
            model=beginning.model,
            detected_language=detected(beginning.detected),
        ),
    )


def finished(sentence: Sentence) -> bytes:
    """A finished sentence, as an event."""
    translation = sentence.translation
    return event(
        "sentence",
        StreamSentence(
            index=sentence.index,
            start=sentence.start,
            end=sentence.end,
            text=translation.text,
            confidence=translation.confidence,
            warnings=warned(translation.warnings),
        ),
    )


def event(name: str, data: BaseModel | bytes) -> bytes:
    """One event. JSON has no line end of its own, so that its data are one line."""
    if isinstance(data, BaseModel):
        data = data.model_dump_json(exclude_none=True).encode()
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)
