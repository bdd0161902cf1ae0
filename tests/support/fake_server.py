"""A real server process with the fake engine, for what a real model cannot be made to do on cue.

Lines on standard input steer it: `load` lets loading end, `release` lets waiting sentences go. It
prints the address when it is ready, and `waiting` when a sentence has reached the engine and waits.
"""

from __future__ import annotations

import argparse
import sys
import threading

from ai_translate.errors import EngineFailure, ModelMissing
from ai_translate.server.run import serve
from ai_translate.settings import load_settings
from ai_translate.translator import Translator
from support.fake_engine import FakeEngine


class _Steered:
    """What the server is given, doing as it is told.

    Args:
        loading: `at-once`, `on-cue`, `fail` or `crash`.
        self_check: `well` or `fail`.
        pairs: Directions of its model.
    """

    def __init__(self, loading: str, self_check: str, pairs: list[tuple[str, str]]) -> None:
        self._loading = loading
        self._self_check = self_check
        self._engine = FakeEngine(pairs=pairs)
        self._may_load = threading.Event()

    def obey(self) -> None:
        """Follows the lines of standard input."""
        for line in sys.stdin:
            {"load": self._may_load, "release": self._engine.release}[line.strip()].set()

    def tell(self) -> None:
        """Says when a sentence waits in the engine."""
        self._engine.waiting.wait()
        print("waiting", flush=True)  # noqa: T201  # the test reads it

    def load(self) -> Translator:
        """Loads, or does not."""
        if self._loading == "fail":
            raise ModelMissing("There is no model here.", hint="Run `ai-translate models pull`.")
        if self._loading == "crash":
            raise RuntimeError("a fault in loading")
        if self._loading == "on-cue":
            self._may_load.wait()
        return Translator([self._engine])

    def announce(self, url: str, translator: Translator) -> None:
        """Prints the address, or fails."""
        if self._self_check == "fail":
            raise EngineFailure("The self-check failed.")
        print(f"Serving on {url} with {len(translator.engines)} model", flush=True)  # noqa: T201  # the same


def main() -> int:
    """Serves as the arguments say."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--load", default="at-once")
    arguments.add_argument("--self-check", default="well")
    arguments.add_argument("--pairs", default="en:fr")
    given = arguments.parse_args()
    pairs = [(pair[:2], pair[3:]) for pair in given.pairs.split(",")]
    steered = _Steered(given.load, given.self_check, pairs)
    for steering in (steered.obey, steered.tell):
        threading.Thread(target=steering, daemon=True).start()
    return serve(load_settings(host=given.host, port=given.port), steered.load, steered.announce)


if __name__ == "__main__":
    sys.exit(main())
