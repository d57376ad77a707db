"""Atlas and Touch from an in-memory API: what is chosen, what is said, what is asked."""

from __future__ import annotations

import json

import pytest
from plotly.utils import PlotlyJSONEncoder

from backend.contracts.problems import Problem
from backend.contracts.requests import RegionRequest, RegionSpec, ScoreSpec
from backend.contracts.results import (
    CellView,
    DimensionMark,
    EditReport,
    MarginalsView,
    PerturbationSummary,
    SideProfile,
)
from backend.contracts.vocabulary import JobState, Selection
from frontend.choices.touch import TouchForm
from frontend.pages import atlas, touch
from frontend.panels import touch_prompts
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.model_sample import description

MARGINALS = MarginalsView(
    matrix="0.attn.q",
    reducer="density",
    profiles=(
        SideProfile(
            axis=1, side="residual", size=32, block=1, measure="selected parameters", values=(0.0,) * 31 + (4.0,),
            top=(DimensionMark(index=31, label="residual dimension 31", value=4.0),),
        ),
    ),
)  # fmt: skip
CELL = CellView(
    matrix="0.attn.q", kind="attn.q", layer=0, row=3, column=7, row_label="head 0 channel 3",
    column_label="residual dimension 7", weight=0.0123, importance=4.5e-6, in_region=True,
)  # fmt: skip


def text(component: object) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def region(selection: Selection = Selection.TOP) -> RegionRequest:
    return RegionRequest(region=RegionSpec(scores=ScoreSpec(model=MODEL), languages=("de",)), selection=selection)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"marginals": MARGINALS, "cell": CELL})


def test_without_a_region_the_weights_are_shown(api):
    shown = text(atlas.layout({"model": MODEL}, api))
    assert '"reducer": "max_abs_weight"' in shown
    assert "No region of this model yet" in shown


def test_the_smallest_top_region_is_shown_first(api):
    key = api.result_with(region(), samples.region()).key
    api.result_with(region(Selection.BOTTOM), samples.region())
    shown = text(atlas.layout({"model": MODEL}, api))
    assert f'"key": "{key}"' in shown
    assert "Top 1 % · German" in shown


def test_a_reducer_that_is_not_offered_gives_way(api):
    data = {"model": MODEL, "matrix": "1.attn.q", "reducer": "density"}
    spec, grid, *_, reducer, hint = atlas.describe(data, api=api)
    assert (spec["matrix"], spec["reducer"], grid["selected"], reducer) == (
        "1.attn.q", "max_abs_weight", "1.attn.q", "max_abs_weight",
    )  # fmt: skip
    assert "largest weight" in hint.lower()


def test_a_picked_cell_says_all_and_leads_to_touch(api):
    data = {"model": MODEL, "matrix": "0.attn.q", "reducer": "max_abs_weight"}
    panel, mark = atlas.picked_cell({"matrix": "0.attn.q", "row": 3, "column": 7}, data, api=api)
    shown = text(panel)
    for part in ("head 0 channel 3", "residual dimension 7", "0.0123", "4.5e-06", "in the region"):
        assert part in shown
    assert "matrix=0.attn.q&index=3,7" in shown
    assert "side=residual&dimension=7" in shown
    assert mark == {"matrix": "0.attn.q", "row": 3, "column": 7}


def test_touch_asks_and_follows(api):
    form = TouchForm.of_query({"dimension": "5"}, description(MODEL))
    job, shown, problem = touch.run(form, api=api)
    asked = api.jobs()[0]
    assert asked.state is JobState.QUEUED
    assert (job, shown, problem) == ({"key": asked.key}, {"keys": [asked.key], "running": True}, None)


def test_a_problem_leaves_the_page_as_it_is_and_is_told(api):
    api.problem = Problem(title="No such dimension", status=422, code="x", detail="it counts from 0 to 31")
    *rest, problem = touch.run(TouchForm.of_query({"dimension": "99"}, description(MODEL)), api=api)
    assert "it counts from 0 to 31" in text(problem)
    assert all("NoUpdate" in type(part).__name__ for part in rest)


def test_suggested_dimensions_come_from_the_marginals(api):
    assert '"index": 31' in text(touch.suggested(MODEL, api=api))


def test_a_finished_attempt_says_what_was_done_and_what_it_cost(api):
    summary = PerturbationSummary(
        edits=(EditReport(matrices=("0.attn.q",), n_parameters=32, sentence="32 parameters set to 0"),),
        base=(), perturbed=(), perplexity_base=(samples.row("de", 20.0), samples.row("en", 10.0)),
        perplexity_perturbed=(samples.row("de", 200.0), samples.row("en", None)), weights_restored=True,
    )  # fmt: skip
    form = TouchForm.of_query({}, description(MODEL))
    key = api.result_with(form.request(description(MODEL)), summary).key
    shown = text(touch.measured({"keys": [key]}, api=api))
    for part in ("32 parameters set to 0", "weights restored", "×10.0", "×∞", "∞"):
        assert part in shown
    assert f"key={key}" in text(touch.attempts(MODEL, {"keys": []}, api=api))


def test_prompts_are_added_and_taken_away():
    prompts = [("en", "a"), ("de", "b")]
    assert touch_prompts.changed(prompts, removed=0) == [("de", "b")]
    assert touch_prompts.changed(prompts, added="zh")[-1] == ("zh", "复旦大学位于")
