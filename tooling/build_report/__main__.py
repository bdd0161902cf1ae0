"""What a build cost, and why: reads BuildKit's progress, keeps a history, writes reports.

    PYTHONPATH=tooling python -m build_report follow              rawjson in, lines for people out
    PYTHONPATH=tooling python -m build_report inputs              fingerprints of what a build reads
    PYTHONPATH=tooling python -m build_report record --log FILE   a build into the history
    PYTHONPATH=tooling python -m build_report show                the last build of the history

Needs no package. Exits with 1 if it cannot do its work, and with 3 if a build broke its budget.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from build_report.build_log import BuildLog
from build_report.comparison import Comparison
from build_report.engine_image import ImageUnknown, loaded, pushed
from build_report.history import History
from build_report.image import Made
from build_report.inputs import Inputs
from build_report.record import BuildRecord
from build_report.recording import Told, recorded
from build_report.summary import Report, sentence_of
from build_report.table import table
from image_check.client import Client
from image_check.secret_values import secrets_of

if TYPE_CHECKING:
    from build_report.budget import Budget

_ROOT: Final = Path(__file__).parents[2]
_HISTORY: Final = _ROOT / "build/report/history.jsonl"
_OVER_BUDGET: Final = 3


def main(words: Sequence[str] | None = None) -> int:
    """Does what the command line says.

    Each command imports what it alone needs: a build of seconds would wait for it.
    """
    given = _parser().parse_args(words)
    try:
        status: int = given.run(given)
    except (OSError, ValueError) as error:
        print(f"build_report: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build_report", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    follow = commands.add_parser("follow", help="show rawjson from stdin as plain progress")
    follow.set_defaults(run=_follow)

    inputs = commands.add_parser("inputs", help="print fingerprints of what a build reads")
    inputs.add_argument("--root", type=Path, default=_ROOT, help="of another checkout")
    inputs.set_defaults(run=_inputs)

    record = commands.add_parser("record", help="add a build to the history, and show it")
    record.set_defaults(run=_record)
    record.add_argument(
        "--log",
        type=Path,
        action="append",
        required=True,
        help="rawjson or plain progress; one for each call, if several made one build",
    )
    record.add_argument(
        "--platform", action="append", default=[], help="of the first --log, the second …"
    )
    record.add_argument("--metadata", type=Path, help="what --metadata-file wrote")
    record.add_argument("--inputs", type=Path, help="what `inputs` printed before the build")
    record.add_argument("--tag", default="", help="what the image is called")
    record.add_argument("--where", choices=("engine", "registry"), help="where the image is")
    record.add_argument("--cache", type=Path, help="local cache, which knows packed sizes")
    record.add_argument("--name", default="", help="of the line of builds, such as a branch")
    record.add_argument("--commit", default="", help="of the checkout")
    record.add_argument("--seconds", type=float, default=0.0, help="if the log does not tell")
    record.add_argument("--failed", action="store_true", help="the build did not succeed")
    record.add_argument("--fresh", action="store_true", help="no cache was to be used")

    show = commands.add_parser("show", help="write reports of the last build of the history")
    show.set_defaults(run=_show)
    show.add_argument("--markdown", type=Path, help="write it for a summary of CI")
    show.add_argument("--html", type=Path, help="write it as a page")
    for command in (record, show):
        command.add_argument("--history", type=Path, default=_HISTORY)
        command.add_argument(
            "--baseline", default="", help="compare with the last build of a name, or a commit"
        )
        command.add_argument("--budget", type=Path, help="limits: exit with 3 if one is broken")
    return parser


def _follow(_: argparse.Namespace) -> int:
    from build_report.following import followed  # noqa: PLC0415

    lines = (line.decode(errors="replace") for line in sys.stdin.buffer)
    for line in followed(lines):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return 0


def _inputs(given: argparse.Namespace) -> int:
    from build_report.fingerprints import fingerprints  # noqa: PLC0415

    print(json.dumps(fingerprints(given.root).document()))
    return 0


def _record(given: argparse.Namespace) -> int:
    budget = _budget(given.budget)
    history = _read(given.history)
    platforms = [*given.platform, *("" for _ in given.log)]
    record = recorded(
        BuildLog.joined(
            [(of, BuildLog.read(log)) for of, log in zip(platforms, given.log, strict=False)]
        ),
        history,
        Told(
            name=given.name,
            commit=given.commit,
            tag=given.tag,
            failed=given.failed,
            fresh=given.fresh,
            seconds=given.seconds,
            metadata=_text(given.metadata),
            made=() if given.failed else _made(given),
            inputs=_read_inputs(given.inputs),
            secrets=secrets_of(os.environ),
        ),
    )
    if not record.steps:
        raise ValueError(f"{given.log[0]} tells of no build. It must be rawjson or plain progress.")
    History.append(given.history, record)
    report = _report(record, history, given.baseline or (budget.against if budget else ""))
    sys.stdout.write(table(report))
    return _judged(report, budget)


def _show(given: argparse.Namespace) -> int:
    budget = _budget(given.budget)
    history = _read(given.history)
    if not history.records:
        raise ValueError(f"{given.history} has no build. ./build-optimized.sh adds one.")
    record = history.records[-1]
    against = given.baseline or (budget.against if budget else "")
    report = _report(record, history.until(record), against)
    sys.stdout.write(table(report))
    for path, text in _written(given, report):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
        print(f"written: {path}")
    return _judged(report, budget)


def _written(given: argparse.Namespace, report: Report) -> Iterable[tuple[Path, str]]:
    from build_report.markdown import markdown  # noqa: PLC0415
    from build_report.page import page  # noqa: PLC0415

    if given.markdown:
        yield given.markdown, markdown(report)
    if given.html:
        yield given.html, page(report)


def _report(record: BuildRecord, earlier: History, baseline: str) -> Report:
    before = earlier.before(record.targets)
    named = earlier.named(baseline, record.targets) if baseline else None
    if record.outcome == "failed":
        # It ended somewhere: it is neither quicker nor smaller than one that succeeded.
        before, named = None, None
    elif baseline and not named:
        print(f"The history has no build {baseline!r} to compare with.", file=sys.stderr)
    return Report(
        record,
        Comparison(record, before) if before else None,
        Comparison(record, named) if named else None,
        (*earlier.records, record),
    )


def _budget(path: Path | None) -> Budget | None:
    if path is None:
        return None
    from build_report.budget import Budget  # noqa: PLC0415

    return Budget.read(path)


def _judged(report: Report, budget: Budget | None) -> int:
    if budget is None or report.record.outcome == "failed":
        return 0
    compared = report.baseline if budget.against else report.before
    if compared is None:
        print("The budget was not looked at: there is no build to compare with.", file=sys.stderr)
        return 0
    breaches = budget.breaches(compared)
    for breach in breaches:
        print(f"Over budget: {breach.message}.", file=sys.stderr)
    if breaches:
        for cause in report.record.causes:
            print(f"  {cause.stage} ran because {sentence_of(cause)}.", file=sys.stderr)
    return _OVER_BUDGET if breaches else 0


def _read(path: Path) -> History:
    history = History.read(path)
    if history.unread:
        print(f"{path}: {history.unread} lines are no builds, and left alone.", file=sys.stderr)
    return history


def _made(given: argparse.Namespace) -> Sequence[Made]:
    client = Client(os.environ.get("DOCKER") or "docker")
    try:
        if given.where == "engine":
            return loaded(client, given.tag, given.cache)
        if given.where == "registry":
            return pushed(client, given.tag)
    except ImageUnknown as error:
        print(f"Sizes of the image are not known: {error}.", file=sys.stderr)
    return ()


def _read_inputs(path: Path | None) -> Inputs | None:
    try:
        return Inputs.of_document(json.loads(_text(path) or "null"))
    except ValueError:
        return None


def _text(path: Path | None) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path and path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
