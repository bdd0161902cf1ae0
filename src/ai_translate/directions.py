"""Which model translates which direction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ai_translate.engine import Engine
from ai_translate.errors import InvalidRequest, UnsupportedPair
from ai_translate.languages import LanguagePair, normalize

__all__ = ["Directions", "parse_tag"]

_MOST_KNOWN: Final = 256


class Directions:
    """The directions of some models. Where two serve the same one, the first does it."""

    def __init__(self, engines: Iterable[Engine]) -> None:
        self._by_pair: dict[LanguagePair, Engine] = {}
        for engine in engines:
            for pair in engine.artifact.manifest.pairs:
                self._by_pair.setdefault(pair, engine)
        self.pairs = tuple(sorted(self._by_pair))
        # By the tags as requests spell them: most of them spell them alike.
        self._found: dict[tuple[str, str], tuple[LanguagePair, Engine]] = {}

    def find(self, source: str, target: str) -> tuple[LanguagePair, Engine]:
        """The direction that serves a request, as its model calls it, and the model.

        An exact match comes first, then one with the region or script left off.

        Raises:
            UnsupportedPair: No model serves the pair; the message names those that exist.
            InvalidRequest: A tag is malformed.
        """
        known = self._found.get((source, target))
        if known is not None:
            return known
        wanted = LanguagePair(parse_tag("source_lang", source), parse_tag("target_lang", target))
        for pair in wanted.candidates():
            if engine := self._by_pair.get(pair):
                if len(self._found) < _MOST_KNOWN:
                    self._found[source, target] = pair, engine
                return pair, engine
        pairs = ", ".join(map(str, self.pairs)) or "none"
        raise UnsupportedPair(
            f"No model translates {wanted}. The pairs that exist: {pairs}.",
            hint="GET /languages and `ai-translate models list` list them.",
        )

    def serving(self, target: str) -> tuple[Engine, ...]:
        """The models that translate into a language.

        Raises:
            InvalidRequest: The tag is malformed.
        """
        tag = parse_tag("target_lang", target)
        found = {id(engine): engine for pair, engine in self._by_pair.items() if pair.target == tag}
        return tuple(found.values())


def parse_tag(field: str, value: str) -> str:
    """A language tag in our form.

    Raises:
        InvalidRequest: It is malformed; the message names the field.
    """
    try:
        return normalize(value)
    except ValueError as error:
        raise InvalidRequest(f"{field}: {error}.", hint="Use a BCP 47 tag.") from error
