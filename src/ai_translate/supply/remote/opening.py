"""Which second tier an address names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from ai_translate.config import SupplySettings
from ai_translate.errors import AITranslateError, ConfigurationError
from ai_translate.supply.hub.endpoint import Endpoint, check_repo
from ai_translate.supply.remote.bucket import Bucket
from ai_translate.supply.remote.objects import Objects
from ai_translate.supply.remote.protocol import Remote
from ai_translate.supply.remote.shared_folder import SharedFolder

__all__ = ["open_remote"]

_FORMS: Final = (
    "Set AIT_STORE_REMOTE to hf://ORG/REPO, https://HOST/…/ORG/REPO, s3://BUCKET/PREFIX or "
    "file:///FOLDER."
)


def open_remote(address: str, settings: SupplySettings) -> Remote:
    """The second tier at an address. Nobody is asked yet.

        hf://ORG/REPO                  a repository at HF_ENDPOINT
        https://HOST/…/ORG/REPO        a repository at another endpoint
        file:///FOLDER                 a folder that several machines mount
        s3://BUCKET/PREFIX             a bucket, or any other address that fsspec knows

    Raises:
        ConfigurationError: The address is malformed, or what it needs is not installed.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or not rest.strip("/"):
        raise _malformed(address)
    if scheme == "hf":
        return _repository(address, Endpoint.of(settings), rest)
    if scheme in {"http", "https"}:
        url, _, name = rest.rstrip("/").rpartition("/")
        url, _, organisation = url.rpartition("/")
        endpoint = replace(Endpoint.of(settings), url=f"{scheme}://{url}", token=None)
        home = Endpoint.of(settings)
        if endpoint.origin == home.origin:
            endpoint = replace(endpoint, token=home.token)
        return _repository(address, endpoint, f"{organisation}/{name}")
    if scheme == "file":
        return Objects(SharedFolder(_folder(address)))
    return Objects(Bucket(address))


def _repository(address: str, endpoint: Endpoint, repo: str) -> Remote:
    from ai_translate.supply.remote.hub_repository import (  # noqa: PLC0415  # an HTTP client
        HubRepository,
    )

    try:
        check_repo(repo)
    except AITranslateError as error:
        raise _malformed(address) from error
    return HubRepository(endpoint, repo)


def _folder(address: str) -> Path:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise _malformed(address) from error
    path = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or not path.is_absolute():
        raise _malformed(address)
    return path


def _malformed(address: str) -> ConfigurationError:
    return ConfigurationError(
        f"AIT_STORE_REMOTE is {address[:200]!r}, which names no second tier.", hint=_FORMS
    )
