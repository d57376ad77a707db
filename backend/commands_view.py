"""`lingua-atlas view`: what a page shows, in the terminal or as files."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.contracts.jobs import title_of
from backend.contracts.problems import KnownError
from backend.terminal import ApiUrl, client_of, err, out, table

if TYPE_CHECKING:
    from frontend.views import Picture, Table, View

FigureName = Annotated[str, typer.Option("--figure", help="Which figure --html and --json write; else the first.")]
TableName = Annotated[str, typer.Option("--table", help="Which table --csv, --tex and --json write; else the first.")]
Csv = Annotated[Path | None, typer.Option(help="Write the table here as CSV; - is standard output.")]
Tex = Annotated[Path | None, typer.Option(help="Write the table here as LaTeX.")]
Json = Annotated[
    Path | None, typer.Option(help="Write the table here with its provenance, or the figure where one is named.")
]
Html = Annotated[Path | None, typer.Option(help="Write the figure here as one HTML file.")]


def view(
    address: Annotated[str, typer.Argument(help="Address of a page, as the browser shows it, or the key of a result.")],
    figure_name: FigureName = "",
    table_name: TableName = "",
    csv: Csv = None,
    tex: Tex = None,
    json: Json = None,
    html: Html = None,
    text: Annotated[bool, typer.Option("--text", help="Print its texts alone, whole.")] = False,
    api_url: ApiUrl = "",
) -> None:
    """Show what a page shows: tables, figures in words, sources; or write one of them to a file."""
    if figure_name and table_name:
        raise KnownError("two_parts", "--figure and --table name two parts", hint="Write one at a time.")
    with client_of(api_url) as client:
        shown = client.view(address)
    if text:
        _print_texts(shown)
    elif csv or tex or html or json:
        _write_all(shown, figure_name, table_name, {"csv": csv, "tex": tex, "html": html, "json": json})
    elif figure_name:
        _print_figure(shown.picture(figure_name))
    elif table_name:
        _print_table(shown.table(table_name))
    else:
        _print_view(shown)


def _write_all(shown: View, figure_name: str, table_name: str, files: dict[str, Path | None]) -> None:
    """Each file that was named; JSON is the figure's where a figure is meant."""
    for form, path in files.items():
        if path is None:
            continue
        is_figure = form == "html" or (
            form == "json" and (bool(figure_name) or (bool(files["html"]) and not table_name))
        )
        _write(path, _figure(shown, figure_name, form) if is_figure else _table(shown, table_name, form))


def _figure(shown: View, name: str, form: str) -> str:
    picture = shown.picture(name or None)
    if form == "json":
        return picture.figure.to_json() + "\n"
    return import_module("frontend.exports.pages").figure_page(picture, shown)


def _table(shown: View, name: str, form: str) -> str:
    tables = import_module("frontend.exports.tables")
    return tables.written(shown.table(name or None), shown, tables.TableFormat(form))


def _write(path: Path, text: str) -> None:
    if str(path) == "-":
        sys.stdout.write(text)
        return
    path.write_text(text, encoding="utf-8")
    err.print(f"written to {path}", markup=False)


def _print_view(shown: View) -> None:
    out.print(shown.title, style="bold", markup=False)
    out.print(shown.lead, markup=False)
    for one in shown.tables:
        out.print()
        _print_table(one)
    for picture in shown.pictures:
        out.print()
        _print_figure(picture)
    for passage in shown.passages:
        out.print(
            f"\ntext {passage.name}: {passage.title} ({len(passage.text)} characters; --text prints it)", markup=False
        )
    for line in import_module("frontend.exports.sources").lines(shown):
        out.print(f"\nfrom {line}", markup=False)
    for request in shown.missing:
        out.print(f"\nmissing: {title_of(request)}", markup=False)


def _print_table(one: Table) -> None:
    out.print(f"{one.title} (--table {one.name})", style="bold", markup=False)
    first, *others = one.columns
    grid = table(first, *others)
    for row in one.rows:
        grid.add_row(
            *("–" if cell is None else f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row)
        )
    out.print(grid)


def _print_figure(picture: Picture) -> None:
    told = picture.told
    out.print(f"{told.title} (--figure {told.name})", style="bold", markup=False)
    out.print(told.description, markup=False)


def _print_texts(shown: View) -> None:
    if not shown.passages:
        raise KnownError(
            "no_text", f"{shown.address} has no texts", hint="Its tables print without --text.", status=404
        )
    for passage in shown.passages:
        out.print(passage.title, style="bold", markup=False)
        out.print(passage.text + "\n", markup=False)
