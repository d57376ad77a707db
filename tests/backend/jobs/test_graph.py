"""A question that is a graph of jobs: what is queued, moved, cancelled and brought back, with a real Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from unittest import mock

import pytest

from backend.artifacts.corpora import Corpus
from backend.artifacts.keys import Keys
from backend.contracts.building import all_inputs, inputs_of
from backend.contracts.problems import KnownError
from backend.contracts.regions import NamedRegion, monolingual
from backend.contracts.requests import REQUEST, ImportanceRequest, Request
from backend.contracts.vocabulary import AnalysisKind, JobState
from backend.jobs.graph import Use, falling_with, steps
from tests.workers.queue.bench import Bench, generation, region, removal

pytestmark = pytest.mark.redis


def key_of(bench: Bench, request: Request) -> str:
    return Keys(bench.models, bench.service.corpora).key(request)


def states(bench: Bench) -> dict[str, JobState]:
    return {job.key: job.state for job in bench.service.jobs().jobs}


def kinds(requests: Iterable[Request]) -> Counter[AnalysisKind]:
    return Counter(request.kind for request in requests)


def test_a_table_is_queued_level_by_level_each_key_once(bench: Bench) -> None:
    request = removal("de", "en", draws=2, shards=2)
    table = bench.ask(request)
    jobs = bench.service.jobs().jobs
    assert kinds(job.request for job in jobs) == {
        AnalysisKind.REMOVAL: 1,
        AnalysisKind.PERPLEXITY: 5,
        AnalysisKind.REGION: 4,
        AnalysisKind.IMPORTANCE: 2,
        AnalysisKind.IMPORTANCE_SHARD: 4,
    }
    assert {job.key for job in jobs} == {key_of(bench, one) for one in (*all_inputs(request), request)}
    ready = [job.request for job in jobs if job.state is JobState.QUEUED]  # what reads nothing
    assert kinds(ready) == {AnalysisKind.IMPORTANCE_SHARD: 4, AnalysisKind.PERPLEXITY: 1, AnalysisKind.REGION: 2}
    assert jobs[0].key == table.key and table.state is JobState.WAITING


def test_a_second_table_joins_what_the_first_one_queued(bench: Bench) -> None:
    bench.ask(removal("de", draws=1))
    before = states(bench)
    bench.ask(removal("de", draws=2))
    new = set(states(bench)) - set(before)
    fresh = [bench.service.status(key).request for key in new]
    assert kinds(fresh) == {AnalysisKind.REMOVAL: 1, AnalysisKind.PERPLEXITY: 1, AnalysisKind.REGION: 1}


def test_nothing_below_a_stored_answer_is_queued(bench: Bench) -> None:
    request = removal("de", draws=0)
    columns = inputs_of(request)
    top = key_of(bench, inputs_of(columns["top"])["region"])
    todo = steps(request, Keys(bench.models, bench.service.corpora), lambda _, key: key == top)
    assert kinds(step.ticket.request for step in todo) == {
        AnalysisKind.PERPLEXITY: 3, AnalysisKind.REGION: 1, AnalysisKind.IMPORTANCE: 1, AnalysisKind.REMOVAL: 1,
    }  # fmt: skip
    after = {step.ticket.key: step.after for step in todo}
    assert after[key_of(bench, columns["top"])] == () and top not in after
    places = {step.ticket.key: place for place, step in enumerate(todo)}
    assert all(places[needed] < places[key] for key, found in after.items() for needed in found)


def test_texts_are_hashed_once_for_a_whole_table(bench: Bench) -> None:
    with mock.patch.object(Corpus, "hash", autospec=True, side_effect=Corpus.hash) as hashed:
        bench.ask(removal("de", "en", "fr", draws=5, shards=16))
    assert hashed.call_count == 4  # one for each scored language and one for the evaluation
    assert len(bench.service.jobs().jobs) == 1 + 8 + 7 + 3 + 3 * 16


def test_names_for_people_change_no_key(bench: Bench) -> None:
    bench.models.save(bench.models.named("fake").model_copy(update={"name": "copy"}))
    table = removal("de")
    combined = monolingual(table.region, "de", others=("en",))
    named = table.model_copy(update={"others": (NamedRegion(name="own", region=combined),)})
    again = named.model_dump_json().replace('"fake"', '"copy"').replace("de only", "German alone")
    assert key_of(bench, named) == key_of(bench, REQUEST.validate_json(again)) != key_of(bench, table)


def test_a_click_moves_the_whole_chain_to_the_front(bench: Bench) -> None:
    bench.ask(removal("de", "en", draws=0), "batch")
    prepared = bench.submit("speak 1", "batch")
    clicked = bench.ask(region("de"))
    chain = {clicked.key, *(key_of(bench, one) for one in all_inputs(region("de")))}
    moved = {job.key for job in bench.service.jobs().jobs if job.queue == "interactive"}
    assert moved == chain
    lengths = bench.service.queue.lengths()
    assert lengths["interactive"] == 1
    assert bench.service.status(prepared).queue == "batch"
    for key, told in bench.service.queue.find(list(chain)).items():
        assert told.queue == "interactive", key


def test_a_waiting_job_that_was_moved_runs_when_its_input_is_done(bench: Bench) -> None:
    bench.ask(region("en"), "batch")
    clicked = bench.ask(region("en"))
    assert clicked.state is JobState.WAITING and clicked.queue == "interactive"
    bench.start_worker()
    assert bench.finish(clicked.key).state is JobState.DONE
    assert bench.service.queue.lengths() == {"interactive": 0, "batch": 0}


def test_what_falls_with_a_job_needs_all_its_users_to_fall() -> None:
    uses = {
        "table": Use(("base", "top"), (), asked=True),
        "base": Use((), ("table", "other table"), asked=False),
        "top": Use(("region", "kept"), ("table",), asked=False),
        "region": Use(("scores",), ("top",), asked=False),
        "kept": Use((), ("top",), asked=True),
        "scores": Use((), ("top", "region"), asked=False),  # of a diamond: falls once both have fallen
    }
    assert falling_with("table", uses) == ("table", "top", "region", "scores")
    assert falling_with("scores", uses) == ("scores",)


def test_cancelling_a_table_cancels_what_nobody_else_waits_for(bench: Bench) -> None:
    table = bench.ask(removal("de", "en", draws=1))
    other = bench.ask(removal("de", "en", draws=0))  # shares base, top, bottom and their scores
    bench.service.cancel(table.key)
    cancelled = [bench.service.status(key).request for key, state in states(bench).items() if state.ended]
    assert kinds(cancelled) == {AnalysisKind.REMOVAL: 1, AnalysisKind.PERPLEXITY: 1, AnalysisKind.REGION: 1}
    bench.service.cancel(other.key)
    assert set(states(bench).values()) == {JobState.CANCELLED}
    assert bench.service.queue.lengths() == {"interactive": 0, "batch": 0}


def test_a_job_that_was_asked_for_itself_outlives_the_table(bench: Bench) -> None:
    scores = ImportanceRequest(scores=region("de").region.scores, language="de")
    asked = bench.ask(scores)
    table = bench.ask(removal("de", draws=0))
    bench.service.cancel(table.key)
    open_ones = [key for key, state in states(bench).items() if not state.ended]
    assert open_ones == [asked.key]


def test_a_job_tells_whether_it_was_asked_for_itself(bench: Bench) -> None:
    bench.ask(removal("de", draws=0))
    assert [job.request.kind for job in bench.service.jobs().jobs if job.asked] == [AnalysisKind.REMOVAL]
    bench.ask(region("de"))
    assert {job.request.kind for job in bench.service.jobs().jobs if job.asked} == {
        AnalysisKind.REMOVAL, AnalysisKind.REGION,
    }  # fmt: skip


def test_cancelling_a_waiting_table_stops_its_running_input(bench: Bench) -> None:
    bench.start_worker()
    waiting = bench.ask(region("de"))  # German takes its time
    needed = key_of(bench, inputs_of(region("de"))["de"])
    bench.running(needed)
    bench.service.cancel(waiting.key)
    assert bench.finish(needed).state is JobState.CANCELLED
    again = bench.ask(region("de"))
    assert bench.finish(again.key).state is JobState.DONE


@pytest.mark.parametrize("reap", [True, False], ids=["told by the reaper", "told by the worker"])
def test_a_reason_travels_up_every_level_and_a_retry_brings_all_back(bench: Bench, reap: bool) -> None:
    bench.start_worker()
    failed = bench.finish(bench.ask(removal("fr", draws=0)).key, reap=reap)
    assert failed.state is JobState.FAILED and failed.problem is not None
    assert failed.problem.code == "input_failed"
    assert failed.problem.detail.count("which needs") == 2
    assert failed.problem.detail.endswith("which failed: the loss is not a number")
    assert "Importance · fr" in failed.problem.detail and "Check the model's weights." in failed.problem.hint
    bench.until(lambda: all(state.ended for state in states(bench).values()), "the rest has ended")
    bench.workers["w1"].terminate()
    bench.workers["w1"].wait(10)
    bench.service.retry(failed.key)
    open_ones = [bench.service.status(key).request for key, state in states(bench).items() if not state.ended]
    assert kinds(open_ones) == {
        AnalysisKind.REMOVAL: 1, AnalysisKind.PERPLEXITY: 2, AnalysisKind.REGION: 2, AnalysisKind.IMPORTANCE: 1,
    }  # fmt: skip


def test_columns_of_one_table_run_on_two_workers(bench: Bench) -> None:
    for name in ("w1", "w2"):
        bench.start_worker(name)
    request = removal("en", draws=3, shards=2)
    assert bench.finish(bench.ask(request).key).state is JobState.DONE
    columns = [bench.store.manifest(key_of(bench, one)) for one in inputs_of(request).values()]
    assert {column.provenance.worker for column in columns} == {"w1", "w2"}
    assert {bench.service.status(column.key).attempts for column in columns} == {1}


def test_a_graph_goes_on_after_its_worker_was_killed(bench: Bench) -> None:
    worker = bench.start_worker("w1")
    request = removal("de", draws=1, shards=2)
    table = bench.ask(request)
    scores = key_of(bench, ImportanceRequest(scores=request.region.scores, language="de"))
    bench.running(scores)
    worker.kill()
    worker.wait()
    bench.reaper.run()
    bench.start_worker("w2")
    assert bench.finish(table.key, reap=True).state is JobState.DONE
    assert bench.service.status(scores).attempts == 2


def test_a_deleted_result_is_not_done_any_more(bench: Bench) -> None:
    request = generation("speak 1")
    key = bench.ask(request).key
    bench.connection.hset(f"rq:job:{key}", "status", "finished")
    with pytest.raises(KnownError) as caught:
        bench.service.status(key)
    assert caught.value.problem.status == 404
    assert key not in states(bench)
