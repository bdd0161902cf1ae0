"""olah, a mirror of the Hub that others wrote, as a process of its own environment."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from support.listening import Listening
from support.server_process import PROJECT

__all__ = ["Olah"]

_COMMAND: Final = PROJECT / ".venv-mirror/bin/olah-cli"
_LISTENS: Final = re.compile(r"running on (http://\S+)")


class Olah(Listening):
    """A started mirror; its address is its endpoint.

    Args:
        folder: What it keeps lies in here, and so it serves it again after a new start.
        hub: Scheme, host and port of what it mirrors. It knows no path before the models.
        offline: Whether it answers from what it keeps alone.
    """

    def __init__(self, folder: Path, hub: str, *, offline: bool = False) -> None:
        assert _COMMAND.exists(), f"There is no {_COMMAND}: `make test-mirror` installs it."
        scheme, _, host = hub.partition("://")
        folder.mkdir(exist_ok=True)
        config = folder / f"{'offline' if offline else 'online'}.toml"
        config.write_text(
            f'[basic]\nhost = "127.0.0.1"\nrepos-path = "{folder / "kept"}"\n'
            f'hf-scheme = "{scheme}"\nhf-netloc = "{host}"\nhf-lfs-netloc = "{host}"\n'
            f"[accessibility]\noffline = {str(offline).lower()}\n",
            encoding="utf-8",
        )
        super().__init__(
            [_COMMAND, "--config", config, "--port", "0", "--log-path", folder / "logs"],
            _LISTENS,
            # A library of its own looks for git, which it does not need here.
            environment={"PATH": os.environ["PATH"], "GIT_PYTHON_REFRESH": "quiet"},
            folder=folder,
        )
