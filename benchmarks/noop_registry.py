"""The workers' registry with one handler replaced: a generation that generates nothing."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.jobs import Ticket
from backend.contracts.results import GenerationSummary
from backend.contracts.vocabulary import AnalysisKind
from workers import registry
from workers.context import Context, Outcome
from workers.registry import open_host

__all__ = ["HANDLERS", "open_host"]


def _nothing(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    return Outcome(GenerationSummary(base=()), model=None, seed=None, rules={}, device="cpu", dtype="none")


HANDLERS = {**registry.HANDLERS, AnalysisKind.GENERATION: _nothing}
