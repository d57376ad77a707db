from __future__ import annotations

import csv
import io
import json

import pytest

from backend.artifacts.results import ResultStore
from backend.contracts.requests import (
    EvaluationSpec,
    NamedRegion,
    PerplexityRequest,
    PerturbationRequest,
    RegionRequest,
    RemovalRequest,
)
from backend.contracts.results import (
    Condition,
    EditReport,
    PerplexityRow,
    PerplexitySummary,
    PerturbationSummary,
    RemovalSummary,
)
from backend.latex import escaped, number, table
from tests.backend.atlas_folder import put, removal_request, removal_summary


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_removal_table_has_the_papers_columns_then_each_draw(api, atlas):
    path = f"/results/{atlas.keys['removal']}"
    response = api.get(f"{path}/table.csv")
    assert response.headers["content-type"].startswith("text/csv")
    german, english = rows_of(response.text)
    assert list(german) == [
        "Language", "Base", "Top", "Bottom", "Random median", "Random least", "Random most",
        "Tokens per byte", "Random 1", "Random 2",
    ]  # fmt: skip
    assert (german["Base"], german["Top"], german["Random median"]) == ("20.5", "nan", "23.0")
    assert (german["Random least"], german["Random most"]) == ("22.0", "24.0")
    assert (english["Top"], english["Random most"]) == ("250000000000.0", "33.0")


def test_latex_has_booktabs_and_powers_of_ten(api, atlas):
    text = api.get(f"/results/{atlas.keys['removal']}/table.tex").text
    assert r"\toprule" in text
    assert r"de & 20.500 & -- & 21.000 & 23.000 & 22.000 & 24.000 \\" in text
    assert r"$2.50 \times 10^{11}$" in text
    assert r"Removal table $\cdot$ top 10 \%" in text
    assert text.count("&") == 3 * 6


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


def test_latex_keeps_three_digits_of_what_three_decimals_would_make_zero():
    assert [number(value) for value in (0.0, 0.05, 0.00151, -0.0043, 5.12e-6)] == [
        "0.000", "0.050", "0.00151", "-0.0043", r"$5.12 \times 10^{-6}$",
    ]  # fmt: skip


def test_latex_writes_the_signs_of_equations_and_says_which_text_needs_another_engine():
    assert escaped("θᵢ − x\u0304⁽ᵏ⁾") == r"$\theta$$_{i}$ $-$ $\bar{x}$$^{(}$$^{k}$$^{)}$"
    assert "LuaLaTeX" in table(["text"], [["春天"]], "c", "l")
    assert "LuaLaTeX" not in table(["text"], [["“é” θ²…"]], "c", "l")


def test_a_table_longer_than_a_page_goes_over_several():
    text = table(["n"], [[place] for place in range(60)], "c", "l")
    assert text.index(r"\caption") < text.index(r"\endhead") < text.index("59")
    assert r"\begin{table}" not in text and "needs \\usepackage{booktabs,longtable}" in text


def _stored(atlas, request: RemovalRequest, columns: dict[str, float]) -> str:
    conditions = tuple(Condition(name=name, n_removed=9, rows=(_row(value),)) for name, value in columns.items())
    summary = RemovalSummary(conditions=conditions, fraction=0.1, n_total=480)
    return put(ResultStore(atlas.layout.results), request, summary)


def _row(value: float) -> PerplexityRow:
    return PerplexityRow(
        language="ru", n_samples=1, n_tokens=2, n_bytes=3, nll=1.0, perplexity=value, bits_per_byte=value / 10
    )


def _table_5() -> RemovalRequest:
    spec = removal_request().region
    regions = {
        f"ru only, {snapshot} · {end}": RegionRequest(region=spec, selection=end)
        for snapshot in (10_000, 100_000)
        for end in ("top", "bottom")
    }
    others = tuple(NamedRegion(name=name, region=region) for name, region in regions.items())
    return RemovalRequest(
        region=spec, evaluation=EvaluationSpec(languages=("ru",)), random_draws=0, selections=(), others=others
    )


def test_monolingual_regions_stand_under_their_snapshot_as_in_table_5(api, atlas):
    request = _table_5()
    names = [other.name for other in request.others]
    key = _stored(atlas, request, dict(zip(("base", *names), (12.062, 28.93, 12.141, 41.381, 12.137), strict=True)))
    (row,) = rows_of(api.get(f"/results/{key}/table.csv").text)
    assert list(row) == ["Language", "Base", *names, "Tokens per byte"]
    text = api.get(f"/results/{key}/table.tex").text
    assert r" &  & \multicolumn{2}{c}{ru only, 10000} & \multicolumn{2}{c}{ru only, 100000} \\" in text
    assert r"\cmidrule(lr){3-4} \cmidrule(lr){5-6}" in text
    assert r"Language & Base & Top & Bottom & Top & Bottom \\" in text
    assert r"ru & 12.062 & 28.930 & 12.141 & 41.381 & 12.137 \\" in text
    told = json.loads(api.get(f"/results/{key}/table.json").text)
    assert [condition["name"] for condition in told["conditions"]] == ["base", *names]
    assert told["rows"][0]["ru only, 10000 · top"] == 28.93


def test_another_region_called_random_is_no_draw(api, atlas):
    request = removal_request()
    other = NamedRegion(name="random 9", region=RegionRequest(region=request.region))
    request = request.model_copy(update={"others": (other,), "random_draws": 1})
    key = _stored(atlas, request, {"base": 1, "top": 2, "bottom": 3, "random 1": 4, "random 9": 5})
    (row,) = rows_of(api.get(f"/results/{key}/table.csv").text)
    assert row == {
        "Language": "ru", "Base": "1.0", "Top": "2.0", "Bottom": "3.0",
        "Random median": "4.0", "Random least": "4.0", "Random most": "4.0",
        "random 9": "5.0", "Random 1": "4.0", "Tokens per byte": str(2 / 3),
    }  # fmt: skip


def test_bits_per_byte_instead_of_perplexity(api, atlas):
    key = _stored(atlas, removal_request().model_copy(update={"seed": 1}), {"base": 10, "random 1": 20, "random 2": 40})
    (row,) = rows_of(api.get(f"/results/{key}/table.csv?unit=bits_per_byte").text)
    assert (row["Base"], row["Random median"]) == ("1.0", "3.0")
    assert "bits per byte" in api.get(f"/results/{key}/table.tex?unit=bits_per_byte").text
    assert json.loads(api.get(f"/results/{key}/table.json?unit=bits_per_byte").text)["unit"] == "bits_per_byte"
    assert api.get(f"/results/{key}/table.csv?unit=nats").status_code == 422


def test_one_column_tells_both_units_and_its_text(api, atlas):
    request = PerplexityRequest(model="tiny", evaluation=EvaluationSpec(languages=("ru",)))
    key = put(ResultStore(atlas.layout.results), request, PerplexitySummary(rows=(_row(5),), n_changed=0, n_total=9))
    assert rows_of(api.get(f"/results/{key}/table.csv").text) == [
        {
            "Language": "ru",
            "Perplexity": "5.0",
            "Bits per byte": "0.5",
            "Tokens per byte": str(2 / 3),
            "Tokens": "2",
            "Bytes": "3",
            "Samples": "1",
        }
    ]
    assert r"Language & Perplexity & Bits per byte \\" in api.get(f"/results/{key}/table.tex").text
