from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httptools
import pytest

from ai_translate.errors import BrokenHttp
from ai_translate.server.request_heads import (
    head_too_large,
    judge_coding,
    judge_host,
    judge_version,
    path_of,
    slow_body,
    slow_head,
)


def refusal(judge: Callable[..., None], *given: Any, **named: Any) -> str:
    """What is said against it; nothing if it passes."""
    try:
        judge(*given, **named)
    except BrokenHttp as error:
        return error.message
    return ""


@pytest.mark.parametrize("host", [b"", b"x", b"x:80", b"[::1]:80", b"a-b.example", b"%C3%A9"])
def test_names_of_hosts_pass(host: bytes) -> None:
    """Whatever RFC 3986 lets a host be."""
    assert not refusal(judge_host, host)


@pytest.mark.parametrize(
    "host", [b"a b", b"a/b", b"a@b", b"a,b/", b"\xff", b'"a"', b"a\tb", b"a?b"]
)
def test_other_hosts_do_not(host: bytes) -> None:
    """Nothing that another reader could take for a path, a user or a second host."""
    with pytest.raises(BrokenHttp, match="Host"):
        judge_host(host)


@pytest.mark.parametrize("coding", [b"chunked", b"Chunked", b"\tCHUNKED "])
def test_chunks_pass(coding: bytes) -> None:
    """In any case of letters, with spaces about it."""
    assert not refusal(judge_coding, coding)


@pytest.mark.parametrize("coding", [b"", b"xchunked", b"gzip, chunked", b"chunked, ", b"identity"])
def test_other_codings_do_not(coding: bytes) -> None:
    """Whoever does not know them would see another end of the body."""
    with pytest.raises(BrokenHttp, match="chunked"):
        judge_coding(coding)


@pytest.mark.parametrize(
    ("version", "hosts", "chunked"),
    [("1.1", 1, False), ("1.1", 1, True), ("1.0", 0, False), ("1.0", 1, False)],
)
def test_heads_of_http_pass(version: str, hosts: int, chunked: bool) -> None:
    """HTTP/1.1 with one host, HTTP/1.0 with one or none."""
    assert not refusal(judge_version, version, hosts, chunked=chunked)


@pytest.mark.parametrize(
    ("version", "hosts", "chunked", "told"),
    [
        ("1.1", 0, False, "0 headers Host"),
        ("1.1", 2, False, "2 headers Host"),
        ("1.0", 2, False, "2 headers Host"),
        ("1.0", 0, True, "no chunks"),
        ("0.9", 0, False, "HTTP/0.9"),
        ("2.0", 1, False, "HTTP/2.0"),
    ],
)
def test_other_heads_do_not(version: str, hosts: int, chunked: bool, told: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(BrokenHttp, match=told):
        judge_version(version, hosts, chunked=chunked)


@pytest.mark.parametrize(
    ("target", "method", "path"),
    [
        (b"*", b"OPTIONS", b"*"),
        (b"http://x/a?b", b"GET", b"http://x/a?b"),
        (b"http://x", b"GET", b"/"),
        (b"HTTPS://x?b=c", b"GET", b"/?b=c"),
    ],
)
def test_addresses_are_understood(target: bytes, method: bytes, path: bytes) -> None:
    """An address of HTTP has a path, be it the empty one."""
    assert path_of(target, method) == path


@pytest.mark.parametrize("target", [b"*", b"ftp://x/a", b"/a#b", b"http://x/#b", b"x:1", b"a"])
def test_other_targets_are_not(target: bytes) -> None:
    """Neither is anything with a fragment, which no client sends."""
    with pytest.raises((BrokenHttp, httptools.HttpParserError)):
        path_of(target, b"GET")


def test_limits_are_named() -> None:
    """Each message has the limit, and each hint the setting."""
    for error, limit, setting in [
        (head_too_large(4_096), "4096", "AIT_MAX_HEAD_BYTES"),
        (slow_head(2.5), "2.5 s", "AIT_HEADER_TIMEOUT"),
        (slow_body(30.0, 1_000), "30 s", "AIT_BODY_TIMEOUT"),
    ]:
        assert limit in error.message
        assert setting in error.hint
