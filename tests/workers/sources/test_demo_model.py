"""The real demo model, converted: only where its packages are installed and somebody asks for slow tests."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from backend.artifacts.corpora import BUILT_IN
from backend.contracts.specs import DEMO_SOURCE
from workers.sources import demo
from workers.sources.opening import describe

WEIGHTS = "d4cc5a8f7266c0b8d7525b1b89bc90bb1bb4c1c65c0d2eea19e282123c18a1f2"
"""SHA-256 of the file whose tensors are, bit for bit, those of `from_pretrained(gguf_file=...)` (transformers 5.23)."""


def _installed() -> bool:
    try:
        metadata.distribution(demo.PACKAGES[0])
    except metadata.PackageNotFoundError:
        return False
    return bool(os.environ.get("LINGUA_ATLAS_SLOW_TESTS"))


@pytest.mark.slow
@pytest.mark.skipif(not _installed(), reason="needs the extra [demo] and LINGUA_ATLAS_SLOW_TESTS=1")
def test_the_demo_model_is_the_one_that_transformers_reads(tmp_path: Path) -> None:
    found = demo.find_demo(tmp_path / "gemma-3-270m")
    described = describe(found, name="gemma-3-270m", source=DEMO_SOURCE)
    assert described.weights_hash == WEIGHTS
    assert described.n_parameters == 268_098_176
    assert described.licence == demo.LICENCE
    tokenizer = AutoTokenizer.from_pretrained(found.folder, local_files_only=True)
    for path in sorted(BUILT_IN.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert tokenizer.decode(tokenizer.encode(line, add_special_tokens=False)) == line
