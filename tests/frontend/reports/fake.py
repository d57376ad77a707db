"""An API that keeps reports as the real one does, on disk, and knows no keys but its results."""

from __future__ import annotations

from pathlib import Path

from backend.artifacts.reports import Reports
from backend.contracts.reports import NewItem, NewReport, Report, ReportChange
from tests.frontend.fake_api import FakeApi


class ReportsApi(FakeApi):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.kept = Reports(folder)

    def reports(self):
        self._answer()
        return self.kept.all()

    def report(self, name: str) -> Report:
        self._answer()
        return self.kept.named(name)

    def create_report(self, title: str, *, name: str | None = None, lead: str = "") -> Report:
        return self.kept.create(NewReport(title=title, name=name, lead=lead))

    def replace_report(self, name: str, change: ReportChange) -> Report:
        return self.kept.replace(name, change)

    def add_to_report(self, name: str, address: str, *, title: str, note: str = "") -> Report:
        return self.kept.add(name, NewItem(address=address, title=title, note=note))

    def delete_report(self, name: str) -> None:
        self.kept.delete(name)

    def keys_beginning(self, beginnings):
        return {one: tuple(key for key in self.stored if key.startswith(one)) for one in beginnings}
