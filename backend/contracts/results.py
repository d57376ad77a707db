"""What a finished job left behind: the manifest of its folder and the summary of each kind."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from backend.contracts.base import Contract, Key
from backend.contracts.jobs import Token
from backend.contracts.models import ModelDescription
from backend.contracts.requests import Request
from backend.contracts.vocabulary import AnalysisKind, MatrixKind


class MatrixCount(Contract):
    """How much of one matrix a region holds."""

    matrix: str
    selected: int
    total: int


class OpenedModel(Contract):
    kind: Literal[AnalysisKind.OPEN_MODEL] = AnalysisKind.OPEN_MODEL
    description: ModelDescription


class ImportanceSummary(Contract):
    """Arrays: `scores.safetensors`, one float32 tensor per scored matrix name, canonical shape."""

    kind: Literal[AnalysisKind.IMPORTANCE] = AnalysisKind.IMPORTANCE
    n_samples: int
    n_tokens: int
    """Tokens that carry a loss."""
    mean_loss: float
    seconds: float


class RegionSummary(Contract):
    """Arrays: `mask.safetensors` (uint8, packed bits of the row-major canonical matrix,
    `numpy.packbits` order, one tensor per matrix name) and `grid.safetensors` (uint8 thumbnails
    `density/{matrix}`: share of selected cells per block, 255 = 1; plus `peak/{matrix}` scaled to
    the thumbnail's own maximum)."""

    kind: Literal[AnalysisKind.REGION] = AnalysisKind.REGION
    n_selected: int
    n_total: int
    matrices: tuple[MatrixCount, ...]


class PerplexityRow(Contract):
    """Perplexity of one language under one condition: exp(nll / n_tokens), over the whole corpus."""

    language: str
    n_samples: int
    n_tokens: int
    n_bytes: int
    nll: float | None
    """Summed negative log-likelihood in nats; None when it is not finite."""
    perplexity: float | None
    """None: infinite or not a number."""
    bits_per_byte: float | None


class Condition(Contract):
    """One column of the removal table."""

    name: str
    """`base`, `top`, `bottom`, `random 1`..."""
    n_removed: int
    rows: tuple[PerplexityRow, ...]


class RemovalSummary(Contract):
    kind: Literal[AnalysisKind.REMOVAL] = AnalysisKind.REMOVAL
    conditions: tuple[Condition, ...]
    fraction: float
    n_total: int


class Continuation(Contract):
    """One generated text. `not_finite`: the changed weights left no next-token distribution at all."""

    language: str
    prompt: str
    prompt_token_ids: tuple[int, ...]
    tokens: tuple[Token, ...]
    text: str
    finish: Literal["eos", "length", "not_finite"]


class GenerationSummary(Contract):
    kind: Literal[AnalysisKind.GENERATION] = AnalysisKind.GENERATION
    base: tuple[Continuation, ...]


class EditReport(Contract):
    """What one edit really did."""

    matrices: tuple[str, ...]
    n_parameters: int
    sentence: str
    """e.g. `norm.input of layer 1, residual dimension 2100: 0.43 -> 1.0 (effective scale)`."""


class PerturbationSummary(Contract):
    kind: Literal[AnalysisKind.PERTURBATION] = AnalysisKind.PERTURBATION
    edits: tuple[EditReport, ...]
    base: tuple[Continuation, ...]
    perturbed: tuple[Continuation, ...]
    perplexity_base: tuple[PerplexityRow, ...] = ()
    perplexity_perturbed: tuple[PerplexityRow, ...] = ()
    weights_restored: bool
    """The checksum of every touched tensor is what it was before."""


class LayerScore(Contract):
    """LRDS and SADS (paper B, Eq. 8, 9) of one layer, or of the whole model when `layer` is None."""

    layer: int | None
    lrds: float
    sads: float


class SimilaritySummary(Contract):
    """Arrays: `similarity.safetensors`: `whole` and `layer.{i}`, float32 [N, N], N = languages x lines,
    ordered by language, then by line."""

    kind: Literal[AnalysisKind.SIMILARITY] = AnalysisKind.SIMILARITY
    languages: tuple[str, ...]
    n_lines: int
    scores: tuple[LayerScore, ...]


Summary = Annotated[
    OpenedModel
    | ImportanceSummary
    | RegionSummary
    | RemovalSummary
    | PerturbationSummary
    | GenerationSummary
    | SimilaritySummary,
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

    key: Key
    request: Request
    analysis_version: int
    inputs: dict[str, Key] = {}
    provenance: Provenance
    summary: Summary
    files: dict[str, int]
    """Size in bytes of every other file."""


class ResultRow(Contract):
    key: Key
    kind: AnalysisKind
    title: str
    model: str
    created_at: datetime
    size_bytes: int
    request: Request


class ResultList(Contract):
    """Newest first."""

    results: tuple[ResultRow, ...]


class DimensionMark(Contract):
    """One dimension worth a look, named by what it is."""

    index: int
    label: str
    value: float


class SideProfile(Contract):
    """Marginal along one axis: `values[i]` is the largest over `block` neighbouring indices."""

    axis: int
    side: str | None
    size: int
    block: int
    measure: str
    values: tuple[float, ...]
    top: tuple[DimensionMark, ...]


class MarginalsView(Contract):
    matrix: str
    reducer: str
    profiles: tuple[SideProfile, ...]


class CellView(Contract):
    """One exact cell. `row` is the out index, `column` the in index (0 for vectors)."""

    matrix: str
    kind: MatrixKind | None
    """None: a similarity map."""
    layer: int | None
    row: int
    column: int
    row_label: str
    column_label: str
    weight: float | None = None
    importance: float | None = None
    in_region: bool | None = None
    similarity: float | None = None


class TileHeader(Contract):
    """Header `X-Tile` of a binary tile: `height` x `width` values, row-major.

    Format `u8`: value = low + byte / 255 * (high - low). Format `f32`: little-endian float32.
    Pixel (i, j) covers rows `row_start + i * row_block` and following `row_block` rows.
    """

    height: int
    width: int
    row_start: int
    column_start: int
    row_block: int
    column_block: int
    n_rows: int
    n_columns: int
    low: float
    high: float
    format: Literal["u8", "f32"]
    exact: bool
    """One pixel is one cell."""
    reducer: str


class GridTile(Contract):
    """Thumbnail of one matrix for the overview grid: base64 of `height` x `width` uint8."""

    matrix: str
    layer: int | None
    kind: MatrixKind | None
    """None: a similarity map."""
    height: int
    width: int
    data: str
    density: float | None
    """Share of the matrix's parameters in the region."""
    high: float = 1.0
    """Value of byte 255 (byte 0 is 0); the same for all matrices of one kind, larger values are cut."""


class GridView(Contract):
    reducer: str
    tiles: tuple[GridTile, ...]
