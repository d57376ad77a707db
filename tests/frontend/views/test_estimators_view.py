from __future__ import annotations

from backend.contracts.vocabulary import JobState
from frontend.views import render
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_estimators_page import CHOICE
from tests.frontend.views.whole import whole


def test_a_check_with_a_figure_for_each_estimator():
    api = FakeApi()
    key = api.result_with(CHOICE.request(), samples.faithfulness()).key
    view = whole(render("/estimators?seed=3&n_parameters=50", api), api)
    assert view.address == f"/estimators?model={MODEL}&result={key}&seed=3"
    taylor, magnitude = view.pictures
    assert taylor.told.name == "score-taylor" and "Spearman rank correlation 0.900" in taylor.told.description
    assert "rank correlation not defined" in magnitude.told.description
    assert view.tables[0].rows[0] == ("Taylor, abs of sum", 0.9, 0.8, 0.95, 12.0)
    assert view.tables[1].rows[0][:4] == ("0.attn.q", "1,2", 0.5, 1e-9)
    assert "3 parameters of gemma-3-270m on 100 tokens in Russian" in view.lead


def test_one_under_way_is_missing():
    api = FakeApi()
    assert whole(render("/estimators", api), api).address == f"/estimators?model={MODEL}"
    job = api.job_with(CHOICE.request(), JobState.RUNNING)
    view = render(f"/estimators?result={job.key}", api)
    assert view.missing == (job.request,) and view.address.endswith(job.key)
