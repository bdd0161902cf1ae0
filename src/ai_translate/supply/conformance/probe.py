"""Asks an endpoint single questions and shows the bare answer; of files, redirects too.

Requests go through the client that guards the token: none leaves the endpoint's origin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from ai_translate.errors import ConfigurationError, HubError
from ai_translate.supply.hub.endpoint import shown
from ai_translate.supply.hub.refusals import Asked
from ai_translate.supply.hub.retries import Backoff

__all__ = ["Probe", "Reply"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        asked: What was asked for.
        url: The address that was asked.
        status: 2xx or 3xx.
        headers: Found by any case of their names.
        body: What came; empty where only the beginning of an answer was wanted.
    """

    asked: Asked
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def json(self) -> Any:
        """The body, read as JSON.

        Raises:
            HubError: It is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise HubError(
                f"{shown(self.asked.endpoint.url)} answers with something that is no JSON.",
                hint="Check that HF_ENDPOINT is complete: it ends in "
                "/artifactory/api/huggingfaceml/REPO for Artifactory.",
            ) from error


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks about one thing.

    Attributes:
        asked: What it is, to be named in errors; its endpoint is asked, with its token.
        backoff: How often and how slowly it is asked.
    """

    asked: Asked
    backoff: Backoff

    def api(self, path: str, **query: str) -> Reply:
        """Asks the API of the model; `path` follows its name, as in `tree/main`.

        Redirects within the endpoint's origin are followed.

        Raises:
            HubError: There is no good answer.
        """
        url = f"{self.asked.endpoint.url}/api/models/{self.asked.repo}/{path}"
        more = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        return self._reply("GET", f"{url}?{more}" if more else url, whole=True)

    def head(self, url: str = "") -> Reply:
        """Asks for the headers of the file, or of another address of this origin.

        Raises:
            HubError: There is no good answer, or the address is of another origin.
        """
        return self._reply("HEAD", url or self._file_url())

    def begin(self) -> Reply:
        """Asks for the file and hangs up when its headers are here.

        Raises:
            HubError: There is no good answer.
        """
        return self._reply("GET", self._file_url())

    def _file_url(self) -> str:
        asked = self.asked
        return asked.endpoint.file_url(asked.repo, asked.revision, asked.file)

    def _reply(self, method: Literal["GET", "HEAD"], url: str, *, whole: bool = False) -> Reply:
        try:
            from ai_translate.supply.hub.session import (  # noqa: PLC0415  # may not be installed
                GuardedClient,
            )
        except ImportError as error:
            raise ConfigurationError(
                f"The Hub cannot be asked: {error.name} is not installed.",
                hint="Install requirements-models.txt: `pip install -r requirements-models.txt`.",
            ) from error
        headers = {"Accept-Encoding": "identity", "User-Agent": "ai-translate"}
        if self.asked.endpoint.token is not None:
            secret = self.asked.endpoint.token.get_secret_value()
            headers["Authorization"] = f"Bearer {secret}"
        with GuardedClient(self.asked, self.backoff) as client:
            request = client.build_request(method, url, headers=headers)
            # As the Hugging Face client does, which asks the same.
            answer = client.send(request, stream=not whole, follow_redirects=whole)
            body = answer.content if whole else b""
            answer.close()
            return Reply(self.asked, url, answer.status_code, answer.headers, body)
