"""Files that are wanted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ai_translate.errors import BadFile, IntegrityError
from ai_translate.supply.hub.digests import is_right
from ai_translate.supply.hub.files import RemoteFile, WantedFile
from ai_translate.supply.hub.partial import partial_name

# What `printf 'hello\n' | git hash-object --stdin` says.
HELLO = b"hello\n"
HELLO_GIT = "ce013625030ba8dba906f756967f9e9ca394464a"


@pytest.mark.parametrize("name", ["", "..", "a/b", "/a", "a\\b", "a\0b", "c:d"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    """Whatever a mirror calls a file, it stays in its folder."""
    with pytest.raises(BadFile):
        WantedFile(name, 1, sha256="0" * 64)


def test_file_without_a_hash_is_refused() -> None:
    """Nothing is fetched that could not be checked."""
    with pytest.raises(IntegrityError, match="No hash"):
        WantedFile.of(RemoteFile("config.json", 1, None, None))
    with pytest.raises(IntegrityError, match="no hash"):
        WantedFile("config.json", 1, sha256="0" * 63)


def test_git_name_of_a_blob_is_checked(tmp_path: Path) -> None:
    """The hash that git gives to a file is enough, and where both are known both must be right."""
    path = tmp_path / "a"
    path.write_bytes(HELLO)
    sha256 = hashlib.sha256(HELLO).hexdigest()
    assert is_right(path, WantedFile("a", 6, git_sha1=HELLO_GIT))
    assert is_right(path, WantedFile("a", 6, sha256=sha256))
    assert is_right(path, WantedFile("a", 6, sha256=sha256, git_sha1=HELLO_GIT))
    assert not is_right(path, WantedFile("a", 6, sha256=sha256, git_sha1="0" * 40))
    assert not is_right(path, WantedFile("a", 6, sha256="0" * 64, git_sha1=HELLO_GIT))
    assert not is_right(path, WantedFile("a", 7, git_sha1=HELLO_GIT))


def test_links_and_folders_are_never_right(tmp_path: Path) -> None:
    """Only a plain file counts as being there."""
    (tmp_path / "real").write_bytes(HELLO)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder", "missing"):
        assert not is_right(tmp_path / name, WantedFile("a", 6, git_sha1=HELLO_GIT))


def test_partials_of_other_bytes_have_other_names() -> None:
    """No file is gone on with from the bytes of another."""
    names = {partial_name(WantedFile("a", 1, sha256=digit * 64)) for digit in "01"}
    assert len(names) == 2
    assert "a" not in names
