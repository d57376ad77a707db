"""A report of two views, one of which is gone, with everything hostile that a text may hold."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.contracts.problems import KnownError
from backend.contracts.reports import Report, ReportItem
from frontend.reports.shown import Shown
from frontend.views import Passage, Table, View
from tests.frontend.view_sample import view

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
NOTE = f"""# What I see

It *breaks*, see [the paper](https://arxiv.org/abs/2402.14700) and [home](/atlas).

{EVIL}

![picture](https://evil.example/p.png) [run](javascript:alert(3)) [data](data:text/html,x) <javascript:alert(4)>

| a | b |
|---|---|
| 1 | 2 |
"""
ADDRESS = "/touch?model=tiny&prompt=%D9%85&result=0123abcd"
PROBLEM = KnownError("unknown_key", f"no result {EVIL}", hint="Compute it.", status=404).problem


def report(**fields: object) -> Report:
    items = (
        ReportItem(id="00000001", address=ADDRESS, title=f"Touch {EVIL}", note=NOTE),
        ReportItem(id="00000002", address="/atlas?result=fedcba98", title="Gone"),
    )
    told = {"name": "road", "title": "A road & more", "lead": "First *words*.", "items": items}
    return Report.model_validate(told | {"created_at": NOW, "changed_at": NOW, "revision": 3} | fields)


def hostile_view() -> View:
    """The sample view with a hostile text, a hostile cell and a table of twenty rows."""
    long = Table("long", "Many rows", ("n", "half"), tuple((n, n / 2) for n in range(20)))
    cells = Table("evil", f"Cells {EVIL}", ("word | pipe", "value"), ((EVIL, 0.1), ("a|b", None)))
    said = (Passage("said", "What it said", f"مرحبا {EVIL}\n# no heading\n- no list", "ar"),)
    told = view()
    figure = told.pictures[0].figure.update_layout(title=EVIL)
    return told._replace(
        lead=f"A lead {EVIL}", tables=(*told.tables, long, cells), passages=said,
        pictures=(told.pictures[0]._replace(figure=figure),),
    )  # fmt: skip


def shown() -> tuple[Shown, Shown]:
    first, second = report().items
    return Shown(first, view=hostile_view()), Shown(second, problem=PROBLEM)
