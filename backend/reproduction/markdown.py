"""A reproduction as Markdown: verdicts first, then the numbers side by side, then how they came about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.contracts.reproduction import Claim, Comparison, Judgement, Reproduction, Step
from backend.contracts.vocabulary import JobState

FLAGS = {
    "samples": "--samples",
    "fewer_samples": "--fewer",
    "lines": "--lines",
    "training_samples": "--training-samples",
    "sentences": "--sentences",
}


def markdown(found: Reproduction, *, level: int = 2) -> str:
    """One section; `level` is that of its heading."""
    parts = [f"{'#' * level} {found.experiment.title}: {found.experiment.question}", f"`{command(found)}`"]
    if found.claims:
        parts.append(_claims(found.claims))
    if found.comparison.rows:
        parts += [_table(found.comparison), _groups(found.comparison)]
    if found.texts:
        parts.append(found.texts)
    parts.append(
        _bullets((*found.stand_ins, *(f"Inferred: {one.what} ({one.why})" for one in found.inferred), *found.notes))
    )
    parts.append(_steps(found.steps))
    return "\n\n".join(part for part in parts if part) + "\n"


def together(found: Sequence[Reproduction]) -> str:
    """Several reproductions as one text: every verdict first, then section by section."""
    sections = "\n".join(markdown(one) for one in found)
    return sections if len(found) < 2 else f"{verdicts(found)}\n\n{sections}"


def verdicts(found: Sequence[Reproduction]) -> str:
    """A table of what was claimed and what it is here."""
    rows = [
        f"| `{one.experiment.name}` | {claim.text} | **{claim.measured.word}**: {claim.measured.evidence} |"
        for one in found
        for claim in one.claims
    ]
    return "\n".join(["| command | the paper's claim | here |", "|---|---|---|", *rows])


def command(found: Reproduction) -> str:
    """What gives this section again."""
    asked = found.conditions
    words = [f"lingua-atlas reproduce {found.experiment.name} --model {asked.model} --corpus {asked.corpus}"]
    words += [f"--languages {','.join(asked.languages)}"] if asked.languages else []
    words += [f"--members {','.join(asked.members)}"] if asked.members else []
    numbers = ((name, getattr(asked, name)) for name in found.experiment.options if name != "members")
    if asked.training_seeds > 1 and "training_samples" in found.experiment.options:
        words.append(f"--training-seeds {asked.training_seeds}")
    return " ".join([*words, *(f"{FLAGS[name]} {value}" for name, value in numbers if value)])


def told(judgement: Judgement) -> str:
    """A verdict in words."""
    return f"{judgement.word}: {judgement.evidence}"


def _claims(claims: tuple[Claim, ...]) -> str:
    rows = [
        f"| {claim.text} | {claim.rule} | {told(claim.published)} | **{claim.measured.word}**: "
        f"{claim.measured.evidence} |"
        for claim in claims
    ]
    head = "| the paper's claim | rule and reason of its margin | in the paper, by point values | here |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def _table(comparison: Comparison) -> str:
    titles = [f"{group.title} ({group.origin}): {name}" for group in comparison.groups for name in group.columns]
    head = [*comparison.labels, *titles]
    rows = [[*row.labels, *(cell.text for cells in row.cells for cell in cells)] for row in comparison.rows]
    rule = "|" + "---|" * len(comparison.labels) + "---:|" * len(titles)
    return "\n".join([_line(head), rule, *map(_line, rows)])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _groups(comparison: Comparison) -> str:
    return _bullets(
        f"{group.title} ({group.origin}): {group.rule}" + (f"; result `{group.key}`" if group.key else "")
        for group in comparison.groups
        if group.rule
    )


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _steps(steps: tuple[Step, ...]) -> str:
    return _bullets(f"{step.name} ({step.title}): {_state(step)}" for step in steps)


def _state(step: Step) -> str:
    if step.problem:
        return f"{step.problem.detail} {step.problem.hint}".strip()
    if step.state is JobState.DONE:
        return f"result `{step.key}`" + (
            f", {step.seconds:.0f} s with all it is built on" if step.seconds is not None else ""
        )
    return "not run" if step.state is None else step.state.value
