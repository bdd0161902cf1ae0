"""Which elements are parts of a sentence, and which hold what is no text."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BREAKING_XML",
    "INLINE",
    "NOUNS",
    "NOUNS_XML",
    "OPAQUE",
    "POINTS",
    "POINTS_XML",
    "VOID",
]


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


VOID: Final = _names(
    "area base br col embed hr img input link meta param source track wbr basefont bgsound frame "
    "keygen"
)
"""Elements of HTML without an end tag (https://html.spec.whatwg.org/#void-elements; older ones)."""

INLINE: Final = _names(
    "a abbr acronym b bdi bdo big cite data del dfn em font i ins label mark meter nobr output "
    "progress q s slot small span strike strong sub sup time tt u"
)
"""Elements of HTML that stand in a sentence. All others end one."""

OPAQUE: Final = _names(
    "code kbd samp var pre script style svg math textarea xmp listing plaintext iframe noembed "
    "noframes noscript template"
)
"""Elements of HTML that are not translated."""

NOUNS: Final = _names("img input svg math")
"""Elements of HTML that take the place of a word in a sentence."""

POINTS: Final = _names("wbr script style link meta template")
"""Elements of HTML that stand between words and say nothing."""

NOUNS_XML: Final = _names("ph x")
"""Those that take the place of a word in the exchange formats of translators
(https://docs.oasis-open.org/xliff/)."""

POINTS_XML: Final = _names("bpt ept it bx ex sc ec cp")
"""Those that stand between words in the same formats."""

BREAKING_XML: Final = _names("br lb")
"""Elements without content that end a sentence in XML."""
