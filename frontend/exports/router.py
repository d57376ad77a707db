"""`/export`: tables and figures of any view as files. Rendering waits for the API, so it happens in threads."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from frontend.exports.names import PREFIX, file_name, link
from frontend.exports.pages import figure_page
from frontend.exports.sources import lines, provenance
from frontend.exports.tables import TableFormat, written
from frontend.views import View, render

log = logging.getLogger("lingua_atlas.frontend")

Address = Annotated[str, Query(max_length=8000, description="Path and query of a page, as the browser shows it.")]
Name = Annotated[str | None, Query(max_length=200, description="Which one; the first without a name.")]


class FigureFormat(StrEnum):
    """How a figure is written."""

    HTML = "html"
    JSON = "json"


_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "tex": "application/x-tex; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}


class Told(APIRoute):
    """A route whose known failures are problems; unknown ones too, with their traceback in the log."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Dash gives its server no handler of our errors, so each route has one."""
        handler = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except KnownError as error:
                return _problem(error.problem)
            except ValueError as error:  # a figure that says nothing of itself, a row of another length
                log.error("a view could not be exported", exc_info=error)
                return _problem(_stumbled(error).problem)

        return told


def router(api: Client) -> APIRouter:
    """The routes; `api` answers what a view asks."""
    found = APIRouter(prefix=PREFIX, route_class=Told)

    @found.get("/table.{form}")
    def table(form: TableFormat, view: Address, name: Name = None) -> Response:
        shown = render(view, api)
        chosen = shown.table(name)
        return _file(written(chosen, shown, form), shown, chosen.name, form.value)

    @found.get("/sources.json")
    def sources(view: Address) -> dict[str, Any]:
        shown = render(view, api)
        return {"address": shown.address, "lines": lines(shown), **provenance(shown)}

    @found.get("/figure.{form}")
    def figure(form: FigureFormat, view: Address, name: Name = None) -> Response:
        shown = render(view, api)
        chosen = shown.picture(name)
        text = figure_page(chosen, shown) if form is FigureFormat.HTML else chosen.figure.to_json()
        return _file(text, shown, chosen.told.name, form.value)

    return found


def _file(text: str, view: View, name: str, form: str) -> Response:
    headers = {
        # A download, never a page of this origin: what is in it comes from models and texts.
        "Content-Disposition": f'attachment; filename="{file_name(view.address, name)}.{form}"',
        "Cache-Control": "no-cache",
    }
    if form == "csv":
        # Numbers and nothing else in the file: where they come from is one step away.
        headers["Link"] = f'<{link("table", "json", view=view.address, name=name)}>; rel="describedby"'
    return Response(text, media_type=_MEDIA[form], headers=headers)


def _stumbled(error: ValueError) -> KnownError:
    return KnownError(
        "view_failed",
        f"this view could not be written ({error})",
        hint="The log of the dashboard tells more; please report it.",
        status=500,
    )


def _problem(problem: Problem) -> Response:
    return Response(problem.model_dump_json(), problem.status, media_type="application/problem+json")
