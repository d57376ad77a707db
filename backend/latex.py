"""A table in LaTeX (booktabs), numbers as the papers print them, everything else escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

_ESCAPED = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "·": r"$\cdot$",
    "<": "$<$", ">": "$>$", "|": "$|$", "×": r"$\times$", "−": "$-$", "∪": r"$\cup$", "∩": r"$\cap$", "∞": r"$\infty$",
    "→": r"$\to$", "≤": r"$\leq$", "≥": r"$\geq$", "θ": r"$\theta$", "Σ": r"$\Sigma$", "Δ": r"$\Delta$",
    "\u202f": r"\,",
}  # fmt: skip
_SPECIAL = re.compile("|".join(re.escape(character) for character in _ESCAPED))
SCIENTIFIC_FROM = 1e6


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str | int | float | None]],
    caption: str,
    label: str,
    *,
    groups: Sequence[str] = (),
) -> str:
    """A floating table; the first column and those of words alone stand left, numbers right.

    `groups`: for every column what stands above it ('' for nothing); neighbours of one group share it.
    """
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}[t]",
        r"\centering",
        rf"\begin{{tabular}}{{{''.join(_side(rows, place) for place in range(len(columns)))}}}",
        r"\toprule",
        *(_group_lines(groups) if any(groups) else ()),
        _line([escaped(column) for column in columns]),
        r"\midrule",
        *(_line([number(value) for value in row]) for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{escaped(caption)}}}",
        rf"\label{{tab:{label}}}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _side(rows: Sequence[Sequence[object]], place: int) -> str:
    known = [row[place] for row in rows if row[place] is not None]
    return "l" if place == 0 or (known and all(isinstance(value, str) for value in known)) else "r"


def _group_lines(groups: Sequence[str]) -> list[str]:
    """The line above the column names, and rules under what spans columns."""
    cells, rules, start = [], [], 0
    for group, members in groupby(groups):
        n_columns = len(list(members))
        if group:
            cells.append(rf"\multicolumn{{{n_columns}}}{{c}}{{{escaped(group)}}}")
            rules.append(rf"\cmidrule(lr){{{start + 1}-{start + n_columns}}}")
        else:
            cells += [""] * n_columns
        start += n_columns
    return [_line(cells), " ".join(rules)]


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return _SPECIAL.sub(lambda found: _ESCAPED[found.group()], text)


def number(value: str | int | float | None) -> str:
    """Three decimals as in the papers, powers of ten from a million on, a dash for what is not finite."""
    if value is None:
        return "--"
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, int):
        return str(value)
    if abs(value) < SCIENTIFIC_FROM:
        return f"{value:.3f}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"${mantissa} \times 10^{{{int(exponent)}}}$"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
