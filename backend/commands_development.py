"""`lingua-atlas development`: a family of checkpoints or sizes from a terminal, its figures as one table."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from backend.client import Client
from backend.contracts.development import AXIS_WORDS, Development, DevelopmentPlan, FamilyMembers
from backend.contracts.neurons import TaskFile
from backend.contracts.problems import KnownError
from backend.contracts.results import DevelopmentPoint, LayerScore
from backend.contracts.specs import DEFAULT_CORPUS
from backend.contracts.vocabulary import Bos, Dtype
from backend.terminal import ApiUrl, client_of, err, local_source, out, table, wait

LANGUAGES = "ar,de,en,es,fr,hi,ja,ru,vi,zh"
EXIT_CODES = {"running": 0, "done": 0, "failed": 1, "cancelled": 3}
LOOK_SECONDS = 0.3
Way = dict[str, object]


def development(
    sources: Annotated[list[str] | None, typer.Argument(help="Models, or one folder of them.")] = None,
    revisions: Annotated[str, typer.Option(help="Revisions of one Hugging Face id, joined by commas.")] = "",
    pattern: Annotated[str, typer.Option(help="The same as a pattern, e.g. global_step{step}; needs --steps.")] = "",
    steps: Annotated[str, typer.Option(help="Steps of --pattern, e.g. 1000,10000.")] = "",
    training: Annotated[str, typer.Option(help="Key of a training of this atlas: its checkpoints.")] = "",
    axis: Annotated[Literal["auto", "step", "parameters"], typer.Option(help="How models are placed.")] = "auto",
    languages: Annotated[str, typer.Option(help="Six or more, as far as the corpus has them.")] = LANGUAGES,
    corpus: Annotated[str, typer.Option(help="A parallel corpus of the atlas.")] = DEFAULT_CORPUS,
    lines: Annotated[int, typer.Option(min=1, help="Sentences of each language, from the first on.")] = 60,
    threshold: Annotated[float, typer.Option(help="A neuron is key where its z exceeds this.")] = 2.0,
    task: Annotated[list[str] | None, typer.Option(help="How the hash or title of a task begins.")] = None,
    items: Annotated[int | None, typer.Option(min=1, help="Items of each task, from the first on.")] = None,
    bos: Annotated[Bos, typer.Option(help="Whether each sentence begins with the BOS token.")] = Bos.NEVER,
    dtype: Annotated[Dtype, typer.Option(help="Of the computation.")] = Dtype.AUTO,
    members: Annotated[bool, typer.Option("--members", help="Only say who would be measured.")] = False,
    waiting: Annotated[bool, typer.Option("--wait", help="Wait for the result and print its table.")] = False,
    api_url: ApiUrl = "",
) -> None:  # fmt: skip
    """Regions and alignment over training or size. Exit: 0 done or queued, 1 failed, 2 bad request, 3 cancelled."""
    given = [local_source(source) for source in sources or []]
    way = _way(given, revisions=revisions, pattern=pattern, steps=steps, training=training, axis=axis)
    with client_of(api_url) as client:
        asked = {
            "family": way, "languages": _among(languages, corpus, client), "lines": {"corpus": corpus, "stop": lines},
            "threshold": threshold, "tasks": [_task(one, client) for one in task or []], "n_items": items,
            "bos": bos, "dtype": dtype,
        }  # fmt: skip
        plan = _plan(asked)
        if members:
            _list(client.family_members(plan))
            return
        found = client.develop(plan)
        if waiting:
            found = _to_the_end(found, client)
            _show(found)
        print(found.result or found.key)
        raise typer.Exit(EXIT_CODES[found.state])


def _way(given: list[str], *, revisions: str, pattern: str, steps: str, training: str, axis: str) -> Way:
    if training:
        _one_way(not given and not revisions and not pattern, "--training stands alone")
        return {"way": "training", "training": training}
    if revisions or pattern or steps:
        _one_way(len(given) == 1, "revisions belong to one Hugging Face id")
        names = {"revisions": _listed(revisions), "pattern": pattern, "steps": _listed(steps)}
        return {"way": "revisions", "source": given[0], **names}
    _one_way(bool(given), "no model is named")
    folder = Path(given[0])
    if len(given) == 1 and folder.is_dir() and not (folder / "config.json").exists():
        return {"way": "folder", "folder": given[0], "axis": axis}
    return {"way": "sources", "sources": given, "axis": axis}


def _one_way(fits: bool, detail: str) -> None:
    if not fits:
        raise KnownError(
            "bad_family",
            detail,
            hint="Name several models; or one id with --revisions or --pattern and --steps; or one folder whose "
            "folders are models; or --training KEY.",
        )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _among(languages: str, corpus: str, client: Client) -> list[str]:
    """The default languages as far as the corpus has them; those that were named as they were named."""
    named = _listed(languages)
    if languages != LANGUAGES:
        return named
    known = next((one.languages for one in client.corpora() if one.name == corpus), ())
    return [code for code in named if code in known] or named


def _task(name: str, client: Client) -> TaskFile:
    found = [one for one in client.tasks() if one.file.startswith(name) or one.title.startswith(name)]
    if len(found) != 1:
        raise KnownError(
            "unknown_task",
            f"{len(found) or 'no'} tasks begin with {name!r}",
            hint="`lingua-atlas tasks list` names them; give enough of the hash or the title for one.",
            status=404,
        )
    (one,) = found
    return TaskFile(file=one.file, title=one.title, form=one.form, language=one.language)


def _plan(asked: dict[str, object]) -> DevelopmentPlan:
    try:
        return DevelopmentPlan.model_validate(asked)
    except ValidationError as error:
        what = "; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors())
        raise KnownError(
            "bad_development", what, hint="`lingua-atlas development --help` tells what is accepted."
        ) from None


def _list(found: FamilyMembers) -> None:
    listed = table("model", AXIS_WORDS[found.axis], "source")
    for one in found.members:
        place = "told by the model" if one.position is None else f"{one.position:,.0f}"
        listed.add_row(one.label, place, one.source + (f"@{one.revision}" if one.revision else ""))
    out.print(listed)


def _to_the_end(found: Development, client: Client) -> Development:
    """Follow one job after the other, with its progress bar."""
    while found.state == "running":
        parts = [part for member in found.members for part in member.parts]
        keys = [part.key for part in parts if part.key and part.state and not part.state.ended]
        if key := next(iter(keys), found.collecting):
            wait(client, client.job(key))
        time.sleep(LOOK_SECONDS)
        found = client.development(found.key)
    return found


def _show(found: Development) -> None:
    tasks = list(dict.fromkeys(title for point in found.summary.points for title in point.accuracy))
    grid = table("model", AXIS_WORDS[found.axis], "LRDS", "SADS", "SKLR", "by chance", "of all neurons", *tasks)
    for point in found.summary.points:
        grid.add_row(*_row(point, tasks))
    out.print(grid)
    for one in found.observations:
        word = {True: "holds", False: "opposite", None: "open"}[one.judgement.holds]
        out.print(f"[{word}] {one.text}: {one.judgement.evidence}", markup=False)
    for member in found.members:
        told = f"{member.problem.detail}. {member.problem.hint}" if member.problem else member.note
        if told:
            err.print(f"{member.member.label}: {told}", markup=False)
    if found.problem:
        err.print(f"{found.problem.detail}\n{found.problem.hint}", markup=False)


def _row(point: DevelopmentPoint, tasks: list[str]) -> list[str]:
    chance = "" if point.sklr_null is None else f"{point.sklr_null:,.0f}"
    share = f"{100 * point.sklr / point.n_neurons_total:.2f} %"
    accuracy = [f"{100 * point.accuracy[title]:.1f} %" if title in point.accuracy else "" for title in tasks]
    scores = [_score(point.whole, name) for name in ("lrds", "sads")]
    return [point.label, f"{point.position:,.0f}", *scores, f"{point.sklr:,}", chance, share, *accuracy]


def _score(score: LayerScore, name: str) -> str:
    interval = getattr(score, f"{name}_interval")
    told = f" [{interval[0]:.4f}, {interval[1]:.4f}]" if interval else ""
    return f"{getattr(score, name):.4f}{told}"
