"""Reports on disk: one JSON file each, replaced whole. Who writes over a change he has not seen is refused."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

from pydantic import ValidationError

from backend.artifacts.disk import on_disk
from backend.artifacts.listing import json_entries, moment
from backend.artifacts.regular_files import regular_bytes
from backend.artifacts.results import fsync
from backend.contracts.problems import KnownError
from backend.contracts.reports import (
    MAX_ITEMS,
    NewItem,
    NewReport,
    Report,
    ReportChange,
    ReportItem,
    ReportList,
    ReportRow,
)

_LONGEST_NAME = 60
_LOCK = ".lock"


class Reports:
    """Reads and writes reports below `root`, from several threads and processes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def all(self) -> tuple[ReportRow, ...]:
        """The one that changed last first; what cannot be read is left out."""
        return self.listed().reports

    def listed(self) -> ReportList:
        """The one that changed last first, and what cannot be read with its reason."""
        found = json_entries(self.root, Report.model_validate_json, lambda report: report.name)
        rows = [
            ReportRow(name=report.name, title=report.title, n_items=len(report.items), changed_at=report.changed_at)
            for report in found.entries
        ]
        rows.sort(key=lambda row: moment(row.changed_at), reverse=True)
        return ReportList(reports=tuple(rows), broken=found.broken)

    def named(self, name: str) -> Report:
        """One report, or the problem of one that is not here."""
        try:
            return Report.model_validate_json(regular_bytes(self._path(name)))
        except FileNotFoundError:
            raise _unknown(name) from None
        except (OSError, ValidationError):
            raise KnownError(
                "unreadable_report",
                f"report {name!r} cannot be read by this version",
                hint=f"Its file is {self._path(name)}: mend it, or delete the report.",
                status=409,
            ) from None

    def create(self, new: NewReport) -> Report:
        """Store a new report; one whose name is taken is refused, a name made of the title gets a number."""
        with self._alone():
            name = new.name or self._free(slug(new.title))
            if self._path(name).exists():
                raise KnownError(
                    "report_exists",
                    f"there is a report {name!r} already",
                    hint="Add to it, or choose another name.",
                    status=409,
                    field="name",
                )
            now = datetime.now(UTC)
            items = tuple(map(_fresh, new.items))
            report = Report(
                name=name, title=new.title, lead=new.lead, items=items, created_at=now, changed_at=now, revision=1
            )
            return self._write(report)

    def replace(self, name: str, change: ReportChange) -> Report:
        """Store what a report is to be from now on; refused when it changed since it was read."""
        with self._alone():
            stored = self.named(name)
            if stored.revision != change.revision:
                raise KnownError(
                    "report_changed",
                    f"report {name!r} was changed meanwhile: it is at revision {stored.revision}, "
                    f"your change is of revision {change.revision}",
                    hint="Read it again and repeat your change; nothing was overwritten.",
                    status=409,
                    field="revision",
                )
            ids = [item.id for item in change.items]
            if len(set(ids)) < len(ids):
                raise KnownError("same_item_twice", "two items have the same id", hint="Leave the id out: one is made.")
            return self._write(self._next(stored, **{name: getattr(change, name) for name in _CHANGED}))

    def add(self, name: str, item: NewItem) -> Report:
        """Append a view, whatever the report has become meanwhile."""
        with self._alone():
            stored = self.named(name)
            if len(stored.items) >= MAX_ITEMS:
                raise KnownError(
                    "report_full",
                    f"report {name!r} has {len(stored.items)} views, and {MAX_ITEMS} is the most",
                    hint="Remove one, or begin another report.",
                    status=409,
                )
            return self._write(self._next(stored, items=(*stored.items, _fresh(item))))

    def delete(self, name: str) -> None:
        """Remove a report."""
        with self._alone():
            try:
                self._path(name).unlink()
            except FileNotFoundError:
                raise _unknown(name) from None

    def _path(self, name: str) -> Path:
        return self.root / f"{name}.json"

    def _free(self, name: str) -> str:
        numbered = (f"{name[: _LONGEST_NAME - 5]}-{number}" for number in count(2))
        return next(free for free in chain([name], numbered) if not self._path(free).exists())

    def _next(self, stored: Report, **fields: object) -> Report:
        now = {"revision": stored.revision + 1, "changed_at": datetime.now(UTC)}
        return stored.model_copy(update=fields | now)

    def _write(self, report: Report) -> Report:
        with on_disk(self.root):
            descriptor, name = tempfile.mkstemp(prefix=".writing-", dir=self.root)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(report.model_dump_json(indent=1))
                os.chmod(name, 0o644)  # other users of one volume read it too
                fsync(Path(name))
                os.replace(name, self._path(report.name))
                fsync(self.root)
            finally:
                Path(name).unlink(missing_ok=True)
        return report

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, of all threads and processes that share the folder."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / _LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


_CHANGED = ("title", "lead", "items")


def slug(title: str) -> str:
    """A name for a title: `What breaks, and where?` is `what-breaks-and-where`; `report` where no letter is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].rstrip("-") or "report"


def _fresh(item: NewItem) -> ReportItem:
    """With an id of its own, also where the item comes from another report."""
    return ReportItem(address=item.address, title=item.title, note=item.note)


def _unknown(name: str) -> KnownError:
    return KnownError(
        "unknown_report",
        f"there is no report {name!r} here",
        hint="`lingua-atlas reports list` and the Reports page name those there are.",
        status=404,
    )
