"""The grid of texts on the Touch page, on an in-memory API."""

from __future__ import annotations

import pytest
from dash import no_update

from backend.contracts.problems import KnownError
from backend.contracts.requests import GenerationGridRequest
from backend.contracts.results import GenerationGridSummary, GridColumn
from backend.contracts.vocabulary import JobState
from frontend.choices.grid import edit_column, grid_request, region_column
from frontend.choices.touch import TouchForm
from frontend.pages import touch
from frontend.panels import touch_grid
from frontend.panels import touch_grid_handlers as handlers
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.model_sample import description
from tests.frontend.pages.test_regions_page import text

FORM = TouchForm.of_query({"dimension": "21"}, description(MODEL))


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def grid(api: FakeApi) -> GenerationGridRequest:
    key = api.result_with(REGION, samples.region()).key
    first, _ = handlers.added(touch_grid.ADD, FORM, None, "", [], api)
    both, _ = handlers.added(touch_grid.REGION, FORM, key, "the core", first, api)
    return grid_request(FORM, description(MODEL), both)


def test_edits_and_regions_become_named_columns(api) -> None:
    request = grid(api)
    assert [column.name for column in request.columns] == ["Zero residual dimension 21 everywhere", "the core"]
    assert request.columns[1].change.region == REGION
    assert [prompt.language for prompt in request.prompts] == ["en", "de", "ru", "ar", "zh"]
    assert request.settings.max_new_tokens == FORM.length


def test_a_name_is_never_given_twice(api) -> None:
    model = description(MODEL)
    columns = [edit_column(FORM, model, "", [])]
    columns.append(edit_column(FORM, model, "", columns))
    columns.append(edit_column(FORM, model, "base", columns))
    assert [column["name"] for column in columns] == [
        "Zero residual dimension 21 everywhere", "Zero residual dimension 21 everywhere 2", "base 2",
    ]  # fmt: skip
    assert len(edit_column(FORM, model, "x" * 90, [])["name"]) == 60


def test_a_column_does_not_need_prompts_but_a_grid_does(api) -> None:
    model = description(MODEL)
    silent = FORM._replace(prompts=(), evaluated=())
    column = edit_column(silent, model, "one", [])
    with pytest.raises(KnownError):
        grid_request(silent, model, [column])


def test_what_cannot_be_added_or_written_is_told(api) -> None:
    found, problem = handlers.added(touch_grid.ADD, FORM._replace(dimension=None), None, "", [], api)
    assert found is no_update and "index" in text(problem)
    assert "no result has the key" in text(handlers.added(touch_grid.REGION, FORM, "0" * 20, "", [], api)[1])
    assert "no columns yet" in text(handlers.run(FORM, [], api)[1])
    other = api.result_with(grid(api), summary())
    with pytest.raises(KnownError, match="not a region"):
        region_column(other.key, "", [], api)


def summary() -> GenerationGridSummary:
    columns = tuple(GridColumn(name=name, note="", n_changed=0, continuations=()) for name in ("base", "a", "b"))
    return GenerationGridSummary(columns=columns, weights_restored=True)


def test_columns_come_and_go(api) -> None:
    columns = [column.model_dump(mode="json") for column in grid(api).columns]
    assert "the core" in text(touch_grid.listed(columns))
    assert [column["name"] for column in handlers.removed(0, columns)] == ["the core"]
    assert "No columns yet" in text(touch_grid.listed([]))


def test_a_stored_grid_opens_with_its_prompts_columns_and_files(api) -> None:
    request = grid(api)
    manifest = api.result_with(request, summary())
    for query in ({"result": manifest.key}, {"grid": manifest.key}):
        shown = str(touch.layout(query, api))
        assert "the core" in shown and f"/api/results/{manifest.key}/grid.html" in shown
        assert "'keys': ()" in shown
    assert "5 prompts × Zero residual dimension 21 everywhere, the core" in text(handlers.stored(MODEL, None, api))
    job, problem = handlers.run(FORM, [column.model_dump(mode="json") for column in request.columns], api)
    assert job == {"key": manifest.key, "done": True} and problem is None


def test_a_running_grid_is_followed(api) -> None:
    job = api.job_with(grid(api), JobState.RUNNING)
    shown = str(touch.layout({"result": job.key}, api))
    assert f"{{'key': '{job.key}'}}" in shown and "grid.html" not in shown
