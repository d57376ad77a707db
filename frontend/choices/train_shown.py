"""Which training runs the Train page shows, their two figures, and the form beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.requests import DEFAULT_CORPUS, TrainingRequest
from frontend import urls
from frontend.choices.measured import corpus_named
from frontend.choices.region_source import stored_regions
from frontend.choices.train import TrainChoice, run_words
from frontend.figures.training import Curve, loss_figure, perplexity_figure
from frontend.training_runs import ShownRun, TrainingRun

LOG, LINEAR = "log", "linear"


def wanted(query: Mapping[str, str]) -> tuple[str, ...] | None:
    """Keys of the runs that an address names; None when it names none."""
    named = urls.many(query, "runs") or urls.many(query, "result") or urls.many(query, "key")
    return named or None


def scale_of(query: Mapping[str, str]) -> str:
    """The perplexity axis of an address: logarithmic unless it says otherwise."""
    return LINEAR if query.get("scale") == LINEAR else LOG


def first_choice(
    model: str, runs: Sequence[TrainingRun], named: Sequence[str], query: Mapping[str, str], api: Client
) -> TrainChoice:
    """The form that asks the one run that the address names, else that of a newcomer."""
    request = next((run.request for run in runs if [run.key] == list(named)), None)
    if isinstance(request, TrainingRequest):
        return TrainChoice.of_request(request, stored_regions(model, api))
    corpus = corpus_named(query.get("corpus", DEFAULT_CORPUS), api.corpora())
    return TrainChoice.first(model, stored_regions(model, api, ranked_only=True), corpus)


def curves(shown: Sequence[ShownRun], *, dark: bool, log: bool) -> tuple[go.Figure, go.Figure]:
    """Perplexity and loss of the shown runs."""
    drawn = [Curve(run_words(one.run.request), place, one.curve) for place, one in enumerate(shown)]
    target = shown[0].run.request.language if shown else ""
    return perplexity_figure(drawn, target, dark=dark, log=log), loss_figure(drawn, dark=dark, log=log)
