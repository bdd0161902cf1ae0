"""Holds quantizations of a model against the model in float32."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ai_translate.artifact import Artifact, Quantization
from ai_translate.engine import DecodingOptions
from ai_translate.engine.pipeline import CTranslate2Engine
from ai_translate.engine.threads import ThreadChoice, choose_threads
from ai_translate.errors import InvalidRequest
from ai_translate.evaluation.result import BASE, Evaluation, Measured
from ai_translate.evaluation.rounds import Run, take_turns
from ai_translate.evaluation.sample import Sample
from ai_translate.evaluation.scores import Metrics, Scorer
from ai_translate.languages import LanguagePair
from ai_translate.settings import Settings
from ai_translate.supply.finished import holds_artifact
from ai_translate.supply.hub.progress import Progress
from ai_translate.supply.locked_evaluation import LockedEvaluation
from ai_translate.supply.locked_source import locked_source
from ai_translate.supply.lockfile import LockedModel
from ai_translate.supply.recipe import Recipe
from ai_translate.supply.store import Store

__all__ = ["Trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """How models are tried.

    Attributes:
        sample: What they translate.
        metrics: What scores it.
        store: Where artifacts are. Those that are made for a trial lie aside in it, and go again.
        settings: Beam width, device and threads; where the source of a locked model comes from.
        progress: Is told what is being done.
        direction: Which of a model's directions; None will do where it has one.
    """

    sample: Sample
    metrics: Metrics
    store: Store
    settings: Settings
    progress: Progress
    direction: LanguagePair | None = None

    def of_locked(
        self, model: LockedModel, lock: Path, quantizations: Iterable[Quantization] = ()
    ) -> Evaluation:
        """Tries a model of the lock, whose artifact the store must have.

        Args:
            model: What the lock says of it.
            lock: The lock's path, to which folders are relative.
            quantizations: What to try beside float32 and the locked one.

        Raises:
            InvalidRequest: The model lacks the direction, or has several and none was said; or it
                came converted, so that there is nothing to compare it with.
            SupplyError: The artifact is not there, the source cannot be had, or the disk refused.
            ServiceError: A model cannot be loaded, or failed on a sentence.
        """
        if holds_artifact(model.files):
            raise InvalidRequest(
                f"{model.name} came converted, and its float32 weights did not come along.",
                hint="Evaluate it where it is made; `ai-translate models info` shows what was "
                "found there.",
            )
        pair = self._pair(model.name, model.pairs)
        known = self.store.open(model.artifact)
        with self.store.aside() as aside:
            with locked_source(model, lock, self.settings, self.progress) as folder:
                artifacts = self._artifacts(
                    folder, Recipe.of(model), known, aside, [model.quantization, *quantizations]
                )
            return self._evaluation(model.name, model.quantization, artifacts, pair)

    def of_added(
        self, name: str, most_loss: float | None, folder: Path, recipe: Recipe, artifact: Artifact
    ) -> LockedEvaluation:
        """Tries a model that is being added.

        Without its first two arguments this is a `Judge` of `supply.adding`.

        Args:
            name: What the model is called.
            most_loss: chrF that it may lose; None lets it lose any.
            folder: Its source.
            recipe: How it was converted.
            artifact: What came of it.

        Raises:
            QualityLost: It loses more than it may.
            InvalidRequest: The model lacks the direction, or has several and none was said.
            SupplyError: The source cannot be converted, or the disk refused.
            ServiceError: A model cannot be loaded, or failed on a sentence.
        """
        pair = self._pair(name, artifact.manifest.pairs)
        with self.store.aside() as aside:
            artifacts = self._artifacts(folder, recipe, artifact, aside, [recipe.quantization])
            found = self._evaluation(name, recipe.quantization, artifacts, pair)
        if most_loss is not None:
            found.refuse_loss_over(most_loss)
        return found.for_lock()

    def _pair(self, name: str, pairs: Sequence[LanguagePair]) -> LanguagePair:
        fitting = [pair for pair in pairs if self.direction in {None, pair}]
        if len(fitting) == 1:
            return fitting[0]
        what = "has several directions" if self.direction is None else f"lacks {self.direction}"
        raise InvalidRequest(
            f"{name} {what}.",
            hint=f"Give --direction one of {', '.join(f'{p.source}:{p.target}' for p in pairs)}.",
        )

    def _artifacts(
        self,
        folder: Path,
        recipe: Recipe,
        known: Artifact,
        aside: Store,
        quantizations: Iterable[Quantization],
    ) -> dict[Quantization, Artifact]:
        """The known artifact and those of other quantizations, made aside; float32 comes first."""
        found: dict[Quantization, Artifact] = {}
        for quantization in dict.fromkeys([BASE, *quantizations]):
            if quantization == known.manifest.quantization:
                found[quantization] = known
                continue
            self.progress.note(f"Converting it to {quantization}.")
            build = partial(replace(recipe, quantization=quantization).convert, folder)
            found[quantization] = aside.add(build)
        return found

    def _evaluation(
        self,
        name: str,
        locked: Quantization,
        artifacts: Mapping[Quantization, Artifact],
        pair: LanguagePair,
    ) -> Evaluation:
        # One choice for all, so that nothing but the weights differs.
        threads = choose_threads(
            artifacts[BASE],
            self.settings.device,
            self.settings.inter_threads,
            self.settings.intra_threads,
            name=name,
            state_dir=self.settings.state_dir,
        )
        runs = self._runs(name, artifacts, pair, threads)
        scorer = self.metrics.scorer(pair.target)
        return Evaluation(
            model=name,
            locked=locked,
            pair=pair,
            against="float32" if self.sample.references is None else "reference",
            text_sha256=self.sample.text_sha256,
            reference_sha256=self.sample.reference_sha256,
            sentences=len(self.sample.sentences),
            beam_size=self.settings.beam_size,
            inter_threads=threads.inter,
            intra_threads=threads.intra,
            rounds=len(runs[BASE].rates),
            signatures=scorer.signatures,
            measured=self._measured(artifacts, runs, scorer),
        )

    def _runs(
        self,
        name: str,
        artifacts: Mapping[Quantization, Artifact],
        pair: LanguagePair,
        threads: ThreadChoice,
    ) -> dict[Quantization, Run]:
        with contextlib.ExitStack() as stack:
            engines = []
            for artifact in artifacts.values():
                engine = CTranslate2Engine(
                    name,
                    artifact,
                    device=self.settings.device,
                    inter_threads=threads.inter,
                    intra_threads=threads.intra,
                )
                stack.callback(engine.close)
                engines.append(engine)
            self.progress.note(f"Translating {len(self.sample.sentences)} sentences with each.")
            options = DecodingOptions(beam_size=self.settings.beam_size)
            runs = take_turns(engines, self.sample.sentences, pair, options)
            return dict(zip(artifacts, runs, strict=True))

    def _measured(
        self,
        artifacts: Mapping[Quantization, Artifact],
        runs: Mapping[Quantization, Run],
        scorer: Scorer,
    ) -> tuple[Measured, ...]:
        base = runs[BASE]
        references = self.sample.references or base.translations
        scores = {name: scorer.of(run.translations, references) for name, run in runs.items()}
        return tuple(
            Measured(
                quantization=name,
                artifact=artifact.digest,
                scores=scores[name],
                chrf_loss=round(scores[BASE].chrf - scores[name].chrf, 2),
                cut_short=runs[name].cut_short,
                sentences_per_second=runs[name].rate,
                speed_ratio=runs[name].times_as_fast(base),
                size=artifact.size,
                size_ratio=artifact.size / artifacts[BASE].size,
            )
            for name, artifact in artifacts.items()
        )
