"""Whether the endpoint answers, and to whom."""

from __future__ import annotations

import secrets
from dataclasses import replace
from urllib.parse import quote

from pydantic import SecretStr

from ai_translate.errors import HubError, HubRefused, HubUnreachable, NotOnHub
from ai_translate.supply.conformance.probe import Reply
from ai_translate.supply.conformance.result import Verdict
from ai_translate.supply.conformance.subject import Subject

__all__ = ["answers", "token", "wrong_token"]


def answers(subject: Subject) -> Verdict:
    """Whether it answers a question about the model at all, be it by a refusal."""
    try:
        subject.info = _info(subject)
    except HubUnreachable:
        raise
    except HubError as error:
        subject.refusal = error
        return Verdict("ok", "It answers requests, though not this one: see below.")
    return Verdict("ok", f"It answers the question for {subject.repo}.")


def token(subject: Subject) -> Verdict:
    """Whether the token is accepted."""
    if isinstance(subject.refusal, HubRefused):
        raise subject.refusal
    if subject.endpoint.token is None:
        return Verdict(
            "note",
            "HF_TOKEN is not set; the model may be read without it.",
            "Set HF_TOKEN if the repository shall not be open to everybody.",
        )
    return Verdict("ok", "The token of HF_TOKEN is not refused.")


def wrong_token(subject: Subject) -> Verdict:
    """Whether a token that nobody has made is refused, asked once."""
    made_up = SecretStr(f"hf_{secrets.token_hex(16)}")
    try:
        _info(subject, made_up)
    except HubRefused:
        return Verdict("ok", "A made-up token is refused.")
    except NotOnHub:
        return Verdict("ok", "To a made-up token the model is not there.")
    return Verdict(
        "note",
        "A made-up token is accepted: the repository may be read by everybody.",
        "If it shall not, take anonymous access away in Artifactory. "
        "That `token` is ok tells nothing here.",
    )


def _info(subject: Subject, secret: SecretStr | None = None) -> Reply:
    endpoint = subject.endpoint if secret is None else replace(subject.endpoint, token=secret)
    return subject.probe(endpoint=endpoint).api(f"revision/{quote(subject.revision, safe='')}")
