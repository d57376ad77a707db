"""Who may import whom, at run time: a web process never loads torch."""

import subprocess
import sys

import pytest

from tests import constraints


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    strict = () if constraints.differing() else ("-W", "error")  # another version of a library may warn
    done = subprocess.run([sys.executable, *strict, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "module", ["backend.app", "backend.cli", "backend.launcher", "frontend.app", "workers.resident"]
)
def test_torch_stays_out_of_processes_that_hold_no_model(module):
    assert not loaded_after(f"import {module}") & {"torch", "transformers"}


def test_contracts_load_neither_numpy_nor_a_server():
    modules = "backend.contracts.requests, backend.contracts.results, backend.contracts.jobs"
    assert not loaded_after(f"import {modules}") & {"numpy", "fastapi", "rq", "redis", "dash"}


def test_analysis_is_pure():
    modules = "workers.analysis.importance, workers.analysis.regions, workers.families"
    # Not redis: torch 2.6 loads it for a cache of its own. That the analysis does not, import-linter sees.
    assert not loaded_after(f"import {modules}") & {"rq", "fastapi", "dash", "backend"}
