"""LibreTranslate as installed, but for its sentence splitter, which it would download.

Every text of the benchmark is one sentence, and this splitter says so at no cost. Run by
benchmarks/rivals.py in an environment of its own, with LibreTranslate's own arguments.
"""

from argostranslate.sbd import MiniSBDSentencizer  # type: ignore[import-not-found]
from libretranslate.main import main  # type: ignore[import-not-found]

MiniSBDSentencizer.split_sentences = lambda _self, text: [text]

if __name__ == "__main__":
    main()
