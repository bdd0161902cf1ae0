"""The engine on models that translate between any of their languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ctranslate2
import pytest
from safetensors.numpy import save_file

from ai_translate.engine import DecodingOptions, ScoredSentence
from ai_translate.engine.model import Model
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.tokenizer import Tokenizer
from ai_translate.engine.work import finish
from ai_translate.languages import LanguagePair
from ai_translate.supply.convert import convert
from ai_translate.supply.store import Store
from support.m2m100 import KINDS, tensors_of, write_folder

PAIRS = [LanguagePair("en", "de"), LanguagePair("de", "en"), LanguagePair("en", "ru")]
TEXT = "Where is the station? I lost my keys."


@pytest.fixture(scope="module", params=["m2m100", "nllb"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CTranslate2Engine]:
    folder = tmp_path_factory.mktemp("model")
    source = folder / "source"
    save_file(tensors_of(write_folder(source, request.param)), source / "model.safetensors")
    artifact = Store(folder).add(
        lambda out: convert(source, out, quantization="float32", pairs=PAIRS)
    )
    engine = CTranslate2Engine(request.param, artifact, inter_threads=1)
    yield engine
    engine.close()


def translated(
    engine: CTranslate2Engine, pair: LanguagePair, options: DecodingOptions
) -> ScoredSentence:
    [found] = finish(engine.translate([TEXT], pair, options))
    assert isinstance(found, ScoredSentence)
    return found


@pytest.mark.parametrize("pair", PAIRS)
def test_language_tokens_go_to_both_sides(engine: CTranslate2Engine, pair: LanguagePair) -> None:
    """The source's token stands before its pieces; the target's is for the decoder alone."""
    marks = engine.artifact.manifest.language_tokens(pair)
    [part] = Tokenizer(engine.artifact.path, 64).encode(TEXT, *marks)
    assert part.tokens[0] == marks.before_source
    assert part.tokens[-2:] == ("</s>", marks.first_target)
    assert marks.first_target not in part.tokens[:-1]


@pytest.mark.parametrize("beam_size", [1, 3])
def test_translation_is_what_the_model_says_after_the_token(
    engine: CTranslate2Engine, beam_size: int
) -> None:
    """The forced token is the decoder's first, is in no text, and counts in no score."""
    options = DecodingOptions(beam_size=beam_size, max_target_tokens=9)
    model = Model("m", engine.artifact, device="cpu", workers=1, threads=1)
    translator = ctranslate2.Translator(str(engine.artifact.path), intra_threads=1)
    found = {}
    for pair in PAIRS:
        marks = engine.artifact.manifest.language_tokens(pair)
        assert marks.first_target is not None
        [part] = Tokenizer(engine.artifact.path, 64).encode(TEXT, *marks)
        [([(tokens, score, count)], stopped)] = model.decode([part.tokens], options)
        [scored] = translator.score_batch([part.tokens[:-1]], [[marks.first_target, *tokens]])
        assert len(tokens) == count == 9
        assert stopped
        assert score == pytest.approx(sum(scored.log_probs[1:10]) / 9, abs=1e-4)
        found[pair] = translated(engine, pair, options)
        assert found[pair].best.text == Tokenizer(engine.artifact.path, 64).decode(tokens)
        assert found[pair].truncated
        assert not any(
            token in hypothesis.text
            for hypothesis in found[pair].hypotheses
            for token in ("__", "_Latn", "_Cyrl", "madeup", "<")
        )
    model.close()


def test_greedy_search_agrees_with_scoring(engine: CTranslate2Engine) -> None:
    """Token by token, nothing that may be said is more probable than what was said."""
    pair = PAIRS[0]
    marks = engine.artifact.manifest.language_tokens(pair)
    [part] = Tokenizer(engine.artifact.path, 64).encode(TEXT, *marks)
    model = Model("m", engine.artifact, device="cpu", workers=1, threads=1)
    [([(tokens, _, _)], _)] = model.decode(
        [part.tokens], DecodingOptions(beam_size=1, max_target_tokens=3)
    )
    model.close()
    translator = ctranslate2.Translator(str(engine.artifact.path), intra_threads=1)
    others = ["▁", "e", "t", *tokens]
    [best, *rest] = translator.score_batch(
        [part.tokens[:-1]] * (1 + len(others)),
        [[marks.first_target, token] for token in (tokens[0], *others)],
    )
    assert all(best.log_probs[1] >= other.log_probs[1] - 1e-5 for other in rest)


def test_sentences_of_all_targets_share_a_batch(engine: CTranslate2Engine) -> None:
    """Each sentence of a batch gets its own first token, whatever its neighbours have."""
    model = Model("m", engine.artifact, device="cpu", workers=1, threads=1)
    tokenizer = Tokenizer(engine.artifact.path, 64)
    options = DecodingOptions(beam_size=1, max_target_tokens=6)
    batch = [
        tokenizer.encode(TEXT[: 10 + 9 * i], *engine.artifact.manifest.language_tokens(pair))[0]
        for i, pair in enumerate(PAIRS)
    ]
    together = model.decode([part.tokens for part in batch], options)
    alone = [model.decode([part.tokens], options)[0] for part in batch]
    assert [found[0][0][0] for found in together] == [found[0][0][0] for found in alone]
    model.close()


def test_limit_keeps_within_the_positions(engine: CTranslate2Engine) -> None:
    """The start and the forced token take two of the decoder's positions."""
    options = DecodingOptions(beam_size=1, max_target_tokens=500)
    assert translated(engine, PAIRS[0], options).best.tokens <= 62


def test_long_sentence_names_its_language_in_each_part(engine: CTranslate2Engine) -> None:
    """Every part fits the positions, and asks for the same direction."""
    marks = engine.artifact.manifest.language_tokens(PAIRS[0])
    parts = Tokenizer(engine.artifact.path, 64).encode(TEXT * 20, *marks)
    assert len(parts) > 1
    for part in parts:
        assert (part.tokens[0], part.tokens[-1]) == marks
        assert len(part.tokens) <= 64 + 1
    assert "".join(part.text + part.space for part in parts) == TEXT * 20


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_that_stand_for_no_text_are_left_out(kind: str, tmp_path: Path) -> None:
    """A random model says the strangest things; nobody wants to read its language tokens."""
    write_folder(tmp_path, kind)
    tokenizer = Tokenizer(tmp_path, 64)
    [part] = tokenizer.encode("Hello there")
    said = ["__de__", "deu_Latn", "<pad>", *part.tokens, "madeupword1", "<mask>", "<s>", "<unk>"]
    assert tokenizer.decode(said) == "Hello there"
