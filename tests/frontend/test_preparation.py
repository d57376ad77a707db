"""The checklist follows results and jobs, and nothing else."""

import pytest

from backend.contracts.problems import Problem
from backend.contracts.requests import ImportanceRequest, OpenModelRequest, RegionRequest, RegionSpec, ScoreSpec
from backend.contracts.results import ImportanceSummary
from backend.contracts.vocabulary import JobState
from frontend.preparation import opening, steps
from tests.frontend.fake_api import MODEL, FakeApi, running

SCORES = ScoreSpec(model=MODEL)
SUMMARY = ImportanceSummary(n_samples=60, n_tokens=900, mean_loss=3.0, seconds=1.0)


def importance(language: str) -> ImportanceRequest:
    return ImportanceRequest(scores=SCORES, language=language)


def checklist(api: FakeApi) -> dict:
    return {step.name: step for step in steps(MODEL, api.jobs(), api.results(model=MODEL))}


def test_a_new_model_has_its_weights_and_nothing_else():
    states = {name: step.state for name, step in checklist(FakeApi()).items()}
    assert states.pop("Weights") == "ready"
    assert set(states.values()) == {"missing"}


def test_scores_are_counted_language_by_language():
    api = FakeApi()
    api.result_with(importance("ar"), SUMMARY)
    api.job_with(importance("ar"), JobState.DONE)
    api.job_with(importance("es"), JobState.RUNNING, progress=running(3, 10))
    api.job_with(importance("zh"), JobState.QUEUED, position=0)
    api.job_with(importance("ko"), JobState.CANCELLED)
    step = checklist(api)["Language scores"]
    assert (step.state, step.note) == ("running", "1 of 3 languages: ar")
    assert step.job.request.language == "es"
    assert step.href.startswith("/atlas?")


@pytest.mark.parametrize("state, shown", [("waiting", "waiting"), ("running", "running"), ("failed", "failed")])
def test_a_region_says_where_its_job_stands(state, shown):
    api = FakeApi()
    request = RegionRequest(region=RegionSpec(scores=SCORES, languages=("ar",)))
    job = api.job_with(request, JobState(state))
    step = checklist(api)["Core region"]
    assert step.state == shown
    assert step.href == f"/runs?job={job.key}"


def test_other_models_do_not_count():
    api = FakeApi()
    api.job_with(ImportanceRequest(scores=ScoreSpec(model="other"), language="de"), JobState.RUNNING)
    assert checklist(api)["Language scores"].state == "missing"


def test_a_failed_opening_is_shown_only_where_asked():
    api = FakeApi()
    problem = Problem(code="gated_model", title="Gated", status=403, detail="d")
    api.job_with(OpenModelRequest(source="a/b"), JobState.FAILED, problem=problem)
    api.job_with(OpenModelRequest(source="a/c"), JobState.RUNNING)
    assert len(opening(api.jobs(), failed=False)) == 1
    assert len(opening(api.jobs(), failed=True)) == 2
