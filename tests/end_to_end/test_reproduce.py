"""`lingua-atlas reproduce` and `golden` on a running atlas with a tiny model: numbers, files, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.contracts.reproduction import Conditions
from tests.end_to_end.stack import Stack, running
from tests.end_to_end.test_cli import atlas as atlas  # the fixture, made known here

pytestmark = pytest.mark.redis
SMALL = ("--corpus", "atlas-parallel", "--samples", 4, "--fewer", 2, "--lines", 2, "--languages", "ar,en")
CONDITIONS = Conditions(model="m", corpus="atlas-parallel", samples=4, fewer_samples=2, lines=2, languages=("ar", "en"))


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("reproduce")) as stack:
        yield stack


@pytest.fixture
def here(own_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("LINGUA_ATLAS_DATA", str(own_stack.root))
    monkeypatch.setenv("LINGUA_ATLAS_API_URL", own_stack.api.base_url)
    return own_stack


def golden_file(folder: Path, **changes: object) -> Path:
    """Cases that hold on any model: setting a scalar to what it is times 1 changes nothing; a million, something."""
    cases = [
        {"change": "x1", "index": 3, "action": "scale", "factor": 1, "published": 5.86, "within": 0.02},
        {"change": "x1e6", "index": 3, "action": "scale", "factor": 1e6, "published": 83224.0, "at_least": 1.01},
    ]
    told = {
        "name": "tiny", "model": "Tiny-13B", "source": "a test", "n_layers": 2, "residual_size": 32,
        "matrix": "1.norm.input", "language": "zh", "base": 5.865, "cases": cases,
    }  # fmt: skip
    path = folder / "tiny.json"
    path.write_text(json.dumps(told | changes))
    return path


def test_golden_cases_are_measured_and_judged(atlas, here: Stack, tmp_path: Path):
    told = atlas("golden", golden_file(tmp_path), "--lines", 4)
    assert told.code == 0, told.err
    assert "2 of 2 hold" in told.out and "83224" in told.out and "atlas-parallel, zh, lines 0 to 4" in told.out
    quiet = [{"change": "reset", "index": 3, "action": "scale", "factor": 1, "published": 9.0, "at_least": 100}]
    told = atlas("golden", golden_file(tmp_path, cases=quiet), "--lines", 4)
    assert told.code == 1
    assert "0 of 1 hold" in told.out and "does not" in told.out


def test_golden_refuses_a_model_of_another_shape(atlas, here: Stack, tmp_path: Path):
    told = atlas("golden", "llama-2-13b")
    assert (told.code, told.out) == (2, "")
    assert "40 layers of residual size 5120" in told.err and "--source" in told.err
    told = atlas("golden", "llama-2-13b", "--model", here.model.name)
    assert (told.code, told.out) == (2, "")
    assert "has 2 layers of residual size 32" in told.err and "--anyway" in told.err
    other = golden_file(tmp_path, n_layers=40)
    assert atlas("golden", other, "--model", here.model.name, "--anyway", "--lines", 4).code == 0
    assert atlas("golden", "llama-2-13b", "--model", here.model.name, "--anyway").code == 2  # no dimension 2100
    unknown = atlas("golden", "llama-9")
    assert unknown.code == 2 and "llama-2-13b" in unknown.err


def test_a_table_is_reproduced_written_and_not_computed_twice(atlas, here: Stack, tmp_path: Path):
    written = tmp_path / "table.md"
    told = atlas("reproduce", "table-1", *SMALL, "--markdown", written)
    assert told.code == 0, told.err
    assert "127208.250" in told.out and "not run" not in told.out
    assert "Without its top region the model loses every language." in told.out
    text = written.read_text()
    assert "| 127208.250 |" in text and "lingua-atlas reproduce table-1" in text
    n_jobs = len(here.api.results())
    assert atlas("reproduce", "table-1", *SMALL, "--stored").code == 0
    other = ("--corpus", "atlas-parallel", "--samples", 5, "--lines", 3, "--languages", "ar,en", "--stored")
    told = atlas("reproduce", "table-1", *other)
    assert told.code == 1 and "measured already with other sizes: --samples 4 --fewer 2 --lines 2" in told.err
    assert len(here.api.results()) == n_jobs
    (step,) = here.api.reproduction("table-1", CONDITIONS.model_copy(update={"model": here.model.name})).steps
    assert step.key in {row.key for row in here.api.results(kind="removal")}


def test_a_table_that_asks_again_once_it_knows_more(atlas, here: Stack):
    told = atlas("reproduce", "table-4", *SMALL)
    assert told.code == 0, told.err
    assert "L1-N4200" in told.out and "not run" not in told.out
    found = here.api.reproduction("table-4", CONDITIONS.model_copy(update={"model": here.model.name}))
    assert [step.name for step in found.steps] == ["scan", "Reset 1", "Times 4", "Times 10"]
    assert found.is_done and all(claim.measured.is_judged for claim in found.claims)


def test_what_is_not_stored_is_not_run_when_only_stored_numbers_are_asked_for(atlas, here: Stack):
    told = atlas("reproduce", "table-16", *SMALL, "--stored")
    assert told.code == 1
    assert "not run" in told.out
    assert not [job for job in here.api.jobs() if not job.state.ended]


def test_the_list_and_bad_names(atlas, here: Stack):
    listed = atlas("reproduce", "--list").out
    assert "table-16" in listed and "faithfulness" in listed
    of_paper_b = atlas("reproduce", "--list", "--paper", "b").out
    assert "b-table-1" in of_paper_b and "table-16" not in of_paper_b
    told = atlas("reproduce", "table-99")
    assert (told.code, told.out) == (2, "")
    assert "table-16" in told.err
    assert atlas("reproduce", "monolingual", "--language", "xx").code == 2
    assert "at most 60" in atlas("reproduce", "table-1", "--corpus", "atlas-parallel", "--samples", 99).err


def test_a_figure_of_paper_b_is_reproduced_and_too_few_languages_are_told(atlas, here: Stack, tmp_path: Path):
    written = tmp_path / "figure.md"
    told = atlas("reproduce", "b-figure-2", "--corpus", "atlas-parallel", "--sentences", 3, "--markdown", written)
    assert told.code == 0, told.err
    assert "SADS" in told.out and "--sentences 3" in written.read_text()
    told = atlas("reproduce", "b-table-1", *SMALL)
    assert told.code == 2 and "this needs 6 languages or more" in told.err
    told = atlas("reproduce", "b-figure-7", "--members", "nobody=3", "--corpus", "atlas-parallel")
    assert told.code == 2 and "nobody" in told.err
