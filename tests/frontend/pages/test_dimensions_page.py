"""What the Dimensions page answers, on an in-memory API."""

from __future__ import annotations

import json

import pytest
from dash import no_update
from plotly.utils import PlotlyJSONEncoder

from backend.contracts.problems import KnownError
from backend.contracts.requests import PerturbationRequest
from backend.contracts.vocabulary import EditAction, JobState, Rank
from frontend.choices.dimensions import StructuredChoice
from frontend.choices.region_source import NEW, stored_regions
from frontend.choices.sweep_words import setting_words, sweep_verdict
from frontend.choices.sweeps import ScanChoice, SweepChoice, paper_indices, text_request
from frontend.choices.touch import TouchForm
from frontend.figures.structured import MEAN, perplexity_of, structured_table, taken_often
from frontend.figures.sweep import fatal, measured, worst
from frontend.form_parts import plain
from frontend.pages import dimensions
from frontend.panels import dimensions_structured, dimensions_text
from frontend.results import dimensions_handlers
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION, SCAN, STRUCTURED, SWEEP, scan, structured, sweep
from tests.frontend.fake_api import MODEL, FakeApi, key_of
from tests.frontend.model_sample import description
from tests.frontend.pages.test_regions_page import text


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.mark.parametrize(
    ("name", "request_", "summary"),
    [("structured", STRUCTURED, structured()), ("sweep", SWEEP, sweep()), ("scan", SCAN, scan())],
)
def test_a_result_is_shown_on_its_tab_and_its_form_asks_the_same_again(api, name, request_, summary) -> None:
    api.result_with(REGION, samples.region())
    manifest = api.result_with(request_, summary)
    page = dimensions.layout({"result": manifest.key}, api)
    assert dimensions.tab_of(manifest.request) == name
    assert "Stored results" in text(page)
    choice = dimensions.first_choice(name, MODEL, request_, {}, api)
    assert choice.request(api) == request_
    followed, problem, state, _ = dimensions.submit(choice, api)
    assert followed == {"key": manifest.key, "done": True} and problem is None and state["result"] == manifest.key


def test_a_text_that_is_not_here_stays_chosen(api) -> None:
    elsewhere = SCAN.evaluation.lines.model_copy(update={"corpus": "elsewhere"})
    request = SCAN.model_copy(update={"evaluation": SCAN.evaluation.model_copy(update={"lines": elsewhere})})
    page = json.dumps(dimensions.layout({"result": api.result_with(request, scan()).key}, api), cls=PlotlyJSONEncoder)
    assert '"value": "elsewhere"' in page and "elsewhere (not on this machine)" in page


@pytest.mark.parametrize("name", list(dimensions.TABS))
def test_an_empty_tab_names_the_next_click(api, name) -> None:
    tab, drawn = dimensions.TABS[name], {"tab": name, "model": MODEL}
    assert f"click “{tab.button}”" in text(dimensions.layout({"tab": name}, api))
    assert dimensions.arrive([], drawn, api) == (no_update, no_update)
    assert tab.button in text(dimensions.arrive([{}], drawn, api)[0])


@pytest.mark.parametrize("name", list(dimensions.TABS))
def test_what_a_form_says_comes_back_from_the_address(api, name) -> None:
    choice = dimensions.first_choice(name, MODEL, None, {}, api)
    changed = choice.with_fields({"evaluated": ("ru",), "evaluated_start": 70, "seed": 5, "indices": ("4", "9")})
    query = {key: ",".join(value) if isinstance(value, tuple) else str(value) for key, value in changed.state().items()}
    assert choice.with_query(query) == changed


def test_the_table_has_the_papers_layout() -> None:
    view = structured_table(structured(), "zh")
    assert view.columns == (Rank.TOP, Rank.RANDOM) and view.base == "9.00000"
    assert [line.n_dimensions for line in view.lines] == [1, 3]
    assert [cell.text for cell in view.lines[0].cells] == ["90.0000", "10.0000"]
    assert view.lines[1].cells[0].text == "∞" and view.lines[1].cells[0].step == "lost"
    # geometric mean of 90 and 1000
    assert perplexity_of(structured().cells[0].rows, MEAN) == pytest.approx(300.0)
    assert perplexity_of(structured().cells[2].rows, MEAN) is None


def test_residual_dimensions_are_counted_over_matrices() -> None:
    often = taken_often(structured().cells[0])
    assert [(one.dimension, one.n_matrices) for one in often] == [(21, 2), (3, 1)]


def test_taken_dimensions_lead_to_the_atlas_and_to_touch(api) -> None:
    region = api.result_with(REGION, samples.region())
    manifest = api.result_with(STRUCTURED, structured())
    shown = str(dimensions_structured.taken(manifest, "0", api))
    assert f"/atlas?model={MODEL}&matrix=0.attn.q&result={region.key}&rows=0-22" in shown
    assert f"/touch?model={MODEL}&matrix=0.mlp.down&side=residual&dimension=21" in shown


def test_a_click_on_a_head_opens_the_atlas_there(api) -> None:
    manifest = api.result_with(STRUCTURED, structured())
    figure = dimensions_handlers.figure("heads", manifest.key, None, "dark", api)
    assert [tuple(bar[:3]) for bar in figure.data[0].customdata] == [(0, "attn.o", 1), (1, "attn.q", 2)]
    href = dimensions_handlers.head_clicked(
        manifest.key, {"points": [{"customdata": list(figure.data[0].customdata[0])}]}, api
    )
    assert "matrix=0.attn.o" in href and "columns=8-16" in href


def test_the_settings_say_which_side_of_which_matrices() -> None:
    assert setting_words(STRUCTURED.ranking.setting) == "head side of q, k, v, o; residual side of down"


def test_a_sweep_ranks_what_hurts_most_and_says_so() -> None:
    points = measured(sweep(), "en")
    assert [one.point.index for one in worst(points, 3)] == [7, 21, 3]
    assert [one.point.index for one in fatal(points)] == [7, 21]
    told = sweep_verdict(points)
    assert "Worst is 7: ×∞" in told and "2 of 3 double it" in told and "at most ×1.00" in told


def test_a_scan_names_the_fatal_scalars(api) -> None:
    manifest = api.result_with(SCAN, scan())
    shown = text(dimensions.result(dimensions.TABS["scan"], manifest, api))
    assert "1 of 32 scalars" in shown and "4 (×10.0)" in shown and "0.43" in shown
    figure = dimensions_handlers.figure("scan", manifest.key, "en", "light", api)
    assert [label for label in figure.data[0].text if label] == ["4"]


def test_a_clicked_bar_submits_the_same_change_with_prompts(api) -> None:
    manifest = api.result_with(SWEEP, sweep())
    followed, shown, head = dimensions_text.ask(manifest.key, 21, api)
    asked = api.jobs()[0].request
    assert isinstance(asked, PerturbationRequest) and asked == text_request(SWEEP, 21)
    assert asked.edits[0].where.index == 21 and asked.edits[0].action is EditAction.RANDOM
    assert [prompt.language for prompt in asked.prompts] == ["zh", "en"]
    assert shown == {"keys": [followed["key"]], "running": True}
    assert f"/touch?model={MODEL}&key={followed['key']}" in str(head)
    assert text_request(SCAN, 4).edits[0].where.matrix == "1.norm.input"
    assert dimensions_handlers._clicked({"kind": "sweep"}, {"points": [{"customdata": [21, ""]}]}) == 21
    assert dimensions_handlers._clicked({"type": "dimensions-read", "index": 4}, 1) == 4
    assert dimensions_handlers._clicked({"kind": "heads"}, {"points": []}) is None


def test_the_same_change_is_carried_to_touch(api) -> None:
    request = SCAN.model_copy(update={"action": EditAction.SCALE, "factor": 10.0})
    shown = str(dimensions_handlers.table("scan", api.result_with(request, scan()).key, "en", api))
    assert f"/touch?model={MODEL}&matrix=1.norm.input&index=4&action=scale&factor=10.0" in shown
    form = TouchForm.of_query(
        {"matrix": "1.norm.input", "index": "4", "action": "scale", "factor": "10.0"}, description(MODEL)
    )
    assert (form.target, form.row, form.action, form.factor) == ("scalar", 4, "scale", 10.0)
    swept = str(dimensions_handlers.table("sweep", api.result_with(SWEEP, sweep()).key, "en", api))
    assert f"/touch?model={MODEL}&side=residual&dimension=21&action=random" in swept


def test_new_regions_snapshots_and_given_dimensions_become_requests(api) -> None:
    choice = StructuredChoice.first(MODEL, stored_regions(MODEL, api), api.corpora()[0])
    assert choice.source.region == NEW
    asked = choice._replace(snapshots=("30", "10")).request(api)
    assert asked.snapshots == (30, 10, None) and asked.ranking.region.region.scores.snapshots == (10, 30)
    assert "33 perplexities" in choice._replace(snapshots=("30",)).sentence()
    given = SweepChoice.first_choice(MODEL, (), api.corpora()[0])._replace(n_top=0, indices=("4",))
    assert given.request(api).targets.ranking is None
    assert given._replace(first=1, last=1).request(api).targets.layers.first == 1


def test_what_cannot_be_asked_is_told_in_the_words_of_the_form(api) -> None:
    choice = StructuredChoice.first(MODEL, (), api.corpora()[0])
    assert "counts" in text(dimensions.submit(choice._replace(counts=()), api)[1])
    assert "action is" not in text(dimensions.submit(choice, api)[1] or "")
    scale = ScanChoice.first_choice(description(MODEL), api.corpora()[0])._replace(action="scale", factor=None)
    assert "factor" in text(dimensions.submit(scale, api)[1])
    with pytest.raises(KnownError, match="no result"):
        choice.with_fields({"region": "0" * 20}).request(api)


def test_the_papers_cases_are_offered_where_the_model_has_them(api) -> None:
    assert paper_indices(description(MODEL)) == ()
    assert dimensions.paper_case("times10", MODEL, api) == ("1.norm.input", no_update, "scale", 10.0)


def test_numbers_put_into_a_field_at_once_are_split() -> None:
    assert plain({"indices": ["2, 5,9,", "5"], "n_top": "", "evaluated": None, "seed": 3}) == {
        "indices": ("2", "5", "9"), "n_top": None, "evaluated": (), "seed": 3,
    }  # fmt: skip


def test_a_running_result_is_followed_and_its_end_draws_it(api) -> None:
    job = api.job_with(SWEEP, JobState.RUNNING)
    assert job.key in str(dimensions.layout({"result": job.key}, api))
    assert dimensions.show({"key": job.key, "state": "failed"}, MODEL, api) == (no_update, no_update)
    api.result_with(SWEEP, sweep())
    drawn, listed = dimensions.show({"key": key_of(SWEEP), "state": "done"}, MODEL, api)
    assert "Worst is 7" in text(drawn) and "Stored results" in text(listed)
    assert dimensions.show({"key": job.key, "state": "done"}, MODEL, api, shown=[job.key]) == (no_update, no_update)


def test_many_dimensions_are_listed_in_part(api) -> None:
    cells = structured().cells
    many = cells[0].dimensions[1].model_copy(update={"indices": tuple(range(30)), "counts": (1,) * 30})
    summary = structured().model_copy(
        update={"cells": (cells[0].model_copy(update={"dimensions": (many,) * 20}), *cells[1:])}
    )
    manifest = api.result_with(STRUCTURED, summary)
    shown = dimensions_structured.taken(manifest, "0", api)
    assert str(shown).count("and 23 more") == 20
