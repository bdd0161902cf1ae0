"""Whether the endpoint gives the models of the lock; only this asks somebody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ai_translate.cli.doctor.finding import Finding
from ai_translate.errors import AITranslateError
from ai_translate.settings import Settings

if TYPE_CHECKING:
    from ai_translate.supply.hub.endpoint import Endpoint
    from ai_translate.supply.sources import HubSource

__all__ = ["asked"]

_SUBJECT = "HF_ENDPOINT online"


def asked(settings: Settings) -> Iterator[Finding]:
    """Connects to the endpoint, and asks it for a file of each model of the Hub.

    A model that is stored already is served without the endpoint: a failure here keeps `pull` from
    working, and `serve` not.
    """
    from ai_translate.supply.conformance import reaching  # noqa: PLC0415  # only this asks
    from ai_translate.supply.conformance.subject import Subject  # noqa: PLC0415  # the same
    from ai_translate.supply.hub.endpoint import Endpoint  # noqa: PLC0415  # the same
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # the same
    from ai_translate.supply.sources import HubSource  # noqa: PLC0415  # the same

    try:
        endpoint = Endpoint.of(settings)
        locked = Lock.read(settings.models_lock, missing_ok=True).models
    except AITranslateError:
        return  # told of elsewhere
    try:
        for look in (reaching.reachable, reaching.tls):
            verdict = look(Subject(endpoint, "organisation/name", "main", Path()))
            level: Literal["ok", "note"] = "note" if verdict.status == "note" else "ok"
            yield Finding(level, _SUBJECT, verdict.reason, verdict.remedy)
    except AITranslateError as error:
        yield Finding("fail", _SUBJECT, error.message, error.hint)
        return
    sources = [(m.source, m.files) for m in locked if isinstance(m.source, HubSource)]
    for source, files in sources:
        yield _given(endpoint, source, min(files, key=lambda name: files[name].size))
    if not sources:
        yield Finding(
            "ok",
            _SUBJECT,
            "no model of the lock comes from there; `ai-translate hub check ORG/NAME` tries one",
        )


def _given(endpoint: Endpoint, source: HubSource, name: str) -> Finding:
    """Whether a file begins to come, as `pull` would fetch it."""
    from ai_translate.supply.hub.connections import Connections  # noqa: PLC0415  # see above
    from ai_translate.supply.hub.refusals import Asked  # noqa: PLC0415  # the same
    from ai_translate.supply.hub.retries import Transient  # noqa: PLC0415  # the same
    from ai_translate.supply.hub.wire import Wire  # noqa: PLC0415  # the same

    subject = f"{_SUBJECT} {source.repo}"
    connections = Connections(endpoint.tls_context(), endpoint.download_timeout)
    try:
        with Wire(connections).get(Asked(endpoint, source.repo, source.commit, name), 0):
            return Finding("ok", subject, f"gives {name} of commit {source.commit[:12]}")
    except Transient as transient:
        return Finding("fail", subject, transient.error.message, transient.error.hint)
    except AITranslateError as error:
        return Finding("fail", subject, error.message, error.hint)
    finally:
        connections.end()
