"""A published table beside what this model gives: the jobs it needs, the numbers side by side, a verdict per claim."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backend.contracts.base import Contract, CorpusName, Key, Language, ModelName
from backend.contracts.problems import Problem
from backend.contracts.published import Inferred, TableName
from backend.contracts.requests import Request
from backend.contracts.vocabulary import Dtype, JobState

Positive = Annotated[int, Field(ge=1)]
Member = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,119}(=\d+(\.\d+)?)?$")]
"""An opened model and, after `=`, its place on the axis: `bloom-7b1@global_step1000=1000`."""
Option = Literal["samples", "fewer_samples", "lines", "training_samples", "sentences", "members"]
PAPER_A_OPTIONS: tuple[Option, ...] = ("samples", "fewer_samples", "lines", "training_samples")


class Conditions(Contract):
    """On what a table is measured here. What is None follows from the model and the corpus, and is said."""

    model: ModelName
    corpus: CorpusName = "atlas-parallel"
    dtype: Dtype = Dtype.AUTO
    languages: tuple[Language, ...] = Field((), max_length=100, description="Measured; none: all the corpus has.")
    samples: Positive | None = Field(None, description="Lines scored per language; stands in for the paper's 100K.")
    fewer_samples: Positive | None = Field(None, description="Of these the first so many; stands in for 10K.")
    lines: Positive | None = Field(None, description="Held-out lines measured per language.")
    training_samples: Positive | None = Field(None, description="Stands in for the paper's 200K (Tables 2, 6).")
    training_seeds: int = Field(1, ge=1, le=10, description="Trainings of each kind; a verdict needs three.")
    sentences: Positive | None = Field(None, description="Parallel sentences per language; paper B has 100 verses.")
    members: tuple[Member, ...] = Field((), max_length=200, description="Opened models of a development (paper B).")


class Step(Contract):
    """One job that a table needs. `state` None: never asked; `problem`: it failed, or cannot be asked here."""

    name: str
    title: str
    request: Request
    key: Key | None
    state: JobState | None
    problem: Problem | None = None
    seconds: float | None = None
    """Of the job and all that it is built on, once done; tables share much of it."""


class ComparedCell(Contract):
    """A number as it is shown; `value` None: there is none (not run, not printed, infinite)."""

    text: str
    value: float | None = None


class ComparedGroup(Contract):
    """Columns from one place."""

    title: str
    origin: Literal["published", "measured"]
    columns: tuple[str, ...]
    key: Key | None = None
    """Result that the measured numbers are from; None when it is not there yet."""
    kind: str = ""
    """Its kind of analysis: tells which page shows it."""
    rule: str = ""
    """How the numbers were made: text, perplexity rule, dtype."""


class ComparedRow(Contract):
    """One line: cells of each group, in the groups' order."""

    labels: tuple[str, ...]
    cells: tuple[tuple[ComparedCell, ...], ...]


class Comparison(Contract):
    """Published and measured side by side."""

    labels: tuple[str, ...]
    groups: tuple[ComparedGroup, ...]
    rows: tuple[ComparedRow, ...]


class Judgement(Contract):
    """Whether a claim holds for some numbers, and the numbers that decide.

    `holds` None: undecided (the interval lies across the margin, or there is none) where `is_judged`; else there is
    nothing to judge: not measured yet, or a picture.
    """

    holds: bool | None
    evidence: str
    is_judged: bool = True

    @property
    def word(self) -> Literal["holds", "does not hold", "undecided", "not judged"]:
        """The state, for people."""
        if self.holds is not None:
            return "holds" if self.holds else "does not hold"
        return "undecided" if self.is_judged else "not judged"


class Claim(Contract):
    """What the paper says and the rule by which it is judged: an interval against a margin, never equality."""

    text: str
    rule: str
    published: Judgement
    """The same rule on the paper's own numbers: by their point values, since no intervals are published."""
    measured: Judgement


class Experiment(Contract):
    """One thing that can be reproduced."""

    name: TableName
    title: str
    question: str
    paper: Literal["A", "B"] = "A"
    options: tuple[Option, ...] = PAPER_A_OPTIONS
    """The conditions that make a difference to it, besides model, corpus and languages."""


class ExperimentList(Contract):
    """`GET /reproductions`: in the order in which `lingua-atlas reproduce all` goes."""

    experiments: tuple[Experiment, ...]


class Reproduction(Contract):
    """`GET /reproductions/{name}`: how far a reproduction is, and what it says so far."""

    experiment: Experiment
    conditions: Conditions
    """With nothing left open."""
    stand_ins: tuple[str, ...]
    """What stands for what of the paper, one sentence each."""
    steps: tuple[Step, ...]
    """More may follow once these are done: some questions depend on an answer."""
    comparison: Comparison
    claims: tuple[Claim, ...]
    inferred: tuple[Inferred, ...] = ()
    notes: tuple[str, ...] = ()
    texts: str = ""
    """Markdown: generated texts, where the result is words."""
    measured_with: tuple[Conditions, ...] = ()
    """Other sizes or texts of the same model under which more of its first jobs are stored; the most first."""

    @property
    def is_done(self) -> bool:
        """Every job has ended well."""
        return all(step.state is JobState.DONE for step in self.steps)
