"""Every exception becomes a problem that says what to do."""

from __future__ import annotations

import errno

import pytest

from backend.contracts.problems import KnownError
from workers.analysis.errors import AnalysisError
from workers.failures import known


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KnownError("bad_corpus_file", "x"), "bad_corpus_file"),
        (AnalysisError("not_finite", "x", "y"), "not_finite"),
        (MemoryError(), "out_of_memory"),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "out_of_memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"), "out_of_memory"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "out_of_memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk_full"),
        (OSError(errno.EFBIG, "File too large", "/data/results"), "file_too_large"),
        (OSError(errno.EROFS, "Read-only file system", "/data/results"), "disk_read_only"),
        (PermissionError(errno.EACCES, "Permission denied", "/data/results"), "not_writable"),
        (OSError(errno.EMFILE, "Too many open files"), "too_many_files"),
        (OSError(errno.EIO, "Input/output error"), "disk_broken"),
        (OSError(errno.ENOENT, "No such file"), "internal"),
        (ZeroDivisionError("division by zero"), "internal"),
    ],
)
def test_codes(error: Exception, code: str) -> None:
    problem = known(error).problem
    assert problem.code == code
    assert problem.hint or isinstance(error, KnownError)


def test_an_unknown_failure_names_its_class_and_keeps_its_message() -> None:
    assert known(ZeroDivisionError("division by zero")).problem.detail == "ZeroDivisionError: division by zero"
