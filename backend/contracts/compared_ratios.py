"""Perplexities of one stored result by those of another, with their intervals: `GET /compare/ratios`."""

from __future__ import annotations

from backend.contracts.base import Contract
from backend.contracts.training import EvaluationRatio


class ComparedRatio(EvaluationRatio):
    """Perplexity and bits per byte of the right result against the left one, of one language under one condition."""

    condition: str
    """As the removal table names it; '' where each result is a single column."""
    language: str


class ComparedRatios(Contract):
    """Of what both have measured on the same units; empty where a result of an older version kept no losses."""

    ratios: tuple[ComparedRatio, ...] = ()
