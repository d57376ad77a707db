"""The paper's claims, each with a verdict for this model, the rule it is judged by, and the paper's own numbers."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.reproduction import Claim, Judgement, Reproduction
from frontend.shell import hint

_COLOURS = {"holds": "teal", "does not hold": "red", "undecided": "yellow", "not judged": "gray"}
_STEPS = {"holds": "holds", "does not hold": "fails", "undecided": "undecided", "not judged": "open"}
_RULE_HINT = (
    "An interval against a margin: inside it holds, outside it does not, across the margin it is undecided. No margin "
    "follows from the paper's numbers; the reason of each is in brackets."
)
_PAPER_HINT = "The same rule on the printed numbers, by their point values: they have no intervals."


def claims(found: Reproduction) -> Any:
    """One card per claim; nothing where there is none."""
    return html.Div([_card(claim) for claim in found.claims], className="claims") if found.claims else None


def _card(claim: Claim) -> html.Div:
    word = claim.measured.word
    return html.Div(
        [
            dmc.Badge(_here(claim.measured), color=_COLOURS[word], variant="light", tt="none", radius="sm"),
            html.Div(claim.text, className="claim-text"),
            _line("Rule", claim.rule, _RULE_HINT),
            _line("Here", claim.measured.evidence, "Measured on the model chosen above."),
            _line("Paper", f"{claim.published.word.capitalize()}: {claim.published.evidence}", _PAPER_HINT),
        ],
        className=f"claim claim-{_STEPS[word]}",
    )


def _here(judgement: Judgement) -> str:
    return judgement.word if judgement.holds is None else f"{judgement.word} here"


def _line(name: str, told: str, explanation: str) -> html.Div:
    return html.Div(
        [html.Span(hint(name, explanation), className="claim-name"), html.Span(told)], className="claim-line"
    )
