"""A report as one HTML file: everything in it, nothing from elsewhere, and no script but plotly.js and `report.js`.

Pure. Generated text and notes are shown as the characters they are made of; a policy in the file lets nothing else run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from backend.contracts.jobs import title_of
from backend.contracts.reports import Report
from frontend import theme
from frontend.exports.sources import atlas_version, lines, provenance
from frontend.reports import looks, notes
from frontend.reports.shown import Shown, command, python
from frontend.views import Cell, Passage, Picture, Table, View

HEIGHT = 420
"""Pixels of a figure that does not say its own height."""
MOST_OPEN_ROWS = 12
"""A longer table is folded, and scrolls when it is opened."""
MOST_OPEN_LETTERS = 2_000
"""A longer text is folded: a request with all its settings, seldom what a model wrote."""
_HERE = Path(__file__).parent


def written(report: Report, views: Sequence[Shown], *, origin: str = "") -> str:
    """The whole file, about 5 MB of it plotly.js. `origin` is the atlas its links lead to: `http://127.0.0.1:8050`."""
    has_pictures = any(shown.view and shown.view.pictures for shown in views)
    scripts = (_plotly(), _own("report.js")) if has_pictures else ()
    sections = "".join(_section(number, one, origin) for number, one in enumerate(views, 1))
    body = [_head(report), _contents(views), f"<main>\n{sections}</main>\n"]
    return "".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">\n',
            f"<title>{escape(report.title)} · Lingua Atlas</title>\n<style>\n{_own('report.css')}</style>\n</head>\n",
            f"<body>\n{''.join(body)}{_foot(report)}",
            _data("looks", _looks()) if scripts else "",
            *(f"<script>{script}</script>\n" for script in scripts),
            "</body>\n</html>\n",
        ]
    )


def _policy(scripts: Sequence[str]) -> str:
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=4)
def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(maxsize=1)
def _plotly() -> str:
    script: str = get_plotlyjs()
    return script


@lru_cache(maxsize=2)
def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _head(report: Report) -> str:
    count = f"{len(report.items)} view{'' if len(report.items) == 1 else 's'}"
    facts = f"{count} · changed {report.changed_at:%Y-%m-%d %H:%M} UTC · revision {report.revision}"
    return (
        f'<header>\n<h1 dir="auto">{escape(report.title)}</h1>\n<p class="facts">{facts}</p>\n'
        f"{_note(report.lead)}</header>\n"
    )


def _contents(views: Sequence[Shown]) -> str:
    if len(views) < 2:
        return ""
    entries = "".join(
        f'<li><a href="#view-{number}">{escape(one.item.title)}</a></li>\n' for number, one in enumerate(views, 1)
    )
    return f'<nav aria-label="Contents">\n<h2>Contents</h2>\n<ol>\n{entries}</ol>\n</nav>\n'


def _section(number: int, shown: Shown, origin: str) -> str:
    item = shown.item
    inner = _view(number, shown.view) if shown.view else _problem(shown)
    return (
        f'<section id="view-{number}" aria-labelledby="title-{number}">\n'
        f'<h2 id="title-{number}" dir="auto">{number}. {escape(item.title)}</h2>\n{_note(item.note)}{inner}'
        f"{_origin(shown, origin)}</section>\n"
    )


def _note(note: str) -> str:
    return f'<div class="note" dir="auto">\n{notes.html(note)}</div>\n' if note.strip() else ""


def _problem(shown: Shown) -> str:
    problem = shown.problem
    if problem is None:
        return ""
    return (
        f'<div class="problem"><strong>{escape(problem.title)}</strong>'
        f"<p>{escape(problem.detail)}</p><p>{escape(problem.hint)}</p></div>\n"
    )


def _view(number: int, view: View) -> str:
    parts = [f'<p class="lead" dir="auto">{escape(view.lead)}</p>\n']
    parts += [_picture(f"figure-{number}-{place}", one) for place, one in enumerate(view.pictures, 1)]
    parts += [_table(one) for one in view.tables]
    parts += [_passage(one) for one in view.passages]
    if view.missing:
        titles = "".join(f"<li>{escape(title_of(request))}</li>" for request in view.missing)
        parts.append(f'<p class="none">Not computed yet:</p>\n<ul>{titles}</ul>\n')
    return "".join(parts)


def _picture(name: str, picture: Picture) -> str:
    told, figure = picture.told, looks.bare(picture.figure)
    return (
        f'<figure>\n<h3>{escape(told.title)}</h3>\n<div class="picture" role="group" '
        f'aria-label="{escape(told.title)}" aria-describedby="{name}-words" '
        f'data-figure="{name}" style="height:{int(figure["layout"].get("height") or HEIGHT)}px"></div>\n'
        f'<figcaption><details><summary>In words</summary><p id="{name}-words">{escape(told.description)}</p>'
        f"</details></figcaption>\n"
        f"{_data(name, to_json_plotly(figure))}</figure>\n"
    )


def _data(name: str, text: str) -> str:
    # `<` never stands in JSON outside of a string: no text can end the element.
    safe = text.replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{safe}</script>\n'


def _looks() -> str:
    told = {**looks.templates(), "dark_of": looks.DARK_OF, "painted": looks.PAINTED, "scales": looks.SCALES}
    return json.dumps(told)


def _table(table: Table) -> str:
    heads = "".join(_column(table, place) for place in range(len(table.columns)))
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in table.rows)
    is_long = len(table.rows) > MOST_OPEN_ROWS
    state = ' class="long"' if is_long else " open"
    count = f" ({len(table.rows):,} rows)" if is_long else ""
    return (
        f"<details{state}><summary>{escape(table.title)}{count}</summary>\n"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}"><table>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div></details>\n"
    )


def _column(table: Table, place: int) -> str:
    look = ' class="number"' if is_numeric(table, place) else ""
    return f'<th scope="col"{look}>{escape(table.columns[place])}</th>'


def is_numeric(table: Table, place: int) -> bool:
    """Whether a column holds numbers and nothing else."""
    return all(isinstance(row[place], int | float | None) and not isinstance(row[place], bool) for row in table.rows)


def _cell(value: Cell) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<td class="number">{cell_text(value)}</td>'
    return f'<td dir="auto">{escape(cell_text(value))}</td>'


def cell_text(value: Cell) -> str:
    """A cell for people: numbers exact, – where nothing was measured."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    return str(value)


def _passage(passage: Passage) -> str:
    direction = theme.text_direction(passage.language) if passage.language else "auto"
    language = f' lang="{escape(passage.language)}"' if passage.language else ""
    text = f'<blockquote dir="{direction}"{language}>{escape(passage.text)}</blockquote>\n'
    if len(passage.text) > MOST_OPEN_LETTERS:
        return f'<details class="long"><summary>{escape(passage.title)}</summary>\n{text}</details>\n'
    return f"<h3>{escape(passage.title)}</h3>\n{text}"


def _origin(shown: Shown, origin: str) -> str:
    inner = "".join(_origins(shown, origin))
    return f"<details><summary>Link, commands and sources</summary>\n{inner}</details>\n"


def _origins(shown: Shown, origin: str) -> Iterator[str]:
    address = shown.item.address
    if origin:
        yield f'<p><a class="view-link" href="{escape(origin + address)}">Open this view in the atlas</a></p>\n'
    else:
        yield f"<p>In an atlas with the same results: <code>{escape(address)}</code></p>\n"
    yield f"<pre>{escape(command(address))}</pre>\n<pre>{escape(python(address))}</pre>\n"
    if shown.view and shown.view.sources:
        told = "".join(f"<li>{escape(line)}</li>\n" for line in lines(shown.view))
        everything = json.dumps(provenance(shown.view), ensure_ascii=False, indent=1)
        yield f"<ul>\n{told}</ul>\n"
        yield '<details class="long machine"><summary>Everything about the sources, as JSON</summary>'
        yield f"<pre>{escape(everything)}</pre></details>\n"


def _foot(report: Report) -> str:
    return f"<footer>Report <code>{escape(report.name)}</code>, exported by Lingua Atlas {atlas_version()}.</footer>\n"
