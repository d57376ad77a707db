"""`/export/report/{name}.html` and `.md`: a report as a file. Its views are drawn now, in a thread."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from backend.client import Client
from backend.contracts.reports import ReportName
from frontend.exports.router import Told
from frontend.reports import html, markdown
from frontend.reports.shown import all_shown


class ReportFormat(StrEnum):
    """How a report is written."""

    HTML = "html"
    MD = "md"


WRITERS = {ReportFormat.HTML: html.written, ReportFormat.MD: markdown.written}
_MEDIA = {ReportFormat.HTML: "text/html; charset=utf-8", ReportFormat.MD: "text/markdown; charset=utf-8"}
Name = Annotated[ReportName, Path(description="Name of the report.")]


def router(api: Client) -> APIRouter:
    """The route; `api` answers what the views ask."""
    found = APIRouter(prefix="/export", route_class=Told)

    @found.get("/report/{name}.{form}")
    def report(name: Name, form: ReportFormat, request: Request) -> Response:
        stored = api.report(name)
        origin = str(request.base_url).rstrip("/")
        text = WRITERS[form](stored, all_shown(stored, api), origin=origin)
        headers = {
            # A download, never a page of this origin: what is in it comes from models and texts.
            "Content-Disposition": f'attachment; filename="{stored.name}.{form.value}"',
            "Cache-Control": "no-cache",
        }
        return Response(text, media_type=_MEDIA[form], headers=headers)

    return found


def link(name: str, form: str) -> str:
    """Address of one export."""
    return f"/export/report/{name}.{form}"
