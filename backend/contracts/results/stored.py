"""A stored result: what was asked, what was found, where it comes from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from backend.contracts.base import Contract, Key
from backend.contracts.comparison import ComparisonSummary
from backend.contracts.requests import Request
from backend.contracts.results.languages import (
    ActivationsSummary,
    ChoiceSummary,
    DeactivationSummary,
    DevelopmentSummary,
    EnrichmentSummary,
    KeyNeuronsSummary,
    SimilaritySummary,
)
from backend.contracts.results.older import with_all_kinds
from backend.contracts.results.weights import (
    CombinedRegionSummary,
    FaithfulnessSummary,
    GenerationGridSummary,
    GenerationSummary,
    ImportanceShardSummary,
    ImportanceSummary,
    ImportRegionSummary,
    OpenedModel,
    PerplexitySummary,
    PerturbationSummary,
    RegionSummary,
    RemovalSummary,
    StructuredRemovalSummary,
    SweepSummary,
    TrainingSummary,
)
from backend.contracts.vocabulary import AnalysisKind

Summary = Annotated[
    OpenedModel
    | ImportanceSummary
    | ImportanceShardSummary
    | FaithfulnessSummary
    | RegionSummary
    | CombinedRegionSummary
    | ImportRegionSummary
    | PerplexitySummary
    | RemovalSummary
    | StructuredRemovalSummary
    | SweepSummary
    | PerturbationSummary
    | GenerationSummary
    | GenerationGridSummary
    | TrainingSummary
    | ActivationsSummary
    | SimilaritySummary
    | KeyNeuronsSummary
    | DeactivationSummary
    | ChoiceSummary
    | DevelopmentSummary
    | EnrichmentSummary
    | ComparisonSummary,
    Field(discriminator="kind"),
]


class Provenance(Contract):
    """Enough to ask the same question again, elsewhere."""

    model: str
    model_source: str
    model_revision: str | None
    weights_hash: str
    tokenizer_hash: str
    config_hash: str = ""
    corpus_hashes: dict[str, str]
    device: str
    dtype: str
    seed: int | None
    rules: dict[str, str] = {}
    """What was decided where the request leaves it open: perplexity rule, BOS, `reset` meaning."""
    versions: dict[str, str]
    worker: str
    started_at: datetime
    ended_at: datetime


class Manifest(Contract):
    """`manifest.json`: written last, so that a folder with a manifest is whole."""

    @model_validator(mode="before")
    @classmethod
    def _with_kinds(cls, given: Any) -> Any:
        """Regions of versions that had no `kinds` held norms and biases (docs/adr/0009)."""
        if isinstance(given, dict) and isinstance(given.get("request"), dict):
            return given | {"request": with_all_kinds(given["request"])}
        return given

    key: Key
    request: Request
    analysis_version: int
    inputs: dict[str, Key] = {}
    provenance: Provenance
    summary: Summary
    files: dict[str, int]
    """Size in bytes of every other file."""
    checksums: dict[str, str] = {}
    """SHA-256 of every other file; {} of a result that an older version wrote."""
    identity: str | None = None
    """What the key says of the model's weights, tokenizer and configuration; None as above."""
    seal: str = ""
    """SHA-256 of all that stands here but this, as canonical JSON; '' as above."""


class ResultRow(Contract):
    key: Key
    kind: AnalysisKind
    title: str
    model: str
    created_at: datetime
    size_bytes: int
    request: Request


class SetAside(Contract):
    """A folder that is no answer: damaged, of another version, or the answer to another question."""

    key: Key
    code: str
    detail: str


class ResultList(Contract):
    """Newest first."""

    results: tuple[ResultRow, ...]
    set_aside: tuple[SetAside, ...] = ()
    """What lies there and is not served, whatever its kind and model."""
