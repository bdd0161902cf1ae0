"""Where versions are: which endpoint a repository of Artifactory is, and who may write there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, NamedTuple

from pydantic import SecretStr

from ai_translate.config import SupplySettings
from ai_translate.errors import ConfigurationError, InvalidRequest
from ai_translate.supply.hub.endpoint import Endpoint, check_repo, check_revision, shown

__all__ = ["Named", "named_version", "read_at", "repository_of", "write_at"]

# A key of Artifactory and what stands before it in an address (its documentation).
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WITH_KEY: Final = re.compile(r"(.+/api/huggingfaceml)/[^/]+")
_SOURCES: Final = "HF_TOKEN"
_TARGETS: Final = "AIT_PUBLISH_TOKEN"


class Named(NamedTuple):
    """A version by its names."""

    repo: str
    version: str


def repository_of(settings: SupplySettings, name: str) -> str:
    """The repository under whose name a model is published: NAME, or ORGANISATION/NAME itself.

    Raises:
        InvalidRequest: Artifactory would not take it.
    """
    repo = name if "/" in name else f"{settings.organisation}/{name}"
    check_repo(repo)
    return repo


def named_version(settings: SupplySettings, text: str) -> Named:
    """Reads `NAME@VERSION`.

    Raises:
        InvalidRequest: It is none, or Artifactory would not take a name.
    """
    name, at, version = text.partition("@")
    if not at:
        raise InvalidRequest(f"{text[:200]!r} names no version.", hint="Write NAME@VERSION.")
    check_revision(version)
    return Named(repository_of(settings, name), version)


def read_at(settings: SupplySettings, where: str | None) -> Endpoint:
    """The endpoint of a repository, to read there.

    HF_TOKEN is for the origin of HF_ENDPOINT, and is shown to no other.

    Args:
        settings: What HF_ENDPOINT and HF_TOKEN are.
        where: The key of a repository beside the one of HF_ENDPOINT, or a whole address; None is
            that of HF_ENDPOINT itself.

    Raises:
        ConfigurationError: It is neither.
    """
    own = Endpoint.of(settings)
    there = replace(own, url=_address(own, where), token=None)
    return replace(there, token=own.token) if there.origin == own.origin else there


def write_at(settings: SupplySettings, where: str) -> Endpoint:
    """The endpoint of a repository, to publish there: see `read_at`.

    AIT_PUBLISH_TOKEN is for whatever place somebody publishes to; without it HF_TOKEN is for the
    origin of HF_ENDPOINT.

    Raises:
        ConfigurationError: It is neither a key nor an address, or there is no token for it.
    """
    there = read_at(settings, where)
    token: SecretStr | None = settings.publish_token
    if token is not None:
        return replace(there, token=token, token_name=_TARGETS)
    if there.token is None:
        raise ConfigurationError(
            f"There is no token for {shown(there.url)}.",
            hint=f"Set {_TARGETS} to a token that may deploy there; {_SOURCES} is for the host of "
            "HF_ENDPOINT alone.",
        )
    return there


def _address(own: Endpoint, where: str | None) -> str:
    if where is None:
        return own.url
    if "://" in where:
        return where
    if not _KEY.fullmatch(where):
        raise ConfigurationError(
            f"{where[:200]!r} is neither the key of a repository nor an address.",
            hint="A key has up to 64 letters, digits, '-', '_' and '.'.",
        )
    found = _WITH_KEY.fullmatch(own.url)
    if found is None:
        raise ConfigurationError(
            f"{shown(own.url)} is not in Artifactory, where {where} would be beside it.",
            hint="Set HF_ENDPOINT to https://HOST/artifactory/api/huggingfaceml/REPO, or give the "
            "whole address of the other repository.",
        )
    return f"{found[1]}/{where}"
