"""`make audit`: each audit finds what is planted, and says so when it could not look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from support.server_process import PROJECT

# In two parts, so that it is found in the copy alone.
KEY: Final = "ait_0a1b2c3d4e_" + "Zq7Xw9Kd2Rf4Tg6Yh8Uj0Ik1Ol3Pa5Sd7Fg9Hj2Kl4Mn6Bv8C"
CLOSED: Final = "http://127.0.0.1:9/v1/query"


class Advisories(BaseHTTPRequestHandler):
    """A service of OSV's kind that knows one flaw."""

    def do_POST(self) -> None:
        """Tells what it knows of a package."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        flaw = {
            "id": "OSV-2026-1",
            "summary": "It is broken.",
            "affected": [
                {
                    "package": {"name": "click", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "99.0"}]}],
                }
            ],
        }
        known = asked["package"]["name"] == "click"
        body = json.dumps({"vulns": [flaw]} if known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def advisories() -> Iterator[str]:
    """The address of a service of advisories."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small project."""
    root = tmp_path / "project"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", root], check=True)
    (root / "requirements.txt").write_text("idna==3.10\n")
    (root / "main.py").write_text('print("Hello.")\n')
    return root


def audit(root: Path, *names: str, **environment: str) -> tuple[int, str]:
    """Runs audits of a project; the exit status, and what was said."""
    # What CI allows is not what is tried here.
    own = {name: value for name, value in os.environ.items() if name != "AUDIT_OFFLINE"}
    done = subprocess.run(
        [sys.executable, "-m", "audit", "--root", root, *names],
        cwd=PROJECT,
        env={**own, "PYTHONPATH": "tooling", "AUDIT_OSV_URL": CLOSED, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        raise AssertionError(done.stderr)
    return done.returncode, done.stdout


def test_a_planted_secret_is_found(checkout: Path) -> None:
    """A key of ours in a file is told with its place, and is known once it was accepted."""
    assert audit(checkout, "secrets")[0] == 0
    (checkout / "main.py").write_text(f'print("Hello.")\nsend("{KEY}")\n')
    status, said = audit(checkout, "secrets")
    assert status == 1
    assert "main.py:2: Key of AI Translate" in said
    assert KEY not in said
    assert audit(checkout, "--accept-secrets")[0] == 0
    assert KEY not in (checkout / ".secrets.baseline").read_text()
    assert audit(checkout, "secrets")[0] == 0
    (checkout / "other.py").write_text(f'send("{KEY}")\n')
    assert audit(checkout, "secrets")[0] == 1


@pytest.mark.parametrize(
    "line",
    [
        'password = "kT9!vLq2#xWz"',
        "url = 'https://user:Zx81-Spectrum@example.org'",
        "AKIA" + "IOSFODNN7EXAMPLF",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx",
    ],
)
def test_secrets_of_others_are_found(checkout: Path, line: str) -> None:
    """Passwords, keys and tokens of the usual kinds."""
    (checkout / "main.py").write_text(line + "\n")
    assert audit(checkout, "secrets")[0] == 1


def test_a_planted_licence_is_found(checkout: Path, tmp_path: Path) -> None:
    """A package under one that nobody has allowed is told, and stands in the list."""
    planted = tmp_path / "site/acme-1.0.dist-info"
    planted.mkdir(parents=True)
    (planted / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: acme\nVersion: 1.0\nLicense-Expression: AGPL-3.0-only\n"
    )
    path = os.pathsep.join(["tooling", str(planted.parent)])
    assert audit(checkout, "licences", PYTHONPATH=path)[0] == 0
    (checkout / "requirements.txt").write_text("acme==1.0\nidna==3.10\n")
    status, said = audit(checkout, "licences", PYTHONPATH=path)
    assert status == 1
    assert "acme 1.0: AGPL-3.0-only" in said
    assert "| acme | 1.0 | AGPL-3.0-only |" in (checkout / "build/licences.md").read_text()


def test_a_known_flaw_is_found(checkout: Path, advisories: str) -> None:
    """A version with an advisory is told with what mends it, though offline would be allowed."""
    status, said = audit(checkout, "vulnerabilities", AUDIT_OSV_URL=advisories)
    assert (status, "None is known of 1 packages" in said) == (0, True), said
    (checkout / "requirements.txt").write_text("click==8.1.0\nidna==3.10\n")
    status, said = audit(
        checkout, "vulnerabilities", AUDIT_OSV_URL=advisories, AUDIT_OFFLINE="allow"
    )
    assert status == 1
    assert "click 8.1.0: OSV-2026-1, mended in 99.0" in said


def test_an_audit_that_was_not_made_is_not_passed(checkout: Path) -> None:
    """Where no service answers it fails; if that is allowed it still says what was not done."""
    status, said = audit(checkout, "vulnerabilities")
    assert status == 1
    assert "Known vulnerabilities: NOT AUDITED." in said
    status, said = audit(checkout, "vulnerabilities", AUDIT_OFFLINE="allow")
    assert status == 0
    assert "Known vulnerabilities: NOT AUDITED." in said
    assert "Known vulnerabilities: NOT AUDITED." in (checkout / "build/audit.md").read_text()


def test_this_project_passes() -> None:
    """Every licence is allowed; its secrets are left to `make audit`, which takes long."""
    status, said = audit(PROJECT, "licences")
    assert status == 0, said
