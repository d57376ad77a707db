"""Generated texts beside each other as one document (paper A, Figure 4): Markdown, one HTML file, or JSON.

Texts are shown as they are: every script in its own direction, broken UTF-8 as the replacement character, markup as
the characters it is made of.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from html import escape
from itertools import groupby
from typing import NamedTuple

from backend.contracts.jobs import title_of
from backend.contracts.problems import KnownError
from backend.contracts.results import (
    Continuation,
    GenerationGridSummary,
    GenerationSummary,
    GridColumn,
    Manifest,
    PerturbationSummary,
)

NO_TEXT = {"not_finite": "the change leaves no next token to choose: all logits are NaN or infinite"}
_UNCHANGED = "the unchanged model"
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, "Noto Sans", sans-serif; }
body { margin: 2rem auto; max-width: 120rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #8886; padding: .5rem .75rem; text-align: start; vertical-align: top; min-width: 12rem; }
th small { display: block; font-weight: normal; opacity: .75; }
td, th[dir] { white-space: pre-wrap; overflow-wrap: anywhere; }
td em, footer { opacity: .75; }
footer { font-size: .85rem; margin-top: 1rem; }
"""


class GridFormat(StrEnum):
    """How a grid is written."""

    MD = "md"
    HTML = "html"
    JSON = "json"


class Grid(NamedTuple):
    """Columns of the same prompts."""

    title: str
    columns: tuple[GridColumn, ...]
    source: str
    """What was computed, in one line for people."""


def written_grid(manifest: Manifest, form: GridFormat) -> str:
    """The texts of a generation grid, a perturbation or a generation; a 404 problem where there are none."""
    columns = _columns(manifest)
    if form is GridFormat.JSON:
        return _json(manifest, columns)
    grid = Grid(title_of(manifest.request), columns, _source(manifest))
    return _markdown(grid) if form is GridFormat.MD else _html(grid)


def _columns(manifest: Manifest) -> tuple[GridColumn, ...]:
    match manifest.summary:
        case GenerationGridSummary() as found:
            return found.columns
        case GenerationSummary() as found:
            return (_column("base", _UNCHANGED, 0, found.base),)
        case PerturbationSummary() as found if found.base:
            note = "; ".join(edit.sentence for edit in found.edits)
            n_changed = sum(edit.n_parameters for edit in found.edits)
            return (
                _column("base", _UNCHANGED, 0, found.base),
                _column("perturbed", note, n_changed, found.perturbed),
            )
    raise KnownError(
        "no_texts",
        f"result {manifest.key} ({manifest.summary.kind.value}) has no generated texts",
        hint="Texts belong to generation_grid, to generation, and to perturbation with prompts.",
        status=404,
        field="key",
    )


def _column(name: str, note: str, n_changed: int, texts: Sequence[Continuation]) -> GridColumn:
    return GridColumn(name=name, note=note, n_changed=n_changed, continuations=tuple(texts))


def _markdown(grid: Grid) -> str:
    """A section per prompt; texts stand in fences longer than any run of backticks in them."""
    lines = [f"# {_plain(grid.title)}", "", "| column | parameters changed | what was done |", "|---|---:|---|"]
    lines += [f"| {_plain(one.name)} | {one.n_changed} | {_plain(one.note)} |" for one in grid.columns]
    for number, prompt in enumerate(grid.columns[0].continuations):
        lines += ["", f"## {number + 1}. {_plain(prompt.language)}", "", _fenced(prompt.prompt)]
        for column in grid.columns:
            text = column.continuations[number]
            lines += ["", f"**{_plain(column.name)}**{_ending(text)}", "", _fenced(text.text)]
    return "\n".join([*lines, "", _plain(grid.source), ""])


def _html(grid: Grid) -> str:
    """One file without anything from elsewhere: rows are prompts, columns changes."""
    heads = "".join(f'<th scope="col">{escape(one.name)}<small>{escape(one.note)}</small></th>' for one in grid.columns)
    rows = "\n".join(_html_row(grid, number) for number in range(len(grid.columns[0].continuations)))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(grid.title)}</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{escape(grid.title)}</h1>\n<div><table>\n"
        f'<tr><th scope="col">prompt</th>{heads}</tr>\n{rows}\n</table></div>\n'
        f"<footer>{escape(grid.source)}</footer>\n</html>\n"
    )


def _html_row(grid: Grid, number: int) -> str:
    prompt = grid.columns[0].continuations[number]
    language = escape(prompt.language, quote=True)
    cells = "".join(
        f'<td dir="auto" lang="{language}">{escape(text.text)}{_html_ending(text)}</td>'
        for text in (column.continuations[number] for column in grid.columns)
    )
    return f'<tr><th scope="row" dir="auto" lang="{language}">{escape(prompt.prompt)}</th>{cells}</tr>'


def _html_ending(text: Continuation) -> str:
    note = NO_TEXT.get(text.finish)
    return f' <em dir="ltr" lang="en">({note})</em>' if note else ""


def _ending(text: Continuation) -> str:
    note = NO_TEXT.get(text.finish)
    return f" ({note})" if note else ""


def _json(manifest: Manifest, columns: Sequence[GridColumn]) -> str:
    told = {
        "key": manifest.key,
        "title": title_of(manifest.request),
        "columns": [
            {
                "name": column.name,
                "note": column.note,
                "n_changed": column.n_changed,
                "texts": [
                    {"language": one.language, "prompt": one.prompt, "text": one.text, "finish": one.finish}
                    for one in column.continuations
                ],
            }
            for column in columns
        ],
        "request": manifest.request.model_dump(mode="json"),
        "provenance": manifest.provenance.model_dump(mode="json"),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _source(manifest: Manifest) -> str:
    told = manifest.provenance
    revision = f" {told.model_revision}" if told.model_revision else ""
    sampling = told.rules.get("sampling", "")
    return (
        f"{told.model_source or told.model}{revision}, weights {told.weights_hash[:12]}, {told.dtype} on {told.device}"
        f"{sampling and f', {sampling}'}, {told.ended_at:%Y-%m-%d}; result {manifest.key} of Lingua Atlas"
    )


def _plain(text: str) -> str:
    """Text in Markdown that stays the characters it is, on one line."""
    one_line = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>#|!&~" else character for character in one_line)


def _fenced(text: str) -> str:
    longest = max((len(list(run)) for is_tick, run in groupby(text, "`".__eq__) if is_tick), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
