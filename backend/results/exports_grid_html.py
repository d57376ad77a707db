"""Generated texts beside each other as one HTML file (paper A, Figure 4), which needs nothing from elsewhere.

Every script stands in its own direction; markup that a model wrote is shown as the characters it is made of.
"""

from __future__ import annotations

from html import escape

from backend.contracts.results import Continuation
from backend.results.generated import Grid, ending

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


def page(grid: Grid) -> str:
    """One file without anything from elsewhere: rows are prompts, columns changes."""
    heads = "".join(f'<th scope="col">{escape(one.name)}<small>{escape(one.note)}</small></th>' for one in grid.columns)
    rows = "\n".join(_row(grid, number) for number in range(len(grid.columns[0].continuations)))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(grid.title)}</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{escape(grid.title)}</h1>\n<div><table>\n"
        f'<tr><th scope="col">prompt</th>{heads}</tr>\n{rows}\n</table></div>\n'
        f"<footer>{escape(grid.source)}</footer>\n</html>\n"
    )


def _row(grid: Grid, number: int) -> str:
    prompt = grid.columns[0].continuations[number]
    language = escape(prompt.language, quote=True)
    cells = "".join(
        f'<td dir="auto" lang="{language}">{escape(text.text)}{_ending(text)}</td>'
        for text in (column.continuations[number] for column in grid.columns)
    )
    return f'<tr><th scope="row" dir="auto" lang="{language}">{escape(prompt.prompt)}</th>{cells}</tr>'


def _ending(text: Continuation) -> str:
    note = ending(text)
    return f' <em dir="ltr" lang="en">({note})</em>' if note else ""
