"""Generated texts beside each other as one document (paper A, Figure 4): Markdown, one HTML file, or JSON.

Texts are shown as they are, broken UTF-8 as the replacement character, markup as the characters it is made of.
"""

from __future__ import annotations

import json
from enum import StrEnum
from itertools import groupby

from backend.contracts.results import Manifest
from backend.results import exports_grid_html
from backend.results.generated import Grid, ending, grid_of


class GridFormat(StrEnum):
    """How a grid is written."""

    MD = "md"
    HTML = "html"
    JSON = "json"


def written_grid(manifest: Manifest, form: GridFormat) -> str:
    """The texts of a generation grid, a perturbation or a generation; a 404 problem where there are none."""
    grid = grid_of(manifest)
    match form:
        case GridFormat.MD:
            return _markdown(grid)
        case GridFormat.HTML:
            return exports_grid_html.page(grid)
        case GridFormat.JSON:
            return _json(manifest, grid)


def _markdown(grid: Grid) -> str:
    """A section per prompt; texts stand in fences longer than any run of backticks in them."""
    lines = [f"# {_plain(grid.title)}", "", "| column | parameters changed | what was done |", "|---|---:|---|"]
    lines += [f"| {_plain(one.name)} | {one.n_changed} | {_plain(one.note)} |" for one in grid.columns]
    for number, prompt in enumerate(grid.columns[0].continuations):
        lines += ["", f"## {number + 1}. {_plain(prompt.language)}", "", _fenced(prompt.prompt)]
        for column in grid.columns:
            text = column.continuations[number]
            note = ending(text)
            lines += ["", f"**{_plain(column.name)}**{note and f' ({note})'}", "", _fenced(text.text)]
    return "\n".join([*lines, "", _plain(grid.source), ""])


def _json(manifest: Manifest, grid: Grid) -> str:
    told = {
        "key": manifest.key,
        "title": grid.title,
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
            for column in grid.columns
        ],
        "request": manifest.request.model_dump(mode="json"),
        "provenance": manifest.provenance.model_dump(mode="json"),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _plain(text: str) -> str:
    """Text in Markdown that stays the characters it is, on one line."""
    one_line = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>#|!&~" else character for character in one_line)


def _fenced(text: str) -> str:
    longest = max((len(list(run)) for is_tick, run in groupby(text, "`".__eq__) if is_tick), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
