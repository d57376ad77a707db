from __future__ import annotations

import csv
import io
import json

import pytest

from backend.artifacts.results import ResultStore
from backend.contracts.requests import EvaluationSpec, PerturbationRequest
from backend.contracts.results import EditReport, PerturbationSummary
from backend.results.latex import escaped, number
from tests.backend.atlas_folder import put, removal_summary


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_removal_table_has_the_papers_columns_then_each_draw(api, atlas):
    path = f"/results/{atlas.keys['removal']}"
    response = api.get(f"{path}/table.csv")
    assert response.headers["content-type"].startswith("text/csv")
    german, english = rows_of(response.text)
    assert list(german) == [
        "Language", "Base", "Top", "Bottom", "Random mean", "Random spread", "Random 1", "Random 2",
    ]  # fmt: skip
    assert (german["Base"], german["Top"], german["Random mean"]) == ("20.5", "nan", "23.0")
    assert float(german["Random spread"]) == pytest.approx(2**0.5)
    assert (english["Top"], english["Random spread"]) == ("250000000000.0", "0.0")


def test_latex_has_booktabs_and_powers_of_ten(api, atlas):
    text = api.get(f"/results/{atlas.keys['removal']}/table.tex").text
    assert r"\toprule" in text
    assert r"de & 20.500 & -- & 21.000 & 23.000 & 1.414 \\" in text
    assert r"$2.50 \times 10^{11}$" in text
    assert r"Removal table $\cdot$ top 0.1" in text
    assert text.count("&") == 3 * 5


def test_json_carries_its_provenance(api, atlas):
    told = json.loads(api.get(f"/results/{atlas.keys['removal']}/table.json").text)
    assert told["rows"][0]["Top"] is None
    assert told["provenance"]["weights_hash"] == "a" * 64
    assert told["request"]["kind"] == "removal"


def test_similarity_scores_by_layer(api, atlas):
    rows = rows_of(api.get(f"/results/{atlas.keys['similarity']}/table.csv").text)
    assert rows == [
        {"Layer": "whole model", "LRDS": "0.25", "SADS": "0.5"},
        {"Layer": "0", "LRDS": "-0.125", "SADS": "0.75"},
    ]


def test_perplexity_before_and_after_a_perturbation(api, atlas):
    conditions = {condition.name: condition.rows for condition in removal_summary().conditions}
    request = PerturbationRequest.model_validate(
        {
            "model": "tiny",
            "edits": [{"where": {"matrix": "0.norm.input", "index": [3]}, "action": "zero"}],
            "evaluation": EvaluationSpec(languages=("de", "en")),
        }
        | {"edits": [{"where": {"target": "scalar", "matrix": "0.norm.input", "index": (3,)}, "action": "zero"}]}
    )
    summary = PerturbationSummary(
        edits=(EditReport(matrices=("0.norm.input",), n_parameters=1, sentence="zeroed"),), base=(), perturbed=(),
        perplexity_base=conditions["base"], perplexity_perturbed=conditions["bottom"], weights_restored=True,
    )  # fmt: skip
    key = put(ResultStore(atlas.layout.results), request, summary)
    german, _ = rows_of(api.get(f"/results/{key}/table.csv").text)
    assert (german["Base"], german["Perturbed"]) == ("20.5", "21.0")
    assert float(german["Ratio"]) == pytest.approx(21 / 20.5)


def test_other_results_have_no_table(api, atlas):
    response = api.get(f"/results/{atlas.keys['region']}/table.csv")
    assert (response.status_code, response.json()["code"]) == (404, "no_table")
    assert api.get(f"/results/{atlas.keys['removal']}/table.xls").status_code == 422


def test_latex_escapes_and_rounds():
    assert escaped("a_b & 50% {#1} \\x~^") == (
        r"a\_b \& 50\% \{\#1\} \textbackslash{}x\textasciitilde{}\textasciicircum{}"
    )
    assert [number(value) for value in (None, 5.8651, 83224.0781, 1e6, 3, "zh_TW")] == [
        "--", "5.865", "83224.078", r"$1.00 \times 10^{6}$", "3", r"zh\_TW",
    ]  # fmt: skip
