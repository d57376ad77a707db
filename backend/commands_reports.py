"""`lingua-atlas reports`: lists of views with notes; list, begin, add to, show, write as HTML or Markdown, delete."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from backend.artifacts.layout import Layout, default_root
from backend.client import Client
from backend.contracts.problems import KnownError
from backend.launcher import running_instance
from backend.terminal import ApiUrl, client_of, err, out, table, tell_broken

app = typer.Typer(help="Reports: ordered lists of views with notes.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of a report; `reports list` tells them.")]


@app.command("list")
def list_reports(api_url: ApiUrl = "") -> None:
    """Reports, the one that changed last first."""
    with client_of(api_url) as client:
        listed = table("name", "title", "views", "changed")
        for row in client.reports():
            listed.add_row(row.name, row.title, str(row.n_items), f"{row.changed_at:%Y-%m-%d %H:%M}")
        out.print(listed)
        tell_broken(client.broken("reports"))


@app.command("new")
def new_report(
    title: Annotated[str, typer.Argument(help="Its title; its name is made of it.")],
    lead: Annotated[str, typer.Option(help="First paragraph, in Markdown.")] = "",
    api_url: ApiUrl = "",
) -> None:
    """Begin a report and print its name."""
    with client_of(api_url) as client:
        print(client.create_report(title, lead=lead).name)


@app.command("show")
def show_report(name: Name, api_url: ApiUrl = "") -> None:
    """Its views in their order: title, address, note."""
    with client_of(api_url) as client:
        report = client.report(name)
    out.print(report.title, style="bold", markup=False)
    for number, item in enumerate(report.items, 1):
        out.print(f"\n{number}. {item.title}\n   {item.address}", markup=False)
        if item.note:
            out.print(f"   {item.note}", markup=False)


@app.command("add")
def add_view(
    name: Name,
    address: Annotated[str, typer.Argument(help="Address of a view, as the browser shows it.")],
    title: Annotated[str, typer.Option(help="What it is called there; default: as the view calls itself.")] = "",
    note: Annotated[str, typer.Option(help="A note, in Markdown.")] = "",
    api_url: ApiUrl = "",
) -> None:
    """Append a view."""
    with client_of(api_url) as client:
        found = import_module("frontend.reports.suggesting").suggested(address, client)
        report = client.add_to_report(name, found.address, title=title or found.title, note=note)
    out.print(f"{report.name}: {len(report.items)}. {report.items[-1].title} ({found.address})", markup=False)
    if found.problem:
        err.print(f"It will not be drawn there: {found.problem.detail}", markup=False)


@app.command("export")
def export_report(
    name: Name,
    html: Annotated[Path | None, typer.Option(help="Write it here as one HTML file.")] = None,
    md: Annotated[Path | None, typer.Option(help="Write it here as Markdown.")] = None,
    origin: Annotated[
        str, typer.Option(help="Where its links lead, e.g. http://127.0.0.1:8050; default: the running atlas.")
    ] = "",
    api_url: ApiUrl = "",
) -> None:
    """Write a report with all it shows."""
    if html is None and md is None:
        raise KnownError("nothing_to_write", "neither --html nor --md names a file", hint="Give one of them, or both.")
    with client_of(api_url) as client:
        report = client.report(name)
        views = import_module("frontend.reports.shown").all_shown(report, client)
        links_to = (origin or _origin(client)).rstrip("/")
    for form, path in (("html", html), ("markdown", md)):
        if path is not None:
            text = import_module(f"frontend.reports.{form}").written(report, views, origin=links_to)
            path.write_text(text, encoding="utf-8")
            err.print(f"written to {path}", markup=False)


@app.command("delete")
def delete_report(name: Name, api_url: ApiUrl = "") -> None:
    """Remove a report; the results that it shows stay."""
    with client_of(api_url) as client:
        client.delete_report(name)
    out.print(f"deleted {name}", markup=False)


def _origin(client: Client) -> str:
    """The page of the atlas that answers; '' where only its API is known."""
    if client.base_url.endswith("/api"):
        return client.base_url.removesuffix("/api")
    running = running_instance(Layout(default_root()))
    return running.url if running and running.api_url.rstrip("/") == client.base_url else ""
