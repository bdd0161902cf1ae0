"""A server that speaks the Hugging Face protocol as Artifactory does, and can be made to fail.

`Artifactory` is the server, for tests in one process; `python -m support.artifactory` runs it in
one of its own. It keeps to what the documentation of Artifactory and the source of huggingface_hub
say. Its own tests hold it against the real client.
"""

from support.artifactory.faults import (
    Corrupt,
    Cut,
    ExpiredToken,
    Fault,
    NoCommit,
    PlaceholderCommit,
    RangeIgnored,
    Redirect,
    Slow,
    Status,
    TreeMissing,
    XetAdvertised,
)
from support.artifactory.injection import Injection
from support.artifactory.log import Exchange, Log
from support.artifactory.server import Artifactory

__all__ = [
    "Artifactory",
    "Corrupt",
    "Cut",
    "Exchange",
    "ExpiredToken",
    "Fault",
    "Injection",
    "Log",
    "NoCommit",
    "PlaceholderCommit",
    "RangeIgnored",
    "Redirect",
    "Slow",
    "Status",
    "TreeMissing",
    "XetAdvertised",
]
