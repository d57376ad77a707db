"""A table in LaTeX (booktabs), numbers as the papers print them, everything else escaped.

pdfLaTeX compiles it, as long as its words are of the Latin script; where they are not, a comment says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby

from backend.contracts.perplexity_words import Lost

_ESCAPED = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "·": r"$\cdot$",
    "<": "$<$", ">": "$>$", "|": "$|$", "×": r"$\times$", "−": "$-$", "∪": r"$\cup$", "∩": r"$\cap$", "∞": r"$\infty$",
    "→": r"$\to$", "←": r"$\gets$", "≤": r"$\leq$", "≥": r"$\geq$", "≈": r"$\approx$", "≠": r"$\neq$",
    "√": r"$\surd$", "‖": r"$\|$", "⋃": r"$\bigcup$", "∈": r"$\in$",
    "Σ": r"$\Sigma$", "Δ": r"$\Delta$", "\u202f": r"\,", "\u2068": "", "\u2069": "",
}  # fmt: skip
"""What `isolated` puts around a text of unknown direction is of no use on paper."""
_SPECIAL = re.compile("|".join(re.escape(character) for character in _ESCAPED))
_MATHEMATICS = re.compile("[α-ωⁱ-ₜᵃ-ᵿⱼ]|.\u0304")
"""Greek letters, raised and lowered signs, means with their bar."""
_UNPRINTABLE = re.compile("[^\u0000-\u024f\u2013-\u2026\u20ac]")
"""What pdfLaTeX has no letter for."""
SCIENTIFIC_FROM = 1e6
SCIENTIFIC_BELOW = 1e-3
SHORT_FROM = 1e-2
"""Below it three decimals say nothing: three digits do."""
ROWS_OF_A_PAGE = 45


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str | int | float | None]],
    caption: str,
    label: str,
    *,
    groups: Sequence[str] = (),
) -> str:
    """A floating table, or one over several pages; the first column and those of words alone stand left, numbers right.

    `groups`: for every column what stands above it ('' for nothing); neighbours of one group share it.
    """
    sides = "".join(_side(rows, place) for place in range(len(columns)))
    head = [
        r"\toprule",
        *(_group_lines(groups) if any(groups) else ()),
        _line([escaped(column) for column in columns]),
        r"\midrule",
    ]
    body = [_line([number(value) for value in row]) for row in rows]
    said = [rf"\caption{{{escaped(caption)}}}", rf"\label{{tab:{label}}}"]
    written = _long(sides, head, body, said) if len(rows) > ROWS_OF_A_PAGE else _floating(sides, head, body, said)
    text = "\n".join(written) + "\n"
    return _SCRIPTS + text if _UNPRINTABLE.search(text) else text


def _floating(sides: str, head: Sequence[str], body: Sequence[str], said: Sequence[str]) -> list[str]:
    return [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}[t]",
        r"\centering",
        rf"\begin{{tabular}}{{{sides}}}",
        *head,
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        *said,
        r"\end{table}",
    ]


def _long(sides: str, head: Sequence[str], body: Sequence[str], said: Sequence[str]) -> list[str]:
    """Over as many pages as it takes, with its head on each."""
    return [
        r"% needs \usepackage{booktabs,longtable}",
        rf"\begin{{longtable}}{{{sides}}}",
        *said,
        r"\\",
        *head,
        r"\endhead",
        *body,
        r"\bottomrule",
        r"\end{longtable}",
    ]


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
    plain = _SPECIAL.sub(lambda found: _ESCAPED[found.group()], text)
    return _MATHEMATICS.sub(lambda found: f"${_mathematics(found.group())}$", plain)


def _mathematics(sign: str) -> str:
    if len(sign) == 2:
        return rf"\bar{{{sign[0]}}}"
    raised, _, code = unicodedata.decomposition(sign).partition(" ")
    if code:
        return f"{'^' if raised == '<super>' else '_'}{{{chr(int(code, 16))}}}"
    return "\\" + unicodedata.name(sign).rpartition(" ")[2].lower()


def number(value: str | int | float | None) -> str:
    """Three decimals as in the papers, powers of ten from a million on, a dash for what is not finite.

    What three decimals would make zero of has three digits; of a lost perplexity only the order is told.
    """
    if value is None:
        return "--"
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, Lost):
        return rf"lost, $10^{{{value.order}}}$"
    if isinstance(value, int):
        return str(value)
    if value == 0 or SHORT_FROM <= abs(value) < SCIENTIFIC_FROM:
        return f"{value:.3f}"
    if SCIENTIFIC_BELOW <= abs(value) < SHORT_FROM:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"${mantissa} \times 10^{{{int(exponent)}}}$"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


_SCRIPTS = "% has text that pdfLaTeX has no letters for: LuaLaTeX or XeLaTeX, fontspec and a font of its script\n"
