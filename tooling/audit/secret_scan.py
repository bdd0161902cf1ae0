"""Whether a secret stands in a tracked file, by detect-secrets and a rule for our own keys.

`.secrets.baseline` lists what was found and looked at: examples, passwords of tests, digests. It
has their hashes alone.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

from audit.outcome import Outcome, Verdict

__all__ = ["accept", "audited"]

BASELINE: Final = ".secrets.baseline"

# Hash-locked files are nothing but digests.
_NOT_SCANNED: Final = re.compile(
    r"^(requirements.*\.txt|(.*/)?package-lock\.json|\.secrets\.baseline)$"
)
_OF_DETECT_SECRETS: Final = (
    "AWSKeyDetector",
    "ArtifactoryDetector",
    "AzureStorageKeyDetector",
    "Base64HighEntropyString",
    "BasicAuthDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "HexHighEntropyString",
    "IbmCloudIamDetector",
    "IbmCosHmacDetector",
    "JwtTokenDetector",
    "KeywordDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SoftlayerDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)
_SETTINGS: Final[dict[str, Any]] = {
    "plugins_used": [
        *({"name": name} for name in _OF_DETECT_SECRETS),
        {"name": "OurKeys", "path": f"file://{Path(__file__).with_name('our_keys.py')}"},
    ],
    "filters_used": [
        {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
        {"path": "detect_secrets.filters.heuristic.is_indirect_reference"},
        {"path": "detect_secrets.filters.heuristic.is_likely_id_string"},
        {"path": "detect_secrets.filters.heuristic.is_potential_uuid"},
        {"path": "detect_secrets.filters.heuristic.is_sequential_string"},
        {"path": "detect_secrets.filters.heuristic.is_templated_secret"},
        {
            # Commits and digests, which stand everywhere here.
            "path": "detect_secrets.filters.regex.should_exclude_secret",
            "pattern": [r"^([0-9a-f]{12}|[0-9a-f]{40}|[0-9a-f]{64})$"],
        },
    ],
}


class Found(NamedTuple):
    """A secret, or what looks like one: its file, its kind and the hash of what it is."""

    file: str
    kind: str
    hashed: str


def audited(root: Path, out: Path) -> Outcome:
    """Scans every tracked file, and compares with what is known."""
    del out
    found = _scanned(root)
    new = sorted(set(found) - _known(root))
    if new:
        return Outcome(
            "Secrets",
            Verdict.FOUND,
            f"{len(new)} are new. Take them out and change them where they count; what is none can "
            "be accepted by `python -m audit --accept-secrets`.",
            tuple(f"{one.file}:{found[one]}: {one.kind}" for one in new),
        )
    return Outcome("Secrets", Verdict.CLEAN, f"None is new; {len(found)} known ones are none.")


def accept(root: Path) -> str:
    """Writes what is found now as known."""
    lines = [one._asdict() for one in sorted(_scanned(root))]
    (root / BASELINE).write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
    return f"{BASELINE}: {len(lines)} that are taken as known"


def _scanned(root: Path) -> dict[Found, int]:
    """What is found, each with its first line."""
    secrets = SecretsCollection(root=str(root))
    with transient_settings(_SETTINGS):
        for name in _tracked(root):
            secrets.scan_file(name)
    found: dict[Found, int] = {}
    for file, secret in secrets:
        one = Found(file, secret.type, secret.secret_hash)
        found[one] = min(secret.line_number, found.get(one, secret.line_number))
    return found


def _tracked(root: Path) -> Iterator[str]:
    command = [
        "git",
        "-C",
        str(root),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if not _NOT_SCANNED.match(name) and (root / name).is_file():
            yield name


def _known(root: Path) -> set[Found]:
    path = root / BASELINE
    if not path.exists():
        return set()
    return {Found(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))}
