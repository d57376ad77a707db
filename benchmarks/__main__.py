"""Every benchmark in turn: `python -m benchmarks [--smoke]`."""

from __future__ import annotations

import subprocess
import sys

MODULES = tuple(
    f"benchmarks.{name}" for name in ("analysis", "selection_on_disk", "similarity_map", "training", "service", "hand")
)


def main() -> int:
    for module in MODULES:
        print(f"\n== {module}", flush=True)
        if code := subprocess.run([sys.executable, "-m", module, *sys.argv[1:]], check=False).returncode:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
