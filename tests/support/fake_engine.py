"""A deterministic engine for tests of the doors: it shouts, and fails or waits on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from ai_translate.artifact import Artifact, FileHash, Manifest
from ai_translate.engine import DecodingOptions, Hypothesis, ScoredSentence
from ai_translate.engine.guard import Suspicion
from ai_translate.engine.pace import Pace
from ai_translate.engine.stats import SIZES, BatcherStats, EngineStats, Histogram
from ai_translate.engine.turn import ANYTIME, Turn
from ai_translate.engine.work import Work
from ai_translate.errors import DeadlineExceeded, EngineFailure, NotReady, ServiceError
from ai_translate.languages import LanguagePair

__all__ = ["FakeEngine"]

_PATIENCE_SECONDS = 30.0


class FakeEngine:
    """Gives each sentence in capitals, with probability 1/2 for each token.

    A sentence with `FAIL` in it fails, one with `BUG` raises what no engine should, one with
    `CUT` is cut short, one with `LOOP` is suspect, one with `LATE` is over its deadline, and one
    with `WAIT` waits until `release` is set, or the engine is closed, which answers it with
    `NotReady`, as a batcher does.

    Args:
        name: Of the model.
        pairs: What it translates.
        says: What it makes of a sentence; by default it shouts.

    Attributes:
        pace: What it is told to be.
        calls: The sentences of each call, in order.
        waiting: Set while a sentence blocks.
        release: Lets blocked sentences go.
        asked: The options of each call, in order.
        terms: The turn of each call, and whether it may be cached.
        given_up: Calls whose caller left while they waited.
        closed: Whether `close` was called.
        resident: See `Engine.resident`.
    """

    resident = True

    def __init__(
        self,
        name: str = "fake-en-fr",
        pairs: Sequence[tuple[str, str]] = (("en", "fr"),),
        says: Callable[[str], str] = str.upper,
    ) -> None:
        self.name = name
        self._says = says
        manifest = Manifest(
            architecture="fake",
            quantization="int8",
            pairs=tuple(LanguagePair(*pair) for pair in pairs),
            target_tokens={},
            licence="CC0-1.0",
            positions=512,
            part_tokens=512,
            sources={"fake": FileHash(0, "0" * 64)},
            converter={},
            files={},
        )
        self.pace = Pace()
        self.artifact = Artifact(Path("nowhere"), manifest.digest, manifest)
        self.calls: list[list[str]] = []
        self.waiting = threading.Event()
        self.release = threading.Event()
        self.asked: list[DecodingOptions] = []
        self.terms: list[tuple[Turn, bool]] = []
        self.given_up = 0
        self.closed = False

    def translate(
        self,
        sentences: Sequence[str],
        pair: LanguagePair,
        options: DecodingOptions,
        *,
        turn: Turn = ANYTIME,
        cached: bool = True,
    ) -> Work[list[ScoredSentence | ServiceError]]:
        """See the class."""
        assert pair in self.artifact.manifest.pairs
        self.calls.append(list(sentences))
        self.asked.append(options)
        self.terms.append((turn, cached))
        if any("WAIT" in sentence for sentence in sentences):
            waited: Future[None] = Future()
            threading.Thread(target=self._wait, args=(waited,), daemon=True).start()
            try:
                yield waited
            except NotReady as error:
                return [error for _ in sentences]
            finally:
                self.given_up += waited.cancelled()
        return [self._outcome(sentence, options) for sentence in sentences]

    def stats(self) -> EngineStats:
        """Of an engine that has nothing to do, but for the sentences that it was asked for."""
        nothing = Histogram().reading()
        batcher = BatcherStats(
            workers=1,
            running=0,
            queued_items=0,
            queued_tokens=0,
            items=sum(map(len, self.calls)),
            joined=0,
            batches=0,
            tokens=0,
            padded_tokens=0,
            expired=0,
            abandoned=0,
            failed=0,
            replaced_workers=0,
            waited=nothing,
            decoded=nothing,
            sizes=Histogram(SIZES).reading(),
        )
        return EngineStats(batcher, nothing)

    def close(self) -> None:
        """Remembers it, and lets nothing wait."""
        self.closed = True
        self.release.set()

    def _wait(self, waited: Future[None]) -> None:
        self.waiting.set()
        released = self.release.wait(_PATIENCE_SECONDS)
        # Whoever left is not waited for, and blames no other test.
        if waited.set_running_or_notify_cancel():
            if self.closed:
                waited.set_exception(NotReady("The model is being closed."))
            elif released:
                waited.set_result(None)
            else:
                waited.set_exception(AssertionError("nobody released the engine"))

    def _outcome(self, sentence: str, options: DecodingOptions) -> ScoredSentence | ServiceError:
        if "FAIL" in sentence:
            return EngineFailure("The model failed.", hint="Try another sentence.")
        if "LATE" in sentence:
            return DeadlineExceeded("The sentence waited too long.")
        if "BUG" in sentence:
            raise RuntimeError("secret of the inside")
        said = self._says(sentence)
        texts = [said, *(f"{said} ({rank})" for rank in range(1, 1 + options.alternatives))]
        doubt = Suspicion("repetition", "It repeats itself.", 0.5)
        return ScoredSentence(
            tuple(Hypothesis(text, -0.6931471805599453, 3) for text in texts),
            truncated="CUT" in sentence,
            suspicions=(doubt,) if "LOOP" in sentence else (),
        )
