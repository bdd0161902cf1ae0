"""Which directions a model is asked to translate, and with which tokens it is asked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Final

from ai_translate.errors import ConfigurationError, UnsupportedModel
from ai_translate.languages import (
    LanguagePair,
    from_model_codes,
    from_target_token,
    name_of,
    normalize,
)
from ai_translate.supply.m2m100_files import M2M100Files
from ai_translate.supply.marian_files import MarianFiles

__all__ = ["Directions", "choose_directions"]

_CLOSE: Final = 5


@dataclass(frozen=True, slots=True)
class Directions:
    """What of the manifest concerns languages; see `Manifest` for each field."""

    pairs: tuple[LanguagePair, ...]
    target_tokens: dict[str, str]
    source_tokens: dict[str, str] = field(default_factory=dict)
    target_in_decoder: bool = False


def choose_directions(
    files: MarianFiles | M2M100Files, pairs: tuple[LanguagePair, ...]
) -> Directions:
    """The directions that were asked for, or those that the model declares.

    Raises:
        UnsupportedModel: None were asked for, and the model does not declare them.
        ConfigurationError: The model does not know a language that was asked for.
    """
    if isinstance(files, MarianFiles):
        return _of_marian(files, pairs)
    return _of_many_to_many(files, pairs)


def _of_marian(files: MarianFiles, pairs: tuple[LanguagePair, ...]) -> Directions:
    tokens = {
        language: token
        for token in files.source_tokens
        if (language := from_target_token(token)) is not None
    }
    if not pairs and files.source_language and files.target_language:
        source = _language(files.source_language)
        targets = sorted(tokens) if tokens else [_language(files.target_language)]
        pairs = tuple(LanguagePair(source, target) for target in targets)
    if not pairs:
        raise UnsupportedModel(
            f"{files.folder} does not say which languages it translates.",
            hint="Name them, such as `--pair en:fr`.",
        )
    for pair in pairs:
        if tokens and pair.target not in tokens:
            raise ConfigurationError(
                f"{files.folder} cannot translate into {pair.target}.",
                hint=f"It knows {', '.join(sorted(tokens))}.",
            )
    wanted = sorted({pair.target for pair in pairs})
    if not tokens and len(wanted) > 1:
        raise ConfigurationError(
            f"{files.folder} translates into one language, not into {' and '.join(wanted)}.",
            hint="Name directions into that one only, such as `--pair en:fr`.",
        )
    targets_wanted = [target for target in wanted if target in tokens]
    return Directions(
        tuple(sorted(set(pairs))), {language: tokens[language] for language in targets_wanted}
    )


def _of_many_to_many(files: M2M100Files, pairs: tuple[LanguagePair, ...]) -> Directions:
    """All directions of such a model are never listed by themselves: NLLB has 40,602."""
    tags = from_model_codes(files.languages)
    tokens = {tag: files.languages[code] for code, tag in tags.items()}
    if not pairs:
        raise UnsupportedModel(
            f"{files.folder} translates between any of {len(tokens)} languages.",
            hint="Name the directions that you want, such as `--pair en:fr`, "
            "or the languages, such as `--languages en,fr,de`.",
        )
    for language in dict.fromkeys(language for pair in pairs for language in pair):
        if language not in tokens:
            raise ConfigurationError(
                f"{files.folder} does not know the language {language}.",
                hint=_suggestion(language, sorted(tokens)),
            )
    sources = sorted({pair.source for pair in pairs})
    targets = sorted({pair.target for pair in pairs})
    return Directions(
        tuple(sorted(set(pairs))),
        target_tokens={language: tokens[language] for language in targets},
        source_tokens={language: tokens[language] for language in sources},
        target_in_decoder=True,
    )


def _suggestion(language: str, known: list[str]) -> str:
    """Names like it, the same language in another script first; all names if there are none."""
    main = language.partition("-")[0]
    close = [tag for tag in known if tag.partition("-")[0] == main]
    if not close:
        names = {name_of(tag): tag for tag in known}
        similar = difflib.get_close_matches(language, known, _CLOSE)
        similar += [names[n] for n in difflib.get_close_matches(name_of(language), names, _CLOSE)]
        close = list(dict.fromkeys(similar))[:_CLOSE]
    if close:
        return f"Did you mean {' or '.join(f'{tag} ({name_of(tag)})' for tag in close)}?"
    return f"It knows {', '.join(known)}."


def _language(name: str) -> str:
    """A tokenizer's idea of a language; OPUS-MT also names groups such as `ROMANCE`."""
    try:
        return normalize(name)
    except ValueError:
        raise UnsupportedModel(
            f"{name!r} is a group of languages.", hint="Name each direction, as `--pair en:fr`."
        ) from None
