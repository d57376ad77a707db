"""What every reproduction says of itself: which requests, which numbers, which claims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from backend.contracts.reproduction import PAPER_A_OPTIONS, Claim, Experiment, Option
from backend.contracts.requests import Request
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import Rule
from backend.reproduction.setting import Setting


def _no_texts(_: Known) -> str:
    return ""


def _no_claims(_: Known) -> tuple[Claim, ...]:
    return ()


class Spec(NamedTuple):
    """One table or figure."""

    name: str
    title: str
    question: str
    labels: Labels
    """What the labels of a row are."""
    requests: Callable[[Setting, Known], dict[str, Request]]
    """By name of the step; those that need an answer of an earlier step come when it is known."""
    measured: Callable[[Setting, Known], list[Block]]
    """Columns are there before there are numbers, so that empty cells have a place."""
    rules: tuple[Rule, ...] = ()
    stand_ins: Callable[[Setting], tuple[str, ...]] = lambda _: ()
    found: Callable[[Setting, Known], tuple[str, ...]] = lambda *_: ()
    """Stand-ins that an answer names, one sentence each; none before it is known."""
    has_published: bool = True
    texts: Callable[[Known], str] = _no_texts
    claims: Callable[[Known], tuple[Claim, ...]] = _no_claims
    """Further claims, judged by more than the numbers of the table."""
    paper: Literal["A", "B"] = "A"
    options: tuple[Option, ...] = PAPER_A_OPTIONS

    @property
    def experiment(self) -> Experiment:
        """For the catalogue."""
        return Experiment(
            name=self.name, title=self.title, question=self.question, paper=self.paper, options=self.options
        )
