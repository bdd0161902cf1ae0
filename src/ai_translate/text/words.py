"""What in a text is language, and what only looks like it: addresses, numbers, signs.

Shared by the two that must agree on it: what is not worth translating is not worth detecting.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ADDRESS", "has_words"]

# A web or e-mail address. What may end a sentence does not belong to it (RFC 3986 allows it, people
# do not mean it). Each alternative begins with a fixed or bounded part, so that the search stays
# linear: `[\w.+-]+@` alone would try every tail of a megabyte of letters.
ADDRESS: Final = re.compile(
    r"(?:\b(?:[A-Za-z][A-Za-z0-9+.-]{0,20}://|www\.|mailto:|tel:)[^\s<>\"«»“”]*[^\s<>\"«»“”.,;:!?…)\]}'’。！？])"
    r"|(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
)


def has_words(text: str) -> bool:
    """Whether there is a letter of any script outside web and e-mail addresses."""
    if ("@" in text or ":" in text or "www." in text) and ADDRESS.search(text):
        text = ADDRESS.sub(" ", text)
    return text.isalpha() or any(map(str.isalpha, text))
