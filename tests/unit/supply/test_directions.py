"""Which directions a model is asked for, told from its small files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai_translate.errors import ConfigurationError
from ai_translate.languages import LanguagePair
from ai_translate.supply.directions import Directions, choose_directions
from ai_translate.supply.hf_files import read_model_files
from support.marian import write_folder


def chosen(folder: Path, kind: str, *pairs: str) -> Directions:
    """The directions of a model whose weights have not been fetched."""
    write_folder(folder, kind)
    present = [*(path.name for path in folder.iterdir()), "model.safetensors"]
    files = read_model_files(folder, present).content
    return choose_directions(files, tuple(LanguagePair.parse(pair) for pair in pairs))


def test_a_model_without_target_tokens_translates_into_one_language(tmp_path: Path) -> None:
    """From several languages it may; both ways between two it cannot."""
    assert chosen(tmp_path / "a", "shared", "en:fr", "de:fr").target_tokens == {}
    with pytest.raises(ConfigurationError, match="one language, not into en and fr"):
        chosen(tmp_path / "b", "shared", "en:fr", "fr:en")


def test_a_model_with_target_tokens_translates_into_several(tmp_path: Path) -> None:
    """Each of those that were asked for has its token."""
    found = chosen(tmp_path, "multi-target", "en:fr", "en:de")
    assert found.target_tokens == {"de": ">>deu<<", "fr": ">>fra<<"}
