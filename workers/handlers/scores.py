"""Importance of several languages, to be summed: memory maps of stored results."""

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


def scores_file(snapshot: int | None = None) -> str:
    """File of the scores of the first so many samples; None: of all."""
    return SCORES_FILE if snapshot is None else f"scores-{snapshot}.safetensors"


def sums_file(piece: int) -> str:
    """File of a shard's sums up to a snapshot (or to the end), from the one before."""
    return f"sums-{piece}.safetensors"


class StoredScores(Mapping[str, tuple[Tensor, ...]]):
    """Name to the float32 canonical matrices, one per language, whose sum is the score (docs/protocol.md, Eq. 4).

    They are memory maps: nothing is read, nor added up, before someone looks at it.
    """

    def __init__(self, files: Sequence[Path], names: Sequence[str]) -> None:
        self._files = [safe_open(file, framework="pt") for file in files]
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> tuple[Tensor, ...]:
        if name not in self._names:
            raise KeyError(name)
        return tuple(file.get_tensor(name) for file in self._files)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def stored_scores(
    ticket: Ticket, context: Context, views: Sequence[View], *, languages: Sequence[str], snapshot: int | None = None
) -> StoredScores:
    """The stored scores that the ticket builds on, in the order of `languages`; of the first `snapshot` samples."""
    missing = [language for language in languages if language not in ticket.inputs]
    if missing:
        raise KnownError(
            "input_missing",
            f"this run builds on scores of {', '.join(missing)}, which were not computed with it",
            hint="Submit the request again.",
            status=424,
        )
    files = [context.store.file(ticket.inputs[language], scores_file(snapshot)) for language in languages]
    return StoredScores(files, [view.name for view in views])


def scored_views(views: Sequence[View], *, outside_layers: bool) -> tuple[View, ...]:
    """What is scored, and where a region may lie: by default the parameters under the transformer layers."""
    return tuple(view for view in views if outside_layers or in_layers(view))
