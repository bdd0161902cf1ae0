"""Audits what the project is made of, and says of each audit what came of it.

    PYTHONPATH=tooling python -m audit [--root FOLDER] [--out FOLDER] [--accept-secrets] [NAME…]

Names are `vulnerabilities`, `licences` and `secrets`; all by default. Ends with 1 if one of them
found something, or could not be made. Where no service of advisories can be reached,
AUDIT_OFFLINE=allow lets the others decide; what was not audited stands in `audit.md` even then.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from audit import licences, secret_scan, vulnerabilities
from audit.outcome import Outcome, Verdict

_ROOT: Final = Path(__file__).parents[2]
_AUDITS: Final = {
    "vulnerabilities": vulnerabilities.audited,
    "licences": licences.audited,
    "secrets": secret_scan.audited,
}


def main() -> int:
    """Runs the audits that are named."""
    parser = argparse.ArgumentParser(prog="audit", description="Audits what this is made of.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_AUDITS))
    parser.add_argument("--root", type=Path, default=_ROOT, help="of another checkout")
    parser.add_argument("--out", type=Path, help="where audit.md and licences.md are written")
    parser.add_argument("--accept-secrets", action="store_true", help="take all found as known")
    given = parser.parse_args()
    if unknown := set(given.names) - set(_AUDITS):
        parser.error(f"there is no audit named {', '.join(sorted(unknown))}")
    if given.accept_secrets:
        print(secret_scan.accept(given.root))
        return 0
    out: Path = given.out or given.root / "build"
    out.mkdir(parents=True, exist_ok=True)
    outcomes = [_AUDITS[name](given.root, out) for name in given.names or _AUDITS]
    (out / "audit.md").write_text("".join(map(str, outcomes)), encoding="utf-8")
    print("".join(map(str, outcomes)), end="")
    return int(any(_counts_against(outcome) for outcome in outcomes))


def _counts_against(outcome: Outcome) -> bool:
    if outcome.verdict is Verdict.NOT_MADE:
        return os.environ.get("AUDIT_OFFLINE") != "allow"
    return outcome.verdict is Verdict.FOUND


if __name__ == "__main__":
    sys.exit(main())
