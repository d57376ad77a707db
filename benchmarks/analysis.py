"""Figures of the analysis: `python -m benchmarks.analysis [--model FOLDER] [--text FOLDER] [--smoke]`.

Every figure is a ratio of two things timed in turns within one run, so that a busy machine slows
both. `--smoke` runs everything on a tiny random model in seconds and says nothing about speed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers.utils import logging

from backend.artifacts.layout import Layout, default_root
from benchmarks.analysis_memory import peak_bytes
from benchmarks.analysis_setting import LANGUAGES, TEXT, Setting, bare_training, in_turns, open_setting, without_onednn
from workers.analysis import importance, perplexity
from workers.analysis.activations import sentence_activations
from workers.analysis.estimators import ESTIMATORS
from workers.analysis.regions import drawn, ranked
from workers.families import family_of, in_layers

Row = tuple[str, str, str]
DEMO_MODEL = Layout(default_root()).models / "gemma-3-270m"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis", description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=DEMO_MODEL, help="Folder of a safetensors model; default: the demo's."
    )
    parser.add_argument("--text", type=Path, default=TEXT, help="Folder of LANGUAGE.txt files.")
    parser.add_argument("--lines", type=int, default=6, help=f"Lines of each of {' '.join(LANGUAGES)}.")
    parser.add_argument("--repeats", type=int, default=2, help="Turns; the fastest of each counts.")
    parser.add_argument("--smoke", action="store_true", help="A tiny random model; seconds.")
    given = parser.parse_args(arguments)
    logging.disable_progress_bar()
    if not given.smoke and not given.model.is_dir():
        parser.error(f"no model in {given.model}: run `lingua-atlas demo` once, give --model FOLDER, or --smoke")
    with tempfile.TemporaryDirectory() as folder:
        model = tiny(Path(folder)) if given.smoke else given.model
        n_lines = 1 if given.smoke else given.lines
        setting = open_setting(model, given.text, n_lines)
        print(f"{model.name}: {sum(map(len, setting.samples))} tokens, {torch.get_num_threads()} threads", flush=True)
        show(scoring(setting, given.repeats))
        show(memory(model, given.text, n_lines))
        show(forward_only(setting, given.repeats))
        show(captured(setting, given.repeats))
    show(selection(100_000 if given.smoke else 100_000_000, given.repeats))


def tiny(folder: Path) -> Path:
    """A random two-layer model on disk."""
    from tests.fakes import write_model

    return write_model(folder / "tiny")


def scoring(setting: Setting, repeats: int) -> list[Row]:
    """Every estimator against the bare forward and backward of the same batches, gradients of everything."""
    views = family_of(setting.model.config).views(setting.model.config)
    layers = [view for view in views if in_layers(view)]

    def score(name: str, chosen: Sequence = views) -> Callable[[], object]:
        estimator, _, mode = name.partition(" ")
        return lambda: importance.score(
            setting.model,
            chosen,
            setting.samples,
            estimator=estimator,
            mode=mode or "abs_of_sum",
            max_tokens_per_batch=setting.max_tokens_per_batch,
        )

    cases = {name: score(name) for name in ESTIMATORS}
    cases |= {f"{name}, MKL": without_onednn(score(name)) for name in ("taylor abs_of_sum", "taylor sum_of_abs")}
    cases["taylor abs_of_sum, layers only"] = score("taylor abs_of_sum", layers)
    bare, *times = in_turns([lambda: bare_training(setting), *cases.values()], repeats)
    rows = [("bare Hugging Face forward + backward", "1.00", f"{bare:.2f} s")]
    return rows + [(f"scoring, {name}", f"{t / bare:.2f}", f"{t:.2f} s") for name, t in zip(cases, times, strict=True)]


def memory(model: Path, text: Path, n_lines: int) -> list[Row]:
    """Peak resident memory of a fresh process each, the model included."""
    bare, *peaks = [peak_bytes(model, text, n_lines, case) for case in ("bare", *ESTIMATORS)]
    rows = [("peak memory, bare forward + backward", "1.00", f"{bare / 2**30:.2f} GiB")]
    return rows + [
        (f"peak memory, scoring {name}", f"{peak / bare:.2f}", f"{peak / 2**30:.2f} GiB")
        for name, peak in zip(ESTIMATORS, peaks, strict=True)
    ]


def forward_only(setting: Setting, repeats: int) -> list[Row]:
    """Perplexity against a loop over the sentences."""
    model, results = setting.model, {}

    @torch.no_grad()
    def loop() -> None:
        nll = 0.0
        for sample in setting.samples:
            token_ids = torch.tensor([sample])
            nll += float(model(input_ids=token_ids, labels=token_ids, use_cache=False).loss) * (len(sample) - 1)
        results["loop"] = perplexity.Nll(nll, sum(map(len, setting.samples)) - len(setting.samples), 0).perplexity

    def measure() -> None:
        results["ours"] = perplexity.measure(model, setting.samples).perplexity

    by_loop, ours, ours_mkl = in_turns([loop, measure, without_onednn(measure)], repeats)
    return [
        ("perplexity, one sentence after the other", "1.00", f"{by_loop:.2f} s, {results['loop']:.6f}"),
        ("perplexity", f"{ours / by_loop:.2f}", f"{ours:.2f} s, {results['ours']:.6f}"),
        ("perplexity, MKL", f"{ours_mkl / by_loop:.2f}", f"{ours_mkl:.2f} s"),
    ]


def captured(setting: Setting, repeats: int) -> list[Row]:
    """Activation capture against the bare forward, in the processor's time: what others do beside it does not count."""
    model, downs = setting.model, family_of(setting.model.config).down_projections(setting.model)

    @torch.no_grad()
    def bare_forward() -> None:
        for batch in setting.batches:
            model.base_model(input_ids=batch.token_ids, use_cache=False)

    def capture() -> None:
        sentence_activations(model, downs, setting.samples, max_tokens_per_batch=setting.max_tokens_per_batch)

    bare, ours, ours_mkl = in_turns([bare_forward, capture, without_onednn(capture)], repeats, clock=time.process_time)
    return [
        ("bare forward without the head", "1.00", f"{bare:.2f} s of the processor"),
        ("activation capture", f"{ours / bare:.2f}", f"{ours:.2f} s"),
        ("activation capture, MKL", f"{ours_mkl / bare:.2f}", f"{ours_mkl:.2f} s"),
    ]


def selection(n_scores: int, repeats: int) -> list[Row]:
    """Top 1 % of many scores, as packed bits, against reading them once, and against torch.topk."""
    scores = torch.randn(n_scores, generator=torch.Generator().manual_seed(0)).abs_()

    def top(**given: object) -> None:
        dict(ranked(fraction=0.01, selection="top", **given))  # type: ignore[arg-type]

    with tempfile.TemporaryDirectory() as folder:
        save_file(dict(zip("abcd", scores.clone().chunk(4), strict=True)), Path(folder) / "scores")
        with safe_open(Path(folder) / "scores", framework="pt") as file:
            mapped = {name: (file.get_tensor(name),) for name in "abcd"}
            cases = [
                scores.sum,
                lambda: top(scores={"scores": (scores,)}),
                lambda: top(scores=mapped, scope="global"),
                lambda: top(scores={"scores": (scores,) * 6}),
                lambda: dict(drawn({"scores": n_scores}, fraction=0.01, seed=0)),
            ]
            read, *times = in_turns(cases, max(5, repeats))
    (topk,) = in_turns([lambda: torch.topk(scores, n_scores // 100)], 1)
    names = [
        "exact selection of the top 1 %",
        "..., of four mapped matrices together",
        "..., of the sum of six, against six reads",
        "random 1 % of as many",
        "torch.topk of as many",
    ]
    n_reads = [1, 1, 6, 1, 1]  # a sum of six has six arrays to read
    return [(f"one read of {n_scores:.0e} scores (torch.sum)", "1.0", f"{read * 1000:.0f} ms")] + [
        (name, f"{seconds / read / n:.1f}", f"{seconds * 1000:.0f} ms")
        for name, seconds, n in zip(names, [*times, topk], n_reads, strict=True)
    ]


def show(rows: list[Row]) -> None:
    for name, ratio, note in rows:
        print(f"| {name:<45} | {ratio:>6} | {note:<24} |", flush=True)


if __name__ == "__main__":
    main()
