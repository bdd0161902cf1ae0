"""A Docker engine of one's own, and images that are built on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from support.buildkit import Progress, Step

__all__ = ["BASE", "CA_BUNDLE", "DOCKER", "Build", "BuildFailed", "Engine", "base_archive"]

DOCKER: Final = "/usr/bin/docker"
"""The client of the package: another one earlier on PATH may have no buildx."""

BASE: Final = "ai-translate-base:bookworm"
"""The image that builds stand on here, in place of one from a public registry."""

CA_BUNDLE: Final = Path("/etc/ssl/certs/ca-certificates.crt")

_PROJECT: Final = Path(__file__).resolve().parents[2]
_ENGINE_TOOLS: Final = _PROJECT / "tooling/engine"
_PATIENCE_SECONDS: Final = 60.0
_ASK_SECONDS: Final = 0.1


class BuildFailed(AssertionError):
    """A build that did not succeed.

    Args:
        said: See `Progress`.
    """

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True, slots=True)
class Build:
    """A build that succeeded.

    Attributes:
        image: Its name.
        diff_ids: The image's layers, lowest first, by the sha256 of their uncompressed archive.
        steps: What BuildKit did, in no order.
        seconds: From the call of the client to its end.
    """

    image: str
    diff_ids: tuple[str, ...]
    steps: tuple[Step, ...]
    seconds: float

    def ran(self, stage: str) -> list[str]:
        """Names of the steps of a stage that no cache had."""
        return [step.name for step in self.steps if not step.cached and step.stage == stage]

    @property
    def stages_run(self) -> set[str]:
        """Names of the stages of which no cache had a step."""
        return {step.stage for step in self.steps if not step.cached and step.stage}


class Engine:
    """dockerd in a process of its own, with caches and images of its own. Needs root.

    Args:
        folder: Where everything of it lies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.host = f"unix://{folder / 'docker.sock'}"

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        missing = [program for program in (DOCKER, "dockerd") if not shutil.which(program)]
        assert not missing, f"No engine can start here: {_ENGINE_TOOLS}/install.sh was not run."
        settings = self._folder / "daemon.json"
        # Only this store exports the cache of a build.
        settings.write_text(json.dumps({"features": {"containerd-snapshotter": True}}))
        self._log = (self._folder / "dockerd.log").open("wb")
        self._process = subprocess.Popen(
            [
                "dockerd",
                *("--config-file", settings, "--data-root", self._folder / "data"),
                *("--exec-root", self._folder / "exec", "-p", self._folder / "pid"),
                # Two engines of one machine cannot share a bridge.
                *("-H", self.host, "--bridge=none", "--iptables=false", "--ip-forward=false"),
            ],
            stdout=self._log,
            stderr=self._log,
        )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.docker("version", check=False).returncode != 0:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise AssertionError(f"No engine can start here: {self._last_lines()}")
            time.sleep(_ASK_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE_SECONDS)
        # The network of containers stays mounted, and its folder could not be removed.
        for line in Path("/proc/mounts").read_text().splitlines():
            mounted = line.split()[1]
            if mounted.startswith(f"{self._folder}/"):
                subprocess.run(["umount", mounted], check=True)
        self._log.close()

    def environment(self, **more: str) -> dict[str, str]:
        """What a client of this engine is told, and what this machine's users need."""
        return {**os.environ, "DOCKER_HOST": self.host, **more}

    def docker(
        self, *arguments: str | Path, check: bool = True, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """Runs the client; `more` goes to `subprocess.run`."""
        done = subprocess.run(
            [DOCKER, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            **more,
        )
        assert not check or done.returncode == 0, f"docker {arguments}: {done.stderr}"
        return done

    def with_base(self) -> Self:
        """Gives it the base image."""
        self.docker("import", base_archive(), BASE)
        return self

    def build(
        self,
        context: Path,
        *arguments: str | Path,
        image: str = "ai-translate:test",
        secrets: Mapping[str, Path] | None = None,
    ) -> Build:
        """Builds an image of a context, with its Dockerfile, and loads it.

        Args:
            context: A folder.
            arguments: Further ones for `docker buildx build`.
            image: What to call it.
            secrets: Files by the id of the secret. The machine's CA bundle is always one.
        """
        arguments = ("--load", f"--tag={image}", *arguments)
        started = time.perf_counter()
        progress = self.solve(context, *arguments, secrets=secrets)
        seconds = time.perf_counter() - started
        return Build(image, self.diff_ids(image), progress.steps, seconds)

    def solve(
        self, context: Path, *arguments: str | Path, secrets: Mapping[str, Path] | None = None
    ) -> Progress:
        """Builds what the arguments say. See `build`.

        Raises:
            BuildFailed: A step failed.
        """
        secrets = {"ca_bundle": CA_BUNDLE, **(secrets or {})}
        shown = (f"--secret=id={name},src={path}" for name, path in secrets.items())
        command = ["buildx", "build", "--progress=rawjson", "--network=host"]
        base = f"--build-arg=BASE_IMAGE={BASE}"
        done = self.docker(*command, base, *shown, *arguments, context, check=False)
        progress = Progress.of(done.stderr)
        if done.returncode:
            raise BuildFailed(progress.said)
        return progress

    def diff_ids(self, image: str) -> tuple[str, ...]:
        """The layers of an image; see `Build`."""
        done = self.docker("image", "inspect", "--format={{json .RootFS.Layers}}", image)
        return tuple(json.loads(done.stdout))

    def _last_lines(self) -> str:
        text = (self._folder / "dockerd.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-10:])


def base_archive() -> Path:
    """The base image as an archive; made once in a checkout, of Debian packages."""
    archive = _PROJECT / ".engine/base.tar"
    if not archive.exists():
        archive.parent.mkdir(exist_ok=True)
        subprocess.run([_ENGINE_TOOLS / "base_image.sh", archive], check=True)
    return archive
