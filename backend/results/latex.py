"""A table in LaTeX (booktabs), numbers as the papers print them, everything else escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ESCAPED = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "·": r"$\cdot$",
}  # fmt: skip
_SPECIAL = re.compile("|".join(re.escape(character) for character in _ESCAPED))
SCIENTIFIC_FROM = 1e6


def table(columns: Sequence[str], rows: Sequence[Sequence[str | int | float | None]], caption: str, label: str) -> str:
    """A floating table; the first column is text, the others are numbers."""
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}[t]",
        r"\centering",
        rf"\begin{{tabular}}{{l{'r' * (len(columns) - 1)}}}",
        r"\toprule",
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
