"""`python -m tests.faults --rounds N [--seed S] [--kind NAME]` or `--schema N`: what is lost when everything breaks."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.atlas import ROOT, Atlas
from tests.faults.kinds import KINDS, Kind
from tests.faults.rounds import play

ROUNDS_AN_ATLAS = 27
"""After so many the atlas is stopped, what it left behind is looked for, and a new one begins."""


def main() -> int:
    """Play rounds; one line at the end, exit code 1 when anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=len(KINDS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=[kind.name for kind in KINDS], help="this kind of fault alone")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--schema", type=int, metavar="N", help="instead, at least N generated requests of the API")
    given = parser.parse_args()
    if given.schema:
        return _schema(given.schema)
    kinds = [kind for kind in KINDS if given.kind in (None, kind.name)]
    lost = run(kinds, given.rounds, given.seed, given.workers)
    return 1 if lost else 0


def run(kinds: list[Kind], n_rounds: int, seed: int, n_workers: int) -> list[str]:
    """Every kind once, in a new order each time, until the rounds are played."""
    chance = random.Random(seed)
    lost: list[str] = []
    seen: Counter[str] = Counter()
    order: list[Kind] = []
    for first in range(0, n_rounds, ROUNDS_AN_ATLAS):
        folder = Path(tempfile.mkdtemp(prefix="la-faults-"))
        atlas = Atlas(folder / "atlas", n_workers=n_workers)
        found: list[str] = []
        try:
            for number in range(first, min(n_rounds, first + ROUNDS_AN_ATLAS)):
                order = order or chance.sample(kinds, len(kinds))
                found += _round(atlas, order.pop(), number, chance)
        finally:
            found += (left := atlas.close())
        seen += atlas.seen
        lost += found
        if found:
            print(*left, f"the atlas with its logs is kept in {folder}", sep="\n", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print("jobs:", ", ".join(f"{what} {count}" for what, count in sorted(seen.items())) or "none was touched")
    print(f"rounds {n_rounds}, lost {len(lost)}")
    return lost


def _round(atlas: Atlas, kind: Kind, number: int, chance: random.Random) -> list[str]:
    if kind.own_disk and not atlas.own_disk:
        kind = next(one for one in KINDS if one.name == "limit files")
    started = time.monotonic()
    found = play(atlas, kind, chance)
    print(f"{number + 1} {kind.name} {time.monotonic() - started:.1f} s {'; '.join(found)}", flush=True)
    return found


def _schema(n_cases: int) -> int:
    """The generated requests of tests/backend/test_openapi.py, many more of them."""
    environment = {**os.environ, "LINGUA_ATLAS_SCHEMA_CASES": str(n_cases)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "tests/backend/test_openapi.py",
    ]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
