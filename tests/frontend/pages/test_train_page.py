"""What the Train page answers, on an in-memory API."""

from __future__ import annotations

import pytest
from dash import no_update

from backend.contracts.problems import KnownError
from backend.contracts.regions import Complement, RankedLeaf
from backend.contracts.requests import CombinedRegionRequest, OpenModelRequest, TrainingRequest
from backend.contracts.training import TrainingCurve
from backend.contracts.vocabulary import JobState, Selection
from frontend.choices.region_source import stored_regions
from frontend.choices.train import FREEZE_THE_CORE, ONE, PLANS, REMOVE_THEN_TRAIN, TrainChoice, part, run_words
from frontend.figures.training import Curve, languages_of, loss_figure, perplexity_figure, smoothed
from frontend.pages import train
from frontend.panels import train_checkpoints, train_form, train_runs
from frontend.training_runs import chosen_runs, shown_runs, training_runs
from tests.frontend import samples
from tests.frontend.dimension_samples import REGION
from tests.frontend.fake_api import MODEL, FakeApi, key_of, opened, running
from tests.frontend.pages.test_regions_page import REMOVAL, text
from tests.frontend.training_samples import FREE, FROZEN, SOURCE, curve, summary


class TrainingApi(FakeApi):
    """Every run has told the same curve, but for those in `silent`."""

    silent: tuple[str, ...] = ()

    def training(self, key: str) -> TrainingCurve:
        if key in self.silent:
            raise KnownError("unknown_key", f"no training has the key {key}", status=404)
        return curve()


@pytest.fixture
def api() -> TrainingApi:
    return TrainingApi()


@pytest.fixture
def choice(api: TrainingApi) -> TrainChoice:
    return TrainChoice.first(MODEL, stored_regions(MODEL, api), api.corpora()[0])


def test_without_runs_the_page_names_the_next_click(api) -> None:
    assert "click “Train”" in text(train.layout({}, api))
    assert "No model is open yet" in text(train.layout({}, TrainingApi(models=())))


def test_the_presets_are_three_runs_for_every_learning_rate(api, choice) -> None:
    asked = choice._replace(plan=REMOVE_THEN_TRAIN).requests(api)
    region = asked[0].remove
    assert [(one.remove.selection.value, one.hold and one.hold.region.selection.value) for one in asked] == [
        ("top", "top"), ("bottom", "bottom"), ("top", None),
    ]  # fmt: skip
    assert asked[0].hold.region == region
    asked = choice._replace(plan=FREEZE_THE_CORE, rates=("5e-6", "5e-5")).requests(api)
    assert [one.optimizer.learning_rate for one in asked] == [5e-6] * 3 + [5e-5] * 3
    assert [one.hold and one.hold.region.selection for one in asked[:3]] == [None, Selection.TOP, Selection.RANDOM]
    assert all(one.remove is None for one in asked)
    assert asked[0].evaluate_at == (250, 500, 750) and asked[0].save_at == ()


@pytest.mark.parametrize("request_", [FREE, FROZEN])
def test_the_form_of_a_run_asks_it_again(api, request_) -> None:
    api.result_with(REGION, samples.region())
    found = TrainChoice.of_request(request_, stored_regions(MODEL, api))
    assert found.requests(api) == (request_,)


def test_optimizer_and_memory_of_a_run_are_asked_again(api) -> None:
    optimizer = FREE.optimizer.model_copy(
        update={"weight_decay": 0.1, "beta1": 0.8, "beta2": 0.999, "final_share": 0.1, "max_gradient_norm": None}
    )
    changed = {"optimizer": optimizer, "micro_batch_size": 2, "dtype": "float32", "gradient_checkpointing": True}
    request = TrainingRequest.model_validate(FREE.model_dump() | changed | {"optimizer": optimizer.model_dump()})
    assert TrainChoice.of_request(request, ()).requests(api) == (request,)
    key = api.result_with(request, summary()).key
    shown = str(train.layout({"runs": key}, api))
    assert "Optimizer and memory" in shown and "value='more'" in shown


def test_what_the_form_says_comes_back_from_the_address(choice) -> None:
    changed = choice.with_fields({"plan": ONE, "hold": "random", "rates": ("1e-4",), "n_samples": 7, "every": 2})
    state = changed.state()
    query = {name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in state.items()}
    assert choice.with_query(query) == changed
    assert choice.with_query({"plan": REMOVE_THEN_TRAIN}).plan in PLANS


def test_limited_regions_and_combined_ones(api, choice) -> None:
    limited = choice._replace(plan=ONE, hold="top", how="limit", factor=0.2).requests(api)[0]
    assert limited.hold.how == "limit" and limited.hold.factor == 0.2
    assert run_words(limited).startswith("Arabic · top 1 % limited × 0.2")
    combined = CombinedRegionRequest(title="all but", expression=Complement(of=RankedLeaf(region=REGION)))
    assert part(combined, "region") == combined
    with pytest.raises(KnownError, match="no random counterpart"):
        part(combined, "random")


def test_what_cannot_be_asked_is_told_in_the_words_of_the_form(api, choice) -> None:
    for change in ({"rates": ()}, {"rates": ("fast",)}, {"n_samples": 0}, {"batch_size": None}):
        keys, problem, *_ = train.submit(choice._replace(**change), api)
        assert keys is no_update and problem is not None
    api.down = True
    assert "does not answer" in text(train.submit(choice, api)[1])


def test_a_click_submits_all_runs_and_shows_them(api, choice) -> None:
    keys, problem, state, _ = train.submit(choice, api)
    assert problem is None and state["runs"] == keys and len(keys) == 3
    assert {job.queue for job in api.jobs()} == {"batch"}
    assert [run.key for run in training_runs(MODEL, api)] == keys[::-1]


def test_a_list_drawn_with_an_older_choice_takes_nothing_back(api, choice) -> None:
    keys = train.submit(choice, api)[0]
    drawn = train_runs.signature(training_runs(MODEL, api), [])  # read before the click on Train was answered
    assert train.choose([], keys, drawn) == (no_update, no_update)
    assert train.choose(keys, keys, drawn) == (no_update, no_update)
    assert train.choose(keys[:1], keys, drawn)[0] == keys[:1]
    drawn = train_runs.signature(training_runs(MODEL, api), keys)
    assert train.choose([], keys, drawn) == ([], {"runs": [], "result": None})
    assert train.choose(keys, [], None)[0] == keys


def test_the_cost_is_told_in_words(api, choice) -> None:
    told = train_form.cost(choice, model_bytes=10**9, seconds_per_sample=0.2)
    assert "3 runs" in told and "1,000 samples in 125 steps" in told and "5 times" in told
    assert "1 checkpoint of 1 GB" in told and "About 10 min" in told
    api.result_with(FREE, summary())
    assert "as the last run went" in train.note(choice, training_runs(MODEL, api), api)
    assert "at least one learning rate" in train_form.cost(
        choice._replace(rates=()), model_bytes=1, seconds_per_sample=None
    )


def test_runs_of_the_queue_and_of_the_disk_are_one_list(api) -> None:
    api.result_with(FREE, summary())
    job = api.job_with(FROZEN, JobState.RUNNING, progress=running(3, 10))
    runs = training_runs(MODEL, api)
    assert {run.key for run in runs} == {key_of(FREE), job.key}
    shown = text(train_runs.runs_list(runs, [job.key]))
    assert "Arabic · top 1 % frozen · 5e-5" in shown and "30 %" in shown and "Cancel" in shown
    assert set(chosen_runs(runs, None)) == {key_of(FREE), job.key}
    assert chosen_runs(runs, (job.key, "gone")) == (job.key,)


def test_a_cancelled_run_can_be_resumed(api) -> None:
    job = api.job_with(FREE, JobState.CANCELLED)
    assert "Resume" in text(train_runs.runs_list(training_runs(MODEL, api), []))
    assert train.act("retry", job.key, api) is None and api.job(job.key).state is JobState.QUEUED
    train.act("cancel", job.key, api)
    assert api.job(job.key).state is JobState.CANCELLED
    assert "no job has the key" in text(train.act("cancel", "0" * 20, api))


def test_held_parameters_are_told_to_be_identical(api) -> None:
    api.result_with(FROZEN, summary(n_held=640))
    shown = shown_runs(training_runs(MODEL, api), [key_of(FROZEN)], api)
    assert "640" in text(train_runs.facts(shown)) and "bit-identical" in text(train_runs.facts(shown))
    assert not train.is_live(shown)


def test_curves_leave_out_what_is_not_finite_and_name_the_trained_language_first() -> None:
    runs = [Curve("free", 0, curve()), Curve("frozen", 1, curve(worse=0.5))]
    assert languages_of(runs, "zh") == ("zh", "ar", "en")
    figure = perplexity_figure(runs, "ar", dark=False)
    assert figure.layout.annotations[0].text == "Arabic (trained)"
    assert list(figure.data[0].y) == [20.0, 15.0, 10.0]
    assert [len(trace.x) for trace in figure.data] == [3, 3, 3, 3, 1, 1]  # ar, en, zh: one finite point
    assert [trace.name for trace in figure.data if trace.showlegend] == ["free", "frozen"]
    assert loss_figure(runs, dark=True).data[1].name == "free"
    assert perplexity_figure([], "ar", dark=True).data == ()


def test_smoothing_keeps_the_mean() -> None:
    assert smoothed([1, 2], [4.0, 2.0]) == [(1, 4.0), (2, 2.0)]
    means = smoothed(list(range(1, 81)), [1.0, 3.0] * 40)
    assert len(means) == 40 and {loss for _, loss in means} == {2.0} and means[-1][0] == 80
    assert smoothed([], []) == []


def test_a_run_that_has_told_nothing_yet_has_empty_curves(api) -> None:
    job = api.job_with(FREE, JobState.QUEUED)
    api.silent = (job.key,)
    shown = shown_runs(training_runs(MODEL, api), [job.key], api)
    perplexity, loss = train.curves(shown, dark=True, log=True)
    assert perplexity.data == () and len(loss.data[1].x) == 0 and train.is_live(shown)


def test_a_checkpoint_opens_in_the_atlas_or_to_compare(api) -> None:
    api.result_with(FREE, summary())
    shown = shown_runs(training_runs(MODEL, api), [key_of(FREE)], api)
    assert "after 100 samples" in text(train_checkpoints.checkpoints(shown))
    followed, problem = train_checkpoints.opened(SOURCE, "atlas", api)
    assert problem is None and api.jobs()[0].request == OpenModelRequest(source=SOURCE)
    manifest = api.result_with(OpenModelRequest(source=SOURCE), opened("trained"))
    ended = {"key": manifest.key, "state": "done"}
    assert train_checkpoints.leads_to(ended, followed, MODEL, api) == "/atlas?model=trained"
    assert train_checkpoints.leads_to({"key": manifest.key, "state": "failed"}, followed, MODEL, api) is None
    compare = {**followed, "purpose": "compare"}
    assert train_checkpoints.leads_to(ended, compare, MODEL, api) == "/regions?model=trained"
    api.result_with(REMOVAL, samples.removal())
    assert "percent=" in train_checkpoints.leads_to(ended, compare, MODEL, api)
