"""Whom to ask for locked files: the endpoint, and the public Hub where the policy lets us.

Only files whose sha256 is pinned may come from there, and it is never shown a token.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from ai_translate.config import SupplySettings
from ai_translate.errors import HubError, IntegrityError
from ai_translate.supply.hub.download import download
from ai_translate.supply.hub.endpoint import Endpoint, shown
from ai_translate.supply.hub.files import WantedFile
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.hub.retries import Backoff

__all__ = ["download_pinned", "endpoints_for"]

_LOG: Final = logging.getLogger(__name__)


def endpoints_for(settings: SupplySettings, wanted: Sequence[WantedFile]) -> tuple[Endpoint, ...]:
    """Whom to ask for files, one after the other.

    Raises:
        ConfigurationError: An address is malformed.
    """
    first = Endpoint.of(settings)
    if settings.hub_fallback == "never" or any(file.sha256 is None for file in wanted):
        return (first,)
    public = replace(first, url=settings.hub_fallback_endpoint, token=None)
    return (first,) if public.url == first.url else (first, public)


def download_pinned(
    settings: SupplySettings,
    repo: str,
    commit: str,
    wanted: Sequence[WantedFile],
    folder: Path,
    *,
    workers: int = 4,
    progress: Progress | None = None,
    backoff: Backoff | None = None,
) -> None:
    """Downloads locked files, see `download`, with the fallback that AIT_HUB_FALLBACK allows.

    The public Hub is asked when the endpoint cannot be reached, refuses, lacks a file, or serves
    damaged bytes; a warning in the log says so.

    Raises:
        SupplyError: As `download`. If the public Hub does not help either, the first error says so.
    """
    first, *others = endpoints_for(settings, wanted)

    def fetch(endpoint: Endpoint) -> None:
        download(
            *(endpoint, repo, commit, wanted, folder),
            workers=workers,
            progress=progress,
            backoff=backoff,
        )

    try:
        fetch(first)
    except (HubError, IntegrityError) as error:
        if not others:
            raise
        (public,) = others
        _LOG.warning(
            "%s Falling back to %s for %s at %s, as AIT_HUB_FALLBACK=public allows.",
            *(error.message, shown(public.url), repo, commit),
        )
        try:
            fetch(public)
        except (HubError, IntegrityError) as second:
            raise type(error)(
                f"{error.message} The public Hub does not help: {second.message}", hint=error.hint
            ) from second
