"""What a removal table says, in three numbers and in plain words."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import RemovalSummary
from frontend.figures.numbers import factor, percent
from frontend.figures.removal import mean_ratios, step_of
from frontend.shell import hint

_MEAN_HINT = (
    "Geometric mean over the measured languages of perplexity after the removal, divided by perplexity of the "
    "unchanged model. ×1 means that nothing was lost."
)
_NOTES = {
    "Top": "the most important parameters are zero",
    "Bottom": "the least important ones are zero",
    "Random": "as many, drawn by chance",
}


def verdict(summary: RemovalSummary) -> html.Div:
    """Every column but Base as a factor on perplexity, the mean over languages."""
    ratios = mean_ratios(summary)
    return html.Div(
        [
            html.Div(
                [
                    html.Div(name, className="verdict-name"),
                    html.Div(hint(factor(ratio), _MEAN_HINT), className="verdict-number"),
                    html.Div(_NOTES.get(name, "this region is zero"), className="verdict-note"),
                ],
                className=f"verdict-card verdict-{step_of(ratio)}",
            )
            for name, ratio in ratios.items()
        ],
        className="verdict",
    )


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
            " removes as many parameters drawn by chance. It tells how much of the damage is due to the number of "
            "parameters. A small model suffers more from it than the paper's 7B and 13B models.",
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
