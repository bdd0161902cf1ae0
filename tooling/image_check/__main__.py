"""What `TEST_IMAGE=true ./build-optimized.sh` does with the image that was built.

    PYTHONPATH=tooling python -m image_check IMAGE

Runs it as production does, looks into its layers, and prints a line for each check. The variables
are those of the script: DOCKER, TEST_MEMORY_MB, and those that name secrets, which must stand
nowhere in the image. Exits with 1 if a check fails. Needs no package.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from image_check import layers, production
from image_check.client import Client, ClientFailed
from image_check.file_rules import LockedWeights
from image_check.findings import Finding, failed, shown, summary
from image_check.secret_values import redacted, secrets_of

_ROOT: Final = Path(__file__).parents[2]


def main(image: str) -> int:
    """Checks an image."""
    # As Ctrl-C does, so that the container is removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    secrets = secrets_of(os.environ)
    findings = []
    try:
        for finding in _findings(image, Client(os.environ.get("DOCKER") or "docker")):
            findings.append(finding)
            for line in shown(finding):
                print(redacted(line, secrets), flush=True)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    print(summary(findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _findings(image: str, client: Client) -> Iterator[Finding]:
    memory = int(os.environ.get("TEST_MEMORY_MB") or 512)
    try:
        with production.Container(client, image, memory) as container:
            yield from production.observe(container, memory)
    except ClientFailed as error:
        yield failed("run", str(error), "The image cannot be run as production does.")
    weights = LockedWeights.of(_ROOT / "models.lock")
    dockerfile = (_ROOT / "Dockerfile").read_text(encoding="utf-8")
    with client.streamed("save", image) as stream:
        yield from layers.look(stream, secrets_of(os.environ), weights, dockerfile)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m image_check IMAGE")
    sys.exit(main(sys.argv[1]))
