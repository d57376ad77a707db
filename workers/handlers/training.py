"""Train a copy of a model on one language, with a region removed, frozen or limited (Tables 2, 6, Figure 5)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import overload

from backend.artifacts.bootstrap import Samples
from backend.artifacts.training import TrainingFolder
from backend.contracts.jobs import Ticket
from backend.contracts.requests import TrainingRequest
from backend.contracts.results import TrainingSummary
from backend.contracts.training import EvaluationRatio, TrainingEvaluation, TrainingStep
from backend.contracts.vocabulary import Phase
from workers.analysis.errors import AnalysisError
from workers.analysis.training import BYTES_PER_PARAMETER, Trainer
from workers.analysis.training_plan import Recipe, learning_rate
from workers.context import Context, Outcome
from workers.failures import free_memory
from workers.handlers import perplexities
from workers.handlers.intervals import interval_rule, read_samples, resampled_of, with_ratios, write_samples
from workers.handlers.regions_read import stored_masks
from workers.handlers.texts import Evaluation, corpus_documents, corpus_texts, scoring_samples, text_rules
from workers.handlers.training_saving import (
    Position,
    drop_states,
    require_room,
    restore_state,
    save_checkpoint,
    save_state,
)
from workers.model_host import Loaded

STATE_SECONDS = 300.0
"""A state is written this often, so that a kill loses no more than that."""
_STATE_SHARE = 20
"""... but takes one part of so many of the time at most: a large model on a slow disk is saved less often."""
_RATIO = set(EvaluationRatio.model_fields)
_PASS_TOKENS_CPU, _PASS_TOKENS_GPU = 1024, 4096


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `curve.json`; curve, checkpoints and state grow in `training/{key}` meanwhile.

    Trains a copy of its own: what the host holds is never touched. A job that was killed, cancelled or failed goes
    on from its last state when it is run again.
    """
    place = TrainingFolder(context.layout.training / ticket.key)
    try:
        with place.claimed():
            return _Run(ticket, context, place).outcome(folder)
    finally:
        free_memory()  # the copy, its gradients and moments


class _Run:
    """One attempt at one training."""

    def __init__(self, ticket: Ticket, context: Context, place: TrainingFolder) -> None:
        request = ticket.request
        assert isinstance(request, TrainingRequest)
        self.request, self.progress, self.place = request, context.progress, place
        texts = corpus_texts(context.corpora, request.lines, (request.language,))[request.language]
        measured = corpus_texts(context.corpora, request.evaluation.lines, request.evaluation.languages)
        context.progress.phase(Phase.LOADING_MODEL)
        self.loaded = context.host.fresh(request.model, request.dtype, bytes_per_parameter=BYTES_PER_PARAMETER)
        require_room(self.place, request, self.loaded)
        spec = request.evaluation
        documents = corpus_documents(context.corpora, spec.lines, spec.languages)
        self.evaluations: Mapping[str, Evaluation] = perplexities.evaluations(self.loaded, measured, spec, documents)
        samples = _Samples(self.loaded, texts, request)
        self.trainer = Trainer(self.loaded.model, samples, recipe_of(request, self.loaded.device))
        self.position = self._begin(ticket, context)
        self.state_due = time.monotonic() + STATE_SECONDS

    def outcome(self, folder: Path) -> Outcome:
        """Train to the end; gives what a result is made of."""
        self.progress.phase(Phase.RUNNING)
        if not self.trainer.n_steps_done:
            self._evaluate(0)
        n_steps = self.trainer.recipe.n_steps
        steps = range(self.trainer.n_steps_done, n_steps)
        for _ in self.progress.track(steps, len(steps), "steps", f"training on {self.request.language}"):
            self._step()
            self._after_step(is_last=self.trainer.n_steps_done == n_steps)
        curve = self.place.curve()
        (folder / "curve.json").write_text(curve.model_dump_json(), encoding="utf-8")
        for one in curve.evaluations:
            self._keep_samples(one.n_samples, folder)
        drop_states(self.place)
        is_frozen = self.request.hold is not None and self.request.hold.how == "freeze"
        return Outcome(
            summary=TrainingSummary(
                n_steps=n_steps,
                n_samples=self.trainer.n_samples_seen,
                n_tokens=self.position.n_tokens,
                seconds=self.position.seconds,
                seconds_per_step=self.position.seconds / n_steps,
                evaluations=curve.evaluations,
                checkpoints=curve.checkpoints,
                final_loss=curve.steps[-1].loss,
                n_removed=self.position.n_removed,
                n_held=self.n_held,
                held_identical=self.trainer.held_checksum() == self.position.held_checksum if is_frozen else None,
                n_resumed=self.position.n_resumed,
            ),
            model=self.request.model,
            seed=self.request.seed,
            rules=_rules(self.request, self.loaded) | interval_rule(resampled_of(self.evaluations)),
            device=self.loaded.device,
            dtype=self.loaded.dtype,
        )

    def _begin(self, ticket: Ticket, context: Context) -> Position:
        """From the last state, or from the model itself: removed first, then held."""
        request, views = self.request, self.loaded.views
        self.place.sweep()
        resumed = restore_state(self.place, self.trainer)
        self.place.cut(self.trainer.n_samples_seen if resumed else None)
        position = resumed or Position()
        if request.remove and not resumed:
            masks = stored_masks(ticket, "remove", context, views)
            position = position._replace(n_removed=self.trainer.remove(views, masks))
        self.n_held = 0
        if request.hold:
            factor = request.hold.factor if request.hold.how == "limit" else None
            self.n_held = self.trainer.hold(views, stored_masks(ticket, "hold", context, views), factor=factor)
            if not resumed:
                position = position._replace(held_checksum=self.trainer.held_checksum())
        return position

    def _step(self) -> None:
        since = time.monotonic()
        try:
            told = self.trainer.step()
        except AnalysisError as error:
            if error.code == "diverged":
                self.place.append(_failed_step(self.trainer))
            raise
        self.position = self.position._replace(
            n_steps=told.step,
            n_tokens=self.position.n_tokens + told.n_tokens,
            seconds=self.position.seconds + time.monotonic() - since,
        )
        self.place.append(
            TrainingStep(
                step=told.step,
                n_samples=told.n_samples,
                loss=told.loss,
                learning_rate=told.learning_rate,
                gradient_norm=told.gradient_norm,
            )
        )

    def _after_step(self, *, is_last: bool) -> None:
        """Measure and save where the request says so; the state comes last, so that it holds for all of it."""
        if is_last or self._passed(self.request.evaluate_at):
            self._evaluate(self.trainer.n_samples_seen)
        saved = is_last or self._passed(self.request.save_at)
        if saved:
            self.progress.phase(Phase.WRITING, "checkpoint")
            self.place.append(save_checkpoint(self.place, self.request, self.loaded, self.trainer.n_samples_seen))
        if not is_last and (saved or time.monotonic() >= self.state_due):
            self.progress.phase(Phase.WRITING, "state to go on from")
            took_seconds = save_state(self.place, self.trainer, self.position)
            self.state_due = time.monotonic() + max(STATE_SECONDS, _STATE_SHARE * took_seconds)

    def _passed(self, at: Iterable[int]) -> bool:
        """Whether the last step was the first one that saw so many samples."""
        recipe, n_steps = self.trainer.recipe, self.trainer.n_steps_done
        return any(recipe.n_seen(n_steps - 1) < n_samples <= recipe.n_seen(n_steps) for n_samples in at)

    def _evaluate(self, n_samples: int) -> None:
        condition = f"after {n_samples} samples"
        measured = perplexities.measured_rows(
            self.loaded, self.evaluations, condition=condition, progress=self.progress
        )
        resampled = resampled_of(self.evaluations)
        write_samples(self.place.path, measured, resampled, samples_name(n_samples))
        rows = tuple(one.row for one in measured)
        first = self._samples_before() if n_samples else None
        compared = (
            with_ratios(rows, first, {one.row.language: one.samples for one in measured}, resampled) if first else ()
        )
        self.place.append(
            TrainingEvaluation(
                n_samples=n_samples,
                perplexity={row.language: row.perplexity for row in rows},
                bits_per_byte={row.language: row.bits_per_byte for row in rows},
                n_vocabulary=rows[0].n_vocabulary,
                ratios={row.language: EvaluationRatio(**row.model_dump(include=_RATIO)) for row in compared},
            )
        )

    def _samples_before(self) -> dict[str, Samples] | None:
        """Losses before the first step, also of an earlier attempt; None where a version before this one began it."""
        try:
            return read_samples(self.place.path / samples_name(0))[0]
        except (OSError, ValueError):
            return None

    def _keep_samples(self, n_samples: int, folder: Path) -> None:
        """Into the result."""
        file = self.place.path / samples_name(n_samples)
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
            file.unlink()


def samples_name(n_samples: int) -> str:
    """File of the losses of every sample after so many samples of training."""
    return f"samples-{n_samples}.json"


class _Samples(Sequence[list[int]]):
    """Lines as token ids, made when they are asked for: a large corpus costs its text, not its tokens."""

    def __init__(self, loaded: Loaded, texts: Sequence[str], request: TrainingRequest) -> None:
        self._loaded, self._texts = loaded, texts
        self._cut = partial(scoring_samples, loaded, max_tokens=request.max_tokens, bos=request.evaluation.bos)

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> list[int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[int]]: ...
    def __getitem__(self, index: int | slice) -> list[int] | list[list[int]]:
        texts = self._texts[index]
        if isinstance(texts, str):
            return next(iter(self._cut((texts,))))
        return list(self._cut(texts))


def recipe_of(request: TrainingRequest, device: str) -> Recipe:
    """The request in the words of the analysis."""
    optimizer = request.optimizer
    return Recipe(
        n_samples=request.n_samples,
        batch_size=request.batch_size,
        micro_batch_size=request.micro_batch_size,
        max_tokens_per_pass=_PASS_TOKENS_CPU if device == "cpu" else _PASS_TOKENS_GPU,
        learning_rate=optimizer.learning_rate,
        cosine=optimizer.schedule == "cosine",
        warmup_share=optimizer.warmup_share,
        final_share=optimizer.final_share,
        weight_decay=optimizer.weight_decay,
        beta1=optimizer.beta1,
        beta2=optimizer.beta2,
        epsilon=optimizer.epsilon,
        max_gradient_norm=optimizer.max_gradient_norm,
        seed=request.seed,
        gradient_checkpointing=request.gradient_checkpointing,
    )


def _failed_step(trainer: Trainer) -> TrainingStep:
    number = trainer.n_steps_done
    return TrainingStep(
        step=number + 1,
        n_samples=trainer.recipe.n_seen(number + 1),
        loss=None,
        learning_rate=learning_rate(trainer.recipe, number),
        gradient_norm=None,
    )


def _rules(request: TrainingRequest, loaded: Loaded) -> dict[str, str]:
    held = {
        "freeze": "its gradient is zeroed before clipping, its saved bits are put back after every step",
        "limit": "its update is scaled after the step; clipping and moments are those of a free run",
    }
    optional = {"held": held[request.hold.how]} if request.hold else {}
    if request.remove:
        optional["removal"] = "the region's parameters are set to 0 before the first step and before anything is held"
    return (
        text_rules(loaded, request.evaluation)
        | optional
        | {
            "sample": f"BOS + text + EOS, cut at {request.max_tokens} tokens and the context, padding out of the loss",
            "order": "each pass takes all lines, shuffled by the seed and the number of the pass",
            "loss": "mean over all predicted tokens of the batch, however it is cut into backward passes",
            "parameters": "all are trained and decayed alike, embeddings and head included; dropout is off",
            "precision": "float32"
            if loaded.dtype == "float32"
            else f"{loaded.dtype} with float32 masters and gradients",
            "milestones": "evaluations and checkpoints come after the first step that has seen so many samples",
        }
    )
