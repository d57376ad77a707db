"""The gate: `python -m tests` runs every check in order and stops at the first that fails.

`python -m tests --fast` leaves out the end-to-end tests, the slow tests and the benchmarks. `--latest` and `--oldest`
install the newest and the oldest versions that pyproject.toml allows, each in an environment of its own, and run the
fast tests there: what a user will meet before users do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
STYLE = {
    "format": (PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."),
    "lint": (PYTHON, "-m", "ruff", "check", "--quiet", "."),
    "types": (PYTHON, "-m", "mypy"),
    "imports": (str(Path(PYTHON).parent / "lint-imports"),),
}
BENCHMARKS = {
    "benchmark smoke": (PYTHON, "-m", "benchmarks", "--smoke"),
}
# Two, not all that the machine has: in a container that may be many more than one may use.
UNITS = (PYTHON, "-m", "pytest", "-q", "-n", "2", "--ignore", "tests/end_to_end")
FAST = {"unit tests": (*UNITS, "-m", "not slow")}
WHOLE = {
    "unit tests": UNITS,
    # One after the other: they share an atlas, and a browser beside another one is slow.
    "end-to-end tests": (PYTHON, "-m", "pytest", "-q", "tests/end_to_end"),
}


# pip, not uv, for the newest: it takes a torch that lies beside it instead of another build. pip knows no oldest.
ENVIRONMENTS = {
    "--latest": ("{python}", "-m", "pip", "install", "--quiet", "-e", ".[demo,test]"),
    "--oldest": (
        *(PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", "{python}"),
        *("--resolution", "lowest-direct", "-e", ".[demo,test]"),
    ),
}


def main() -> int:
    asked = sys.argv[1:]
    versions = [name for name in ENVIRONMENTS if name in asked]
    if versions:
        return next((code for name in versions if (code := _elsewhere(name))), 0)
    return _run(
        STYLE | FAST if "--fast" in asked else STYLE | BENCHMARKS | WHOLE
    )  # pytest last: its line is the verdict


def _elsewhere(name: str) -> int:
    """Run the fast tests with other versions, in an environment that goes afterwards; the style is not asked."""
    with tempfile.TemporaryDirectory() as folder:
        python = str(Path(folder) / "bin" / "python")
        install = [part.format(python=python) for part in ENVIRONMENTS[name]]
        steps: dict[str, tuple[str, ...]] = {
            f"environment {name}": (PYTHON, "-m", "venv", folder),
            f"versions {name}": tuple(install),
            "installed": (python, "-m", "pip", "freeze", "--exclude-editable"),
        }
        return _run(steps | {f"unit tests {name}": (python, *FAST["unit tests"][1:])})


def _run(steps: dict[str, tuple[str, ...]]) -> int:
    for name, command in steps.items():
        started = time.monotonic()
        print(f"== {name}: {' '.join(command[1:] or command)}", flush=True)
        code = subprocess.run(command, cwd=ROOT, env={**os.environ, "HF_HUB_OFFLINE": "1"}, check=False).returncode
        print(
            f"== {name}: {'ok' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - started:.0f} s", flush=True
        )
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
