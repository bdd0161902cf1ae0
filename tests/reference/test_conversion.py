"""Holds our conversion against torch, transformers and CTranslate2's own converter."""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import ctranslate2
import ctranslate2.converters
import numpy as np
import pytest
import sentencepiece
import torch
import transformers

from ai_translate.engine import DecodingOptions, ScoredSentence
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.work import finish
from ai_translate.languages import LanguagePair
from ai_translate.supply.convert import convert
from ai_translate.supply.store import Store
from support.ct2_model import read_variables
from support.marian import KINDS, STARTER, tensors_of, write_folder

pytestmark = pytest.mark.filterwarnings("default")

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "data/starter-en-fr.float32.json"
SENTENCES = (TESTS / "data/sentences.en.txt").read_text(encoding="utf-8").splitlines()
BEAM_SIZES = (1, 2, 4)
# On shared virtual CPUs a second thread makes torch several times slower.
torch.set_num_threads(1)
POSITIONS = {f"{side}/position_encodings/encodings" for side in ("encoder", "decoder")}


def converted(folder: Path, out: Path) -> Path:
    out.mkdir()
    pairs = [] if (folder / "tokenizer_config.json").exists() else [LanguagePair("en", "fr")]
    convert(folder, out, quantization="float32", pairs=pairs)
    return out


def by_their_converter(folder: Path, out: Path) -> Path:
    converter = ctranslate2.converters.TransformersConverter(str(folder))
    converter.convert(str(out), quantization="float32")
    return out


@pytest.fixture(scope="module")
def starter_float32(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter with its weights stored as float32, written by transformers."""
    folder = tmp_path_factory.mktemp("starter-float32")
    model = transformers.MarianMTModel.from_pretrained(STARTER, dtype=torch.float32)
    model.save_pretrained(folder)
    for name in ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json"):
        shutil.copyfile(STARTER / name, folder / name)
    return folder


def test_same_checkpoint_gives_the_same_bytes(starter_float32: Path, tmp_path: Path) -> None:
    """Our float32 model is byte for byte the one of CTranslate2's transformers converter."""
    ours = converted(starter_float32, tmp_path / "ours")
    theirs = by_their_converter(starter_float32, tmp_path / "theirs")
    for name in ("model.bin", "shared_vocabulary.json", "config.json"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name


def test_half_precision_checkpoint_gives_the_same_weights(tmp_path: Path) -> None:
    """From float16 every trained weight is theirs; only their position encodings lose precision.

    Their converter loads the model in the checkpoint's type and so rounds the computed sines to
    half precision; ours and transformers at float32 do not. Rounded, they are the same.
    """
    ours = read_variables(converted(STARTER, tmp_path / "ours") / "model.bin")
    theirs = read_variables(by_their_converter(STARTER, tmp_path / "theirs") / "model.bin")
    assert ours.keys() == theirs.keys()
    for name, weight in ours.items():
        expected = weight.astype(np.float16).astype(np.float32) if name in POSITIONS else weight
        assert expected.dtype == theirs[name].dtype or name not in POSITIONS, name
        assert np.array_equal(expected, theirs[name]), name


def test_translations_are_those_of_transformers(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """At float32, 99% of 200 sentences are translated as by transformers, at each beam width.

    The golden results that `make test` compares with are the same.
    """
    artifact = Store(tmp_path).add(lambda out: convert(STARTER, out, quantization="float32"))
    engine = CTranslate2Engine("starter", artifact)
    found = {str(beam): translate_with_transformers(beam) for beam in BEAM_SIZES}
    record = {
        "made_by": {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": platform.python_version(),
        },
        "sentences": len(SENTENCES),
        "translations": found,
    }
    if request.config.getoption("--record"):
        GOLDEN.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))["translations"]
    for beam, theirs in found.items():
        options = DecodingOptions(beam_size=int(beam))
        ours = finish(engine.translate(SENTENCES, LanguagePair("en", "fr"), options))
        assert (
            share_of_equal([s.best.text for s in ours if isinstance(s, ScoredSentence)], theirs)
            >= 0.99
        ), f"beam {beam}"
        assert share_of_equal(golden[beam], theirs) >= 0.99, f"beam {beam}: golden is stale"


def share_of_equal(ours: list[str], theirs: list[str]) -> float:
    return sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(theirs)


def translate_with_transformers(beam_size: int) -> list[str]:
    tokenizer = transformers.MarianTokenizer.from_pretrained(STARTER)
    model = transformers.MarianMTModel.from_pretrained(STARTER, dtype=torch.float32).eval()
    unknown = [[tokenizer.pad_token_id], [tokenizer.unk_token_id]]
    texts: list[str] = []
    with torch.inference_mode():
        for start in range(0, len(SENTENCES), 20):
            batch = tokenizer(SENTENCES[start : start + 20], return_tensors="pt", padding=True)
            output = model.generate(
                **batch,
                num_beams=beam_size,
                max_length=128,
                early_stopping=beam_size > 1,
                bad_words_ids=unknown,
            )
            texts += tokenizer.batch_decode(output, skip_special_tokens=True)
    return texts


@pytest.mark.parametrize("format_", ["safetensors", "bin", "legacy-bin"])
@pytest.mark.parametrize("kind", KINDS)
def test_random_checkpoints_score_alike(kind: str, format_: str, tmp_path: Path) -> None:
    """Every kind and format of checkpoint gives transformers' log-probabilities within 1e-3."""
    folder = tmp_path / "source"
    config = write_folder(folder, kind)
    write_weights(folder, tensors_of(config), format_)
    out = tmp_path / "ours"
    out.mkdir()
    pairs = [LanguagePair("en", "zh-Hans" if kind == "multi-target" else "fr")]
    manifest = convert(folder, out, quantization="float32", pairs=pairs)

    prefix = list(manifest.target_tokens.values())
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(STARTER / "source.spm"))
    pairs_of_tokens = [
        (
            [*prefix, *pieces.encode(SENTENCES[i], out_type=str), "</s>"],
            pieces.encode(SENTENCES[i + 1], out_type=str),
        )
        for i in range(0, 20, 2)
    ]
    translator = ctranslate2.Translator(str(out), intra_threads=1)
    scores = translator.score_batch(
        [source for source, _ in pairs_of_tokens], [target for _, target in pairs_of_tokens]
    )
    expected = teacher_forced(folder, config, pairs_of_tokens)
    for score, theirs in zip(scores, expected, strict=True):
        assert score.log_probs == pytest.approx(theirs, abs=1e-3)


def write_weights(folder: Path, tensors: dict[str, Any], format_: str) -> None:
    if format_ == "safetensors":
        from safetensors.numpy import save_file  # noqa: PLC0415  # one of three ways

        save_file(tensors, folder / "model.safetensors")
        return
    torch.save(
        {name: torch.from_numpy(tensor) for name, tensor in tensors.items()},
        folder / "pytorch_model.bin",
        _use_new_zipfile_serialization=format_ == "bin",
    )


def teacher_forced(
    folder: Path, config: dict[str, Any], pairs: list[tuple[list[str], list[str]]]
) -> list[list[float]]:
    """Log-probability of each target token and of the end, as transformers computes them."""
    model = transformers.MarianMTModel.from_pretrained(folder, dtype=torch.float32).eval()
    source_ids = json.loads((folder / "vocab.json").read_text())
    target_path = folder / "target_vocab.json"
    target_ids = json.loads(target_path.read_text()) if target_path.exists() else source_ids
    results = []
    for source, target in pairs:
        labels = [*(target_ids[token] for token in target), config["eos_token_id"]]
        with torch.inference_mode():
            logits = model(
                input_ids=torch.tensor([[source_ids[token] for token in source]]),
                decoder_input_ids=torch.tensor([[config["decoder_start_token_id"], *labels[:-1]]]),
            ).logits[0]
            # <pad> cannot be generated: our model lacks it, so it takes no probability.
            logits[:, config["pad_token_id"]] = -torch.inf
            log_probs = torch.log_softmax(logits, -1)
        results.append([float(log_probs[i, label]) for i, label in enumerate(labels)])
    return results
