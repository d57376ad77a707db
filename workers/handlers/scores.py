"""Importance summed over languages, read from stored results: memory-mapped, one matrix at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from safetensors import safe_open
from torch import Tensor

from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from workers.context import Context
from workers.families import in_layers
from workers.families.base import View

SCORES_FILE = "scores.safetensors"


class SummedScores(Mapping[str, Tensor]):
    """Name to float32 canonical matrix: the sum over languages (PROTOCOL.md, Eq. 4), made when asked for.

    Only the matrix that was asked for last is held, so that a region of a large model costs the
    memory of its largest matrix.
    """

    def __init__(self, files: Sequence[Path], names: Sequence[str]) -> None:
        self._files = [safe_open(file, framework="pt") for file in files]
        self._names = dict.fromkeys(names)
        self._last: tuple[str, Tensor] | None = None

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        if self._last is None or self._last[0] != name:
            total, *rest = [file.get_tensor(name) for file in self._files]
            for other in rest:
                total = total + other
            self._last = (name, total)
        return self._last[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def summed_scores(ticket: Ticket, context: Context, views: Sequence[View], *, languages: Sequence[str]) -> SummedScores:
    """The stored scores that the ticket builds on, in the order of `languages`."""
    missing = [language for language in languages if language not in ticket.inputs]
    if missing:
        raise KnownError(
            "input_missing",
            f"this run builds on scores of {', '.join(missing)}, which were not computed with it",
            hint="Submit the request again.",
            status=424,
        )
    files = [context.store.file(ticket.inputs[language], SCORES_FILE) for language in languages]
    return SummedScores(files, [view.name for view in views])


def scored_views(views: Sequence[View], *, outside_layers: bool) -> tuple[View, ...]:
    """What is scored, and where a region may lie: by default the parameters under the transformer layers."""
    return tuple(view for view in views if outside_layers or in_layers(view))
