"""`lingua-atlas golden`: the published single-parameter cases on the weights that the user has."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from backend.client import Client
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import EvaluationSpec, Lines, OpenModelRequest, PerplexityRequest
from backend.contracts.results import OpenedModel, PerplexitySummary
from backend.golden import GoldenSet, Verdict, golden_set, judged
from backend.terminal import ApiUrl, client_of, local_source, out, table, wait

MOST_LINES = 100


def golden(
    name: Annotated[str, typer.Argument(help="llama-2-13b, or a JSON file of cases.")] = "llama-2-13b",
    model: Annotated[str, typer.Option(help="An opened model; default: the one that has the right shape.")] = "",
    source: Annotated[str, typer.Option(help="Open this first: Hugging Face id, folder, or GGUF file.")] = "",
    corpus: Annotated[str, typer.Option(help="Corpus to measure on; the paper's is not published.")] = "atlas-parallel",
    language: Annotated[str, typer.Option(help="Its language; default: the published one.")] = "",
    lines: Annotated[int, typer.Option(min=1, help="How many of its lines.")] = MOST_LINES,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also on a model of another shape.")] = False,
    api_url: ApiUrl = "",
) -> None:
    """Measure published single-parameter cases. Exit code: 0 all hold, 1 not, 2 the model is not suitable."""
    golden_values = golden_set(name)
    with client_of(api_url) as client:
        opened = _opened(client, source) if source else _chosen(client, model, golden_values)
        if not golden_values.fits(opened.shape) and not anyway:
            raise _unsuitable(golden_values, opened)
        evaluation = _evaluation(client, corpus, language or golden_values.language, lines)
        base, *measured = _perplexities(client, golden_values.requests(opened.name, evaluation))
        verdicts = judged(golden_values, base, tuple(measured))
        _show(golden_values, opened.name, base, verdicts, evaluation)
    raise typer.Exit(0 if all(verdict.holds for verdict in verdicts) else 1)


def _opened(client: Client, source: str) -> ModelDescription:
    job = wait(client, client.submit(OpenModelRequest(source=local_source(source))))
    if job.problem:
        raise KnownError.of(job.problem)
    summary = client.manifest(job.key).summary
    assert isinstance(summary, OpenedModel)
    return summary.description


def _chosen(client: Client, name: str, golden_values: GoldenSet) -> ModelDescription:
    if name:
        return client.model(name)
    ready = [client.model(one.name) for one in client.models() if one.status == "ready"]
    fitting = [one for one in ready if golden_values.fits(one.shape)]
    if not fitting:
        raise KnownError(
            "no_suitable_model",
            f"none of the opened models ({', '.join(one.name for one in ready) or 'none'}) has the shape of "
            f"{golden_values.model}: {_shape(golden_values.n_layers, golden_values.residual_size)}",
            hint="Open it with --source PATH, or name another one with --model NAME --anyway.",
        )
    return fitting[0]


def _unsuitable(golden_values: GoldenSet, opened: ModelDescription) -> KnownError:
    given = _shape(opened.shape.n_layers, opened.shape.residual_size)
    return KnownError(
        "unsuitable_model",
        f"{opened.name} has {given}; the published cases are of {golden_values.model} with "
        f"{_shape(golden_values.n_layers, golden_values.residual_size)}: other weights have other dimensions",
        hint="Add --anyway to measure the same indices there all the same; `lingua-atlas reproduce table-4` "
        "finds the dimensions of any model.",
    )


def _shape(n_layers: int, residual_size: int) -> str:
    return f"{n_layers} layers of residual size {residual_size}"


def _evaluation(client: Client, corpus: str, language: str, n_lines: int) -> EvaluationSpec:
    known = {one.name: one.n_lines for one in client.corpora()}
    stop = min(n_lines, known.get(corpus, n_lines)) or n_lines
    return EvaluationSpec(lines=Lines(corpus=corpus, start=0, stop=stop), languages=(language,))


def _perplexities(client: Client, requests: tuple[PerplexityRequest, ...]) -> list[float]:
    jobs = [client.submit(request) for request in requests]
    found = []
    for job in jobs:
        ended = job if job.state.ended else wait(client, job)
        if ended.problem:
            raise KnownError.of(ended.problem)
        summary = client.manifest(ended.key).summary
        assert isinstance(summary, PerplexitySummary)
        perplexity = summary.rows[0].perplexity
        found.append(math.inf if perplexity is None else perplexity)
    return found


def _show(
    golden_values: GoldenSet, model: str, base: float, verdicts: tuple[Verdict, ...], evaluation: EvaluationSpec
) -> None:
    lines = evaluation.lines
    out.print(f"{golden_values.matrix} of {model}; published: {golden_values.source}", markup=False)
    out.print(
        f"measured on {lines.corpus}, {evaluation.languages[0]}, lines {lines.start} to {lines.stop}", markup=False
    )
    grid = table("case", "dimension", "published", "measured", "published / base", "measured / base", "rule", "")
    grid.add_row("base", "", f"{golden_values.base:g}", f"{base:g}", "", "", "", "")
    for case, measured, ratio, holds in verdicts:
        grid.add_row(
            case.change, str(case.index), f"{case.published:g}", f"{measured:g}",
            f"×{case.published / golden_values.base:.4g}", f"×{ratio:.4g}", case.rule, "holds" if holds else "does not",
        )  # fmt: skip
    out.print(grid)
    n_holding = sum(verdict.holds for verdict in verdicts)
    out.print(f"{n_holding} of {len(verdicts)} hold. Perplexities differ from the paper's: its text is not published.")
