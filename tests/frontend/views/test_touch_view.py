from __future__ import annotations

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.results import (
    Continuation,
    EditReport,
    GenerationGridSummary,
    GridColumn,
    PerturbationSummary,
)
from backend.contracts.vocabulary import JobState
from frontend.choices.touch import TouchForm
from frontend.views import render
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.model_sample import description
from tests.frontend.pages.test_touch_grid import grid
from tests.frontend.views.whole import whole

FORM = TouchForm.of_query({"prompts": "en;ar"}, description(MODEL))


def texts(form: TouchForm, words: str) -> tuple[Continuation, ...]:
    return tuple(
        Continuation(language=code, prompt=text, prompt_token_ids=(1,), tokens=(), text=words, finish="length")
        for code, text in form.prompts
    )


def attempt(api: FakeApi, dimension: int, words: str) -> str:
    form = FORM._replace(dimension=dimension)
    summary = PerturbationSummary(
        edits=(EditReport(matrices=("0.attn.q",), n_parameters=32, sentence="32 parameters set to 0"),),
        base=texts(form, " Shanghai"), perturbed=texts(form, words), perplexity_base=(samples.row("de", 20.0),),
        perplexity_perturbed=(samples.row("de", 200.0),), weights_restored=True,
    )  # fmt: skip
    return api.result_with(form.request(description(MODEL)), summary).key


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def test_two_attempts_beside_each_other(api):
    first, second = attempt(api, 5, " aaa"), attempt(api, 6, " bbb")
    view = whole(render(f"/touch?result={first}&beside={second}", api), api)
    assert view.address == f"/touch?model={MODEL}&key={first}&beside={second}"
    assert [passage.name for passage in view.passages] == [
        "unchanged-1", "unchanged-2", "touched-1-1", "touched-1-2", "touched-2-1", "touched-2-2",
    ]  # fmt: skip
    assert view.passages[5].language == "ar" and view.passages[5].text.endswith(" bbb")
    names = [table.name for table in view.tables]
    assert names == ["edits", "perplexity-1", "perplexity-2", "texts"]
    assert view.tables[1].rows == (("de", 20.0, 200.0, 10.0, 0.5),)  # the last: tokens per byte
    assert "×10.0 in German" in view.lead and "32 parameters" in view.lead
    assert len(view.sources) == 2 and not view.missing


def test_without_a_key_the_form_is_what_is_missing(api):
    view = whole(render("/touch?dimension=9&action=scale&factor=10&prompts=de", api), api)
    assert view.address == f"/touch?model={MODEL}&dimension=9&action=scale&factor=10.0&prompts=de"
    (request,) = view.missing
    assert request.edits[0].factor == 10.0 and [prompt.language for prompt in request.prompts] == ["de"]


def test_a_form_changed_beside_an_attempt_is_kept(api):
    key = attempt(api, 5, " aaa")
    view = whole(render(f"/touch?key={key}&dimension=7", api), api)
    assert view.address == f"/touch?model={MODEL}&key={key}&dimension=7"
    assert render(f"/touch?key={key}&dimension=5", api).address.endswith(key)


def test_a_grid_of_texts(api):
    request = grid(api)
    columns = tuple(
        GridColumn(name=name, note="said", n_changed=n, continuations=texts(FORM, f" {name}"))
        for n, name in enumerate(("base", *(column.name for column in request.columns)))
    )
    key = api.result_with(request, GenerationGridSummary(columns=columns, weights_restored=True)).key
    view = whole(render(f"/touch?key={key}", api), api)
    assert view.address == f"/touch?model={MODEL}&grid={key}"
    assert view.tables[1].columns[2:] == ("Unchanged", "Zero residual dimension 21 everywhere", "the core")
    assert view.tables[1].rows[1][-1] == " the core"
    assert len(view.passages) == 6


def test_a_running_attempt_is_missing_and_other_results_are_refused(api):
    job = api.job_with(FORM.request(description(MODEL)), JobState.RUNNING)
    assert whole(render(f"/touch?key={job.key}", api), api).missing == (job.request,)
    other = api.result_with(REGION, samples.region()).key
    with pytest.raises(KnownError, match="another page shows"):
        render(f"/touch?key={other}", api)
