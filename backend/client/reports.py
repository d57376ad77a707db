"""Reports, and keys by their beginnings."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from backend.client.transport import Transport
from backend.contracts.reports import KeysFound, NewItem, NewReport, Report, ReportChange, ReportList, ReportRow
from backend.wire import parsed

_JSON = {"Content-Type": "application/json"}


class Reports(Transport):
    """Ordered lists of views with notes, kept by the atlas."""

    def reports(self) -> tuple[ReportRow, ...]:
        """The one that changed last first."""
        return self._get(ReportList, "/reports").reports

    def report(self, name: str) -> Report:
        """One report with its views and notes."""
        return self._get(Report, f"/reports/{name}")

    def create_report(self, title: str, *, name: str | None = None, lead: str = "") -> Report:
        """Begin a report; without a name, one is made of the title."""
        return self._posted(Report, "/reports", NewReport(title=title, name=name, lead=lead))

    def replace_report(self, name: str, change: ReportChange) -> Report:
        """Store `report.change(...)`; raises `report_changed` when somebody was faster."""
        sent = self._send("PUT", f"/reports/{name}", content=change.model_dump_json(), headers=_JSON)
        return parsed(Report, sent)

    def add_to_report(self, name: str, address: str, *, title: str, note: str = "") -> Report:
        """Append a view by its address: `/atlas?model=...`."""
        return self._posted(Report, f"/reports/{name}/items", NewItem(address=address, title=title, note=note))

    def delete_report(self, name: str) -> None:
        """Remove a report; the results that it shows stay."""
        self._send("DELETE", f"/reports/{name}")

    def keys_beginning(self, beginnings: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each beginning (7 digits or more) the keys of results and jobs that begin so."""
        params = httpx.QueryParams([("beginning", one) for one in beginnings])
        return parsed(KeysFound, self._send("GET", "/keys", params=params)).keys
