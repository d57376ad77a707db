"""Intervals in the exports of sweeps, structured removals and deactivations, in the page of sweeps."""

from __future__ import annotations

from backend.contracts.requests import (
    DimensionRanking,
    EvaluationSpec,
    RegionRequest,
    StructuredRemovalRequest,
    SweepRequest,
)
from backend.contracts.results import (
    DeactivatedColumn,
    DeactivationSummary,
    PerplexityRow,
    StructuredCell,
    StructuredRemovalSummary,
    SweepPoint,
    SweepSummary,
)
from backend.contracts.vocabulary import Rank
from backend.results.tables_neurons import deactivation
from backend.results.tables_structured import structured, sweep
from frontend.figures.structured import MEAN
from frontend.figures.sweep import measured, sweep_bars
from tests.backend.atlas_folder import REGION

RATIO = (2.5, 2.25, 2.75, "documents")


def row(language: str, perplexity: float, **ratio: object) -> PerplexityRow:
    return PerplexityRow.model_validate(
        {"language": language, "n_samples": 4, "n_tokens": 40, "n_bytes": 80, "nll": 1.0, "perplexity": perplexity,
         "bits_per_byte": 1.0, "n_vocabulary": 1000} | ratio
    )  # fmt: skip


BASE = (row("ar", 4.0), row("es", 5.0))
COMPARED = {"ratio": 2.5, "ratio_low": 2.25, "ratio_high": 2.75, "resampled": "documents"}
CHANGED = (row("ar", 10.0, **COMPARED), row("es", 12.5, **COMPARED))
SWEEP = SweepSummary(base=BASE, points=(SweepPoint(index=7, group="top", n_parameters=3, rows=CHANGED),), sentence="s")


def heads(name: str) -> tuple[str, ...]:
    return tuple(f"{name} {what}" for what in ("ratio", "ratio_low", "ratio_high", "resampled"))


def test_a_sweep_exports_its_intervals() -> None:
    evaluation = EvaluationSpec(languages=("ar", "es"))
    targets = {"over": "dimensions", "indices": [7]}
    request = SweepRequest.model_validate({"model": "tiny", "targets": targets, "evaluation": evaluation})
    table = sweep(SWEEP, request)
    assert table.columns == ("Index", "Group", "ar", "es", "Parameters changed", *heads("ar"), *heads("es"))
    assert table.rows[0] == ("base", "", 4.0, 5.0, 0, *(None, None, None, "") * 2)
    assert table.rows[1] == (7, "top", 10.0, 12.5, 3, *RATIO, *RATIO)
    assert table.n_printed == 4


def test_a_structured_removal_exports_its_intervals() -> None:
    request = StructuredRemovalRequest(
        ranking=DimensionRanking(region=RegionRequest(region=REGION)),
        ranks=(Rank.TOP,), counts=(1,), snapshots=(None,), evaluation=EvaluationSpec(languages=("ar", "es")),
    )  # fmt: skip
    cell = StructuredCell(snapshot=None, rank=Rank.TOP, count=1, n_removed=12, rows=CHANGED, dimensions=())
    table = structured(StructuredRemovalSummary(base=BASE, cells=(cell,), heads=()), request)
    assert table.columns[-8:] == (*heads("ar · Top"), *heads("es · Top"))
    assert table.rows[0][-8:] == (*RATIO, *RATIO)


def test_a_deactivation_exports_its_intervals() -> None:
    columns = (
        DeactivatedColumn(language="ar", draw=None, n_neurons=5, rows=CHANGED),
        DeactivatedColumn(language="ar", draw=0, n_neurons=5, rows=CHANGED),
    )
    table = deactivation(DeactivationSummary(base=BASE, columns=columns, n_neurons_total=100))
    found = dict(zip(table.columns, table.rows[0], strict=True))
    for name in ("Off · ar", "Random 0 · ar"):
        assert tuple(found[head] for head in heads(name)) == RATIO
    assert {len(one) for one in table.rows} == {len(table.columns)}


def test_the_page_of_a_sweep_says_the_interval() -> None:
    (point,) = measured(SWEEP, "ar")
    assert point.interval == "2.25 to 2.75 over documents"
    assert measured(SWEEP, MEAN)[0].interval == ""  # of a mean none is stored
    said = str(sweep_bars(SWEEP, "ar", dark=False).data[0].customdata)
    assert "7: perplexity 10.0000 (×2.50 of the base, 2.25 to 2.75 over documents)" in said
