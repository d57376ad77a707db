"""What was tested is what is installed: constraints.txt and pyproject.toml agree."""

from __future__ import annotations

import re
import warnings

import pytest
from packaging.utils import canonicalize_name

from tests import conftest, constraints


def test_every_requirement_is_pinned_inside_of_its_range() -> None:
    pins = constraints.pinned()
    for one in constraints.required():
        if one.marker is None or one.marker.evaluate():
            assert canonicalize_name(one.name) in pins, f"{one}: run .ci/lock"
            assert pins[canonicalize_name(one.name)] in one.specifier, f"{one}: run .ci/lock"


def test_every_line_is_an_exact_version_without_an_address() -> None:
    for line in constraints.FILE.read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.match(r"^[a-z0-9-]+==[0-9][\w.]*( ; [^/@]+)?$", line), line


def test_the_tests_run_with_every_python_that_is_promised() -> None:
    text = constraints.FILE.read_text(encoding="utf-8")
    for package in ("torch", "transformers", "dash", "rq", "tokenizers", "starlette"):
        assert re.search(rf"^{package}==[\w.]+$", text, flags=re.MULTILINE), f"{package} depends on the platform"


@pytest.mark.parametrize("kind", ["DeprecationWarning", "FutureWarning", "PendingDeprecationWarning"])
def test_deprecations_of_libraries_are_errors_only_under_the_lock(kind: str) -> None:
    assert f"error::{kind}" in conftest.deprecations({})
    assert conftest.deprecations({"transformers": "5.99"}) == ()


def test_warnings_are_errors_here_and_deprecations_too_under_the_lock() -> None:
    with pytest.raises(UserWarning):
        warnings.warn("ours", UserWarning, stacklevel=1)
    if not constraints.differing():
        with pytest.raises(DeprecationWarning):
            warnings.warn("a library's", DeprecationWarning, stacklevel=1)
