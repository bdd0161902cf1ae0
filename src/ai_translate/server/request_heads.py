"""What the head of a request may be, so that nobody can understand it in another way than we.

The parser refuses most: lengths that are given twice or are no numbers, a length beside a transfer
coding, lines that end in another way than RFC 9112 says, folded headers, spaces and controls where
none may be. What it lets pass is judged here.
"""

from __future__ import annotations

from typing import Final

import httptools

from ai_translate.errors import BrokenHttp, HeadTooLarge, SlowRequest

__all__ = [
    "HINT",
    "MOST_HEADERS",
    "head_too_large",
    "judge_coding",
    "judge_host",
    "judge_version",
    "path_of",
    "slow_body",
    "slow_head",
]

MOST_HEADERS: Final = 100
HINT: Final = "Send requests as RFC 9112 has them, by a client that is made for HTTP."

_IN_HOST: Final = (
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~%!$&'()*+,;=:[]"
)


def judge_host(value: bytes) -> None:
    """Looks at a header Host.

    Raises:
        BrokenHttp: It has what no name of a host has.
    """
    if value.translate(None, _IN_HOST):
        raise BrokenHttp("The header Host is no name of a host.", hint=HINT)


def judge_coding(value: bytes) -> None:
    """Looks at a header Transfer-Encoding.

    Raises:
        BrokenHttp: It is anything but `chunked`: there are servers to which such a body has another
            end than to us.
    """
    if value.strip(b" \t").lower() != b"chunked":
        raise BrokenHttp("The only Transfer-Encoding that is understood is chunked.", hint=HINT)


def judge_version(version: str, hosts: int, *, chunked: bool) -> None:
    """Looks at a head as a whole.

    Args:
        version: Of HTTP, such as `1.1`.
        hosts: How many headers Host there are.
        chunked: Whether the body comes in chunks.

    Raises:
        BrokenHttp: It is of a version that is not spoken, has chunks in a version that has none, or
            names no host or more than one.
    """
    if version == "1.1":
        if hosts == 1:
            return
    elif version != "1.0":
        raise BrokenHttp(f"HTTP/{version} is not spoken here.", hint=HINT)
    elif chunked:
        raise BrokenHttp("HTTP/1.0 has no chunks.", hint=HINT)
    elif hosts <= 1:
        return
    raise BrokenHttp(f"There are {hosts} headers Host; one is needed.", hint=HINT)


def path_of(target: bytes, method: bytes) -> bytes:
    """A target that is not simply a path, as uvicorn reads it.

    Raises:
        BrokenHttp: It is neither a path, an address of HTTP, nor `*` in `OPTIONS *`.
        httptools.HttpParserError: It is no address at all.
    """
    if b"#" in target:
        raise BrokenHttp("The target has a fragment (#).", hint=HINT)
    if target == b"*" and method == b"OPTIONS":
        return target
    address = httptools.parse_url(target)
    if address.schema is None or address.schema.lower() not in {b"http", b"https"}:
        raise BrokenHttp("The target is neither a path nor an address of HTTP.", hint=HINT)
    if not address.path:
        return b"/" + (b"?" + address.query if address.query else b"")
    return target


def head_too_large(limit: int) -> HeadTooLarge:
    """What is said of a head over its limit in bytes."""
    return HeadTooLarge(
        f"The request's head is over {limit} bytes or {MOST_HEADERS} headers.",
        hint="Send text as the body of a POST, and fewer headers; or raise AIT_MAX_HEAD_BYTES.",
    )


def slow_head(seconds: float) -> SlowRequest:
    """What is said of a head that does not come."""
    return SlowRequest(
        f"The request's head was not there after {seconds:g} s.",
        hint="Send it at once, or raise AIT_HEADER_TIMEOUT.",
    )


def slow_body(seconds: float, rate: int) -> SlowRequest:
    """What is said of a body that does not come, or too slowly; the rate is in bytes a second."""
    return SlowRequest(
        f"The request's body made no headway for {seconds:g} s.",
        hint=f"Send at least {rate} bytes a second, or raise AIT_BODY_TIMEOUT.",
    )
