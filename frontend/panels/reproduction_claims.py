"""The paper's claims, each with a verdict for this model, the rule it is judged by, and the paper's own numbers."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.reproduction import Claim, Reproduction
from frontend.shell import hint

_BADGES = {True: ("holds here", "teal"), False: ("does not hold here", "red"), None: ("not judged", "gray")}
_STEPS = {True: "holds", False: "fails", None: "open"}
_PAPER = {True: "Holds", False: "Does not hold", None: "Not judged"}
_RULE_HINT = "Judged by orders and ratios: perplexities of different models and texts are never equal."


def claims(found: Reproduction) -> Any:
    """One card per claim; nothing where there is none."""
    return html.Div([_card(claim) for claim in found.claims], className="claims") if found.claims else None


def _card(claim: Claim) -> html.Div:
    word, colour = _BADGES[claim.measured.holds]
    return html.Div(
        [
            dmc.Badge(word, color=colour, variant="light", tt="none", radius="sm"),
            html.Div(claim.text, className="claim-text"),
            _line("Rule", claim.rule, _RULE_HINT),
            _line("Here", claim.measured.evidence, "Measured on the model chosen above."),
            _line("Paper", f"{_PAPER[claim.published.holds]}: {claim.published.evidence}", "The same rule there."),
        ],
        className=f"claim claim-{_STEPS[claim.measured.holds]}",
    )


def _line(name: str, told: str, explanation: str) -> html.Div:
    return html.Div(
        [html.Span(hint(name, explanation), className="claim-name"), html.Span(told)], className="claim-line"
    )
