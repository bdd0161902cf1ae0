"""Whether advisories are known of what is installed beside the service, by pip-audit.

pip-audit calls a package that its service does not have "skipped", and then finds nothing: behind
a mirror that has no advisories everything would be clean. Here that is an audit that was not made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from audit.outcome import Outcome, Verdict
from audit.requirements import pinned

__all__ = ["audited", "judged"]

_SUBJECT = "Known vulnerabilities"


def audited(root: Path, out: Path) -> Outcome:
    """Asks the service of advisories: PyPI's own, or the one of OSV's kind at AUDIT_OSV_URL."""
    del out
    wanted = {package.name: package.version for package in pinned(root) if package.wanted}
    return judged(_told([f"{name}=={version}" for name, version in wanted.items()]), len(wanted))


def judged(told: list[dict[str, Any]] | str, count: int) -> Outcome:
    """What it means that so much was told of so many packages; or why nothing was."""
    if isinstance(told, str):
        return Outcome(_SUBJECT, Verdict.NOT_MADE, f"{told} {_instead(count)}")
    found = [
        f"{entry['name']} {entry['version']}: {flaw['id']}{_repair(flaw)}"
        for entry in told
        for flaw in entry.get("vulns", [])
    ]
    if found:
        return Outcome(_SUBJECT, Verdict.FOUND, f"{len(found)} are known.", tuple(found))
    unknown = count - sum("vulns" in entry for entry in told)
    if unknown or not count:
        return Outcome(
            _SUBJECT,
            Verdict.NOT_MADE,
            f"The service knows nothing of {unknown} of {count} packages. {_instead(count)}",
        )
    return Outcome(_SUBJECT, Verdict.CLEAN, f"None is known of {count} packages.")


def _told(requirements: list[str]) -> list[dict[str, Any]] | str:
    """What pip-audit says of each package, or why it says nothing."""
    program = Path(sys.executable).with_name("pip-audit")
    url = os.environ.get("AUDIT_OSV_URL")
    service = ["-s", "osv", "--osv-url", url] if url else ["-s", "pypi"]
    with tempfile.TemporaryDirectory() as folder:
        # Versions alone: which file of a package fits is not asked, and advisories are of versions.
        file = Path(folder, "requirements.txt")
        file.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        done = subprocess.run(
            [
                *(
                    str(program),
                    "-r",
                    str(file),
                    "--no-deps",
                    "--disable-pip",
                    *service,
                    "-f",
                    "json",
                ),
                *("--progress-spinner", "off", "--timeout", "10", "--cache-dir", folder),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        entries: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        return f"The service of advisories cannot be reached ({lines[-1][:120]})."
    return entries


def _instead(count: int) -> str:
    return (
        f"What was held instead: all {count} packages are pinned, and each file by its hash. Audit "
        "where PyPI's own service, or one of OSV's kind at AUDIT_OSV_URL, answers."
    )


def _repair(flaw: dict[str, Any]) -> str:
    versions = flaw.get("fix_versions") or []
    return f", mended in {', '.join(versions)}" if versions else ", not mended yet"
