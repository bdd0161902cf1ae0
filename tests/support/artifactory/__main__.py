"""Runs the server in a process of its own until SIGTERM.

It prints the endpoint as one line when it listens.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

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
from support.artifactory.server import Artifactory

_FAULTS: Mapping[str, Callable[[str], Fault]] = {
    "corrupt": lambda at: Corrupt(int(at or 0)),
    "cut": lambda after: Cut(int(after or 0)),
    "expired-token": lambda _: ExpiredToken(),
    "no-commit": lambda _: NoCommit(),
    "placeholder-commit": lambda _: PlaceholderCommit(),
    "range-ignored": lambda _: RangeIgnored(),
    "redirect": lambda to: Redirect(to or "elsewhere"),
    "slow": lambda seconds: Slow(seconds=float(seconds or 1)),
    "status": lambda status: Status(int(status or 500), retry_after="1"),
    "tree-missing": lambda _: TreeMissing(),
    "xet": lambda _: XetAdvertised(),
}


def main() -> int:
    """Serves as the arguments say."""
    given = _arguments()
    ends = {signal.SIGTERM, signal.SIGINT}
    # Before any thread begins, so that all threads inherit it.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    tokens = [*given.token, *given.write_token]
    with Artifactory(anonymous=not tokens, port=given.port) as server:
        for secret in tokens:
            server.add_token(secret, write=secret in given.write_token)
        server.local(given.key)
        for model, folder in given.model:
            files = {p.relative_to(folder).as_posix(): p for p in _files(folder)}
            server.add_model(given.key, model, files, given.revision)
        for fault in given.fault:
            server.inject(fault, given.fault_path, times=given.fault_times)
        print(server.endpoint(given.key), flush=True)  # noqa: T201  # who started it reads it
        signal.sigwait(ends)
    return 0


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m support.artifactory", description=__doc__)
    add = arguments.add_argument
    add("--key", default="models", help="key of the only repository")
    add("--model", type=_model, action="append", default=[], metavar="ORGANISATION/NAME=FOLDER")
    add("--revision", default="main", help="what names the commit of each model")
    add("--token", action="append", default=[], help="may read; without any token everybody may")
    add("--write-token", action="append", default=[], help="may read and write")
    add("--port", type=int, default=0, help="on 127.0.0.1; any that is free by default")
    faults = ", ".join(_FAULTS)
    add("--fault", type=_fault, action="append", default=[], metavar="NAME[=VALUE]", help=faults)
    add("--fault-path", default="", help="regular expression for the paths that meet the faults")
    add("--fault-times", type=int, help="how often each fault shows; for ever by default")
    return arguments.parse_args()


def _model(text: str) -> tuple[str, Path]:
    name, _, folder = text.partition("=")
    if not folder or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: ORGANISATION/NAME=FOLDER is expected.")
    return name, Path(folder)


def _fault(text: str) -> Fault:
    name, _, value = text.partition("=")
    if name not in _FAULTS:
        raise argparse.ArgumentTypeError(f"{name!r} is no fault: {', '.join(_FAULTS)}.")
    return _FAULTS[name](value)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
