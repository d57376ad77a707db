"""Tables 1 and 14 to 16: the top, bottom or a random share of the parameters is zeroed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from backend.contracts.requests import WITH_NORMS, RemovalRequest, Request
from backend.contracts.results import PerplexityRow, RemovalSummary
from backend.contracts.verdicts import LOST, MILD, SAME
from backend.published import table
from backend.reproduction.blocks import Block, Cells, Known
from backend.reproduction.judging import Rule, at_most, lost, same
from backend.reproduction.setting import SCORED, Setting
from backend.reproduction.spec import Spec

COLUMNS = ("Base", "Top", "Bottom", "Random")
SHOWN = (*COLUMNS, *(name + WITH_NORMS for name in COLUMNS[1:]))
"""Judged are the columns of matrices alone; those with norms stand beside them (docs/adr/0009)."""
RULES = (
    Rule(
        "Without its top region the model loses every language.",
        f"the interval of Top / Base lies above ×{LOST.factor:g} in every language",
        lost("Top", margin=LOST),
        LOST.why,
    ),
    Rule(
        "Languages that were not scored are lost as well: the region carries language as such.",
        f"the interval of Top / Base lies above ×{LOST.factor:g} in every language but {', '.join(SCORED)}",
        lost("Top", margin=LOST, only=lambda row: row[0] not in SCORED),
        LOST.why,
    ),
    Rule(
        "Without the bottom region it is as it was.",
        f"the interval of Bottom / Base lies within ×{1 / SAME.factor:.3g} to ×{SAME.factor:g} in every language",
        same("Bottom", margin=SAME),
        SAME.why,
    ),
    Rule(
        "A random region of the same size does no significant harm.",
        f"the interval of the median of the random draws / Base lies below ×{MILD.factor:g} in every language",
        at_most("Random", margin=MILD),
        MILD.why,
    ),
)


def block(summary: RemovalSummary | None, **named: str) -> Block:
    """Base, Top, Bottom and the median of the random draws of every language, then the same with norms."""
    cells = Cells()
    for base in _base(summary):
        of_language = {
            condition.name: row
            for condition in (summary.conditions if summary else ())
            for row in condition.rows
            if row.language == base.language
        }
        _fill(cells, base, of_language)
    return Block(columns=SHOWN, **cells.parts, **named)  # type: ignore[arg-type]


def _base(summary: RemovalSummary | None) -> tuple[PerplexityRow, ...]:
    return next((one.rows for one in summary.conditions if one.name == "base"), ()) if summary else ()


def _fill(cells: Cells, base: PerplexityRow, found: Mapping[str, PerplexityRow]) -> None:
    labels = (base.language,)
    cells.add(labels, "Base", base)
    for name in SHOWN[1:]:
        if row := found.get(name[0].lower() + name[1:]):
            cells.add(labels, name, row, base)
    for ending in ("", WITH_NORMS):
        drawn = [row for name, row in found.items() if _is_draw(name, ending)]
        cells.add_draws(labels, "Random" + ending, drawn, base)


def _is_draw(name: str, ending: str) -> bool:
    return name.startswith("random ") and name.endswith(ending) and bool(ending) == name.endswith(WITH_NORMS)


def _requests(
    setting: Setting, known: Known, *, name: str, fractions: tuple[float, ...], fewer: bool
) -> dict[str, Request]:
    printed = [row.labels[0] for row in table(name).parts[0].rows]
    languages = setting.languages((*printed, *setting.available) if len(printed) == 30 else printed)
    evaluation = setting.evaluation(tuple(dict.fromkeys(languages)))
    return {
        step(fraction): RemovalRequest(region=setting.region(fraction, fewer=fewer), evaluation=evaluation)
        for fraction in fractions
    }


def _measured(setting: Setting, known: Known, *, fractions: tuple[float, ...], fewer: bool) -> list[Block]:
    found = []
    for fraction in fractions:
        stored = known.get(step(fraction))
        summary = stored.summary if stored and isinstance(stored.summary, RemovalSummary) else None
        samples = setting.fewer if fewer else setting.samples
        title = f"{setting.conditions.model}, {fraction * 100:.0f} % ({samples or setting.samples})"
        found.append(block(summary, title=title, step=step(fraction), rule=setting.told))
    return found


def step(fraction: float) -> str:
    """Name of the step that removes this share."""
    return f"removal {fraction * 100:.0f} %"


def _stand_ins(setting: Setting, *, fewer: bool) -> tuple[str, ...]:
    scored = f"{setting.samples} lines of {setting.conditions.corpus} in {' '.join(setting.scored)}"
    if fewer:
        return (f"The first {setting.fewer or setting.samples} of {scored} stand in for 10K samples of each language.",)
    return (f"{scored} stand in for 100K samples of each language.",)


def _spec(number: int, fractions: tuple[float, ...], *, fewer: bool, question: str) -> Spec:
    name = f"table-{number}"
    return Spec(
        name=name,
        title=f"Table {number}",
        question=question,
        labels=("language",),
        requests=partial(_requests, name=name, fractions=fractions, fewer=fewer),
        measured=partial(_measured, fractions=fractions, fewer=fewer),
        rules=RULES,
        stand_ins=partial(_stand_ins, fewer=fewer),
    )


TABLE_1 = _spec(1, (0.03,), fewer=False, question="Is there a region that carries every language?")
TABLE_14 = _spec(14, (0.03,), fewer=False, question="The same in thirty languages.")
TABLE_15 = _spec(15, (0.03,), fewer=True, question="The same with a tenth of the samples.")
TABLE_16 = _spec(16, (0.01, 0.05), fewer=False, question="The same with 1 % and 5 %.")
