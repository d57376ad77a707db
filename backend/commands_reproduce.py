"""`lingua-atlas reproduce`: a table or figure of the papers on an opened model, published beside measured."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from backend.contracts.reproduction import Conditions, Experiment, Reproduction, Step
from backend.contracts.requests import DEFAULT_CORPUS
from backend.contracts.vocabulary import Dtype, JobState
from backend.reproduction.markdown import together, told
from backend.terminal import ApiUrl, client_of, err, out, table, wait

STATES = ("holds", "does not hold", "undecided", "not judged")
ALL, PREFERRED_CORPUS = "all", "ntrex128"


class Paper(StrEnum):
    """Which of the two."""

    A = "a"
    B = "b"


def reproduce(
    name: Annotated[str, typer.Argument(help="table-1, figure-5, b-table-1..., or all.")] = "",
    model: Annotated[str, typer.Option(help="An opened model; default: the newest.")] = "",
    corpus: Annotated[str, typer.Option(help="Default: ntrex128 where the atlas has it, else atlas-parallel.")] = "",
    languages: Annotated[str, typer.Option(help="Measured, e.g. en,zh; default: the table's.")] = "",
    language: Annotated[str, typer.Option(help="With `monolingual`: whose region (ru ar es zh ko vi).")] = "",
    samples: Annotated[int | None, typer.Option(min=1, help="Lines scored per language; stands in for 100K.")] = None,
    fewer: Annotated[int | None, typer.Option(min=1, help="The first so many of them; stands in for 10K.")] = None,
    lines: Annotated[int | None, typer.Option(min=1, help="Held-out lines measured per language.")] = None,
    training_samples: Annotated[int | None, typer.Option(min=1, help="Samples of a training run.")] = None,
    training_seeds: Annotated[int, typer.Option(min=1, max=10, help="Trainings of each kind; 3 for a verdict.")] = 1,
    sentences: Annotated[int | None, typer.Option(min=2, help="Parallel sentences per language (paper B).")] = None,
    members: Annotated[str, typer.Option(help="Opened models of b-figure-4, b-figure-7: NAME=STEP,NAME=STEP.")] = "",
    paper: Annotated[Paper | None, typer.Option(help="With `all` and `--list`: of this paper only.")] = None,
    dtype: Annotated[Dtype, typer.Option(help="Of the computation.")] = Dtype.AUTO,
    to_file: Annotated[Path | None, typer.Option("--markdown", help="Write it here as Markdown.")] = None,
    list_them: Annotated[bool, typer.Option("--list", help="Say what can be reproduced.")] = False,
    stored_only: Annotated[bool, typer.Option("--stored", help="Compute nothing; show what is stored.")] = False,
    api_url: ApiUrl = "",
) -> None:
    """Reproduce one table, or all. Exit code: 0 everything was measured, 1 something failed or was not run; what
    holds, does not hold or is undecided is printed and changes it not."""
    with client_of(api_url) as client:
        if list_them or not name:
            _list(client, paper)
            return
        given: dict[str, object] = {
            "model": model or _newest(client), "corpus": corpus or _corpus(client), "dtype": dtype, "samples": samples,
            "languages": tuple(filter(None, languages.split(","))), "fewer_samples": fewer, "lines": lines,
            "training_samples": training_samples, "training_seeds": training_seeds, "sentences": sentences,
            "members": tuple(filter(None, members.split(","))),
        }  # fmt: skip
        conditions = _conditions(given)
        found = [_one(client, one, conditions, stored_only) for one in _names(client, name, language, paper)]
    words = [claim.measured.word for one in found for claim in one.claims]
    err.print(", ".join(f"{words.count(word)} {word}" for word in STATES if word in words), markup=False)
    if to_file:
        to_file.write_text(together(found), encoding="utf-8")
        err.print(f"written to {to_file}", markup=False)
    raise typer.Exit(0 if all(one.is_done for one in found) else 1)


def _names(client: Client, name: str, language: str, paper: Paper | None) -> list[str]:
    if name == ALL:
        return [one.name for one in _of(client, paper)]
    if name != "monolingual":
        return [name]
    tables = {"ru": 5, "ar": 9, "es": 10, "zh": 11, "ko": 12, "vi": 13}
    chosen = [language] if language else list(tables)
    if unknown := [code for code in chosen if code not in tables]:
        raise KnownError("unknown_language", f"{unknown[0]!r} has no table; there are {', '.join(tables)}")
    return [f"table-{tables[code]}" for code in chosen]


def _conditions(given: dict[str, object]) -> Conditions:
    try:
        return Conditions.model_validate(given)
    except ValidationError as error:
        what = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise KnownError("bad_conditions", what) from None


def _newest(client: Client) -> str:
    ready = [one.name for one in client.models() if one.status == "ready"]
    if not ready:
        raise KnownError("no_model", "no model is open", hint="Open one: lingua-atlas models open SOURCE", status=404)
    return ready[0]


def _corpus(client: Client) -> str:
    known = {one.name for one in client.corpora() if not one.problem}
    return PREFERRED_CORPUS if PREFERRED_CORPUS in known else DEFAULT_CORPUS


def _of(client: Client, paper: Paper | None) -> list[Experiment]:
    return [one for one in client.experiments() if paper is None or one.paper.lower() == paper]


def _list(client: Client, paper: Paper | None) -> None:
    grid = table("name", "title", "question")
    for one in _of(client, paper):
        grid.add_row(one.name, one.title, one.question)
    out.print(grid)


def _one(client: Client, name: str, conditions: Conditions, stored_only: bool) -> Reproduction:
    started = time.monotonic()
    found, problems = client.reproduction(name, conditions), dict[str, Problem]()
    while not stored_only and (todo := _open_steps(found, problems)):
        problems |= _run(client, todo)
        found = client.reproduction(name, conditions)
    steps = tuple(step.model_copy(update={"problem": problems.get(step.name, step.problem)}) for step in found.steps)
    found = found.model_copy(update={"steps": steps})
    _show(found)
    err.print(f"{name}: {time.monotonic() - started:.0f} s, stored answers are not computed again", markup=False)
    return found


def _open_steps(found: Reproduction, problems: dict[str, Problem]) -> list[Step]:
    return [step for step in found.steps if step.state is not JobState.DONE and step.name not in problems]


def _run(client: Client, steps: list[Step]) -> dict[str, Problem]:
    """Ask all at once, so that several workers can share them; what failed, by name."""
    problems, jobs = {}, {}
    for step in steps:
        try:
            jobs[step.name] = client.submit(step.request, "batch")
        except KnownError as error:
            problems[step.name] = error.problem
    for name, job in jobs.items():
        ended = job if job.state.ended else wait(client, job)
        if ended.state is not JobState.DONE:
            missing = KnownError("not_done", f"the job is {ended.state.value}", hint="Run the command again.").problem
            problems[name] = ended.problem or missing
    return problems


def _show(found: Reproduction) -> None:
    out.print(f"{found.experiment.title}: {found.experiment.question}", style="bold", markup=False)
    for line in found.stand_ins:
        out.print(f"  {line}", markup=False)
    comparison = found.comparison
    columns = [f"{group.title}\n{group.origin}\n{name}" for group in comparison.groups for name in group.columns]
    if comparison.rows:
        grid = table(*(comparison.labels or ("",)), *columns)
        for row in comparison.rows:
            grid.add_row(*row.labels, *(cell.text for cells in row.cells for cell in cells))
        out.print(grid)
    if found.texts:
        out.print(found.texts, markup=False)
    for claim in found.claims:
        out.print(f"[{claim.measured.word}] {claim.text}", markup=False)
        out.print(
            f"    rule: {claim.rule}; here {claim.measured.evidence}; paper {told(claim.published)}", markup=False
        )
    for step in found.steps:
        if step.problem:
            err.print(f"{step.title}: {step.problem.detail} {step.problem.hint}", markup=False)
    for other in found.measured_with:
        err.print(f"measured already with other sizes: {_flags(other, found.conditions)}", markup=False)


def _flags(other: Conditions, here: Conditions) -> str:
    """The options that lead from these conditions to the others."""
    names = ("corpus", "samples", "fewer_samples", "lines", "training_samples", "sentences")
    changed = {name: getattr(other, name) for name in names if getattr(other, name) != getattr(here, name)}
    flags = {name: "fewer" if name == "fewer_samples" else name.replace("_", "-") for name in changed}
    return " ".join(f"--{flags[name]} {value}" for name, value in changed.items())
