"""Shapes of the analysis are checked at run time, but only here (jaxtyping's annotations, beartype)."""

from __future__ import annotations

import os

# Before torch is imported: tests run beside each other on few cores, and never ask the hub.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
from jaxtyping import install_import_hook

from tests import constraints

install_import_hook(["workers.analysis", "workers.families"], "beartype.beartype")


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors (pyproject.toml). Deprecations are, too, as long as the versions are those of the lock."""
    for line in deprecations(constraints.differing()):
        config.addinivalue_line("filterwarnings", line)


def deprecations(differing: dict[str, str]) -> tuple[str, ...]:
    """Return the filters under the lock; with other versions a library may announce what it will change."""
    kinds = ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning")
    return () if differing else tuple(f"error::{kind}" for kind in kinds)


def pytest_collection_modifyitems(items: list) -> None:
    """Browser tests last: Playwright keeps an event loop running in this thread, where no other can start."""
    items.sort(key=lambda item: "end_to_end" in item.nodeid)
