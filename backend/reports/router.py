"""`/reports`: list, create, read, replace, add a view, delete. `/keys`: what a shortened key stands for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from backend.artifacts.reports import Reports
from backend.contracts.reports import (
    KeyBeginning,
    KeysFound,
    NewItem,
    NewReport,
    Report,
    ReportChange,
    ReportList,
    ReportName,
)
from backend.dependencies import SettingsOf, StoreOf
from backend.jobs.service import JobService
from backend.openapi import problems
from backend.reports.service import keys_beginning

router = APIRouter(tags=["reports"])


def _reports(settings: SettingsOf) -> Reports:
    return Reports(settings.layout.reports)


def _jobs(request: Request) -> JobService:
    jobs: JobService = request.app.state.jobs
    return jobs


ReportsOf = Annotated[Reports, Depends(_reports)]
Name = Annotated[ReportName, Path(description="Name of the report, as the list tells it.")]


@router.get("/reports")
def list_reports(reports: ReportsOf) -> ReportList:
    """Reports, the one that changed last first."""
    return reports.listed()


@router.post("/reports", status_code=201, responses=problems(409, 507))
def create_report(new: NewReport, reports: ReportsOf) -> Report:
    """Begin a report; its name is made of the title where none is given."""
    return reports.create(new)


@router.get("/reports/{name}", responses=problems(404, 409))
def read_report(name: Name, reports: ReportsOf) -> Report:
    """One report with its views and notes."""
    return reports.named(name)


@router.put("/reports/{name}", responses=problems(404, 409, 507))
def replace_report(name: Name, change: ReportChange, reports: ReportsOf) -> Report:
    """Replace title, lead and views; 409 when it changed since the revision that was read."""
    return reports.replace(name, change)


@router.post("/reports/{name}/items", responses=problems(404, 409, 507))
def add_view(name: Name, item: NewItem, reports: ReportsOf) -> Report:
    """Append a view, whatever the revision."""
    return reports.add(name, item)


@router.delete("/reports/{name}", status_code=204, responses=problems(404))
def delete_report(name: Name, reports: ReportsOf) -> None:
    """Remove a report; the results that it shows stay."""
    reports.delete(name)


@router.get("/keys")
def find_keys(
    store: StoreOf,
    jobs: Annotated[JobService, Depends(_jobs)],
    beginning: Annotated[
        list[KeyBeginning], Query(min_length=1, max_length=100, description="First digits of a key, 7 at least.")
    ],
) -> KeysFound:
    """Keys of stored results and of jobs that begin so: addresses carry shortened ones."""
    return keys_beginning(beginning, store, jobs)
