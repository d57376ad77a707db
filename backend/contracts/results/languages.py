"""What analyses of activations found (paper B): similarity, key neurons, deactivation, tasks, development."""

from __future__ import annotations

from typing import Literal

from backend.contracts.base import Contract
from backend.contracts.results.weights import PerplexityRow
from backend.contracts.vocabulary import AnalysisKind


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

    Intervals: 95 % percentile bootstrap over what the summary's `resampled` says; None when none was asked for, or
    where nothing can be drawn.
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
    resampled: str = ""
    """What the intervals draw: `documents and languages`, `sentences and languages`; '' without intervals, and in
    results of earlier versions, which drew sentences."""
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


class NeuronGroup(Contract):
    """Languages that share neurons: the best split of these neurons' contributions is this group against the others."""

    languages: tuple[str, ...]
    n_neurons: int
    null_mean: float | None
    """Neurons of the largest group of this size, mean over the shuffles; None when none was asked for."""
    null_high: float | None
    p: float | None
    """How often a shuffle has a group of this size with as many neurons or more; never 0."""


class KeyNeuronsSummary(Contract):
    """Arrays: `neurons.safetensors`: `z`, float32 [languages, layers, neurons of a layer]. Key: z > threshold.

    `explained`, float32, and `group_size`, uint8, [layers, neurons]: the part of the variance over languages that the
    best split explains, and how many languages are in its high class, those with the largest z.
    """

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
    p_more: tuple[float | None, ...] = ()
    """By language: how often shuffles give as many key neurons or more; () in results of earlier versions."""
    p_fewer: tuple[float | None, ...] = ()
    """By language: how often they give as few or fewer. Few are not none: see `groups`."""
    half_overlap: tuple[float | None, ...] = ()
    """By language: Jaccard index of the lists of two halves of the sentences, mean over random halves."""
    half_chance: tuple[float | None, ...] = ()
    """By language: the same of two random lists of these sizes."""
    n_split: int | None = None
    """Neurons whose languages fall into two classes."""
    n_split_null: float | None = None
    groups: tuple[NeuronGroup, ...] = ()
    """The largest hundred groups, the largest first."""


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
