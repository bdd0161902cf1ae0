"""Builds of an image as such services are often packed."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from download import await_quiet
from support.engine import CA_BUNDLE, Build, Engine
from timed_builds import TimedBuilds

__all__ = ["MODEL", "PlainBuilds"]

MODEL: Final = "acme/starter-en-fr"
"""What its Dockerfile calls the model."""

_HERE: Final = Path(__file__).parent
_SERVICE: Final = "plain_service.py"
_FILES: Final = {
    "Dockerfile": _HERE / "plain_image/Dockerfile",
    "requirements-first.Dockerfile": _HERE / "plain_image/requirements-first.Dockerfile",
    _SERVICE: _HERE / "rival_services" / _SERVICE,
    "requirements.txt": _HERE / "rival_services/requirements-plain.txt",
}
_PYTORCH: Final = "extra-index-url = https://download.pytorch.org/whl/cpu"


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@dataclass(frozen=True)
class PlainBuilds:
    """Measures builds, and keeps them by what was changed before.

    Attributes:
        folder: It is made, and built.
        wheels: Where torch for CPUs lies; None: it comes from PyTorch's index.
    """

    folder: Path
    wheels: Path | None
    builds: dict[str, list[Build]] = field(default_factory=dict)

    def measure(self, engine: Engine) -> str:
        """Builds with empty caches and after changes; the name of the image.

        Args:
            engine: With empty caches.
        """
        self.folder.mkdir()
        for name, source in _FILES.items():
            shutil.copyfile(source, self.folder / name)
        with _index(self.wheels) as line:
            settings = self.folder.parent / "pip.conf"
            certificates = "cert = /run/secrets/ca_bundle\n" if CA_BUNDLE.exists() else ""
            settings.write_text(f"[global]\n{certificates}{line}\n")
            secrets = {"pip_conf": settings}
            first = self._build("first", engine, secrets)
            self._build("nothing", engine, secrets)
            self._edit()
            self._build("source", engine, secrets)
            other = ("--file", str(self.folder / "requirements-first.Dockerfile"))
            self._build("requirements_first", engine, secrets, *other)
            self._edit()
            self._build("source_requirements_first", engine, secrets, *other)
        return first.image

    def figures(self) -> dict[str, Any]:
        """See `TimedBuilds.figures`, by what was changed."""
        return {kind: TimedBuilds(builds).figures() for kind, builds in self.builds.items()}

    def _edit(self) -> None:
        with (self.folder / _SERVICE).open("a") as stream:
            stream.write("# edited\n")

    def _build(self, kind: str, engine: Engine, secrets: dict[str, Path], *arguments: str) -> Build:
        await_quiet(30)
        image = f"plain:{kind}"
        build = engine.build(self.folder, *arguments, image=image, secrets=secrets)
        self.builds[kind] = [build]
        print(f"plain, {kind}: {build.seconds:.2f} s", flush=True)
        return build


@contextlib.contextmanager
def _index(wheels: Path | None) -> Iterator[str]:
    """The line of pip's configuration by which it finds torch for CPUs."""
    if wheels is None:
        yield _PYTORCH
        return
    handler = functools.partial(_Silent, directory=str(wheels))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"find-links = http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
