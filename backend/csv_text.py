"""Tables as CSV: the one place where cells become lines. Knows no table of ours."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_RUN = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def csv_text(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return header and rows, comma and quotes, lines ended by a line feed; None is an empty cell.

    A text that a spreadsheet would run begins with an apostrophe, which spreadsheets show as text; numbers stay
    numbers, negative ones too.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_cell(column) for column in columns])
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    # Python 3.11 does not quote a carriage return, and a reader takes it for the end of the row.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if value.startswith(_RUN) or text.lstrip().startswith(_RUN) else text
