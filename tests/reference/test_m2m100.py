"""Holds our conversion of M2M100 and NLLB models against torch, transformers and CTranslate2's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctranslate2
import ctranslate2.converters
import numpy as np
import pytest
import torch
import transformers
from safetensors.numpy import save_file
from transformers.models.m2m_100 import tokenization_m2m_100
from transformers.models.nllb import tokenization_nllb

from ai_translate.artifact import Artifact
from ai_translate.engine import DecodingOptions, ScoredSentence
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.engine.work import finish
from ai_translate.languages import LanguagePair
from ai_translate.supply.convert import convert
from ai_translate.supply.fairseq_languages import M2M100_CODES, NLLB_CODES
from ai_translate.supply.hf_files import read_model_files
from ai_translate.supply.store import Store
from support.ct2_model import read_variables
from support.m2m100 import KINDS, tensors_of, write_folder

pytestmark = pytest.mark.filterwarnings("default")

SENTENCES = (
    (Path(__file__).parents[1] / "data/sentences.en.txt").read_text(encoding="utf-8").splitlines()
)
# No sentence of this length meets the random models' 64 positions.
SHORT = [text for text in SENTENCES if len(text) < 40][:12]
EN_DE = LanguagePair("en", "de")
torch.set_num_threads(1)
POSITIONS = {f"{side}/position_encodings/encodings" for side in ("encoder", "decoder")}


def make(folder: Path, kind: str, format_: str = "safetensors", **changes: int) -> Path:
    tensors = tensors_of(write_folder(folder, kind, **changes))
    if format_ == "safetensors":
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        return folder
    torch.save(
        {name: torch.from_numpy(tensor) for name, tensor in tensors.items()},
        folder / "pytorch_model.bin",
        _use_new_zipfile_serialization=format_ == "bin",
    )
    return folder


def converted(folder: Path, store: Path) -> Artifact:
    return Store(store).add(lambda out: convert(folder, out, quantization="float32", pairs=[EN_DE]))


def test_languages_are_those_of_transformers() -> None:
    """The lists, whose order makes the numbers of the language tokens, are theirs."""
    theirs = tokenization_m2m_100.FAIRSEQ_LANGUAGE_CODES
    assert {name: list(codes) for name, codes in M2M100_CODES.items()} == theirs
    assert list(NLLB_CODES) == tokenization_nllb.FAIRSEQ_LANGUAGE_CODES


@pytest.mark.parametrize("kind", ["m2m100", "wmt21"])
def test_tokens_and_numbers_are_those_of_transformers(kind: str, tmp_path: Path) -> None:
    """A sentence becomes the numbers that their tokenizer gives it, its language included.

    NLLB's numbers cannot be had from transformers 5 in this way: where it reads a SentencePiece
    model it puts `<mask>` before the languages, unlike the published models.
    """
    folder = make(tmp_path / "source", kind)
    artifact = converted(folder, tmp_path)
    ids = {token: i for i, token in enumerate(read_model_files(folder).content.source_tokens)}
    tokenizer = Tokenizer(artifact.path, 64)
    before, forced = artifact.manifest.language_tokens(EN_DE)
    theirs: Any = transformers.M2M100Tokenizer.from_pretrained(folder, src_lang="en")
    for text in SHORT:
        [part] = tokenizer.encode(text, before)
        assert [ids.get(token, ids["<unk>"]) for token in part.tokens] == theirs(text).input_ids
    assert theirs.convert_tokens_to_ids(forced) == ids[str(forced)]


@pytest.mark.parametrize("format_", ["safetensors", "bin", "legacy-bin"])
@pytest.mark.parametrize("kind", KINDS)
def test_random_checkpoints_score_alike(kind: str, format_: str, tmp_path: Path) -> None:
    """Every kind and format of checkpoint gives transformers' log-probabilities within 1e-3."""
    folder = make(tmp_path / "source", kind, format_)
    artifact = converted(folder, tmp_path)
    ids = {token: i for i, token in enumerate(read_model_files(folder).content.source_tokens)}
    before, forced = artifact.manifest.language_tokens(EN_DE)
    tokenizer = Tokenizer(artifact.path, 64)
    sources = [list(tokenizer.encode(text, before)[0].tokens) for text in SHORT]
    targets = [[str(forced), *tokenizer.encode(text)[0].tokens[:-1]] for text in reversed(SHORT)]
    scores = ctranslate2.Translator(str(artifact.path), intra_threads=1).score_batch(
        sources, targets
    )
    model = transformers.M2M100ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32
    ).eval()
    for source, target, score in zip(sources, targets, scores, strict=True):
        labels = [ids.get(token, ids["<unk>"]) for token in [*target, "</s>"]]
        with torch.inference_mode():
            logits = model(
                input_ids=torch.tensor([[ids.get(token, ids["<unk>"]) for token in source]]),
                decoder_input_ids=torch.tensor([[ids["</s>"], *labels[:-1]]]),
            ).logits[0]
        log_probs = torch.log_softmax(logits, -1)
        theirs = [float(log_probs[i, label]) for i, label in enumerate(labels)]
        assert score.log_probs == pytest.approx(theirs, abs=1e-3)


@pytest.mark.parametrize("beam_size", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_translations_are_those_of_transformers(kind: str, beam_size: int, tmp_path: Path) -> None:
    """From text to text, with the target's token forced, as their `generate` does it."""
    folder = make(tmp_path / "source", kind)
    artifact = converted(folder, tmp_path)
    engine = CTranslate2Engine(kind, artifact, inter_threads=1)
    options = DecodingOptions(beam_size=beam_size, max_target_tokens=10)
    found = finish(engine.translate(SHORT, EN_DE, options))
    ours = [outcome.best.text for outcome in found if isinstance(outcome, ScoredSentence)]
    engine.close()

    tokens = read_model_files(folder).content.source_tokens
    ids = {token: i for i, token in enumerate(tokens)}
    before, forced = artifact.manifest.language_tokens(EN_DE)
    tokenizer = Tokenizer(artifact.path, 64)
    model = transformers.M2M100ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32
    ).eval()
    theirs = []
    for text in SHORT:
        [part] = tokenizer.encode(text, before)
        with torch.inference_mode():
            output = model.generate(
                input_ids=torch.tensor([[ids.get(t, ids["<unk>"]) for t in part.tokens]]),
                forced_bos_token_id=ids[str(forced)],
                num_beams=beam_size,
                max_new_tokens=11,
                early_stopping=beam_size > 1,
                bad_words_ids=[[ids["<unk>"]]],
            )
        theirs.append(tokenizer.decode([tokens[i] for i in output[0, 2:]]))
    assert len(set(theirs)) > 1
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    assert same >= len(SHORT) - 1, list(zip(ours, theirs, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_those_of_their_converter(kind: str, tmp_path: Path) -> None:
    """Every trained weight is that of CTranslate2's own converter, byte for byte.

    Of the position encodings, which are computed, theirs are rounded to single precision in
    between and ours only at the end. Their vocabulary is left out: with transformers 5 it lacks
    the languages, and their converter refuses it. Both sides have as many heads here, for it
    takes the encoder's number for the decoder's.
    """
    folder = make(tmp_path / "source", kind, decoder_attention_heads=4)
    ours = converted(folder, tmp_path)
    tokens = read_model_files(folder).content.source_tokens
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    model = transformers.M2M100ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        spec = ctranslate2.converters.transformers.M2M100Loader().get_model_spec(model)
        spec.register_source_vocabulary(tokens)
        spec.register_target_vocabulary(tokens)
        spec.validate()
        spec.optimize("float32")
        spec.save(str(theirs))
    found = read_variables(ours.path / "model.bin")
    expected = read_variables(theirs / "model.bin")
    assert found.keys() == expected.keys()
    for name, weight in found.items():
        assert weight.dtype == expected[name].dtype, name
        if name in POSITIONS:
            assert np.allclose(weight, expected[name], rtol=0, atol=1e-5)
        else:
            assert np.array_equal(weight, expected[name]), name
