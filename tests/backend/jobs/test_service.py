"""Submitting, listing and refusing, with a real Redis and no worker."""

from __future__ import annotations

from hashlib import sha256

import pytest

from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from backend.contracts.regions import (
    CombinedRegionRequest,
    Complement,
    ImportedLeaf,
    ImportRegionRequest,
    RankedLeaf,
    Union_,
)
from backend.contracts.requests import GenerationRequest, OpenModelRequest, Prompt
from backend.contracts.vocabulary import JobState, Scope
from backend.jobs import statuses
from tests.workers.queue.bench import Bench, generation, region

pytestmark = pytest.mark.redis


def _code(bench: Bench, request: object) -> str:
    with pytest.raises(KnownError) as caught:
        bench.ask(request)  # type: ignore[arg-type]
    return caught.value.problem.code


def test_what_can_be_known_is_refused_before_queueing(bench: Bench) -> None:
    unknown = GenerationRequest(model="nobody", prompts=(Prompt(language="en", text="x"),))
    assert _code(bench, unknown) == "unknown_model"
    assert _code(bench, region("xx")) == "unknown_language"
    assert _code(bench, OpenModelRequest(source="/somewhere")) == "outside_model_roots"
    (bench.layout.root / "weights" / "model.safetensors").write_bytes(b"other weights")
    assert _code(bench, generation("x")) == "model_changed"
    (bench.layout.root / "weights" / "model.safetensors").unlink()
    assert _code(bench, generation("x")) == "model_vanished"
    assert bench.service.queue.lengths() == {"interactive": 0, "batch": 0}


def test_a_file_that_was_not_uploaded_is_refused_wherever_it_is_named(bench: Bench) -> None:
    missing = ImportRegionRequest(model="fake", title="given", file=sha256(b"{}").hexdigest())
    assert _code(bench, missing) == "file_not_uploaded"
    both = Union_(of=(ImportedLeaf(region=missing), RankedLeaf(region=region("de"))))
    assert _code(bench, CombinedRegionRequest(expression=both)) == "file_not_uploaded"
    assert bench.service.jobs().jobs == ()
    bench.layout.imports.mkdir()
    (bench.layout.imports / missing.file).write_bytes(b"{}")
    assert bench.ask(missing).state is JobState.QUEUED


def test_a_share_that_selects_nothing_is_refused_before_anything_is_scored(bench: Bench) -> None:
    asked = region("de", "en")
    spec = asked.region.model_copy(update={"fraction": 0.003})  # of 128, 8, 128, 8 parameters
    nothing = asked.model_copy(update={"region": spec})
    with pytest.raises(KnownError) as caught:
        bench.ask(CombinedRegionRequest(expression=Complement(of=RankedLeaf(region=nothing))))
    problem = caught.value.problem
    assert (problem.code, problem.field) == ("empty_selection", "region.fraction") and "0.0043" in problem.hint
    assert bench.service.jobs().jobs == ()
    together = spec.model_copy(update={"scope": Scope.GLOBAL})  # 0.003 of 272 is one
    assert bench.ask(asked.model_copy(update={"region": together})).state is JobState.WAITING


def test_jobs_are_listed_newest_first_with_their_place(bench: Bench) -> None:
    keys = [bench.submit(f"speak {index}") for index in range(3)]
    jobs = bench.service.jobs().jobs
    assert [job.key for job in jobs] == keys[::-1]
    assert [job.position for job in jobs] == [2, 1, 0]
    assert {job.state for job in jobs} == {JobState.QUEUED}


def test_an_unknown_key_is_a_clear_404(bench: Bench) -> None:
    with pytest.raises(KnownError) as caught:
        bench.service.cancel("0" * 20)
    assert caught.value.problem.status == 404


def test_only_failed_and_cancelled_jobs_are_retried(bench: Bench) -> None:
    key = bench.submit("speak 1")
    with pytest.raises(KnownError) as caught:
        bench.service.retry(key)
    assert caught.value.problem.code == "not_retryable"
    bench.service.cancel(key)
    assert bench.service.cancel(key).state is JobState.CANCELLED
    assert bench.service.retry(key).state is JobState.QUEUED


def test_an_ended_job_is_read_once_until_it_is_asked_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statuses, "SETTLED_SECONDS", -60)
    key = bench.submit("speak 1")
    bench.service.cancel(key)
    known, read = bench.service.statuses, []
    tell = known._tell
    monkeypatch.setattr(known, "_tell", lambda keys: read.append(list(keys)) or tell(keys))
    states = [bench.service.jobs().jobs[0].state for _ in range(2)]
    assert states == [JobState.CANCELLED] * 2
    assert read == [[key], []]
    bench.service.retry(key)
    assert bench.service.jobs().jobs[0].state is JobState.QUEUED


def test_a_job_that_ends_while_the_list_is_read_stays_in_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    key = bench.submit("speak 1")
    known, entries = bench.service.statuses, list[tuple[int, str]]()
    tell = known._tell

    def ended(keys: list[str]) -> list[JobStatus]:
        entries.append((1, key))
        return [status.model_copy(update={"state": JobState.DONE}) for status in tell(keys)]

    monkeypatch.setattr(known, "_tell", ended)
    monkeypatch.setattr(known._store, "entries", lambda: list(entries))
    assert [job.state for job in bench.service.jobs().jobs] == [JobState.DONE]


def test_a_cancelled_waiting_job_takes_its_inputs_along(bench: Bench) -> None:
    waiting = bench.ask(region("de", "en"))
    assert bench.service.cancel(waiting.key).state is JobState.CANCELLED
    states = {job.key: job.state for job in bench.service.jobs().jobs}
    assert list(states.values()) == [JobState.CANCELLED] * 3


def test_a_record_of_another_version_is_not_listed_and_breaks_nothing(bench: Bench) -> None:
    key, other = bench.submit("speak 1"), bench.submit("speak 2")
    bench.connection.hset(f"lingua-atlas:job:{key}", "request", '{"kind": "horoscope"}')
    assert [job.key for job in bench.service.jobs().jobs] == [other]
    bench.reaper.run()


def test_a_greedy_text_has_one_key_whatever_the_sampling_fields_say(bench: Bench) -> None:
    plain = bench.ask(generation("speak 1"))
    settings = {"sampling": "greedy", "temperature": 0.5, "top_p": 0.9, "top_k": 3, "seed": 7}
    told = generation("speak 1").model_dump(mode="json") | {"settings": settings}
    assert bench.ask(GenerationRequest.model_validate(told)).key == plain.key
    sampled = GenerationRequest.model_validate(told | {"settings": settings | {"sampling": "sampled"}})
    assert sampled.settings.seed == 7 and bench.ask(sampled).key != plain.key
