"""Perplexity before and after a change, language by language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.results import PerplexityRow


class Change(NamedTuple):
    """Perplexity of one language before and after; None is not finite."""

    language: str
    before: float | None
    after: float | None
    n_vocabulary: int | None = None
    """Tokens that the model chooses from: a perplexity above it is lost."""

    @property
    def ratio(self) -> float | None:
        """After by before; None when either is not finite."""
        return self.after / self.before if self.before and self.after else None


def changes(base: Sequence[PerplexityRow], perturbed: Sequence[PerplexityRow]) -> tuple[Change, ...]:
    """Rows of both sides joined by language, in the order of the base."""
    after = {row.language: row.perplexity for row in perturbed}
    return tuple(Change(row.language, row.perplexity, after.get(row.language), row.n_vocabulary) for row in base)
