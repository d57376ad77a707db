"""What an exception of a job means to the person who asked: always a `Problem`, never a traceback.

Knows torch's errors by name only, so that it can be imported where torch is not.
"""

from __future__ import annotations

import errno
import gc
import sys
from pathlib import Path

from backend.artifacts.disk import disk_problem
from backend.contracts.problems import KnownError, Problem
from workers.analysis.errors import AnalysisError

_DISK_FULL_WORDS = (f"(os error {errno.ENOSPC})", f"(os error {errno.EDQUOT})")
_OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "status_alloc_failed")
"""The last is what cuBLAS and cuDNN say."""


def known(error: Exception) -> KnownError:
    """The same failure as a KnownError, whatever it was."""
    if isinstance(error, KnownError):
        return error
    if isinstance(error, AnalysisError):
        return KnownError(error.code, error.detail, hint=error.hint)
    if is_out_of_memory(error):
        return _out_of_memory(error)
    if isinstance(error, OSError) and (problem := disk_problem(error, Path("LINGUA_ATLAS_DATA"))):
        return problem
    if disk_is_full(error):
        return KnownError(
            "disk_full",
            f"the disk is full ({error}); nothing was stored",
            hint="Free some space or point LINGUA_ATLAS_DATA at another disk, then retry the run.",
            status=507,
        )
    return KnownError(
        "internal",
        f"{type(error).__name__}: {error}"[:2000],
        hint="This is a fault of the atlas or of the model's code; the worker's log has the traceback.",
        status=500,
    )


def disk_is_full(error: Exception) -> bool:
    """ENOSPC or a quota; safetensors tells of them in words alone."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return type(error).__name__ == "SafetensorError" and any(words in str(error) for words in _DISK_FULL_WORDS)


def is_out_of_memory(error: BaseException) -> bool:
    """MemoryError, torch.OutOfMemoryError and the plain RuntimeErrors that mean the same."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _OUT_OF_MEMORY_WORDS)


def device_is_lost(error: BaseException) -> bool:
    """A CUDA error that every later call in this process would meet again (illegal access, device assert)."""
    torch = sys.modules.get("torch")
    if torch is None or is_out_of_memory(error) or "CUDA" not in str(error) or not torch.cuda.is_initialized():
        return False
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return True
    return False


def free_memory() -> None:
    """Give back what a failed job left behind, on the device too."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def crashed(reason: str) -> Problem:
    """The worker process died under the job, and did so again when the job was tried once more."""
    return KnownError(
        "worker_crashed",
        f"the worker process died while it ran this job ({reason}), and again when the job was tried once more",
        hint="SIGKILL usually means that the machine ran out of memory: choose a smaller model, fewer or shorter "
        "lines, or a larger machine. The worker's log has more.",
        status=500,
    ).problem


def timed_out(limit_seconds: float) -> Problem:
    """The job's own time limit passed."""
    return KnownError(
        "timeout",
        f"the job ran longer than its limit of {limit_seconds:.0f} s and was stopped",
        hint="Ask for fewer languages, lines or tokens, or raise LINGUA_ATLAS_JOB_SECONDS.",
        status=504,
    ).problem


def _out_of_memory(error: Exception) -> KnownError:
    where = "GPU memory" if "CUDA" in str(error) else "memory"
    return KnownError(
        "out_of_memory",
        f"the worker ran out of {where}: {str(error)[:500] or type(error).__name__}",
        hint="Choose a smaller model or dtype, fewer tokens per sample, or a device with more memory.",
        status=507,
    )
