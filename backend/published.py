"""The published tables that ship with the atlas: read from `data/published`, checked, kept.

They were transcribed by `python -m tests.backend.published.transcribe` from the papers' texts.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from backend.contracts.problems import KnownError
from backend.contracts.published import PublishedEntry, PublishedTable

FOLDER = Path(__file__).parent / "data" / "published"
ORDER = (
    *(f"table-{number}" for number in range(1, 17)),
    "figure-5",
    "appendix-a",
    "b-table-1",
    "b-table-4",
)


@cache
def table(name: str) -> PublishedTable:
    """One published table, or a 404 problem that lists those there are."""
    if name not in ORDER:
        raise KnownError(
            "unknown_table",
            f"no published table is called {name!r}; there are {', '.join(ORDER)}",
            hint="List them with GET /published.",
            status=404,
            field="table",
        )
    return PublishedTable.model_validate_json((FOLDER / f"{name}.json").read_bytes())


def entries() -> tuple[PublishedEntry, ...]:
    """All of them, in the order of the papers."""
    return tuple(_entry(table(name)) for name in ORDER)


def _entry(one: PublishedTable) -> PublishedEntry:
    numbers = sum(cell is not None for part in one.parts for row in part.rows for cell in row.cells)
    return PublishedEntry(name=one.name, paper=one.paper, title=one.title, caption=one.caption, n_numbers=numbers)
