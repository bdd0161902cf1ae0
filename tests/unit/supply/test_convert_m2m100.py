"""Conversion of M2M100 and NLLB checkpoints, without torch."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest
import sentencepiece
from safetensors.numpy import save_file

from ai_translate.artifact import Artifact, Manifest
from ai_translate.errors import BadFile, ConfigurationError, UnsupportedModel
from ai_translate.languages import LanguagePair
from ai_translate.supply.convert import convert
from ai_translate.supply.fairseq_languages import M2M100_CODES, NLLB_CODES
from ai_translate.supply.m2m100 import fairseq_positions
from ai_translate.supply.store import Store
from support.ct2_model import read_variables
from support.m2m100 import KINDS, tensors_of, write_folder
from support.marian import STARTER

EN_DE = LanguagePair("en", "de")
TOKENS = {"m2m100": ("__en__", "__de__"), "wmt21": ("__en__", "__de__")}
TOKENS["nllb"] = ("eng_Latn", "deu_Latn")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


def make(folder: Path, kind: str = "m2m100", **changes: Any) -> Path:
    save_file(tensors_of(write_folder(folder, kind, **changes)), folder / "model.safetensors")
    return folder


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def vocabulary(out: Path) -> list[str]:
    tokens: list[str] = json.loads((out / "shared_vocabulary.json").read_text(encoding="utf-8"))
    return tokens


@pytest.mark.parametrize("kind", KINDS)
def test_converting_twice_gives_the_same_artifact(kind: str, tmp_path: Path) -> None:
    """The same input and versions give the same files and so the same digest."""
    source = make(tmp_path / "source", kind)
    found = [
        Store(tmp_path / name).add(lambda out: convert(source, out, pairs=[EN_DE]))
        for name in ("one", "two")
    ]
    assert found[0].digest == found[1].digest
    assert "shared_vocabulary.json" in found[0].manifest.files
    for name in found[0].manifest.files:
        assert (found[0].path / name).read_bytes() == (found[1].path / name).read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_manifest_says_how_to_ask_for_a_direction(kind: str, tmp_path: Path) -> None:
    """It holds the tokens of the languages that were asked for, read again as it was written."""
    source = make(tmp_path / "source", kind)
    artifact = Store(tmp_path).add(lambda out: convert(source, out, pairs=[EN_DE]))
    manifest = Artifact.open(artifact.path).manifest
    assert manifest == artifact.manifest
    assert manifest.pairs == (EN_DE,)
    assert manifest.language_tokens(EN_DE) == TOKENS[kind]
    assert (set(manifest.source_tokens), set(manifest.target_tokens)) == ({"en"}, {"de"})
    expected = {"config.json", "model.safetensors", "sentencepiece.bpe.model"}
    expected |= {"tokenizer_config.json"} | ({"vocab.json"} if kind != "nllb" else set())
    assert set(manifest.sources) == expected


def test_fields_of_other_kinds_are_not_written(tmp_path: Path) -> None:
    """A manifest without language tokens has the bytes, and the digest, that it always had."""
    fields: dict[str, Any] = {
        "architecture": "marian",
        "quantization": "int8",
        "pairs": (EN_DE,),
        "target_tokens": {},
        "licence": "",
        "positions": 64,
        "part_tokens": 64,
        "sources": {},
        "converter": {},
        "files": {},
    }
    data = Manifest(**fields).to_json()
    assert set(json.loads(data)) == {*fields, "format"}
    assert Manifest.from_json(data, where=tmp_path) == Manifest(**fields)
    more = Manifest(**fields, source_tokens={"en": "__en__"}, target_in_decoder=True)
    assert Manifest.from_json(more.to_json(), where=tmp_path) == more


@pytest.mark.parametrize("kind", KINDS)
def test_weights_stand_where_their_tokens_are(kind: str, tmp_path: Path, out: Path) -> None:
    """One matrix serves all ends, each side ends in its norm, and the model loads."""
    source = tmp_path / "source"
    tensors = tensors_of(write_folder(source, kind))
    save_file(tensors, source / "model.safetensors")
    convert(source, out, quantization="float32", pairs=[EN_DE])
    stored = read_variables(out / "model.bin")
    shared = tensors["model.shared.weight"]
    for end in ("encoder/embeddings_0", "decoder/embeddings", "decoder/projection"):
        assert np.array_equal(stored[f"{end}/weight"], shared)
    for side in ("encoder", "decoder"):
        gamma = stored[f"{side}/layer_norm/gamma"]
        assert np.array_equal(gamma, tensors[f"model.{side}.layer_norm.weight"])
    assert len(vocabulary(out)) == len(shared)
    translator = ctranslate2.Translator(str(out), intra_threads=1)
    assert translator.translate_batch([["__en__", "</s>"]], max_decoding_length=4)[0].hypotheses


def test_m2m100_numbers_pieces_by_its_vocabulary(tmp_path: Path, out: Path) -> None:
    """`vocab.json` first, then the languages in their own order, then rows without use."""
    source = make(tmp_path / "source", "m2m100")
    convert(source, out, pairs=[EN_DE])
    numbered = json.loads((source / "vocab.json").read_text(encoding="utf-8"))
    tokens = vocabulary(out)
    assert tokens[: len(numbered)] == sorted(numbered, key=numbered.__getitem__)
    rest = tokens[len(numbered) :]
    codes = M2M100_CODES["m2m100"]
    assert rest[:100] == [f"__{code}__" for code in codes]
    assert rest[100:] == [f"madeupword{number}" for number in range(8)]


def test_nllb_numbers_pieces_as_sentencepiece_does(tmp_path: Path, out: Path) -> None:
    """Every piece is one further on than in SentencePiece, for `<pad>` was put in."""
    source = make(tmp_path / "source", "nllb")
    convert(source, out, pairs=[EN_DE])
    model = sentencepiece.SentencePieceProcessor(model_file=str(source / "sentencepiece.bpe.model"))
    tokens = vocabulary(out)
    assert tokens[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert tokens[4 : 1 + len(model)] == model.id_to_piece(list(range(3, len(model))))
    assert tokens[1 + len(model) :] == [*NLLB_CODES, "<mask>", "madeupword0", "madeupword1"]


def test_published_nllb_models_get_their_well_known_numbers() -> None:
    """Of the published 256,000 pieces, `eng_Latn` is token 256047 and `fra_Latn` is 256057."""
    first = 256_000 + 1
    assert first + NLLB_CODES.index("eng_Latn") == 256_047
    assert first + NLLB_CODES.index("fra_Latn") == 256_057
    assert first + len(NLLB_CODES) + 1 + 2 == 256_206


def test_positions_are_those_of_fairseq() -> None:
    """The first row is that of position 2, and the slowest angle grows by 1/10000."""
    table = fairseq_positions(2, 50, 8)
    angles = (2 + np.arange(50))[:, None] * np.exp(np.arange(4) * -math.log(10000) / 3)
    assert np.allclose(table, np.concatenate([np.sin(angles), np.cos(angles)], 1), atol=1e-7)
    assert not fairseq_positions(2, 3, 5)[:, -1].any()


@pytest.mark.parametrize("kind", KINDS)
def test_directions_are_never_listed_by_themselves(kind: str, tmp_path: Path, out: Path) -> None:
    """The message says how many languages there are and how to name directions."""
    number = str(KINDS[kind][0])
    with pytest.raises(UnsupportedModel, match=f"any of {number} languages") as caught:
        convert(make(tmp_path / "source", kind), out)
    assert "--pair en:fr" in caught.value.hint
    assert "--languages en,fr,de" in caught.value.hint
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    ("kind", "pair", "hint"),
    [
        ("nllb", "en:zh", "zh-Hans (Chinese (Hans)) or zh-Hant (Chinese (Hant))"),
        ("m2m100", "en:zh-Hans", "zh (Chinese)"),
        ("m2m100", "nn:en", "no (Norwegian)"),
        ("wmt21", "en:tlh", "It knows cs, de, en, ha, is, ja, ru, zh."),
    ],
)
def test_language_that_the_model_lacks_is_refused(
    kind: str, pair: str, hint: str, tmp_path: Path, out: Path
) -> None:
    """The hint has languages that are like it, or else all."""
    with pytest.raises(ConfigurationError, match="does not know the language") as caught:
        convert(make(tmp_path / "source", kind), out, pairs=[LanguagePair.parse(pair)])
    assert hint in caught.value.hint


CONFIGURATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "post-norm": ({"normalize_before": False}, "normalize_before"),
    "untied": ({"tie_word_embeddings": False}, "tie_word_embeddings"),
    "padding token": ({"pad_token_id": 0}, "pad_token_id"),
    "start token": ({"decoder_start_token_id": 1}, "decoder_start_token_id"),
    "activation": ({"activation_function": "gelu_new"}, "activation_function"),
    "heads": ({"decoder_attention_heads": 5}, "5 heads"),
    "fewer rows than tokens": ({"vocab_size": 300}, "config.json says 300"),
    "many more rows than tokens": ({"vocab_size": 9000}, "config.json says 9000"),
    "absurd vocabulary": ({"vocab_size": 10**12}, "vocab_size"),
    "absurd positions": ({"max_position_embeddings": 100_000}, "max_position_embeddings"),
    "width": ({"d_model": 64}, "layer_norm"),
}


@pytest.mark.parametrize("case", CONFIGURATIONS)
@pytest.mark.parametrize("kind", ["m2m100", "nllb"])
def test_configuration_that_cannot_be_true_is_refused(
    kind: str, case: str, tmp_path: Path, out: Path
) -> None:
    """A configuration of another kind, or one that contradicts other files, is named."""
    folder = make(tmp_path / "source", kind)
    changes, message = CONFIGURATIONS[case]
    rewrite(folder / "config.json", **changes)
    with pytest.raises((BadFile, UnsupportedModel), match=message):
        convert(folder, out, pairs=[EN_DE])


TOKENIZERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "other class": ("m2m100", {"tokenizer_class": "SMALL100Tokenizer"}, "SMALL100"),
    "class of the other kind": ("m2m100", {"tokenizer_class": "NllbTokenizer"}, "NllbTokenizer"),
    "class is no text": ("nllb", {"tokenizer_class": ["NllbTokenizer"]}, "tokenizer_class"),
    "language after sentence": ("nllb", {"legacy_behaviour": True}, "legacy_behaviour"),
    "language codes": ("m2m100", {"language_codes": "wmt22"}, "wmt22"),
    "codes are no text": ("m2m100", {"language_codes": {}}, "language_codes"),
    "fewer languages": (
        "nllb",
        {"additional_special_tokens": ["eng_Latn", "fra_Latn"]},
        "additional_special_tokens",
    ),
    "other order": (
        "nllb",
        {"extra_special_tokens": [{"content": code} for code in reversed(NLLB_CODES)]},
        "extra_special_tokens",
    ),
}


@pytest.mark.parametrize("case", TOKENIZERS)
def test_tokenizer_of_its_own_kind_is_refused(case: str, tmp_path: Path, out: Path) -> None:
    """A tokenizer that numbers or places tokens in another way is named, not misread."""
    kind, changes, message = TOKENIZERS[case]
    folder = make(tmp_path / "source", kind)
    rewrite(folder / "tokenizer_config.json", **changes)
    with pytest.raises(UnsupportedModel, match=message):
        convert(folder, out, pairs=[EN_DE])


def test_languages_may_be_listed_as_they_are(tmp_path: Path, out: Path) -> None:
    """The list of the published models, and one with more after it, are accepted."""
    folder = make(tmp_path / "source", "nllb")
    listed = [*NLLB_CODES, {"content": "<extra>"}]
    rewrite(folder / "tokenizer_config.json", additional_special_tokens=listed)
    assert convert(folder, out, pairs=[EN_DE]).target_tokens == {"de": "deu_Latn"}


def damage_tokenizer(path: Path, case: str) -> None:
    match case:
        case "no model":
            path.write_bytes(b"not a model")
        case "cut model":
            path.write_bytes(path.read_bytes()[:1000])
        case "empty model":
            path.write_bytes(b"")
        case "another model":
            path.write_bytes((STARTER / "source.spm").read_bytes())


def damage_vocabulary(path: Path, case: str) -> None:
    vocabulary = json.loads(path.read_text(encoding="utf-8"))
    match case:
        case "gap":
            vocabulary["new"] = len(vocabulary) + 1
        case "no text":
            vocabulary["\ud800"] = len(vocabulary)
        case "a language":
            vocabulary["__de__"] = len(vocabulary)
        case "first tokens":
            vocabulary["<s>"], vocabulary["<pad>"] = 1, 0
        case "no pieces":
            vocabulary = {token: i for token, i in vocabulary.items() if i < 4}
            vocabulary |= {f"other{i}": i for i in range(4, 301)}
    path.write_text(json.dumps(vocabulary))


@pytest.mark.parametrize(
    ("kind", "case", "message"),
    [
        ("m2m100", "no model", r"sentencepiece\.bpe\.model is not"),
        ("nllb", "cut model", r"sentencepiece\.bpe\.model"),
        ("nllb", "empty model", r"sentencepiece\.bpe\.model"),
        ("nllb", "another model", "does not begin with"),
        ("m2m100", "another model", "do not belong together"),
        ("m2m100", "gap", r"vocab\.json does not number"),
        ("m2m100", "no text", "not text"),
        ("m2m100", "a language", "twice"),
        ("m2m100", "first tokens", r"vocab\.json does not begin with"),
        ("m2m100", "no pieces", "do not belong together"),
    ],
)
def test_damaged_vocabularies_are_refused(
    kind: str, case: str, message: str, tmp_path: Path, out: Path
) -> None:
    """A vocabulary that is malformed, or does not fit its tokenizer, is named."""
    folder = make(tmp_path / "source", kind)
    damage_tokenizer(folder / "sentencepiece.bpe.model", case)
    if kind == "m2m100":
        damage_vocabulary(folder / "vocab.json", case)
    with pytest.raises(BadFile, match=message):
        convert(folder, out, pairs=[EN_DE])


@pytest.mark.parametrize("name", ["vocab.json", "sentencepiece.bpe.model", "model.safetensors"])
def test_symbolic_links_are_refused(name: str, tmp_path: Path, out: Path) -> None:
    """A link could lead anywhere."""
    folder = make(tmp_path / "source")
    (folder / name).rename(folder / "elsewhere")
    (folder / name).symlink_to(folder / "elsewhere")
    with pytest.raises(BadFile, match=name.replace(".", r"\.")):
        convert(folder, out, pairs=[EN_DE])


@pytest.mark.parametrize("name", ["model.decoder.layer_norm.bias", "model.shared.weight"])
def test_missing_weights_are_refused(name: str, tmp_path: Path, out: Path) -> None:
    """A weight that is not there is named."""
    folder = tmp_path / "source"
    tensors = tensors_of(write_folder(folder))
    del tensors[name]
    save_file(tensors, folder / "model.safetensors")
    with pytest.raises(BadFile, match=name.replace(".", r"\.")):
        convert(folder, out, pairs=[EN_DE])
