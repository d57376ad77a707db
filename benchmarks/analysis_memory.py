"""Peak memory of one scoring run in a process of its own, so that nothing else is counted."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path


def peak_bytes(model: Path, text: Path, n_lines: int, case: str) -> int:
    """Largest resident memory of a fresh process that loads the model and runs the case."""
    command = [sys.executable, "-m", __name__, str(model), str(text), str(n_lines), case]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(model: str, text: str, n_lines: str, case: str) -> None:
    """Run one case (`bare`, or an estimator by its full name) and print the peak of this process in bytes."""
    from benchmarks.analysis_setting import bare_training, open_setting
    from workers.analysis.importance import score
    from workers.families import family_of

    setting = open_setting(Path(model), Path(text), int(n_lines))
    if case == "bare":
        bare_training(setting)
    else:
        views = family_of(setting.model.config).views(setting.model.config)
        estimator, _, mode = case.partition(" ")
        score(
            setting.model,
            views,
            setting.samples,
            estimator=estimator,
            mode=mode or "abs_of_sum",
            max_tokens_per_batch=setting.max_tokens_per_batch,
        )
    print(_peak())


def _peak() -> int:
    """Not `ru_maxrss` on Linux: it starts at what the parent held when it forked."""
    if sys.platform == "linux":
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(status["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
