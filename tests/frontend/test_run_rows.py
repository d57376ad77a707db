"""Jobs and results become one list in the order in which a reader wants it."""

import json
import subprocess

from backend.contracts.jobs import Progress, title_of
from backend.contracts.requests import (
    REQUEST,
    DimensionTarget,
    Edit,
    EvaluationSpec,
    GenerationRequest,
    ImportanceRequest,
    LayerRange,
    OpenModelRequest,
    PerplexityRequest,
    PerturbationRequest,
    Prompt,
    RegionRequest,
    RegionSpec,
    RemoveRegion,
    ScalarTarget,
    ScoreSpec,
)
from backend.contracts.results import ImportanceSummary
from backend.contracts.vocabulary import AnalysisKind, JobState, Selection
from frontend import run_rows
from frontend.job_words import KIND_NAMES, progress_text
from tests.frontend.fake_api import MODEL, FakeApi, running

SUMMARY = ImportanceSummary(n_samples=60, n_tokens=900, mean_loss=3.0, seconds=1.0)


def importance(language: str) -> ImportanceRequest:
    return ImportanceRequest(scores=ScoreSpec(model=MODEL), language=language)


def busy() -> FakeApi:
    api = FakeApi()
    api.job_with(importance("ar"), JobState.DONE)
    api.result_with(importance("ar"), SUMMARY)
    api.result_with(importance("de"), SUMMARY)  # the queue has forgotten its job
    api.job_with(importance("es"), JobState.WAITING)
    api.job_with(importance("fr"), JobState.QUEUED, position=1)
    api.job_with(importance("hi"), JobState.QUEUED, position=0)
    api.job_with(importance("it"), JobState.RUNNING, progress=running(1, 10))
    api.job_with(importance("ko"), JobState.CANCELLED)
    return api


def rows(api: FakeApi, state: str = "all"):
    return run_rows.chosen(run_rows.rows(api.jobs(), api.results()), state)


def test_what_runs_comes_first_then_the_queue_in_its_order():
    languages = [row.job.request.language for row in rows(busy())]
    assert languages[:4] == ["it", "hi", "fr", "es"]
    assert set(languages[4:]) == {"ar", "de", "ko"}


def test_filters_share_out_every_row():
    found = [len(rows(busy(), state)) for state in ("active", "done", "failed", "cancelled")]
    assert found == [4, 2, 0, 1]
    assert run_rows.filter_of("queued") == "active"
    assert run_rows.filter_of("nonsense") == "all"


def test_only_a_stored_result_can_be_opened():
    stored = {row.job.request.language: row.href is not None for row in rows(busy())}
    assert [language for language, there in sorted(stored.items()) if there] == ["ar", "de"]


def test_progress_alone_draws_no_new_list():
    api = busy()
    before = run_rows.signature(rows(api))
    api.job_with(importance("it"), JobState.RUNNING, progress=running(9, 10))
    assert run_rows.signature(rows(api)) == before
    api.cancel(rows(api)[0].job.key)
    assert run_rows.signature(rows(api)) != before


def test_the_command_survives_the_shell():
    request = GenerationRequest(model=MODEL, prompts=(Prompt(language="fr", text='L\'été, "$HOME" `x` 北京'),))
    echo = run_rows.command_line(request).removesuffix(" | lingua-atlas run - --wait")
    told = subprocess.run(["bash", "-c", echo], capture_output=True, text=True, check=True).stdout
    assert REQUEST.validate_python(json.loads(told)) == request


def test_a_column_tells_its_own_text_not_that_of_its_scores():
    region = RegionRequest(region=RegionSpec(scores=ScoreSpec(model=MODEL), languages=("ar",)))
    column = PerplexityRequest(
        model=MODEL, evaluation=EvaluationSpec(languages=("de",)), change=RemoveRegion(region=region)
    )
    api = FakeApi()
    for request in (region, column):
        api.job_with(request, JobState.QUEUED)
    assert {row.kind: row.detail for row in rows(api)} == {
        "region": "atlas-parallel lines 0 to 59",
        "perplexity": "atlas-parallel lines 60 to 99",
    }
    assert set(KIND_NAMES) == set(AnalysisKind)


def test_a_touch_tells_what_is_touched():
    def title(*edits: Edit) -> str:
        request = PerturbationRequest(model=MODEL, edits=edits, prompts=(Prompt(language="en", text="a"),))
        return title_of(request).removeprefix("Perturbation · ").removesuffix(f" · {MODEL}")

    zero = Edit(where=DimensionTarget(index=507), action="zero")
    assert title(zero) == "zero residual 507"
    place = DimensionTarget(side="neuron", index=5, kinds=("mlp.down",), layers=LayerRange(first=3, last=3))
    assert title(Edit(where=place, action="scale", factor=10)) == "scale 10 neuron 5 in mlp.down, layer 3"
    scalar = ScalarTarget(matrix="1.norm.input", index=(5,))
    assert title(Edit(where=scalar, action="random", seed=3)) == "random (seed 3) 1.norm.input [5]"
    assert title(zero, zero) == "2 edits"


def test_random_regions_are_told_apart_by_their_seed():
    spec = RegionSpec(scores=ScoreSpec(model=MODEL), languages=("ar",), fraction=0.05)
    region = RegionRequest(region=spec, selection=Selection.RANDOM, seed=2)
    column = PerplexityRequest(
        model=MODEL, evaluation=EvaluationSpec(languages=("de",)), change=RemoveRegion(region=region)
    )
    assert [title_of(region), title_of(column)] == [
        "Region · random 5 % (seed 2) · ar", "Perplexity · without random 5 % (seed 2) · 1 language",
    ]  # fmt: skip
    assert title_of(region.model_copy(update={"selection": Selection.TOP})) == "Region · top 5 % · ar"


def test_time_left_is_rough_only_where_it_can_be():
    assert progress_text(Progress(phase="running", eta_seconds=0.2)) == "running · under 1 s left"
    assert progress_text(Progress(phase="running", eta_seconds=8)) == "running · about 8 s left"


def test_rows_tell_what_they_ask():
    api = FakeApi()
    api.job_with(OpenModelRequest(source="a/b", revision="main"), JobState.QUEUED)
    api.job_with(importance("ar"), JobState.QUEUED)
    assert {row.detail for row in rows(api)} == {"revision main", "atlas-parallel lines 0 to 59"}
    assert {row.model for row in rows(api)} == {"a/b", MODEL}
