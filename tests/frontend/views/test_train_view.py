from __future__ import annotations

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import JobState
from frontend.choices.train import ONE
from frontend.pages import train
from frontend.views import render
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION
from tests.frontend.fake_api import MODEL
from tests.frontend.pages.test_train_page import TrainingApi
from tests.frontend.training_samples import FREE, FROZEN, summary
from tests.frontend.views.whole import whole


@pytest.fixture
def api() -> TrainingApi:
    return TrainingApi()


def test_nothing_trained_yet(api):
    view = whole(render("/train", api), api)
    assert (view.address, view.pictures) == (f"/train?model={MODEL}", ())


def test_two_runs_over_each_other(api):
    api.result_with(REGION, samples.region())
    keys = [api.result_with(FREE, summary()).key, api.result_with(FROZEN, summary(n_held=5)).key]
    view = whole(render(f"/train?runs={','.join(keys)}&scale=linear", api), api)
    assert view.address == f"/train?model={MODEL}&runs={','.join(keys)}&scale=linear"
    perplexity, loss = view.pictures
    assert "Arabic 20.0 to 10.0" in perplexity.told.description
    assert "from 2.900 to 2.000 in 10 steps" in loss.told.description
    assert [table.name for table in view.tables] == ["perplexity", "loss", "runs", "saved-models", "run-1", "run-2"]
    assert view.tables[0].rows[0][1:] == (0, "ar", 20.0, 1.0, None, None, None, "")
    assert {source.key for source in view.sources} == set(keys)


def test_a_running_one_is_missing_and_its_form_is_kept(api):
    job = api.job_with(FREE, JobState.RUNNING)
    view = whole(render(f"/train?result={job.key}&weight_decay=0.1&n_samples=100", api), api)
    assert view.address == f"/train?model={MODEL}&runs={job.key}&weight_decay=0.1"
    assert view.missing == (FREE,)


def test_other_results_are_refused(api):
    key = api.result_with(REGION, samples.region()).key
    with pytest.raises(KnownError, match="no training of"):
        render(f"/train?runs={key}", api)


def test_after_a_click_the_address_names_what_the_runs_do_not_say(api):
    choice = train.first_choice(MODEL, (), (), {}, api)._replace(plan=ONE, n_samples=7)
    keys, _, address, drawn = train.submit(choice, api)
    assert address["runs"] == keys and address["n_samples"] is None and address["plan"] is None
    keys, _, address, _ = train.submit(choice._replace(rates=("1e-4", "1e-5")), api)
    assert len(keys) == 2 and address["n_samples"] == 7 and address["plan"] == ONE
    assert drawn["n_samples"] == 7
