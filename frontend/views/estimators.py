"""Estimators outside of their page: scores against what really happens when parameters are zeroed."""

from __future__ import annotations

from collections.abc import Mapping

from backend.client import Client
from backend.contracts.requests import FaithfulnessRequest
from backend.contracts.results import EstimatorAgreement, FaithfulnessSummary, Manifest
from frontend import urls
from frontend.choices.estimators import EstimatorsChoice
from frontend.choices.estimators_found import label_of, verdict
from frontend.figures.estimators import below_noise, scatter
from frontend.language_names import name_of
from frontend.views.base import Cell, Picture, Table, View
from frontend.views.parts import form_of, model_of, nothing, shown_of

TITLE = "Estimators"


def view(query: Mapping[str, str], api: Client) -> View:
    """The check of the address, else the newest of the model."""
    model = model_of(query, api)
    shown = shown_of(query, api.results(kind="faithfulness", model=model), (FaithfulnessRequest,), api)
    usual = EstimatorsChoice.drawn(model, shown.request, api.corpora(), None)
    form = form_of(EstimatorsChoice.of_query(query, usual).state(), usual.state())
    manifest = shown.manifest
    if manifest is None:
        lead = "No score has been checked for this model yet."
        return nothing("estimators", TITLE, lead, shown, **{"model": model} | form)
    summary, request = manifest.summary, manifest.request
    assert isinstance(summary, FaithfulnessSummary) and isinstance(request, FaithfulnessRequest)
    return View(
        address=urls.link("estimators", **{"model": manifest.provenance.model, "result": manifest.key} | form),
        title=f"{len(summary.points)} parameters of {manifest.provenance.model} zeroed, one by one",
        lead=_lead(manifest, request, summary),
        pictures=tuple(Picture(scatter(summary, place, dark=False)) for place in range(len(summary.estimators))),
        tables=(_agreement(summary), _points(summary)),
        sources=(manifest,),
    )


def _agreement(summary: FaithfulnessSummary) -> Table:
    uniform = summary.uniform or (None,) * len(summary.estimators)
    rows: list[tuple[Cell, ...]] = [
        (label_of(one.name), *_correlation(one), *(_correlation(alike) if alike else ()), one.seconds)
        for one, alike in zip(summary.estimators, uniform, strict=True)
    ]
    columns = ["scored by", "Spearman", "interval low", "interval high"]
    if summary.uniform:
        columns += ["Spearman, all alike", "all alike, interval low", "all alike, interval high"]
    truth: tuple[Cell, ...] = ("Eq. 2 itself", *((1.0, None, None) * (len(columns) // 3)), summary.seconds)
    columns.append("seconds")
    return Table("faithfulness", "Rank correlation of each score with |loss change|", tuple(columns), (*rows, truth))


def _correlation(one: EstimatorAgreement) -> tuple[Cell, Cell, Cell]:
    return one.spearman, one.spearman_low, one.spearman_high


def _points(summary: FaithfulnessSummary) -> Table:
    estimators = (label_of(one.name) for one in summary.estimators)
    columns = ("matrix", "index", "weight", "signed loss change", *estimators, "drawn")
    rows: list[tuple[Cell, ...]] = []
    for point in summary.points:
        place = (point.matrix, ",".join(map(str, point.index)), point.weight, point.signed_loss_change)
        rows.append((*place, *point.estimates, point.drawn))
    return Table("parameters", "Every parameter that was zeroed, and its scores", columns, tuple(rows))


def _lead(manifest: Manifest, request: FaithfulnessRequest, summary: FaithfulnessSummary) -> str:
    found = verdict(summary)
    told = (
        f"{found.best} is closest to really zeroing parameters, Spearman {found.spearman:.3f}.{found.sure}"
        if found
        else "No rank correlation is defined here: all changes, or all scores, are equal."
    )
    return (
        f"{len(summary.points)} parameters of {manifest.provenance.model} on {summary.n_tokens} tokens in "
        f"{name_of(request.language)}: {told} {below_noise(summary)} change the loss by less than rounding does."
    )
