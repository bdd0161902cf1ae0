"""Conversion of Marian checkpoints, without torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest
from safetensors.numpy import save_file

from ai_translate.errors import BadFile, ConfigurationError, UnsupportedModel
from ai_translate.languages import LanguagePair
from ai_translate.supply.convert import convert
from ai_translate.supply.marian import marian_positions
from support.ct2_model import read_variables
from support.marian import KINDS, Array, tensors_of, write_folder

EN_FR = [LanguagePair("en", "fr")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path / "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


def make(folder: Path, kind: str = "shared", **changes: Any) -> Path:
    save_file(tensors_of(write_folder(folder, kind, **changes)), folder / "model.safetensors")
    return folder


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("quantization", ["int8", "int8_float32", "int16", "float16", "float32"])
def test_converting_twice_gives_the_same_bytes(
    folder: Path, tmp_path: Path, quantization: Any
) -> None:
    """The same input and versions give the same files and so the same digest."""
    outs = [tmp_path / "one", tmp_path / "two"]
    digests = set()
    for out in outs:
        out.mkdir()
        digests.add(convert(folder, out, quantization=quantization).digest)
    assert len(digests) == 1
    for path in outs[0].iterdir():
        assert path.read_bytes() == (outs[1] / path.name).read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_loads_and_holds_its_weights(kind: str, tmp_path: Path, out: Path) -> None:
    """Each kind of checkpoint becomes a model with the embeddings that it names."""
    source = tmp_path / "source"
    tensors = tensors_of(write_folder(source, kind))
    save_file(tensors, source / "model.safetensors")
    convert(source, out, quantization="float32", pairs=EN_FR)
    stored = read_variables(out / "model.bin")
    shared = tensors.get("model.shared.weight")
    encoder = tensors.get("model.encoder.embed_tokens.weight", shared)
    decoder = tensors.get("model.decoder.embed_tokens.weight", shared)
    output = tensors.get("lm_head.weight", decoder)
    assert encoder is not None
    assert decoder is not None
    assert output is not None
    assert np.array_equal(stored["encoder/embeddings_0/weight"], encoder[:-1])
    assert np.array_equal(stored["decoder/embeddings/weight"], decoder[:-1])
    assert np.array_equal(stored["decoder/projection/weight"], output[:-1])
    translator = ctranslate2.Translator(str(out), intra_threads=1)
    assert translator.translate_batch([["▁Hello", "</s>"]], max_decoding_length=8)[0].hypotheses


@pytest.mark.parametrize(
    "name", ["lm_head.weight", "model.encoder.embed_tokens.weight", "model.shared.weight"]
)
def test_a_tied_matrix_is_found_under_any_of_its_names(
    name: str, tmp_path: Path, out: Path
) -> None:
    """Writers of checkpoints differ in which of the equal tensors they keep."""
    source = tmp_path / "source"
    tensors = tensors_of(write_folder(source))
    matrix = tensors.pop("model.shared.weight")
    save_file({**tensors, name: matrix}, source / "model.safetensors")
    convert(source, out, quantization="float32")
    stored = read_variables(out / "model.bin")
    assert np.array_equal(stored["decoder/projection/weight"], matrix[:-1])


def test_multi_target_model_declares_its_directions(tmp_path: Path, out: Path) -> None:
    """Each `>>code<<` token is a direction, and the manifest says which token asks for it."""
    manifest = convert(make(tmp_path / "source", "multi-target"), out)
    assert manifest.pairs == (("en", "de"), ("en", "fr"), ("en", "zh-Hans"))
    assert manifest.target_tokens == {
        "de": ">>deu<<",
        "fr": ">>fra<<",
        "zh-Hans": ">>cmn_Hans<<",
    }


def test_direction_that_the_model_lacks_is_refused(tmp_path: Path, out: Path) -> None:
    """Asking a multi-target model for another language names those that it knows."""
    source = make(tmp_path / "source", "multi-target")
    with pytest.raises(ConfigurationError, match=r"into es.*de, fr, zh-Hans"):
        convert(source, out, pairs=[LanguagePair("en", "es")])


def test_manifest_names_sources_and_versions(folder: Path, out: Path) -> None:
    """Whoever reads an artifact can tell what it was made from and by what."""
    manifest = convert(folder, out, licence="CC0-1.0")
    assert set(manifest.sources) == {
        "config.json",
        "model.safetensors",
        "source.spm",
        "target.spm",
        "tokenizer_config.json",
        "vocab.json",
    }
    assert manifest.converter["ctranslate2"] == ctranslate2.__version__
    assert (manifest.licence, manifest.positions) == ("CC0-1.0", 64)
    assert set(manifest.files) == {path.name for path in out.iterdir()}


def test_positions_are_those_of_the_paper() -> None:
    """Sines in the first half, cosines in the second, at falling frequencies."""
    table = marian_positions(50, 8)
    rates = 10000 ** (np.arange(4) * 2 / 8)
    angles = np.arange(50)[:, None] / rates
    assert np.allclose(table, np.concatenate([np.sin(angles), np.cos(angles)], 1), atol=1e-7)
    assert marian_positions(3, 5).shape == (3, 5)


CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "another architecture": ({"model_type": "bart"}, "'bart'"),
    "pre-norm": ({"normalize_before": True}, "normalize_before"),
    "learned positions": ({"static_position_embeddings": False}, "static_position_embeddings"),
    "activation": ({"activation_function": "tanh"}, "activation_function"),
    "vocabulary size": ({"vocab_size": 7}, r"vocab\.json"),
    "width": ({"d_model": 64}, "d_model|shared"),
    "start token": ({"decoder_start_token_id": 5}, "<pad>"),
    "end token": ({"eos_token_id": 5}, "</s>"),
    "second vocabulary": ({"share_encoder_decoder_embeddings": False}, r"target_vocab\.json"),
    "half a truth": ({"share_encoder_decoder_embeddings": "false"}, "share_encoder_decoder"),
    "heads": ({"encoder_attention_heads": 3}, "3 heads"),
    "too many layers": ({"encoder_layers": 3}, "layers.2"),
    "absurd size": ({"max_position_embeddings": 100_000}, "max_position_embeddings"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_configuration_that_cannot_be_true_is_refused(case: str, folder: Path, out: Path) -> None:
    """A configuration of another kind, or one that contradicts the weights, is named."""
    changes, message = CONTRADICTIONS[case]
    rewrite(folder / "config.json", **changes)
    with pytest.raises((BadFile, UnsupportedModel), match=message):
        convert(folder, out)


def test_disagreement_on_separate_vocabularies_is_refused(tmp_path: Path, out: Path) -> None:
    """Two files that contradict each other are both named."""
    folder = make(tmp_path / "source", "separate")
    rewrite(folder / "tokenizer_config.json", separate_vocabs=False)
    with pytest.raises(UnsupportedModel, match=r"config\.json and tokenizer_config\.json"):
        convert(folder, out)


def damage(tensors: dict[str, Array], case: str) -> dict[str, Array]:
    name = "model.decoder.layers.0.fc1.weight"
    match case:
        case "missing":
            del tensors[name]
        case "shape":
            tensors[name] = tensors[name][:, :-1].copy()
        case "not a number":
            tensors[name][0, 0] = np.nan
        case "empty":
            tensors[name] = tensors[name][:0].copy()
        case "turned":
            tensors[name] = tensors[name].T.copy()
        case "other inner width":
            tensors[name] = tensors[name][:-1].copy()
        case "integers":
            tensors[name] = tensors[name].astype(np.int32)
        case "pad row":
            name = "model.shared.weight"
            tensors[name][-1, 0] = 1
    return tensors


@pytest.mark.parametrize(
    "case",
    [
        "missing",
        "shape",
        "empty",
        "turned",
        "other inner width",
        "not a number",
        "integers",
        "pad row",
    ],
)
def test_weights_that_cannot_be_right_are_refused(case: str, tmp_path: Path, out: Path) -> None:
    """A weight that is missing, misshapen or no number is named."""
    source = tmp_path / "source"
    save_file(damage(tensors_of(write_folder(source)), case), source / "model.safetensors")
    with pytest.raises((BadFile, UnsupportedModel), match=r"fc[12]\.|shared\.weight"):
        convert(source, out)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b"[]"),
        ("config.json", b"\xff\xfe"),
        ("config.json", b"[" * 100_000),
        ("vocab.json", b'{"</s>": "0"}'),
        ("vocab.json", b'{"</s>": 0, "<unk>": 0}'),
        ("vocab.json", b"null"),
    ],
)
def test_malformed_small_files_are_refused(
    name: str, content: bytes, folder: Path, out: Path
) -> None:
    """A file that is not what its name says is named."""
    (folder / name).write_bytes(content)
    with pytest.raises((BadFile, UnsupportedModel), match=name.replace(".", r"\.")):
        convert(folder, out)


@pytest.mark.parametrize("name", ["config.json", "vocab.json", "source.spm", "model.safetensors"])
def test_symbolic_links_and_missing_files_are_refused(name: str, folder: Path, out: Path) -> None:
    """A link could lead anywhere, and nothing is made up for a file that is not there."""
    (folder / name).rename(folder / "elsewhere")
    with pytest.raises((BadFile, UnsupportedModel)):
        convert(folder, out)
    (folder / name).symlink_to(folder / "elsewhere")
    with pytest.raises(BadFile, match=name.replace(".", r"\.")):
        convert(folder, out)


def test_model_that_names_no_language_asks_for_it(folder: Path, out: Path) -> None:
    """Without languages in the tokenizer's configuration the caller must name them."""
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(UnsupportedModel, match="which languages") as caught:
        convert(folder, out)
    assert "--pair" in caught.value.hint
    assert convert(folder, out, pairs=EN_FR).pairs == (("en", "fr"),)


@pytest.mark.parametrize("part_tokens", [7, 65])
def test_parts_that_no_sentence_fits_are_refused(part_tokens: int, folder: Path, out: Path) -> None:
    """The length of a part lies between a few tokens and the model's positions."""
    assert convert(folder, out).part_tokens == 64
    with pytest.raises(ConfigurationError, match="8 to 64"):
        convert(folder, out, part_tokens=part_tokens)


def test_unknown_quantization_is_refused(folder: Path, out: Path) -> None:
    """The message lists the quantizations that exist."""
    with pytest.raises(ConfigurationError, match="int4") as caught:
        convert(folder, out, quantization="int4")  # type: ignore[arg-type]  # on purpose
    assert "int8_float32" in caught.value.hint
