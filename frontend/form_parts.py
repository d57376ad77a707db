"""Forms whose fields are the components `PREFIX-NAME`: the fields of `frontend.fields`, and parts that forms share.

Shared are a region to choose and texts to measure; `inputs(prefix, names)` reads fields as one dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html

from backend.contracts.models import CorpusSummary
from backend.contracts.results import ResultRow
from frontend import fields
from frontend.choices.fields import BOS_HINT, BOS_LABELS
from frontend.choices.measured import Measured
from frontend.choices.region_source import NEW, RegionSource, region_options
from frontend.fields import corpus_select, label, typed_number
from frontend.language_chips import language_chips

REGION_FIELDS = RegionSource._fields
MEASURED_FIELDS = Measured._fields
_LISTS = ("languages", "evaluated")


def field_id(prefix: str, name: str) -> str:
    """Id of the component that holds one field."""
    return f"{prefix}-{name.replace('_', '-')}"


def inputs(prefix: str, names: Iterable[str], kind: type = State) -> dict[str, Any]:
    """The values of fields as one keyword of a handler: State or Input by name."""
    return {name: kind(field_id(prefix, name), "value") for name in names}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser gives as what a choice holds: lists are tuples, a number is one however it was typed.

    `2, 5, 9` put into a field of tags at once is three of them.
    """
    lists = {name: _split(value) for name, value in values.items() if isinstance(value, list)}
    empty = {name: () if name in _LISTS else None for name, value in values.items() if value in ("", None)}
    return {name: typed_number(value) for name, value in values.items()} | lists | empty


def _split(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for word in words for part in re.split(r"[,;\s]+", word) if part))


def segments(prefix: str, name: str, value: str, options: Mapping[Any, str]) -> dmc.SegmentedControl:
    """`fields.segments`, by the name of the field."""
    return fields.segments(field_id(prefix, name), value, options, flex=None)


def number(prefix: str, name: str, text: Any, value: float | None, **props: Any) -> dmc.NumberInput:
    """`fields.number`, by the name of the field."""
    return fields.number(field_id(prefix, name), text, value, **props)


def tags(prefix: str, name: str, text: Any, value: Sequence[str], placeholder: str) -> dmc.TagsInput:
    """Several numbers, each typed and confirmed with Enter or a comma."""
    return dmc.TagsInput(
        id=field_id(prefix, name),
        label=text,
        value=list(value),
        placeholder="" if value else placeholder,
        splitChars=[",", " ", ";"],
        acceptValueOnBlur=True,
        size="xs",
    )


def section(title: str, *parts: Any) -> html.Section:
    """One card of a form."""
    return html.Section([html.H2(title, className="study-heading"), *parts], className="atlas-card study-card")


def region_part(
    prefix: str, source: RegionSource, stored: Sequence[ResultRow], corpus: CorpusSummary | None, text: Any = "Region"
) -> html.Div:
    """A stored region, or languages and a share for a new one."""
    chosen = source.region if source.region == NEW or any(row.key == source.region for row in stored) else NEW
    lines = [
        number(prefix, "percent", "share", source.percent, suffix=" %", allowDecimal=True, decimalScale=6),
        number(prefix, "start", "scored from line", source.start),
        number(prefix, "stop", "to line", source.stop),
    ]
    new = [
        label("Languages scored", _LANGUAGES_HINT),
        language_chips(
            field_id(prefix, "languages"), corpus.languages if corpus else (), source.languages, named_families=False
        ),
        dmc.SimpleGrid(lines, cols=3, spacing="xs"),
    ]
    select = dmc.Select(
        id=field_id(prefix, "region"),
        label=text,
        data=region_options(stored),
        value=chosen,
        allowDeselect=False,
        size="xs",
        comboboxProps={"width": 340, "position": "bottom-start"},
    )
    return html.Div(
        [select, html.Div(new, id=new_part_id(prefix), hidden=chosen != NEW, className="study-card")],
        className="study-card",
    )


def new_part_id(prefix: str) -> str:
    """The fields of a new region, hidden while a stored one is chosen."""
    return f"{prefix}-new-region"


def measured_part(prefix: str, measured: Measured, corpora: Sequence[CorpusSummary]) -> list[Any]:
    """Corpus, languages and lines of the perplexities."""
    corpus = next((corpus for corpus in corpora if corpus.name == measured.corpus), None)
    return [
        label("Languages measured", "Perplexity is measured in each of them, on lines that were not scored."),
        language_chips(
            field_id(prefix, "evaluated"), corpus.languages if corpus else (), measured.evaluated, named_families=False
        ),
        corpus_select(field_id(prefix, "corpus"), "corpus", corpora, measured.corpus),
        dmc.SimpleGrid(
            [
                number(prefix, "evaluated_start", "from line", measured.evaluated_start),
                number(prefix, "evaluated_stop", "to line", measured.evaluated_stop),
            ],
            cols=2,
            spacing="xs",
        ),
        label("BOS token", BOS_HINT),
        segments(prefix, "bos", measured.bos, BOS_LABELS),
    ]


def register_region_part(app: Dash, prefix: str) -> None:
    """Show the fields of a new region only while one is wanted."""

    @app.callback(Output(new_part_id(prefix), "hidden"), Input(field_id(prefix, "region"), "value"))
    def _new(region: str | None) -> bool:
        return region != NEW


_LANGUAGES_HINT = (
    "Each language is scored on its own, |θ·g| (paper A, Eq. 4); the scores of the chosen languages are added."
)
