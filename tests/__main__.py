"""The gate: `python -m tests` runs every check in order and stops at the first that fails.

`python -m tests --fast` leaves out the end-to-end tests, the slow tests and the benchmarks.
"""

from __future__ import annotations

import os
import subprocess
import sys
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


def main() -> int:
    fast = "--fast" in sys.argv[1:]
    steps = STYLE | FAST if fast else STYLE | BENCHMARKS | WHOLE  # pytest last: its closing line is the verdict
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
