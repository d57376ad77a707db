"""CSV that no spreadsheet runs, written in one place."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from backend.csv_text import csv_text

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1+1",
        '=HYPERLINK("http://x")',
        "-1-2",
    ],
)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    (head,), (cell,) = csv.reader(io.StringIO(csv_text([text], [[text]]), newline=""))
    assert cell == head == "'" + text.replace("\r", "\n")


def test_numbers_stay_numbers_and_texts_what_they_are() -> None:
    rows = [[-1.5, -3, "-2.5", "+1e-7", "a=b", "nan", "-", None]]
    assert csv_text(["x"] * 8, rows).splitlines()[1] == "-1.5,-3,-2.5,+1e-7,a=b,nan,'-,"


def test_every_writer_of_csv_is_this_one() -> None:
    sources = [path for part in ("backend", "frontend", "workers") for path in (ROOT / part).rglob("*.py")]
    writers = [path.name for path in sources if re.search(r"csv\.(Dict)?[wW]riter|to_csv\(", path.read_text("utf-8"))]
    assert writers == ["csv_text.py"]
