"""A shelf in a bucket, or in any other place that fsspec reaches: the one module that imports it.

Credentials are those of the place's own library, such as AWS_ACCESS_KEY_ID, AWS_PROFILE and
AWS_ENDPOINT_URL, which it reads itself.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

from ai_translate.errors import AITranslateError, ConfigurationError, RemoteError
from ai_translate.supply.remote.shelf import BLOCK_BYTES

__all__ = ["Bucket"]

# So much is held in memory, of what is read twice. Buckets take no smaller parts than 5 MB, and
# each part that is read is a request of its own.
_READ_BYTES: Final = 32 << 20
_PART_BYTES: Final = 8 << 20
_LONGEST_REASON: Final = 200
# A bucket that is silent must not keep a build waiting that can do without it.
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "s3": {
        "config_kwargs": {
            "connect_timeout": 10,
            "read_timeout": 60,
            "retries": {"total_max_attempts": 3},
        }
    }
}


class Bucket:
    """Bytes in objects below an address. See `Shelf` for its methods.

    Args:
        address: Such as `s3://BUCKET/PREFIX`.

    Raises:
        ConfigurationError: There is no library for such addresses.
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        scheme = address.partition("://")[0]
        options = _OPTIONS.get(scheme, {})
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415  # only who has such an address has it

            # What another process has put since is to be seen.
            self._fs, self._root = url_to_fs(
                self._address, skip_instance_cache=True, use_listings_cache=False, **options
            )
        except ImportError as error:
            raise ConfigurationError(
                f"AIT_STORE_REMOTE is an address of {scheme}://, "
                f"for which {error.name or 'a library'} is not installed.",
                hint="`pip install 'ai-translate[remote]'` brings what s3:// needs; fsspec's "
                "documentation names the package for any other.",
            ) from error
        except ValueError as error:
            raise ConfigurationError(
                f"AIT_STORE_REMOTE is an address of {scheme}://, which fsspec does not know.",
                hint="Use hf://ORG/REPO, s3://BUCKET/PREFIX or file:///FOLDER.",
            ) from error

    @property
    def address(self) -> str:
        """See Shelf."""
        return self._address

    def size(self, name: str) -> int | None:
        """See Shelf."""
        with self._fenced():
            try:
                size = self._fs.info(self._path(name)).get("size")
            except FileNotFoundError:
                return None
        return size if isinstance(size, int) else None

    @contextlib.contextmanager
    def blocks(self, name: str) -> Iterator[Iterator[bytes] | None]:
        """See Shelf."""
        with self._fenced():
            try:
                stream = self._fs.open(self._path(name), "rb", block_size=_READ_BYTES)
            except FileNotFoundError:
                stream = None
        if stream is None:
            yield None
            return
        try:
            yield self._read(stream)
        finally:
            with self._fenced():
                stream.close()

    def put(self, name: str, content: BinaryIO) -> None:
        """See Shelf."""
        with self._fenced():
            stream = self._fs.open(self._path(name), "wb", block_size=_PART_BYTES)
            try:
                shutil.copyfileobj(content, stream, BLOCK_BYTES)
            except BaseException:
                # Closed, even by the garbage collector, it would give what has gone its name.
                stream.closed = True
                with contextlib.suppress(Exception):
                    stream.discard()
                raise
            stream.close()

    @contextlib.contextmanager
    def turn(self, key: str, waiting: Callable[[], None]) -> Iterator[bool]:  # noqa: ARG002  # nobody is waited for
        """See Shelf. Buckets have no locks that a dead process lets go of: all go at once."""
        yield False

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _read(self, stream: Any) -> Iterator[bytes]:
        while True:
            with self._fenced():
                block: bytes = stream.read(BLOCK_BYTES)
            if not block:
                return
            yield block

    @contextlib.contextmanager
    def _fenced(self) -> Iterator[None]:
        """Makes one error of ours of all that such libraries raise, each of its own kind."""
        try:
            yield
        except AITranslateError:
            raise
        except Exception as error:
            raise RemoteError(
                f"{self._address} cannot be used: {_reason(error)}",
                hint="Check the address, the network and the credentials: for s3:// those of AWS, "
                "and AWS_ENDPOINT_URL for a server of your own.",
            ) from error


def _reason(error: Exception) -> str:
    """What a library says, in one line, without a user and a query that may stand in it."""
    words = " ".join(str(error).split())
    words = re.sub(r"//[^/@\s]*@", "//", words)
    words = re.sub(r"\?[^\s\"']*", "", words)[:_LONGEST_REASON].rstrip(".")
    kind = type(error).__name__
    return f"{kind}: {words}." if words else f"{kind}."
