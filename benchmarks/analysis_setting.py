"""Model, text and baselines that the figures of the analysis share."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

import backend
from workers.analysis import products
from workers.analysis.batches import Batch, bucketed, encode

TEXT = Path(backend.__file__).parent / "data" / "parallel"
LANGUAGES = ("ar", "en", "es", "ko", "ru", "zh")


class Setting(NamedTuple):
    """One model and what it reads; both sides of a ratio see the same batches."""

    model: PreTrainedModel
    samples: list[list[int]]
    batches: list[Batch]
    max_tokens_per_batch: int


def open_setting(model: Path, text: Path, n_lines: int, *, max_tokens_per_batch: int = 1024) -> Setting:
    """The model in float32 on the CPU, and the first lines of each language that has a file."""
    tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    files = [text / f"{language}.txt" for language in LANGUAGES if (text / f"{language}.txt").is_file()]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()[:n_lines]]
    samples = [encode(tokenizer, line, bos=True, eos=True, max_tokens=512) for line in lines]
    return Setting(
        AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, local_files_only=True).eval(),
        samples,
        bucketed(samples, max_tokens_per_batch=max_tokens_per_batch),
        max_tokens_per_batch,
    )


def bare_training(setting: Setting, *, keep_gradients: bool = False) -> None:
    """What everybody writes: forward with labels, backward, gradients dropped after each batch (or added up)."""
    for batch in setting.batches:
        labels = batch.token_ids.clone()
        labels[torch.arange(labels.shape[1]) >= batch.lengths[:, None]] = -100
        setting.model(input_ids=batch.token_ids, labels=labels, use_cache=False).loss.backward()
        if not keep_gradients:
            setting.model.zero_grad(set_to_none=True)


def in_turns(
    cases: Sequence[Callable[[], object]], repeats: int, *, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Fastest time of each case in seconds; the cases take turns."""
    times = [[_seconds(case, clock) for case in cases] for _ in range(repeats)]
    return [min(column) for column in zip(*times, strict=True)]


def without_onednn(case: Callable[[], object]) -> Callable[[], object]:
    """The case with torch's ordinary products, to tell what oneDNN gives."""

    def run() -> object:
        with mock.patch.object(products, "onednn_works", return_value=False):
            return case()

    return run


def _seconds(case: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    case()
    return clock() - start
