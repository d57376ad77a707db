"""What analyses of weights found (paper A): scores, regions, what their removal and their touching did, trainings."""

from __future__ import annotations

from typing import Literal

from backend.contracts.base import Contract
from backend.contracts.jobs import Token
from backend.contracts.models import ModelDescription
from backend.contracts.training import Checkpoint, TrainingEvaluation
from backend.contracts.vocabulary import AnalysisKind, MatrixKind, Rank, Side

Resampled = Literal["documents", "lines", "windows"]
"""What a bootstrap draws: documents where the corpus says which line is of which, else lines (or whole windows)."""
SAMPLES_FILE = "samples.json"


class MatrixCount(Contract):
    """How much of one matrix a region holds."""

    matrix: str
    selected: int
    total: int


class OpenedModel(Contract):
    kind: Literal[AnalysisKind.OPEN_MODEL] = AnalysisKind.OPEN_MODEL
    description: ModelDescription


class ImportanceSummary(Contract):
    """Arrays: `scores.safetensors`, one float32 tensor per scored matrix name, canonical shape; and
    `scores-{n}.safetensors` for every snapshot of the first n samples."""

    kind: Literal[AnalysisKind.IMPORTANCE] = AnalysisKind.IMPORTANCE
    n_samples: int
    n_tokens: int
    """Tokens that carry a loss; 0 for an estimator that reads no text."""
    mean_loss: float | None
    """Per token, in nats; None for an estimator that computes none."""
    seconds: float
    """Of computing, all shards together; without loading the model."""
    n_shards: int = 1


class ImportanceShardSummary(Contract):
    """Arrays: `sums-{piece}.safetensors`, what the estimator needs to be added up, by matrix name; one piece
    for every stretch between two snapshots that the shard covers."""

    kind: Literal[AnalysisKind.IMPORTANCE_SHARD] = AnalysisKind.IMPORTANCE_SHARD
    n_samples: int
    n_tokens: int
    summed_loss: float
    """In nats, over all tokens that carry a loss."""
    seconds: float
    pieces: tuple[int, ...]
    """The snapshot (number of samples from the first line on) up to which each piece counts."""


class FaithfulnessPoint(Contract):
    """One sampled parameter: Eq. 2 and what each estimator said."""

    matrix: str
    index: tuple[int, ...]
    weight: float
    loss_change: float
    """|L(theta) - L(theta with this parameter zeroed)|, per token, in nats."""
    signed_loss_change: float
    """Above 0: zeroing it made the loss larger."""
    estimates: tuple[float, ...]
    """In the order of the summary's `estimators`."""
    drawn: Literal["stratified", "uniform"] | None = None
    """How it was chosen; None in results of older versions, which had one way."""


class EstimatorAgreement(Contract):
    """How well one estimator ranks parameters, against Eq. 2."""

    name: str
    spearman: float | None
    """Rank correlation over the sampled parameters; None when it is not defined (all equal)."""
    spearman_low: float | None = None
    spearman_high: float | None = None
    """95 % bootstrap interval over parameters."""
    seconds: float
    """What the scores cost."""


class FaithfulnessSummary(Contract):
    kind: Literal[AnalysisKind.FAITHFULNESS] = AnalysisKind.FAITHFULNESS
    estimators: tuple[EstimatorAgreement, ...]
    """Over the parameters drawn by rank; over those drawn all alike where only these were asked for."""
    uniform: tuple[EstimatorAgreement, ...] = ()
    """The same estimators over parameters drawn all alike, where both ways were asked for."""
    points: tuple[FaithfulnessPoint, ...]
    base_loss: float
    n_tokens: int
    noise_floor: float
    """Loss changes below this cannot be told from rounding."""
    seconds: float
    """What Eq. 2 itself cost."""


class RegionSummary(Contract):
    """Arrays: `mask.safetensors` (uint8, packed bits of the row-major canonical matrix,
    `numpy.packbits` order, one tensor per matrix name) and `grid.safetensors` (uint8 thumbnails
    `density/{matrix}`: share of selected cells per block, 255 = 1; plus `peak/{matrix}` scaled to
    the thumbnail's own maximum)."""

    kind: Literal[AnalysisKind.REGION] = AnalysisKind.REGION
    n_selected: int
    n_total: int
    """Parameters of the kinds that the region may hold."""
    matrices: tuple[MatrixCount, ...]


class CombinedRegionSummary(Contract):
    """Arrays as of a region."""

    kind: Literal[AnalysisKind.COMBINED_REGION] = AnalysisKind.COMBINED_REGION
    n_selected: int
    n_total: int
    matrices: tuple[MatrixCount, ...]
    formula: str
    """The expression as people write it: `top 1 % ru − (top 1 % ar ∪ bottom 1 % ar)`."""


class ImportRegionSummary(Contract):
    """Arrays as of a region."""

    kind: Literal[AnalysisKind.IMPORT_REGION] = AnalysisKind.IMPORT_REGION
    n_selected: int
    n_total: int
    matrices: tuple[MatrixCount, ...]
    form: Literal["masks", "coordinates", "neurons"]
    """What the file held."""


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
    n_vocabulary: int | None = None
    """Tokens that the model chooses from: a perplexity above it is *lost*."""
    is_aligned: bool = False
    """The samples are whole, and the same sentences of a parallel corpus in every language of the table."""
    ratio: float | None = None
    """Of this perplexity to the base of the same table; None: this is the base, or it is not a number."""
    ratio_low: float | None = None
    ratio_high: float | None = None
    """95 % paired bootstrap interval over what `resampled` says; None also where there is only one to draw."""
    bits_added: float | None = None
    """Bits per byte above the base: what compares languages."""
    bits_added_low: float | None = None
    bits_added_high: float | None = None
    resampled: Resampled | None = None


class SampleLosses(Contract):
    """Every sample of one language, in the order in which it was read."""

    losses: tuple[float | None, ...]
    """Summed negative log-likelihood in nats; None when it is not finite, or was not measured after one that is not."""
    tokens: tuple[int, ...]
    """Predicted tokens."""
    n_bytes: tuple[int, ...]
    """UTF-8 bytes of the predicted tokens."""
    units: tuple[str, ...]
    """The document (or line, or window) of each: the same name in two languages is the same one."""


class SampleFile(Contract):
    """`samples.json` beside a perplexity: what ratios to another one are drawn from."""

    resampled: Resampled
    languages: dict[str, SampleLosses]


class DimensionsTaken(Contract):
    """The dimensions of one matrix's side that were zeroed, with the region's parameters each held."""

    matrix: str
    side: Side
    indices: tuple[int, ...]
    counts: tuple[int, ...]


class Condition(Contract):
    """One column of the removal table."""

    name: str
    """`base`, `top`, `bottom`, `random 1`...; `top with norms`... where the region holds norms and biases as well."""
    n_removed: int
    rows: tuple[PerplexityRow, ...]


class PerplexitySummary(Contract):
    """One column of a table. `samples.json` (`SampleFile`) holds the loss, tokens and bytes of every sample."""

    kind: Literal[AnalysisKind.PERPLEXITY] = AnalysisKind.PERPLEXITY
    rows: tuple[PerplexityRow, ...]
    n_changed: int
    """Parameters that the change touched."""
    n_total: int
    """Parameters that a region of this model can hold."""
    note: str = ""
    """What the change really did, one sentence; '' for the unchanged model."""
    dimensions: tuple[DimensionsTaken, ...] = ()
    """Structured removal: which dimensions were zeroed."""


class RemovalSummary(Contract):
    kind: Literal[AnalysisKind.REMOVAL] = AnalysisKind.REMOVAL
    conditions: tuple[Condition, ...]
    fraction: float
    n_total: int


class HeadCount(Contract):
    """Attention head of a layer and how many of the region's parameters it holds."""

    layer: int
    kind: MatrixKind
    head: int
    selected: int
    total: int


class StructuredCell(Contract):
    """One condition of a structured removal."""

    snapshot: int | None
    """Number of scoring samples; None: all."""
    rank: Rank
    count: int
    n_removed: int
    rows: tuple[PerplexityRow, ...]
    """Of random dimensions the draw in the middle, language by language (of an even number the lower one)."""
    dimensions: tuple[DimensionsTaken, ...]
    """Of random dimensions those of the first draw."""
    draws: tuple[tuple[PerplexityRow, ...], ...] = ()
    """Random dimensions: every draw, in the order of the seeds."""


class StructuredRemovalSummary(Contract):
    """Tables 3, 7 and 8."""

    kind: Literal[AnalysisKind.STRUCTURED_REMOVAL] = AnalysisKind.STRUCTURED_REMOVAL
    base: tuple[PerplexityRow, ...]
    cells: tuple[StructuredCell, ...]
    heads: tuple[HeadCount, ...]
    """The heads that hold most of the region (all samples), most first, 64 at most; empty for residual sides."""


class SweepPoint(Contract):
    """One change of a sweep and what it did."""

    index: int
    group: Literal["given", "top", "random", "all"]
    n_parameters: int
    rows: tuple[PerplexityRow, ...]
    before: float | None = None
    after: float | None = None
    """Scalars: the value in the file (for norms the effective scale) and the one written."""


class SweepSummary(Contract):
    """Figure 3 and the scan of Table 4. Points in the order in which they were measured."""

    kind: Literal[AnalysisKind.SWEEP] = AnalysisKind.SWEEP
    base: tuple[PerplexityRow, ...]
    points: tuple[SweepPoint, ...]
    sentence: str
    """What was done to each, e.g. `residual dimension, re-initialised at random in all layers`."""


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


class GridColumn(Contract):
    """What every prompt became under one change."""

    name: str
    note: str
    """What the change really did."""
    n_changed: int
    continuations: tuple[Continuation, ...]


class GenerationGridSummary(Contract):
    """Figure 4: `columns[0]` is the unchanged model; rows are the request's prompts."""

    kind: Literal[AnalysisKind.GENERATION_GRID] = AnalysisKind.GENERATION_GRID
    columns: tuple[GridColumn, ...]
    weights_restored: bool


class TrainingSummary(Contract):
    """Arrays: none; the checkpoints lie under the data root's `training/{key}`. `curve.json` is the whole curve."""

    kind: Literal[AnalysisKind.TRAINING] = AnalysisKind.TRAINING
    n_steps: int
    n_samples: int
    n_tokens: int
    seconds: float
    """Of training alone, all attempts together; without evaluations and loading."""
    seconds_per_step: float
    evaluations: tuple[TrainingEvaluation, ...]
    checkpoints: tuple[Checkpoint, ...]
    final_loss: float | None
    n_removed: int
    n_held: int
    held_identical: bool | None
    """Frozen parameters have the bits they started with; None when nothing was frozen."""
    n_resumed: int
    """How often the job went on after a kill."""


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
