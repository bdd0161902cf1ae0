"""What a key is as text: `ait_IDENTIFIER_SECRET`, whose end is a checksum of the rest.

    ait_7k2m9qx4tb_3GpZ…9kQ1xYz0
        │          └ 43 letters and digits: 256 random bits; then 6 of CRC-32
        └ 10 small letters and digits, which are no secret and name the key in lists and logs

The form is always the same, so that scanners of secrets find it; the checksum lets them, and us,
tell a key from what looks like one, without asking anybody.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from typing import Final

__all__ = ["LENGTH", "digest_of", "identifier_of", "is_whole", "new_key_text"]

_PREFIX: Final = "ait_"
_IDENTIFIER_ALPHABET: Final = string.digits + string.ascii_lowercase
_IDENTIFIER_LENGTH: Final = 10
_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET_LENGTH: Final = 43  # 62 to the power of 43 is more than 2 to the power of 256
_CHECKSUM_LENGTH: Final = 6

LENGTH: Final = len(_PREFIX) + _IDENTIFIER_LENGTH + len("_") + _SECRET_LENGTH + _CHECKSUM_LENGTH
"""Characters of every key."""

_REST_LENGTH: Final = _SECRET_LENGTH + _CHECKSUM_LENGTH
_FORM: Final = re.compile(
    f"{_PREFIX}([0-9a-z]{{{_IDENTIFIER_LENGTH}}})_[0-9A-Za-z]{{{_REST_LENGTH}}}"
)


def new_key_text() -> str:
    """A key that nobody has or guesses."""
    identifier = _random(_IDENTIFIER_ALPHABET, _IDENTIFIER_LENGTH)
    text = f"{_PREFIX}{identifier}_{_random(_ALPHABET, _SECRET_LENGTH)}"
    return text + _checksum(text)


def identifier_of(text: str) -> str:
    """The identifier in a key; what is no key, as it is."""
    found = _FORM.fullmatch(text)
    return found[1] if found else text


def is_whole(text: str) -> bool:
    """Whether the text has a key's form and its checksum, be it known or not."""
    if _FORM.fullmatch(text) is None:
        return False
    return text[-_CHECKSUM_LENGTH:] == _checksum(text[:-_CHECKSUM_LENGTH])


def digest_of(text: bytes) -> bytes:
    """What is kept of a key. A fast hash will do for what is random (ADR 0016)."""
    return hashlib.sha256(text).digest()


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _checksum(text: str) -> str:
    rest, digits = zlib.crc32(text.encode("ascii")), ""
    for _ in range(_CHECKSUM_LENGTH):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
