"""Which files of a model are needed."""

from __future__ import annotations

from typing import Any

import pytest

from ai_translate.errors import BadFile, UnsupportedModel
from ai_translate.supply.needed import needed_files

MARIAN = {"config.json", "vocab.json", "source.spm", "target.spm"}
NLLB = {"config.json", "sentencepiece.bpe.model"}
OTHERS = {"README.md", "tf_model.h5", "rust_model.ot", "generation_config.json", ".gitattributes"}


def test_only_one_file_of_weights_is_needed() -> None:
    """Of several frameworks' weights one is taken, safetensors before pickles."""
    weights = {"model.safetensors", "pytorch_model.bin"}
    found = needed_files({"model_type": "marian"}, MARIAN | OTHERS | weights)
    assert set(found) == MARIAN | {"model.safetensors"}
    assert list(found) == sorted(found)
    found = needed_files({"model_type": "marian"}, MARIAN | OTHERS | {"pytorch_model.bin"})
    assert set(found) == MARIAN | {"pytorch_model.bin"}


def test_files_that_may_be_there_are_taken_where_they_are() -> None:
    """A tokenizer's configuration is read if there is one; M2M100 has a vocabulary, NLLB none."""
    present = NLLB | OTHERS | {"pytorch_model.bin"}
    assert set(needed_files({"model_type": "m2m_100"}, present)) == NLLB | {"pytorch_model.bin"}
    more = {"tokenizer_config.json", "vocab.json"}
    found = needed_files({"model_type": "m2m_100"}, present | more)
    assert set(found) == NLLB | {"pytorch_model.bin"} | more


def test_separate_vocabularies_need_both() -> None:
    """The target's vocabulary is needed exactly if it is not the source's."""
    present = MARIAN | {"target_vocab.json", "model.safetensors"}
    config: dict[str, Any] = {"model_type": "marian"}
    assert "target_vocab.json" not in needed_files(config, present)
    config["share_encoder_decoder_embeddings"] = False
    assert "target_vocab.json" in needed_files(config, present)
    with pytest.raises(BadFile, match=r"target_vocab\.json"):
        needed_files(config, present - {"target_vocab.json"})


@pytest.mark.parametrize(
    ("model_type", "missing"),
    [("marian", name) for name in sorted(MARIAN)] + [("m2m_100", name) for name in sorted(NLLB)],
)
def test_a_file_that_is_missing_is_named(model_type: str, missing: str) -> None:
    """What such a model must have is refused by name before anything is fetched."""
    present = (MARIAN if model_type == "marian" else NLLB) | {"model.safetensors"}
    with pytest.raises(BadFile, match=missing):
        needed_files({"model_type": model_type}, present - {missing})


@pytest.mark.parametrize("model_type", ["bart", "t5", None, 7, ["marian"], "x" * 100_000])
def test_another_kind_of_model_is_refused(model_type: object) -> None:
    """The message says what can be converted, and stays short."""
    with pytest.raises(UnsupportedModel, match=r"Marian.*M2M100.*NLLB") as caught:
        needed_files({"model_type": model_type}, MARIAN | {"model.safetensors"})
    assert len(str(caught.value)) < 300


def test_weights_that_we_do_not_read_are_refused() -> None:
    """Sharded weights and those of other frameworks each get their own sentence."""
    with pytest.raises(UnsupportedModel, match="several files"):
        needed_files({"model_type": "marian"}, MARIAN | {"pytorch_model.bin.index.json"})
    with pytest.raises(UnsupportedModel, match=r"model\.safetensors nor pytorch_model\.bin"):
        needed_files({"model_type": "marian"}, MARIAN | {"tf_model.h5"})
