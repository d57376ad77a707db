"""The Reproduction page without the page: published numbers beside ours, a verdict for every claim, the jobs."""

from __future__ import annotations

from collections.abc import Mapping

from backend.client import Client
from backend.contracts.reproduction import ComparedCell, Judgement, Reproduction
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.choices.reproduction import ReproductionChoice
from frontend.views.base import Cell, Passage, Table, View
from frontend.views.parts import model_of


def view(query: Mapping[str, str], api: Client) -> View:
    """One table or figure of the papers, on the model and the text that the address names."""
    choice = ReproductionChoice.first(model_of(query, api), api.corpora(), query)
    found = api.reproduction(choice.experiment, choice.conditions())
    return View(
        address=urls.link("reproduction", **choice.state()),
        title=f"{found.experiment.title}: {found.experiment.question}",
        lead=_lead(found),
        tables=tuple(table for table in (_numbers(found), _claims(found), _steps(found), _said(found)) if table.rows),
        passages=(Passage("texts", "Generated texts, in Markdown", found.texts),) if found.texts else (),
        sources=_sources(found, api),
        missing=tuple(step.request for step in found.steps if step.state is not JobState.DONE),
    )


def _lead(found: Reproduction) -> str:
    words = [claim.measured.word for claim in found.claims]
    n_done = sum(step.state is JobState.DONE for step in found.steps)
    told = f"{found.conditions.model} on {found.conditions.corpus}: {n_done} of {len(found.steps)} jobs are measured"
    if words:
        told += (
            f"; of {len(words)} claims {words.count('holds')} hold here, {words.count('does not hold')} do not, "
            f"{words.count('undecided')} are undecided, {words.count('not judged')} are not judged"
        )
    return " ".join([f"{told}.", *found.stand_ins])


def _numbers(found: Reproduction) -> Table:
    """Published and measured side by side; None where there is no number (not run, not printed, infinite)."""
    compared = found.comparison
    heads = [f"{group.title} · {column}" for group in compared.groups for column in group.columns]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (*row.labels, *(_number(cell) for cells in row.cells for cell in cells)) for row in compared.rows
    )
    title = f"{found.experiment.title}, published and measured"
    return Table("numbers", title, (*compared.labels, *heads), rows)


def _number(cell: ComparedCell) -> Cell:
    return cell.text if cell.value is None and cell.text.startswith("lost") else cell.value


def _here(judgement: Judgement) -> str:
    return judgement.word if judgement.holds is None else f"{judgement.word} here"


def _claims(found: Reproduction) -> Table:
    rows = tuple(
        (
            claim.text, _here(claim.measured), claim.measured.evidence, claim.published.word,
            claim.published.evidence, claim.rule,
        )
        for claim in found.claims
    )  # fmt: skip
    columns = ("Claim", "Verdict", "Here", "In the paper", "Its numbers", "Rule")
    return Table(
        "claims", "Claims of the paper, judged by the same rule; published numbers by their point values", columns, rows
    )


def _steps(found: Reproduction) -> Table:
    rows = tuple(
        (
            step.name, step.title, step.state.value if step.state else "not run", step.seconds, step.key,
            step.problem.detail if step.problem else None,
        )
        for step in found.steps
    )  # fmt: skip
    return Table("jobs", "Jobs that this table needs", ("Name", "Job", "Stands", "Seconds", "Result", "Problem"), rows)


def _said(found: Reproduction) -> Table:
    inferred = [("inferred", one.what, one.why) for one in found.inferred]
    rows = (*inferred, *(("oddity of the printed numbers", note, None) for note in found.notes))
    return Table("notes", "What the paper's text at hand does not say, and oddities", ("Kind", "What", "Why"), rows)


def _sources(found: Reproduction, api: Client) -> tuple[Manifest, ...]:
    keys = [step.key for step in found.steps if step.key and step.state is JobState.DONE]
    keys += [group.key for group in found.comparison.groups if group.key]
    return tuple(api.manifest(key) for key in dict.fromkeys(keys))
