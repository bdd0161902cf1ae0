"""What the endpoint says of a model: its commit, its files, its branches, and xet."""

from __future__ import annotations

from typing import Any, Final

from ai_translate.errors import HubError, NotOnHub
from ai_translate.supply.conformance.result import Verdict
from ai_translate.supply.conformance.subject import Subject
from ai_translate.supply.hub.endpoint import is_commit, shown
from ai_translate.supply.hub.metadata import resolve

__all__ = ["refs", "revision", "tree", "xet"]

_MOST_BRANCHES: Final = 5


def revision(subject: Subject) -> Verdict:
    """Whether the revision names a commit, which is what a lock pins."""
    if subject.info is None:
        if isinstance(subject.refusal, NotOnHub) and is_commit(subject.revision):
            subject.commit = subject.revision
            return Verdict("note", "The commit is not described; its files may still be there.")
        raise subject.refusal or HubError("There was no answer.")
    described = subject.info.json()
    commit = described.get("sha") if isinstance(described, dict) else None
    if not isinstance(commit, str) or not is_commit(commit):
        raise HubError(
            f"{shown(subject.endpoint.url)} describes the model without its commit.",
            hint="A mirror must pass on `sha` as the Hub says it: ask who runs it.",
        )
    subject.commit = commit
    return Verdict("ok", f"{subject.revision} is commit {commit}.")


def tree(subject: Subject) -> Verdict:
    """Whether the files are listed with their sizes and hashes, and by which way."""
    found = resolve(subject.endpoint, subject.repo, subject.commit, backoff=subject.backoff)
    subject.files = found.files
    bare = [file.name for file in found.files if file.sha256 is None and file.git_sha1 is None]
    size = sum(file.size for file in found.files)
    told = f"{len(found.files)} files, {size:,} bytes"
    try:
        entries = subject.probe().api(f"tree/{subject.commit}", recursive="true").json()
    except NotOnHub:
        return Verdict(
            "note",
            f"There is no list of files; the description of the model names {told}, which we "
            "take instead.",
            "The Hugging Face client needs the list: snapshot_download fails. Ask who runs the "
            "mirror for `api/models/MODEL/tree/COMMIT`.",
        )
    if isinstance(entries, list) and any(_has_xet(entry) for entry in entries):
        subject.xet.add("the list of files")
    if bare:
        return Verdict(
            "note",
            f"{told}, but without a hash: {', '.join(bare[:3])}{'…' if len(bare) > 3 else ''}.",
            "We fetch no file that we cannot check. Ask who runs the mirror to pass on `oid` and "
            "`lfs` of each file.",
        )
    return Verdict("ok", f"{told}, each with its hash.")


def xet(subject: Subject) -> Verdict:
    """Whether xet is offered, which we never use."""
    if not subject.xet:
        return Verdict("ok", "Not offered; plain downloads are what we use.")
    return Verdict(
        "note",
        f"Offered by {' and '.join(sorted(subject.xet))}. We use plain downloads all the same.",
        "For other Hugging Face clients set HF_HUB_DISABLE_XET=1, unless the mirror has the "
        "routes to tokens for xet.",
    )


def refs(subject: Subject) -> Verdict:
    """Whether branches are listed."""
    try:
        answer = subject.probe().api("refs").json()
    except NotOnHub:
        return Verdict("note", "Branches are not listed. Nothing of ours needs them.")
    branches = answer.get("branches") if isinstance(answer, dict) else None
    if not isinstance(branches, list):
        return Verdict("note", "The list of branches has another form than the Hub's.")
    names = [_name(branch) for branch in branches]
    more = "…" if len(names) > _MOST_BRANCHES else ""
    return Verdict("ok", f"Branches: {', '.join(names[:_MOST_BRANCHES]) or 'none'}{more}.")


def _has_xet(entry: Any) -> bool:
    return isinstance(entry, dict) and bool(entry.get("xetHash"))


def _name(branch: Any) -> str:
    name = branch.get("name") if isinstance(branch, dict) else None
    return name if isinstance(name, str) and name.isprintable() else repr(name)
