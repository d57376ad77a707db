"""Train outside of its page: curves of training runs laid over each other, their numbers, their saved models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.client import Client
from backend.contracts.perplexity_words import RATIO, marked
from backend.contracts.problems import KnownError
from backend.contracts.training import EvaluationRatio, TrainingEvaluation
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.choices.train import run_words
from frontend.choices.train_shown import LINEAR, LOG, curves, first_choice, scale_of, wanted
from frontend.figures.training import evaluation_words
from frontend.language_names import name_of
from frontend.training_runs import ShownRun, chosen_runs, shown_runs, training_runs
from frontend.views.base import Picture, Table, View
from frontend.views.parts import form_of, model_of, stored_table

TITLE = "Train"


def view(query: Mapping[str, str], api: Client) -> View:
    """The runs that the address names, else the newest that train the same language alike."""
    model = model_of(query, api)
    runs = training_runs(model, api)
    named, scale = wanted(query), scale_of(query)
    chosen = chosen_runs(runs, named)
    if named and not chosen:
        _refuse(named[0], model, api)
    usual = first_choice(model, runs, chosen, {}, api)
    form = form_of(usual.with_query(query).state(), usual.state())
    shown = shown_runs(runs, chosen, api)
    state = {"model": model, "runs": [one.run.key for one in shown], "scale": scale if scale != LOG else None}
    pictures = curves(shown, dark=False, log=scale != LINEAR) if shown else ()
    done = [one for one in shown if one.summary is not None]
    return View(
        address=urls.link("train", **state, **form),
        title=f"{TITLE}: {'; '.join(run_words(one.run.request) for one in shown)}" if shown else TITLE,
        lead=_lead(shown, model),
        pictures=tuple(Picture(figure) for figure in pictures),
        tables=(*_curve_tables(shown), *_paper_tables(done, api)) if shown else (),
        sources=tuple(api.manifest(one.run.key) for one in done),
        missing=tuple(one.run.request for one in shown if one.run.state is not JobState.DONE),
    )


def _refuse(key: str, model: str, api: Client) -> None:
    found = api.manifest(key)  # raises `unknown_key`
    raise KnownError(
        "other_kind",
        f"result {key} ({found.request.kind.value} of {found.provenance.model}) is no training of {model}",
        hint="Name the model that was trained, or open it from the Runs page.",
        status=404,
    )


def _curve_tables(shown: Sequence[ShownRun]) -> tuple[Table, ...]:
    words = [(run_words(one.run.request), one) for one in shown]
    evaluations = tuple(
        (
            name,
            found.n_samples,
            code,
            marked(perplexity, found.n_vocabulary),
            found.bits_per_byte.get(code),
            *_ratio(found, code),
        )
        for name, one in words
        for found in one.curve.evaluations
        for code, perplexity in found.perplexity.items()
    )
    steps = tuple(
        (name, step.step, step.n_samples, step.loss, step.learning_rate, step.gradient_norm)
        for name, one in words
        for step in one.curve.steps
    )
    facts = tuple(
        (name, done.n_steps, done.n_samples, done.n_tokens, done.seconds, done.final_loss, done.n_removed,
         done.n_held, done.held_identical)
        for name, one in words
        if (done := one.summary) is not None
    )  # fmt: skip
    saved = tuple(
        (name, checkpoint.n_samples, checkpoint.source, checkpoint.size_bytes)
        for name, one in words
        for checkpoint in one.curve.checkpoints
    )
    of_run = ("run", "steps", "samples", "tokens", "seconds", "final loss", "removed", "held", "held is identical")
    return (
        Table("perplexity", "Perplexity along the training", _PERPLEXITY, evaluations),
        Table("loss", "Loss step by step", _LOSS, steps),
        Table("runs", "What became of each run", of_run, facts),
        Table("saved-models", "Saved models", ("run", "samples seen", "source", "bytes"), saved),
    )


_PERPLEXITY = ("run", "samples seen", "language", "perplexity", "bits per byte", *RATIO)
_LOSS = ("run", "step", "samples seen", "loss", "learning rate", "gradient norm")


def _ratio(found: TrainingEvaluation, language: str) -> tuple[float | str | None, ...]:
    one = found.ratios.get(language, EvaluationRatio())
    return one.ratio, one.ratio_low, one.ratio_high, one.resampled or ""


def _paper_tables(done: Sequence[ShownRun], api: Client) -> tuple[Table, ...]:
    """One table per run as the paper prints it: samples by languages."""
    return tuple(
        stored_table(
            api.manifest(one.run.key), api, name=f"run-{number}", title=f"Perplexity, {run_words(one.run.request)}"
        )
        for number, one in enumerate(done, 1)
    )


def _lead(shown: Sequence[ShownRun], model: str) -> str:
    if not shown:
        return f"{model} has not been trained here yet."
    told = [told for one in shown if (told := _ends(one))]
    runs = f"{len(shown)} run{'' if len(shown) == 1 else 's'} of {model}"
    return f"{runs}: {'; '.join(told)}." if told else f"{runs}; nothing is measured yet."


def _ends(one: ShownRun) -> str:
    found = one.curve.evaluations
    if len(found) < 2:
        return ""
    code = one.run.request.language
    if code not in found[0].perplexity:
        return f"{run_words(one.run.request)}, {found[-1].n_samples} samples"
    first, last = (evaluation_words(each, code, 4) for each in (found[0], found[-1]))
    return (
        f"{run_words(one.run.request)}, perplexity in {name_of(code)} {first} to {last} "
        f"after {found[-1].n_samples} samples"
    )
