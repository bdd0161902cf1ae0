"""The HTTP client that huggingface_hub is given for metadata.

It lets no request leave the endpoint's origin, whatever the library thinks of a redirect: that one
follows redirects to the public Hub with the token. It waits no longer than the endpoint says, asks
again where that may help, and turns answers into our errors before the library sees them.
"""

from __future__ import annotations

import threading
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from ai_translate.errors import HubError
from ai_translate.supply.hub.connections import wrong_proxy
from ai_translate.supply.hub.endpoint import Origin, origin_of, shown
from ai_translate.supply.hub.refusals import Asked, failure, refusal
from ai_translate.supply.hub.retries import Backoff, Retries, Transient

__all__ = ["GuardedClient"]

_CONNECT_SECONDS: Final = 10.0
_REDIRECTS: Final = 5
# A list of files comes in pages of a thousand or so, each with the address of the next.
_MOST_REQUESTS: Final = 1000
_NO_STATUS: Final = 600


class GuardedClient(httpx2.Client):
    """A client for one question to one endpoint.

    Proxies are those of the environment, as httpx documents them: HTTP_PROXY, HTTPS_PROXY and
    NO_PROXY.

    Args:
        asked: The question.
        backoff: How often and how slowly it is asked.

    Raises:
        ConfigurationError: The CA bundle or the proxy is none.
    """

    def __init__(self, asked: Asked, backoff: Backoff) -> None:
        endpoint = asked.endpoint
        wait = float(endpoint.etag_timeout)
        self._asked = asked
        self._backoff = backoff
        self._wait = httpx2.Timeout(wait, connect=min(_CONNECT_SECONDS, wait))
        self._requests = 0
        tls = endpoint.tls_context()
        try:
            super().__init__(
                verify=tls,
                timeout=self._wait,
                follow_redirects=True,
                max_redirects=_REDIRECTS,
                # A hook sees the request of every hop, before anything is sent.
                event_hooks={"request": [self._guard]},
            )
        except (httpx2.InvalidURL, ValueError, ImportError) as error:
            # Nothing else of this comes from outside. Of SOCKS it needs a library more.
            raise wrong_proxy() from error

    def build_request(self, *given: Any, **named: Any) -> httpx2.Request:
        """As httpx does, of an address that may come from a mirror.

        Raises:
            HubError: It is none.
        """
        try:
            return super().build_request(*given, **named)
        except httpx2.InvalidURL as error:
            raise HubError(
                f"{shown(self._asked.endpoint.url)} sends us to no usable address for "
                f"{self._asked}.",
                hint="Ask who runs the mirror.",
            ) from error

    def send(
        self,
        request: httpx2.Request,
        *,
        stream: bool = False,
        auth: httpx2._types.AuthTypes | httpx2._client.UseClientDefault | None = (
            httpx2.USE_CLIENT_DEFAULT
        ),
        follow_redirects: bool | httpx2._client.UseClientDefault = httpx2.USE_CLIENT_DEFAULT,
    ) -> httpx2.Response:
        """Sends a request as httpx does, again and again where that may help.

        Raises:
            HubError: There is no good answer.
        """
        # The library passes "no timeout" for lists of files.
        request.extensions["timeout"] = self._wait.as_dict()
        retries = Retries(self._backoff, threading.Event())
        while True:
            try:
                try:
                    response = super().send(
                        request, stream=stream, auth=auth, follow_redirects=follow_redirects
                    )
                except httpx2.TooManyRedirects as error:
                    raise HubError(
                        f"{shown(self._asked.endpoint.url)} redirects the request for "
                        f"{self._asked} over and over.",
                        hint="Ask who runs the mirror.",
                    ) from error
                except httpx2.RequestError as error:
                    raise failure(self._asked, _cause(error)) from error
                if response.is_error or response.status_code >= _NO_STATUS:
                    response.close()
                    raise refusal(self._asked, response.status_code, response.headers)
            except Transient as transient:
                retries.failed(transient)
            else:
                return response

    def _guard(self, request: httpx2.Request) -> None:
        endpoint = self._asked.endpoint
        if _origin(request.url) != endpoint.origin:
            raise HubError(
                f"{shown(endpoint.url)} sends us to {request.url.host} for metadata of "
                f"{self._asked.repo}; the token does not go there, and neither do we.",
                hint="Ask who runs the mirror to let it answer API calls itself.",
            )
        self._requests += 1
        if self._requests > _MOST_REQUESTS:
            raise HubError(
                f"{shown(endpoint.url)} has no end of pages in the answer to the request for "
                f"{self._asked}.",
                hint="Ask who runs the mirror.",
            )


def _origin(url: httpx2.URL) -> Origin | None:
    try:
        return origin_of(urlsplit(str(url)))
    except ValueError:
        return None


def _cause(error: httpx2.RequestError) -> Exception:
    """The system's error behind one of httpx, of which `failure` can tell more."""
    if isinstance(error, httpx2.TimeoutException):
        return TimeoutError()
    if isinstance(error, httpx2.ProxyError):
        return OSError(f"Tunnel connection failed: {error}")
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return error
