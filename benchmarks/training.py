"""Figures of training: `python -m benchmarks.training [--model FOLDER] [--text FOLDER] [--smoke]`.

A step with 5 % of the layers' parameters held against a free step of the same batch: the cases take turns
on one trainer. The plain Hugging Face loop is timed before it, on the same batch. `--smoke` runs everything
on a tiny random model in seconds and says nothing about speed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from transformers.utils import logging

from benchmarks.analysis import DEMO_MODEL, Row, show, tiny
from benchmarks.analysis_setting import LANGUAGES, TEXT, Setting, bare_training, open_setting
from workers.analysis.training import Recipe, Trainer
from workers.analysis.training_hold import Hold
from workers.families import family_of, in_layers
from workers.families.base import View

SHARE = 0.05
N_STEPS = 1_000_000
"""More than anybody waits for: the learning rate stays where it is."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--model", type=Path, default=DEMO_MODEL, help="Folder of a safetensors model.")
    parser.add_argument("--text", type=Path, default=TEXT, help="Folder of LANGUAGE.txt files.")
    parser.add_argument("--lines", type=int, default=1, help=f"Lines of each of {' '.join(LANGUAGES)} in the batch.")
    parser.add_argument("--repeats", type=int, default=3, help="Turns; the median of each counts.")
    parser.add_argument("--smoke", action="store_true", help="A tiny random model; seconds.")
    given = parser.parse_args(arguments)
    logging.disable_progress_bar()
    if not given.smoke and not given.model.is_dir():
        parser.error(f"no model in {given.model}: run `lingua-atlas demo` once, give --model FOLDER, or --smoke")
    with tempfile.TemporaryDirectory() as folder:
        model = tiny(Path(folder)) if given.smoke else given.model
        setting = open_setting(model, given.text, 1 if given.smoke else given.lines)
        n_tokens = sum(map(len, setting.samples))
        print(f"{model.name}: {n_tokens} tokens, {torch.get_num_threads()} threads", flush=True)
        show(steps(setting, given.repeats))


def steps(setting: Setting, repeats: int) -> list[Row]:
    """One optimizer step: plain loop, free, frozen, limited; and what holding does by itself."""
    bare = _bare_step(setting, repeats)
    views = [view for view in family_of(setting.model.config).views(setting.model.config) if in_layers(view)]
    masks = _masks(views)
    recipe = Recipe(n_samples=N_STEPS * len(setting.samples), batch_size=len(setting.samples), cosine=False)
    trainer = Trainer(setting.model, setting.samples, recipe._replace(learning_rate=1e-6, weight_decay=0.1))
    holds: dict[str, Hold | None] = {"free": None}
    for name, factor in (("frozen", None), ("limited", 0.1)):
        trainer.hold(views, masks, factor=factor)
        holds[name] = trainer.holding
    times: dict[str, list[float]] = {name: [] for name in (*holds, "holding")}
    trainer.step()
    for _ in range(repeats):
        for name, hold in holds.items():
            trainer.holding = hold
            times[name].append(_seconds(trainer.step))
            if name == "frozen":
                times["holding"].append(_seconds(lambda: _hold_again(trainer)))
    free, frozen, limited, holding = (statistics.median(found) for found in times.values())
    return [
        ("one step of the plain Hugging Face loop", "1.00", f"{bare:.3f} s"),
        ("one step, free, against that", f"{free / bare:.2f}", f"{free:.3f} s"),
        ("one step, free", "1.00", f"{free:.3f} s"),
        (f"one step, {SHARE:.0%} of the layers frozen", f"{frozen / free:.3f}", f"{frozen:.3f} s"),
        (f"one step, {SHARE:.0%} of the layers limited", f"{limited / free:.3f}", f"{limited:.3f} s"),
        ("freezing by itself, share of a free step", f"{holding / free:.3f}", f"{holding * 1000:.0f} ms"),
    ]


def _bare_step(setting: Setting, repeats: int) -> float:
    """Labels, backward, clip, torch's AdamW as it comes; gradients of all batches are added up by autograd."""
    parameters = list(setting.model.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=1e-6, weight_decay=0.1)

    def step() -> None:
        bare_training(setting, keep_gradients=True)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    step()
    return statistics.median(_seconds(step) for _ in range(repeats))


def _masks(views: Sequence[View]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {view.name: torch.rand(view.shape, generator=generator) < SHARE for view in views}


def _hold_again(trainer: Trainer) -> None:
    """What holding adds to a step, by itself."""
    assert trainer.holding is not None
    trainer.holding.before_step()
    trainer.holding.after_step()


def _seconds(case: Callable[[], object]) -> float:
    start = time.perf_counter()
    case()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
