"""A deterministic engine for tests of the doors: it shouts, and fails or waits on demand."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from ai_translate.artifact import Artifact, FileHash, Manifest
from ai_translate.engine import DecodingOptions, Hypothesis, ScoredSentence
from ai_translate.errors import EngineFailure
from ai_translate.languages import LanguagePair

__all__ = ["FakeEngine"]

_PATIENCE_SECONDS = 30.0


class FakeEngine:
    """Gives each sentence in capitals, with probability 1/2 for each token.

    A sentence with `FAIL` in it fails, one with `BUG` raises what no engine should, one with
    `CUT` is cut short, and one with `WAIT` blocks until `release` is set.

    Attributes:
        waiting: Set while a sentence blocks.
        release: Lets blocked sentences go.
        asked: The options of each call, in order.
        closed: Whether `close` was called.
    """

    def __init__(
        self, name: str = "fake-en-fr", pairs: Sequence[tuple[str, str]] = (("en", "fr"),)
    ) -> None:
        self.name = name
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
        self.artifact = Artifact(Path("nowhere"), manifest.digest, manifest)
        self.waiting = threading.Event()
        self.release = threading.Event()
        self.asked: list[DecodingOptions] = []
        self.closed = False

    def translate(
        self, sentences: Sequence[str], pair: LanguagePair, options: DecodingOptions
    ) -> list[ScoredSentence]:
        """See the class."""
        assert pair in self.artifact.manifest.pairs
        self.asked.append(options)
        return [self._scored(sentence, options) for sentence in sentences]

    def close(self) -> None:
        """Remembers it."""
        self.closed = True

    def _scored(self, sentence: str, options: DecodingOptions) -> ScoredSentence:
        if "FAIL" in sentence:
            raise EngineFailure("The model failed.", hint="Try another sentence.")
        if "BUG" in sentence:
            raise RuntimeError("secret of the inside")
        if "WAIT" in sentence:
            self.waiting.set()
            assert self.release.wait(_PATIENCE_SECONDS), "nobody released the engine"
        loud = sentence.upper()
        texts = [loud, *(f"{loud} ({rank})" for rank in range(1, 1 + options.alternatives))]
        return ScoredSentence(
            tuple(Hypothesis(text, -0.6931471805599453, 3) for text in texts),
            truncated="CUT" in sentence,
        )
