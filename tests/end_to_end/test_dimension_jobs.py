"""Structured removal, sweep and generation grid through API, queue and worker; the worker lives after each failure."""

from __future__ import annotations

import csv
import io

import pytest

from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from backend.contracts.requests import REQUEST, Request
from backend.contracts.results import GenerationGridSummary, StructuredRemovalSummary, SweepSummary
from backend.contracts.vocabulary import JobState
from tests.end_to_end.stack import CORPUS, Stack, done
from tests.fakes import write_corpus

pytestmark = pytest.mark.redis


def evaluation(**changes: object) -> dict[str, object]:
    return {"lines": {"corpus": CORPUS, "start": 4, "stop": 8}, "languages": ["de", "en"], **changes}


def region(stack: Stack) -> dict[str, object]:
    scores = {"model": stack.model.name, "lines": {"corpus": CORPUS, "start": 0, "stop": 4}, "snapshots": [2]}
    return {"kind": "region", "region": {"scores": scores, "languages": ["de", "en"], "fraction": 0.05}}


def sweep(stack: Stack, **fields: object) -> Request:
    return REQUEST.validate_python({"kind": "sweep", "model": stack.model.name, "evaluation": evaluation()} | fields)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_structured_removal_is_a_table_of_jobs(atlas_stack: Stack) -> None:
    request = REQUEST.validate_python(
        {
            "kind": "structured_removal",
            "ranking": {"region": region(atlas_stack), "setting": "head_and_down"},
            "counts": [1, 3],
            "snapshots": [None, 2],
            "evaluation": evaluation(),
        }
    )
    key = done(atlas_stack.api, request)
    summary = atlas_stack.api.manifest(key).summary
    assert isinstance(summary, StructuredRemovalSummary)
    assert len(summary.cells) == 2 * 2 * 4
    assert summary.heads
    rows = read(atlas_stack.api.table(key))
    assert [(row["Training samples"], row["N"]) for row in rows] == [("4", "1"), ("4", "3"), ("2", "1"), ("2", "3")]


def test_a_sweep_tells_its_points_and_its_base(atlas_stack: Stack) -> None:
    targets = {"over": "dimensions", "indices": [3], "ranking": region(atlas_stack), "n_top": 2, "n_random": 2}
    key = done(atlas_stack.api, sweep(atlas_stack, targets=targets))
    summary = atlas_stack.api.manifest(key).summary
    assert isinstance(summary, SweepSummary)
    assert [point.group for point in summary.points] == ["given", "top", "top", "random", "random"]
    assert [row["Index"] for row in read(atlas_stack.api.table(key))][:2] == ["base", "3"]


def test_a_grid_is_read_as_a_document(atlas_stack: Stack) -> None:
    zeroed = {"change": "edits", "edits": [{"where": {"target": "dimension", "index": 3}, "action": "zero"}]}
    request = REQUEST.validate_python(
        {
            "kind": "generation_grid",
            "model": atlas_stack.model.name,
            "prompts": [{"language": "en", "text": "Fudan"}, {"language": "de", "text": "Die"}],
            "settings": {"max_new_tokens": 4},
            "columns": [
                {"name": "top", "change": {"change": "dimensions", "ranking": {"region": region(atlas_stack)}}},
                {"name": "zeroed", "change": zeroed},
            ],
        }
    )
    key = done(atlas_stack.api, request)
    summary = atlas_stack.api.manifest(key).summary
    assert isinstance(summary, GenerationGridSummary)
    assert [column.name for column in summary.columns] == ["base", "top", "zeroed"]
    assert summary.weights_restored
    assert "**zeroed**" in atlas_stack.api.texts(key)
    assert atlas_stack.api.texts(key, "html").startswith("<!doctype html>")


def test_a_long_sweep_is_cancelled_between_points_and_leaves_the_model_whole(atlas_stack: Stack) -> None:
    scan = {"over": "scalars", "matrix": "0.norm.input", "indices": [1]}
    before = atlas_stack.api.manifest(done(atlas_stack.api, sweep(atlas_stack, targets=scan, action="zero"))).summary
    targets = {"over": "dimensions", "side": "neuron", "indices": list(range(48)), "n_random": 0}
    write_corpus(atlas_stack.root / "corpora" / "long", ("de", "en", "fr"), 80)  # else it is over too soon
    text = evaluation(lines={"corpus": "long", "start": 0, "stop": 80}, languages=["de", "en", "fr"])
    seen: list[JobStatus] = []

    def cancel_once(status: JobStatus) -> None:
        if status.progress.unit == "dimensions" and not seen:
            seen.append(atlas_stack.api.cancel(status.key))

    job = atlas_stack.api.submit(sweep(atlas_stack, targets=targets, action="zero", evaluation=text))
    ended = atlas_stack.api.wait(job.key, on_progress=cancel_once, poll_seconds=0.02)
    assert ended.state is JobState.CANCELLED, "the sweep was over before it could be cancelled"
    assert seen[0].progress.total == 48
    again = {"over": "scalars", "matrix": "0.norm.input", "indices": [2]}
    after = atlas_stack.api.manifest(done(atlas_stack.api, sweep(atlas_stack, targets=again, action="zero"))).summary
    assert isinstance(before, SweepSummary)
    assert isinstance(after, SweepSummary)
    assert after.base == before.base


def test_what_the_model_has_not_is_refused_at_once(atlas_stack: Stack) -> None:
    for targets in ({"over": "scalars", "matrix": "1.attn.q"}, {"over": "dimensions", "indices": [32]}):
        with pytest.raises(KnownError) as caught:
            atlas_stack.api.submit(sweep(atlas_stack, targets=targets, action="zero"))
        assert (caught.value.problem.field or "").startswith("targets.")
