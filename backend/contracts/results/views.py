"""What the API cuts out of results and weights for the screen: windows, profiles, cells, overlaps, neurons."""

from __future__ import annotations

from typing import Literal

from backend.contracts.base import Contract, Key
from backend.contracts.vocabulary import MatrixKind


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
    Format `l8`, for a log scale: value = low * (high / low) ^ ((byte - 1) / 254); byte 0 is 0, or below low.
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
    format: Literal["u8", "l8", "f32"]
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
    mean_activation: float | None = None
    """Over the sentences of the language asked for; None where its activations were deleted."""
    others: tuple[str, ...]
    """Further languages in which it is a key neuron."""


class NeuronList(Contract):
    """`GET /results/{key}/neurons`: key neurons of one language, the largest z first, of equal z the more active."""

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
