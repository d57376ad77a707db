"""What a removal table says, in three numbers and in plain words."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html

from backend.contracts.requests import WITH_NORMS
from backend.contracts.results import RemovalSummary
from frontend.figures.numbers import bits_text, factor, percent
from frontend.figures.removal import mean_bits, mean_ratios, step_of
from frontend.figures.removal_claims import ColumnClaim, column_claims
from frontend.shell import hint

_MEAN_HINT = (
    "Geometric mean over the measured languages of perplexity after the removal, divided by perplexity of the "
    "unchanged model. ×1 means that nothing was lost."
)
_NORMS_HINT = (
    "The same share of every norm vector (and bias) is zero as well. These are about 0.05 % of the region, and they do "
    "much of the damage: the verdict is that of the matrices alone."
)
_NOTES = {
    "Top": "the most important parameters are zero",
    "Bottom": "the least important ones are zero",
    "Random": "as many, drawn by chance",
}


def verdict(summary: RemovalSummary) -> html.Div:
    """Every column but Base as a factor on perplexity, the mean over languages."""
    ratios, bits = mean_ratios(summary), mean_bits(summary)
    # Norms are judged apart: they do nearly all the damage of bottom and most of random (docs/adr/0009).
    claims = column_claims(summary)
    plain = {name: ratio for name, ratio in ratios.items() if not name.endswith(WITH_NORMS)}
    return html.Div(
        [
            html.Div(
                [
                    html.Div(name, className="verdict-name"),
                    html.Div(hint(factor(ratio), _MEAN_HINT), className="verdict-number"),
                    html.Div(bits_text(bits[name]), className="verdict-note"),
                    html.Div(_NOTES.get(name, "this region is zero"), className="verdict-note"),
                    _judged(claims.get(name)),
                    _with_norms(ratios, name),
                ],
                className=f"verdict-card verdict-{step_of(bits[name])}",
            )
            for name, ratio in plain.items()
        ],
        className="verdict",
    )


def _judged(claim: ColumnClaim | None) -> html.Div | None:
    return html.Div(hint(claim.text, claim.rule), className="verdict-note") if claim else None


def _with_norms(ratios: dict[str, float | None], name: str) -> html.Div | None:
    if name + WITH_NORMS not in ratios:
        return None
    number = factor(ratios[name + WITH_NORMS])
    return html.Div(hint(f"with norms {number}", _NORMS_HINT), className="verdict-note")


def guide(summary: RemovalSummary) -> dmc.Accordion:
    """How to read the table, for someone who never saw the paper."""
    share = percent(summary.fraction)
    paragraphs = [
        [
            html.B("Perplexity"),
            " says how surprised the model is by each next token of a text it has not scored. Fluent models have "
            "perplexities of some tens on such text; a model that lost the language has millions or more.",
        ],
        [
            html.B("Top"),
            f" is the {share} of the parameters whose importance for the chosen languages is largest. When perplexity "
            "explodes here, and in languages that were not chosen as well, these few parameters carry linguistic "
            "competence as such.",
        ],
        [
            html.B("Bottom"),
            f" is the {share} with the smallest importance. It should change almost nothing: the control that zeroing "
            "as such is harmless.",
        ],
        [
            html.B("Random"),
            " removes as many parameters drawn by chance, several times: the median of the draws is shown, with the "
            "least and the most. It tells how much of the damage is due to the number of parameters.",
        ],
        [
            html.B("With norms"),
            " is the same share of every norm vector (and bias) as well. They are some 0.05 % of the region, and yet "
            "they do nearly all the damage of bottom and most of random. The verdicts are about matrices alone.",
        ],
        [
            html.B("Holds, does not hold, undecided:"),
            " what is claimed of a column is judged in every language by the interval of its ratio against a margin. "
            "An interval across the margin decides nothing: measure more lines, of more documents.",
        ],
        [
            html.B("Compare within a row."),
            " Perplexities of different languages differ because the tokenizer cuts them differently; bits per byte "
            "can be compared between languages too.",
        ],
    ]
    item = dmc.AccordionItem(
        [
            dmc.AccordionControl("How to read this table"),
            dmc.AccordionPanel([html.P(paragraph, className="study-prose") for paragraph in paragraphs]),
        ],
        value="guide",
    )
    return dmc.Accordion([item], chevronPosition="left", className="study-more")
