"""How files are served: what is said of them, where they come from, and in parts."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin, urlsplit

from ai_translate.errors import HubError
from ai_translate.supply.conformance.probe import Reply
from ai_translate.supply.conformance.result import Verdict
from ai_translate.supply.conformance.subject import Subject
from ai_translate.supply.hub.connections import Connections
from ai_translate.supply.hub.endpoint import Origin, origin_of, shown
from ai_translate.supply.hub.refusals import Asked
from ai_translate.supply.hub.retries import Transient
from ai_translate.supply.hub.wire import Wire

__all__ = ["head", "parts", "redirects"]

_LEAD_BYTES: Final = 4096
_MOST_REDIRECTS: Final = 5
# Origins to which huggingface_hub 2.4 follows a redirect with the token, whatever the endpoint.
_HUB_HOSTS: Final = frozenset({"huggingface.co", "hub-ci.huggingface.co"})
_CLIENT: Final = "Those of the Hugging Face client fail without: ask who runs the mirror."


def head(subject: Subject) -> Verdict:
    """Whether HEAD tells what the Hugging Face client must know of a file.

    Our own downloads do without: they know all of it from the list of files.
    """
    file = subject.sample
    try:
        reply = _told(subject, file.name)
    except HubError as error:
        return Verdict("note", error.message, f"Our downloads do not need HEAD. {_CLIENT}")
    if "X-Xet-Hash" in reply.headers:
        subject.xet.add("the headers of files")
    size = reply.headers.get("X-Linked-Size")
    if size is None and reply.status < 300:
        size = reply.headers.get("Content-Length")
    if size is not None and size != str(file.size):
        raise HubError(
            f"The headers of {file.name} tell {size[:20]} bytes, the list of files {file.size}.",
            hint="The mirror may hold a damaged copy: ask who runs it to empty its cache of it.",
        )
    lacking = [] if reply.headers.get("X-Repo-Commit") == subject.commit else ["X-Repo-Commit"]
    etag = reply.headers.get("X-Linked-Etag") or reply.headers.get("ETag")
    lacking += [] if etag else ["ETag"]
    lacking += [] if size else ["Content-Length"]
    if lacking:
        return Verdict(
            "note",
            f"The headers of {file.name} lack {', '.join(lacking)}, or have it wrong.",
            f"Our downloads do not need it. {_CLIENT}",
        )
    bare = (etag or "").removeprefix("W/").strip('"')
    if bare not in {file.sha256, file.git_sha1}:
        return Verdict(
            "note",
            f"The ETag of {file.name} is not its hash.",
            "Harmless to us. The Hugging Face client keeps the file under another name.",
        )
    return Verdict("ok", "X-Repo-Commit, ETag and size are those of the list of files.")


def redirects(subject: Subject) -> Verdict:
    """Whether a download is sent elsewhere, and whether the token would go along."""
    reply = subject.probe(subject.sample.name).begin()
    target = _target(reply)
    if target is None:
        return Verdict("ok", "Files come from the endpoint itself.")
    url, origin = target
    if origin == subject.endpoint.origin:
        return Verdict("ok", "Files come by a redirect inside the endpoint, with the token.")
    if origin.host in _HUB_HOSTS:
        return Verdict(
            "fail",
            f"Downloads are sent to {shown(url)}. Our token does not go along, but the Hugging "
            "Face client would show it there.",
            "Ask who runs the mirror to serve files itself, and use no other client on it.",
        )
    return Verdict(
        "note",
        f"Downloads are sent to {origin.scheme}://{origin.host}:{origin.port}. "
        "The token does not go along.",
        "Let this host through the firewall, too.",
    )


def parts(subject: Subject) -> Verdict:
    """Whether a part of a file can be had, with the right bytes, by the way of our downloads."""
    file = subject.sample
    begin = min(_LEAD_BYTES, file.size) // 2
    if not begin:
        return Verdict("note", f"{file.name} is too small to ask for a part of it.")
    lead, _ = _bytes(subject, 0, 2 * begin)
    part, status = _bytes(subject, begin, begin)
    if status == 200:
        return Verdict(
            "note",
            "Range is ignored: the whole file comes where a part was asked for.",
            "A download that breaks off starts over. Ask who runs the mirror to serve ranges.",
        )
    if status != 206 or part != lead[begin:]:
        raise HubError(
            f"A part of {file.name} was asked for; the answer {status} has other bytes.",
            hint="Ask who runs the mirror: it does not serve ranges as RFC 9110 has them.",
        )
    return Verdict("ok", "206 with the right bytes: broken downloads go on where they ended.")


def _told(subject: Subject, name: str) -> Reply:
    """The answer to HEAD, after redirects inside the endpoint, as huggingface_hub follows them."""
    probe = subject.probe(name)
    reply = probe.head()
    for _ in range(_MOST_REDIRECTS):
        target = _target(reply)
        if target is None or target[1] != subject.endpoint.origin:
            return reply
        reply = probe.head(target[0])
    raise HubError(
        f"{shown(subject.endpoint.url)} redirects HEAD over and over.",
        hint="Ask who runs the mirror.",
    )


def _target(reply: Reply) -> tuple[str, Origin] | None:
    """Where a redirect leads."""
    if reply.status < 300:
        return None
    url = urljoin(reply.url, reply.headers.get("Location") or "")
    try:
        return url, origin_of(urlsplit(url))
    except ValueError as error:
        raise HubError(
            f"{shown(reply.url)} redirects to no usable address.", hint="Ask who runs the mirror."
        ) from error


def _bytes(subject: Subject, begin: int, size: int) -> tuple[bytes, int]:
    """Bytes of the sample from one on, and the status with which they came."""
    endpoint = subject.endpoint
    asked = Asked(endpoint, subject.repo, subject.commit, subject.sample.name)
    connections = Connections(endpoint.tls_context(), endpoint.download_timeout)
    buffer = memoryview(bytearray(size))
    read = 0
    try:
        with Wire(connections).get(asked, begin) as reply:
            while read < size and (came := reply.readinto(buffer[read:])):
                read += came
            status = reply.status
    except Transient as error:
        raise error.error from error
    if read < size:
        raise HubError(f"{asked} ends after {begin + read} bytes.", hint="Ask who runs the mirror.")
    return bytes(buffer), status
