"""Tables of structured removals in the layout of Tables 3, 7 and 8, and of sweeps."""

from __future__ import annotations

import csv
import io
import json

import pytest

from backend.artifacts.results import ResultStore
from backend.contracts.requests import (
    DimensionRanking,
    EvaluationSpec,
    RegionRequest,
    ScoreSpec,
    StructuredRemovalRequest,
    SweepRequest,
)
from backend.contracts.results import (
    PerplexityRow,
    StructuredCell,
    StructuredRemovalSummary,
    SweepPoint,
    SweepSummary,
)
from backend.contracts.vocabulary import Rank
from tests.backend.atlas_folder import REGION, SCORES, put

LANGUAGES = ("ar", "es")


def row(language: str, perplexity: float | None) -> PerplexityRow:
    nll = None if perplexity is None else 1.0
    bits = None if perplexity is None else perplexity / 10
    return PerplexityRow(
        language=language, n_samples=4, n_tokens=40, n_bytes=100, nll=nll, perplexity=perplexity, bits_per_byte=bits
    )


def rows(*perplexities: float | None) -> tuple[PerplexityRow, ...]:
    return tuple(map(row, LANGUAGES, perplexities))


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def structured(atlas) -> str:
    scores = ScoreSpec.model_validate(SCORES.model_dump() | {"snapshots": (2,)})
    ranking = DimensionRanking(region=RegionRequest(region=REGION.model_copy(update={"scores": scores})))
    request = StructuredRemovalRequest(
        ranking=ranking, counts=(1, 3), snapshots=(None, 2), evaluation=EvaluationSpec(languages=LANGUAGES)
    )
    cells = [
        StructuredCell(
            snapshot=snapshot,
            rank=rank,
            count=count,
            n_removed=12 * count,
            rows=rows(1e7, None) if (rank, count) == (Rank.TOP, 3) else rows(4.0 * count, 9.0 * count),
            dimensions=(),
        )
        for snapshot in (None, 2)
        for count in (1, 3)
        for rank in Rank
    ]
    summary = StructuredRemovalSummary(base=rows(3.0, 12.0), cells=tuple(cells), heads=())
    return put(ResultStore(atlas.layout.results), request, summary)


def test_rows_are_snapshots_by_n_and_columns_ranks(api, structured):
    found = read(api.get(f"/results/{structured}/table.csv").text)
    assert [(line["Training samples"], line["N"]) for line in found] == [("4", "1"), ("4", "3"), ("2", "1"), ("2", "3")]
    assert list(found[0])[:8] == [
        "Training samples", "N", "Top", "Middle", "Bottom", "Random", "Base", "Parameters removed",
    ]  # fmt: skip
    assert float(found[0]["Top"]) == pytest.approx(6.0)  # the geometric mean of 4 and 9
    assert float(found[0]["Base"]) == pytest.approx(6.0)
    assert found[1]["Top"] == "nan"
    assert (found[1]["ar · Top"], found[1]["es · Top"], found[1]["es · Middle"]) == ("10000000.0", "nan", "27.0")
    assert found[1]["Parameters removed"] == "36"


def test_one_language_alone_and_bits_per_byte(api, structured):
    found = read(api.get(f"/results/{structured}/table.csv?language=es").text)
    assert (found[0]["Top"], found[0]["Base"]) == ("9.0", "12.0")
    assert "es · Top" not in found[0]
    bits = read(api.get(f"/results/{structured}/table.csv?unit=bits_per_byte").text)
    assert float(bits[0]["Top"]) == pytest.approx((0.4 + 0.9) / 2)
    refused = api.get(f"/results/{structured}/table.csv?language=zh")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_language")
    assert "ar, es" in refused.json()["detail"]


def test_latex_has_the_papers_columns_and_says_which_mean(api, structured):
    text = api.get(f"/results/{structured}/table.tex").text
    assert r"Training samples & N & Top & Middle & Bottom & Random \\" in text
    assert r"4 & 3 & -- & 18.000 & 18.000 & 18.000 \\" in text
    assert "geometric mean over ar es" in text
    assert json.loads(api.get(f"/results/{structured}/table.json").text)["said"] == "geometric mean over ar es"
    assert ", mean over ar es, bits per byte" in api.get(f"/results/{structured}/table.tex?unit=bits_per_byte").text
    assert ", es}" in api.get(f"/results/{structured}/table.tex?language=es").text


def test_a_sweep_of_scalars_has_values_and_languages(api, atlas):
    request = SweepRequest.model_validate(
        {
            "model": "tiny",
            "targets": {"over": "scalars", "matrix": "0.norm.input"},
            "action": "reset",
            "evaluation": EvaluationSpec(languages=LANGUAGES),
        }
    )
    points = (
        SweepPoint(index=0, group="all", n_parameters=1, rows=rows(None, 13.0), before=0.25, after=1.0),
        SweepPoint(index=1, group="all", n_parameters=1, rows=rows(3.5, 12.5), before=0.5, after=1.0),
    )
    key = put(ResultStore(atlas.layout.results), request, SweepSummary(base=rows(3, 12), points=points, sentence="s"))
    base, first, second = read(api.get(f"/results/{key}/table.csv").text)
    assert base == {
        "Index": "base", "Group": "", "Before": "", "After": "", "ar": "3.0", "es": "12.0", "Parameters changed": "0",
    }  # fmt: skip
    assert (first["Index"], first["ar"], first["Before"], first["After"]) == ("0", "nan", "0.25", "1.0")
    assert (second["Group"], second["es"]) == ("all", "12.5")
    assert r"base &  &  &  & 3.000 & 12.000 \\" in api.get(f"/results/{key}/table.tex").text


def test_a_sweep_of_dimensions_tells_its_groups(api, atlas):
    request = SweepRequest.model_validate(
        {
            "model": "tiny",
            "targets": {"over": "dimensions", "indices": [5]},
            "evaluation": EvaluationSpec(languages=LANGUAGES),
        }
    )
    points = (SweepPoint(index=5, group="given", n_parameters=120, rows=rows(8, 9)),)
    key = put(ResultStore(atlas.layout.results), request, SweepSummary(base=rows(3, 12), points=points, sentence="s"))
    _, point = read(api.get(f"/results/{key}/table.csv?language=es").text)
    assert point == {"Index": "5", "Group": "given", "es": "9.0", "Parameters changed": "120"}


def test_random_draws_have_their_number_least_and_most(api, atlas):
    ranking = DimensionRanking(region=RegionRequest(region=REGION))
    request = StructuredRemovalRequest(
        ranking=ranking, ranks=(Rank.TOP, Rank.RANDOM), counts=(1,), evaluation=EvaluationSpec(languages=LANGUAGES)
    )
    draws = (rows(8.0, 2.0), rows(5.0, 5.0), rows(9.0, None))
    top = StructuredCell(snapshot=None, rank=Rank.TOP, count=1, n_removed=12, rows=rows(7.0, 7.0), dimensions=())
    random = top.model_copy(update={"rank": Rank.RANDOM, "rows": rows(8.0, 5.0), "draws": draws})
    summary = StructuredRemovalSummary(base=rows(3.0, 12.0), cells=(top, random), heads=())
    key = put(ResultStore(atlas.layout.results), request, summary)
    found = read(api.get(f"/results/{key}/table.csv?language=ar").text)[0]
    assert [found[f"Random · {end}"] for end in ("draws", "least", "most")] == ["3", "5.0", "9.0"]
    assert found["Top · draws"] == ""
    other = read(api.get(f"/results/{key}/table.csv?language=es").text)[0]
    assert [other[f"Random · {end}"] for end in ("least", "most")] == ["2.0", "nan"]
