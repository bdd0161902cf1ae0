"""A registry of images, as Debian packages it, in a process of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from support.listening import Listening

__all__ = ["Registry"]

_PROGRAM: Final = "/usr/bin/docker-registry"
_LISTENS: Final = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
_CONFIG: Final = """\
version: 0.1
log: {{level: info, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: "{folder}"}}}}
http: {{addr: "127.0.0.1:0"}}
"""


class Registry(Listening):
    """A started registry on loopback.

    Args:
        folder: What it keeps lies in here.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.yml"
        config.write_text(_CONFIG.format(folder=folder / "kept"), encoding="utf-8")
        super().__init__(
            [_PROGRAM, "serve", config],
            _LISTENS,
            environment={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"},
            folder=folder,
        )

    @property
    def host(self) -> str:
        """Waits until it listens; what the names of its images begin with."""
        return f"localhost:{self.address}"
