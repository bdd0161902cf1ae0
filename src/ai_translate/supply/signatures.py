"""Signatures of artifacts, and whose are wanted.

What is signed is a statement of two lines beside its title: the artifact's digest, which vouches
for every byte of it, and the sha256 of its provenance where one came along. Both are in the lock,
and so is the signature, so that it can be checked at any time without another file.

Keys are Ed25519 (RFC 8032), in the forms that `openssl genpkey -algorithm ed25519` and
`openssl pkey -pubout` write.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ai_translate.errors import BadFile, ConfigurationError, NotSigned
from ai_translate.supply.locked_model import LockedModel
from ai_translate.supply.provenance import PROVENANCE_NAME

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

__all__ = [
    "SIGNATURE_NAME",
    "Signer",
    "read_signature",
    "refuse_unsigned",
    "require_signature",
    "statement",
    "statement_of",
]

SIGNATURE_NAME: Final = "manifest.json.sig"
"""A file beside a published artifact's manifest: the signature in base64, and a newline."""

_POLICY: Final = "AIT_REQUIRE_SIGNATURE"
_KEY_HINT: Final = "Make one with `openssl genpkey -algorithm ed25519 -out key.pem`."


def statement(artifact: str, provenance: str | None) -> bytes:
    """What is signed.

    Args:
        artifact: Digest of the artifact.
        provenance: The sha256 of its provenance, if that is published with it.
    """
    return f"ai-translate artifact 1\n{artifact}\n{provenance or '-'}\n".encode()


def statement_of(model: LockedModel) -> bytes:
    """What is signed of a locked model."""
    provenance = model.files.get(PROVENANCE_NAME)
    return statement(model.artifact, provenance.sha256 if provenance else None)


class Signer:
    """Signs with one key.

    Args:
        path: The private key, in PEM and not encrypted.

    Raises:
        ConfigurationError: It is no such key, or cryptography is not installed.
    """

    def __init__(self, path: Path) -> None:
        self._key = _private_key(path)

    def sign(self, signed: bytes) -> str:
        """The signature of a `statement`, in base64."""
        return base64.b64encode(self._key.sign(signed)).decode()

    @property
    def public(self) -> str:
        """The public key as AIT_REQUIRE_SIGNATURE takes it."""
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415  # see _private_key
            Encoding,
            PublicFormat,
        )

        key = self._key.public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()


def require_signature(model: LockedModel, wanted: str | None) -> None:
    """Lets a model pass that is signed by one of the wanted keys, or any if none is wanted.

    Args:
        model: What the lock says, or shall say.
        wanted: The value of AIT_REQUIRE_SIGNATURE.

    Raises:
        NotSigned: It has no signature, or one of another key or for another artifact.
        ConfigurationError: A key is none, or cryptography is not installed.
    """
    if not wanted:
        return
    keys = [_public_key(text) for text in wanted.replace(",", " ").split()]
    if model.signature is None:
        refuse_unsigned(model.name, wanted)
        return
    signed = statement_of(model)
    signature = base64.b64decode(model.signature)
    if not any(_verifies(key, signature, signed) for key in keys):
        raise NotSigned(
            f"The signature of {model.name} is by no key of {_POLICY}, or of another artifact than "
            f"{model.artifact[:12]}.",
            hint="Do not use it before you know where it comes from.",
        )


def refuse_unsigned(name: str, wanted: str | None) -> None:
    """Refuses a model without a signature where one is wanted.

    Raises:
        NotSigned: One is.
    """
    if wanted:
        raise NotSigned(
            f"{name} is not signed, and {_POLICY} wants it to be.",
            hint="Add a version that was pushed with --sign; or sign the model where it was made, "
            "with `ai-translate models sign`.",
        )


def read_signature(path: Path) -> str:
    """The signature in a file beside a published artifact.

    Raises:
        BadFile: It is none.
    """
    text = path.read_bytes()[:200].strip()
    try:
        if len(base64.b64decode(text, validate=True)) == 64:
            return text.decode()
    except binascii.Error:
        pass
    raise BadFile(f"{path} is no signature: 64 bytes in base64 are expected.")


def _verifies(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # see _private_key

    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _public_key(text: str) -> Ed25519PublicKey:
    try:
        from cryptography.exceptions import (  # noqa: PLC0415  # see _private_key
            UnsupportedAlgorithm,
        )
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # the same
            Ed25519PublicKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415  # the same
            load_der_public_key,
        )
    except ImportError as error:
        raise _missing() from error
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(
            f"{_POLICY}: {text[:100]!r} is no public key.",
            hint="Give what `openssl pkey -in key.pem -pubout` prints between its first and last "
            "line; several keys with a comma between.",
        )
    return key


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:  # not for those who neither sign nor want signatures
        from cryptography.exceptions import (  # noqa: PLC0415  # the same
            UnsupportedAlgorithm,
        )
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # the same
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415  # the same
            load_pem_private_key,
        )
    except ImportError as error:
        raise _missing() from error
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except TypeError as error:
        raise ConfigurationError(
            f"{path} is encrypted.", hint="Decrypt it with `openssl pkey -in … -out …`."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"{path} is no private key in PEM.", hint=_KEY_HINT) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is no key of Ed25519.", hint=_KEY_HINT)
    return key


def _missing() -> ConfigurationError:
    return ConfigurationError(
        "Signatures need the package cryptography, which is not installed.",
        hint="`pip install -r requirements-models.txt`. The image checks signatures when it is "
        f"built, and has no use for {_POLICY} when it runs.",
    )
