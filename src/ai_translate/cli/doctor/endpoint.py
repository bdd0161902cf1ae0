"""Whether the endpoint gives the models of the lock; only this asks somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ai_translate.cli.doctor.finding import Finding
from ai_translate.config import Settings
from ai_translate.errors import AITranslateError

__all__ = ["asked"]

_SUBJECT = "HF_ENDPOINT online"


def asked(settings: Settings) -> Iterator[Finding]:
    """Connects to the endpoint, and asks it about each model of the Hub.

    A model that is stored already is served without the endpoint: a failure here keeps `pull` from
    working, and `serve` not.
    """
    from ai_translate.supply.conformance import access, reaching  # noqa: PLC0415  # only this asks
    from ai_translate.supply.conformance.result import Verdict  # noqa: PLC0415  # the same
    from ai_translate.supply.conformance.subject import Subject  # noqa: PLC0415  # the same
    from ai_translate.supply.hub.endpoint import Endpoint  # noqa: PLC0415  # the same
    from ai_translate.supply.lockfile import Lock  # noqa: PLC0415  # the same
    from ai_translate.supply.sources import HubSource  # noqa: PLC0415  # the same

    def given(subject: Subject) -> Verdict:
        verdict = access.answers(subject)
        if subject.refusal is not None:
            raise subject.refusal
        return verdict

    try:
        endpoint = Endpoint.of(settings)
        locked = Lock.read(settings.models_lock, missing_ok=True).models
    except AITranslateError:
        return  # told of elsewhere
    sources = [model.source for model in locked if isinstance(model.source, HubSource)]
    here = Path()
    nobody = Subject(endpoint, "organisation/name", "main", here)
    looks: list[tuple[str, Callable[[Subject], Verdict], Subject]] = [
        ("", reaching.reachable, nobody),
        ("", reaching.tls, nobody),
    ]
    for source in sources:
        subject = Subject(endpoint, source.repo, source.commit, here)
        looks.append((f" {source.repo}", given, subject))
    for name, look, subject in looks:
        try:
            verdict = look(subject)
        except AITranslateError as error:
            yield Finding("fail", f"{_SUBJECT}{name}", error.message, error.hint)
            return
        level = "ok" if verdict.status == "skipped" else verdict.status
        yield Finding(level, f"{_SUBJECT}{name}", verdict.reason, verdict.remedy)
        if level == "fail":
            return
    if not sources:
        yield Finding(
            "ok",
            _SUBJECT,
            "no model of the lock comes from there; `ai-translate hub check ORG/NAME` tries one",
        )
