"""What a finished job left behind: the manifest of its folder and the summary of each kind."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from backend.contracts.base import Contract, Key
from backend.contracts.comparison import ComparisonSummary
from backend.contracts.jobs import Token
from backend.contracts.models import ModelDescription
from backend.contracts.requests import Request
from backend.contracts.training import Checkpoint, TrainingEvaluation
from backend.contracts.vocabulary import AnalysisKind, MatrixKind, Rank, Side


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


class DimensionsTaken(Contract):
    """The dimensions of one matrix's side that were zeroed, with the region's parameters each held."""

    matrix: str
    side: Side
    indices: tuple[int, ...]
    counts: tuple[int, ...]


class Condition(Contract):
    """One column of the removal table."""

    name: str
    """`base`, `top`, `bottom`, `random 1`..."""
    n_removed: int
    rows: tuple[PerplexityRow, ...]


class PerplexitySummary(Contract):
    """One column of a table."""

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
    dimensions: tuple[DimensionsTaken, ...]


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


class ActivationsSummary(Contract):
    """Arrays: `activations.safetensors`: `layer.{i}`, float32 [sentences, neurons], not normalised."""

    kind: Literal[AnalysisKind.ACTIVATIONS] = AnalysisKind.ACTIVATIONS
    n_lines: int
    n_layers: int
    n_neurons: int
    """Of one layer."""
    n_tokens: int
    seconds: float
    n_cut: int = 0
    """Sentences longer than the model's context, of which only the beginning was read."""


class LayerScore(Contract):
    """LRDS and SADS (paper B, Eq. 8, 9) of one layer, or of the whole map when `layer` is None.

    Intervals: 95 % percentile bootstrap over sentences; None when none was asked for.
    """

    layer: int | None
    lrds: float
    sads: float
    lrds_interval: tuple[float, float] | None = None
    sads_interval: tuple[float, float] | None = None


class SimilaritySummary(Contract):
    """Arrays: `similarity.safetensors`: `whole` (all layers, or the range asked for) and, while the map is small,
    `layer.{i}`, float32 [N, N], N = languages x lines, ordered by language, then by line."""

    kind: Literal[AnalysisKind.SIMILARITY] = AnalysisKind.SIMILARITY
    languages: tuple[str, ...]
    n_lines: int
    scores: tuple[LayerScore, ...]
    """The whole first, then every layer, whether its map is stored or not."""
    maps: tuple[str, ...] = ()
    """Names of the stored maps; empty in results of earlier versions, which stored all."""


class LanguageMeans(Contract):
    """Mean similarity of every pair of languages in one map, [G][G]; LRDS and SADS are differences of these means.

    `same_meaning`: sentence i of one with sentence i of the other; 1 within a language. `different_meaning`:
    sentences i != j, of two languages or within one.
    """

    matrix: str
    languages: tuple[str, ...]
    same_meaning: tuple[tuple[float, ...], ...]
    different_meaning: tuple[tuple[float, ...], ...]
    clustered: tuple[str, ...]
    """The languages by average linkage on `different_meaning`: those alike stand together."""


class KeyNeuronsSummary(Contract):
    """Arrays: `neurons.safetensors`: `z`, float32 [languages, layers, neurons of a layer]. Key: z > threshold."""

    kind: Literal[AnalysisKind.KEY_NEURONS] = AnalysisKind.KEY_NEURONS
    languages: tuple[str, ...]
    n_layers: int
    n_neurons: int
    """Of one layer."""
    counts: tuple[tuple[int, ...], ...]
    """Key neurons by language, then layer."""
    null_mean: tuple[float | None, ...]
    """By language: mean count over the permutations; None when none was asked for."""
    null_high: tuple[float | None, ...]
    """By language: largest count over the permutations."""
    sklr: int
    """Size of the key linguistic regions: the sum of all counts."""
    sklr_null: float | None
    shared: tuple[tuple[int, ...], ...]
    """Neurons that two languages share."""
    jaccard: tuple[tuple[float | None, ...], ...]


class DeactivatedColumn(Contract):
    """Perplexity of every language while some neurons are zero."""

    language: str
    draw: int | None
    """None: the key neurons of `language`; else the number of a random control of the same size."""
    n_neurons: int
    rows: tuple[PerplexityRow, ...]


class DeactivationSummary(Contract):
    """Tables 1 and 4 of paper B."""

    kind: Literal[AnalysisKind.DEACTIVATION] = AnalysisKind.DEACTIVATION
    base: tuple[PerplexityRow, ...]
    columns: tuple[DeactivatedColumn, ...]
    n_neurons_total: int


class JudgedItem(Contract):
    """One item of a task."""

    item: int
    answer: int
    chosen: int
    """-1: a likelihood was not a number."""
    log_likelihoods: tuple[float | None, ...]


class ChoiceSummary(Contract):
    """Arrays: none; `items.json` holds every judged item."""

    kind: Literal[AnalysisKind.CHOICE] = AnalysisKind.CHOICE
    n_items: int
    n_correct: int
    accuracy: float
    standard_error: float
    accuracy_by_character: float
    """`acc_norm` of the lm-evaluation-harness."""
    chance: float
    """Mean of 1 / number of choices."""
    items: tuple[JudgedItem, ...]
    """The first 200."""
    n_not_a_number: int = 0
    """Items with a likelihood that is not a number; they count as wrong."""
    note: str = ""
    """What the change did; '' for the intact model."""


class DevelopmentPoint(Contract):
    """One checkpoint or size."""

    model: str
    label: str
    position: float
    whole: LayerScore
    layers: tuple[LayerScore, ...]
    sklr: int
    sklr_null: float | None
    n_neurons_total: int
    counts: tuple[tuple[int, ...], ...]
    """Key neurons by language, then layer."""
    accuracy: dict[str, float]
    """By title of the task."""
    accuracy_error: dict[str, float] = {}
    """Standard error of each accuracy; empty in results of earlier versions."""


class DevelopmentSummary(Contract):
    """Figures 4, 5, 6, 7, 10 and 11 of paper B; points by rising position."""

    kind: Literal[AnalysisKind.DEVELOPMENT] = AnalysisKind.DEVELOPMENT
    languages: tuple[str, ...]
    points: tuple[DevelopmentPoint, ...]


class EnrichmentCell(Contract):
    """One language's key neurons against one region, in one layer or in all (`layer` None)."""

    language: str
    region: str
    layer: int | None
    n_chosen: int
    density: float | None
    expected: float
    ratio: float | None
    z: float | None


class EnrichmentSummary(Contract):
    kind: Literal[AnalysisKind.ENRICHMENT] = AnalysisKind.ENRICHMENT
    languages: tuple[str, ...]
    regions: tuple[str, ...]
    cells: tuple[EnrichmentCell, ...]


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


class Overlap(Contract):
    """`GET /overlap`: regions against regions, in the order asked for."""

    keys: tuple[Key, ...]
    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    shared: tuple[tuple[int, ...], ...]
    """Parameters in both."""
    jaccard: tuple[tuple[float | None, ...], ...]
    """shared / (size + size - shared); None when both are empty."""
    expected: tuple[tuple[float | None, ...], ...]
    """Jaccard of two random regions of these sizes: what chance alone would give."""


class MatrixOverlap(Contract):
    """Two regions within one matrix."""

    matrix: str
    layer: int | None
    kind: MatrixKind | None
    left: int
    right: int
    shared: int
    total: int
    jaccard: float | None


class OverlapByMatrix(Contract):
    """`GET /overlap/matrices`."""

    left: Key
    right: Key
    matrices: tuple[MatrixOverlap, ...]


class LeafState(Contract):
    """One leaf of an expression: stored or not, and how large."""

    key: Key
    label: str
    stored: bool
    n_selected: int | None


class ExpressionPreview(Contract):
    """`POST /regions/preview`: what an expression would give, from stored leaves alone."""

    key: Key
    """Key of the combined region."""
    formula: str
    stored: bool
    leaves: tuple[LeafState, ...]
    n_selected: int | None
    """None while a leaf is not stored yet."""
    n_total: int
    overlap: Overlap | None
    """Among the stored leaves and, last, the result (its key may not be stored); None while a leaf is missing."""


class NeuronRow(Contract):
    """One key neuron."""

    layer: int
    index: int
    z: float
    """In the language asked for."""
    others: tuple[str, ...]
    """Further languages in which it is a key neuron."""


class NeuronList(Contract):
    """`GET /results/{key}/neurons`: the key neurons of one language, the largest z first."""

    language: str
    threshold: float
    n_found: int
    neurons: tuple[NeuronRow, ...]


class DrivingSentence(Contract):
    """A sentence that moves a neuron."""

    language: str
    line: int
    text: str
    activation: float
    """Mean over its tokens, not normalised."""


class NeuronLanguage(Contract):
    """One neuron in one language."""

    language: str
    z: float
    mean_activation: float
    is_key: bool


class NeuronRegion(Contract):
    """How much of a neuron's own weights a stored region holds."""

    key: Key
    label: str
    selected: int
    total: int
    density_of_region: float
    """Share of the whole region's matrices of this layer that the region holds: what to compare with."""


class NeuronMatrix(Contract):
    """Where a neuron's weights are in the Atlas."""

    matrix: str
    side: Literal["row", "column"]
    index: int


class NeuronCard(Contract):
    """`GET /results/{key}/neuron`: one neuron, from all sides."""

    layer: int
    index: int
    languages: tuple[NeuronLanguage, ...]
    sentences: tuple[DrivingSentence, ...]
    """The largest activations by size, most first."""
    matrices: tuple[NeuronMatrix, ...]
    regions: tuple[NeuronRegion, ...]
