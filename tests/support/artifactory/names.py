"""Names that Artifactory takes (facts of its documentation on Hugging Face repositories)."""

from __future__ import annotations

import re

__all__ = ["check_key", "check_model", "check_revision"]

_ORGANISATION = re.compile(r"[A-Za-z0-9-]+")
_MODEL = re.compile(r"[A-Za-z0-9._-]+")
_REVISION = re.compile(r"[A-Za-z0-9.-]+")
_KEY = re.compile(r"[A-Za-z0-9._-]+")


def check_model(name: str) -> None:
    """Refuses a model's name.

    Raises:
        ValueError: It is not an organisation of letters, digits and `-`, a slash, and a name in
            which `_` and `.` are allowed too.
    """
    organisation, slash, model = name.partition("/")
    if not (slash and _ORGANISATION.fullmatch(organisation) and _MODEL.fullmatch(model)):
        raise ValueError(f"{name!r} is no name of a model: ORGANISATION/NAME is expected.")


def check_revision(name: str) -> None:
    """Refuses a revision's name.

    Raises:
        ValueError: It has other characters than letters, digits, `-` and `.`.
    """
    if not _REVISION.fullmatch(name):
        raise ValueError(f"{name!r} is no revision: letters, digits, '-' and '.' are allowed.")


def check_key(key: str, *, remote: bool = False) -> None:
    """Refuses a repository's key.

    Raises:
        ValueError: It is longer than 64 characters (58 for a remote), or ends in `-cache`.
    """
    limit = 58 if remote else 64
    if not _KEY.fullmatch(key) or len(key) > limit:
        raise ValueError(f"{key!r} is no key of a repository: at most {limit} characters.")
    if key.endswith("-cache"):
        raise ValueError(f"{key!r} is no key of a repository: '-cache' is kept for caches.")
