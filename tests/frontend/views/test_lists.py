"""Start, Runs and Reproduction without their pages."""

from __future__ import annotations

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    EvaluationSpec,
    GenerationRequest,
    Lines,
    OpenModelRequest,
    PerplexityRequest,
    Prompt,
)
from backend.contracts.results import PerplexityRow, PerplexitySummary
from backend.contracts.vocabulary import JobState
from frontend.pages import runs
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi, opened
from tests.frontend.pages.test_reproduction_page import Api
from tests.frontend.results.test_languages_result import REQUEST
from tests.frontend.test_pages import text
from tests.frontend.views.holds import holds

OPEN = OpenModelRequest(source=f"demo:{MODEL}")


def test_start_lists_models_texts_and_what_is_ready() -> None:
    api = FakeApi()
    manifest = api.result_with(OPEN, opened())
    api.result_with(REQUEST, samples.similarity())
    view = holds("/", api)
    assert view.address == f"/?model={MODEL}" and view.sources == (manifest,)
    tables = {table.name: table for table in view.tables}
    assert [row[1] for row in tables["preparation"].rows] == ["ready", "missing", "missing", "ready", "missing"]
    assert tables["models"].rows[0][0] == MODEL and tables["texts"].rows[0][0] == "atlas-parallel"
    assert "2 of 5 steps are ready" in view.lead


def test_start_without_a_model_names_what_is_on_its_way() -> None:
    api = FakeApi(models=())
    api.job_with(OPEN, JobState.RUNNING)
    view = holds("/?model=gone", api)
    assert view.address == "/" and view.missing == (OPEN,) and "No model is open" in view.lead


def test_runs_are_listed_by_state_and_one_is_told_in_full() -> None:
    api = FakeApi()
    manifest = api.result_with(REQUEST, samples.similarity())
    failed = KnownError("broken", "no weights", hint="Mend it.").problem
    job = api.job_with(OPEN, JobState.FAILED, problem=failed)
    view = holds("/runs", api)
    assert view.address == "/runs" and "2 runs: " in view.lead and len(view.tables[0].rows) == 2
    only = holds("/runs?state=failed", api)
    assert only.address == "/runs?state=failed" and [row[-2] for row in only.tables[0].rows] == [job.key]
    stored = holds(f"/runs?job={manifest.key}", api)
    assert stored.sources == (manifest,) and '"kind": "similarity"' in stored.passages[0].text
    facts = dict(stored.table("run").rows)  # type: ignore[arg-type]
    assert facts["State"] == "done" and facts["Weights"] == "w" * 64
    broken = holds(f"/runs?job={job.key}", api)
    assert broken.missing == (OPEN,) and ("Problem", "no weights Mend it.") in broken.table("run").rows
    with pytest.raises(KnownError, match="no run and no result"):
        holds("/runs?job=gone", api)


def test_a_perplexity_shows_its_numbers_where_it_opens() -> None:
    api = FakeApi()
    spec = EvaluationSpec(lines=Lines(corpus="ntrex", start=0, stop=3), languages=("zh", "ar"))
    row = PerplexityRow(
        language="zh",
        n_samples=3,
        n_tokens=1_312,
        n_bytes=917,
        nll=9.5,
        perplexity=79.65816462608304,
        bits_per_byte=1.5,
    )
    rows = (row, row.model_copy(update={"language": "ar", "nll": None, "perplexity": None, "bits_per_byte": None}))
    summary = PerplexitySummary(rows=rows, n_changed=0, n_total=9)
    key = api.result_with(PerplexityRequest(model=MODEL, evaluation=spec), summary).key
    view = holds(f"/runs?result={key}", api)
    assert view.address == f"/runs?job={key}" and f"({MODEL}, ntrex lines 0 to 2): done" in view.lead
    assert view.table().rows[0][:2] == ("zh", 79.65816462608304)
    drawer = text(runs.show(key, api=api))
    assert "Perplexity by language" in drawer and "79.6582" in drawer and "1,312" in drawer and "∞" in drawer


def test_files_hold_no_invisible_signs() -> None:
    api = FakeApi()
    asked = GenerationRequest(model=MODEL, prompts=(Prompt(language="ar", text="مرحبا"),))
    api.job_with(asked, JobState.QUEUED)
    assert holds("/runs", api).table("runs").rows[0][3] == "“مرحبا”"


def test_a_reproduction_has_numbers_claims_and_jobs() -> None:
    api = Api()
    nothing = holds("/reproduction", api)
    assert nothing.address == f"/reproduction?model={MODEL}&table=table-1&corpus=atlas-parallel"
    assert len(nothing.missing) == 1 and "0 of 1 jobs are measured" in nothing.lead
    numbers, claims, jobs = nothing.tables[:3]
    assert numbers.columns[0] == "language" and numbers.rows[0][2] == 127208.25 and numbers.rows[0][-1] is None
    assert {row[1] for row in claims.rows} == {"not judged"} and jobs.rows[0][2] == "not run"
    key = api.store_removal()
    view = holds("/reproduction?lines=&table=table-1", api)
    assert [one.key for one in view.sources] == [key] and view.missing == ()
    assert {row[1] for row in view.tables[1].rows} & {"holds here", "does not hold here"}
    assert "samples=7" in holds("/reproduction?samples=7", api).address
