"""Small summaries of key neurons, deactivation and enrichment with known numbers."""

from __future__ import annotations

from backend.contracts.requests import ActivationSpec, DeactivationRequest, EvaluationSpec, KeyNeuronsRequest, Lines
from backend.contracts.results import (
    DeactivatedColumn,
    DeactivationSummary,
    DrivingSentence,
    EnrichmentCell,
    EnrichmentSummary,
    KeyNeuronsSummary,
    NeuronCard,
    NeuronLanguage,
    NeuronList,
    NeuronMatrix,
    NeuronRegion,
    NeuronRow,
)
from tests.frontend.fake_api import MODEL
from tests.frontend.samples import row

LANGUAGES = ("ar", "de", "en", "es", "fr", "zh")
REQUEST = KeyNeuronsRequest(
    activations=ActivationSpec(model=MODEL, lines=Lines(start=0, stop=40)), languages=LANGUAGES, threshold=1.2
)
MATRIX = DeactivationRequest(
    neurons=REQUEST,
    evaluation=EvaluationSpec(lines=Lines(start=60, stop=100), languages=("ar", "en")),
    deactivated=("ar", "en"),
    random_draws=2,
)


def key_neurons() -> KeyNeuronsSummary:
    """Two layers of 50; Arabic and Chinese above every shuffle, the others not; Arabic and German share 2."""
    totals = (20, 4, 4, 4, 4, 14)
    counts = tuple((total - total // 4, total // 4) for total in totals)
    shared = [[0] * 6 for _ in totals]
    for place, total in enumerate(totals):
        shared[place][place] = total
    shared[0][1] = shared[1][0] = 2
    jaccard = [[1.0 if i == j else 2 / 22 if i + j == 1 else 0.0 for j in range(6)] for i in range(6)]
    return KeyNeuronsSummary(
        languages=LANGUAGES, n_layers=2, n_neurons=50, counts=counts, null_mean=(5.0,) * 6, null_high=(6.0,) * 6,
        sklr=50, sklr_null=30.0, shared=tuple(map(tuple, shared)), jaccard=tuple(map(tuple, jaccard)),
    )  # fmt: skip


def deactivation() -> DeactivationSummary:
    """Arabic off: Arabic doubles, English +5 %. English off: both infinite. Controls +1 % and +3 %."""

    def column(language: str, draw: int | None, ar: float | None, en: float | None) -> DeactivatedColumn:
        return DeactivatedColumn(language=language, draw=draw, n_neurons=20, rows=(row("ar", ar), row("en", en)))

    return DeactivationSummary(
        base=(row("ar", 20.0), row("en", 40.0)),
        columns=(
            column("ar", None, 40.0, 42.0), column("ar", 0, 20.2, 40.4), column("ar", 1, 20.6, 41.2),
            column("en", None, None, None), column("en", 0, 20.2, 40.4), column("en", 1, 20.6, 41.2),
        ),
        n_neurons_total=100,
    )  # fmt: skip


def enrichment() -> EnrichmentSummary:
    """Arabic's neurons lie in its own region (ratio 4, z 8), German's do not; layer 1 has none."""

    def cell(language: str, region: str, layer: int | None, ratio: float | None, z: float | None) -> EnrichmentCell:
        density = None if ratio is None else 0.05 * ratio
        return EnrichmentCell(
            language=language, region=region, layer=layer, n_chosen=20 if ratio else 0, density=density, expected=0.05,
            ratio=ratio, z=z,
        )  # fmt: skip

    regions = ("Arabic only", "German only")
    ratios = {("ar", regions[0]): (4.0, 8.0), ("ar", regions[1]): (0.5, -2.0), ("de", regions[0]): (1.0, 0.01)}
    cells = []
    for language in ("ar", "de"):
        for region in regions:
            ratio, z = ratios.get((language, region), (0.8, -1.0))
            cells += [cell(language, region, None, ratio, z), cell(language, region, 0, ratio, z)]
            cells.append(cell(language, region, 1, None, None))
    return EnrichmentSummary(languages=("ar", "de"), regions=regions, cells=tuple(cells))


def listed() -> NeuronList:
    """Two neurons of Arabic, the second also of German."""
    rows = (NeuronRow(layer=0, index=7, z=2.2, others=()), NeuronRow(layer=1, index=3, z=1.4, others=("de",)))
    return NeuronList(language="ar", threshold=1.2, n_found=2, neurons=rows)


def card() -> NeuronCard:
    """Neuron 7 of layer 0: Arabic's, driven by an Arabic sentence; a region holds half of its weights."""
    return NeuronCard(
        layer=0,
        index=7,
        languages=tuple(
            NeuronLanguage(language=code, z=2.2 if code == "ar" else -0.4, mean_activation=0.1, is_key=code == "ar")
            for code in LANGUAGES
        ),
        sentences=(DrivingSentence(language="ar", line=3, text="كان المطر غزيرا", activation=0.31),),
        matrices=(
            NeuronMatrix(matrix="0.mlp.gate", side="row", index=7),
            NeuronMatrix(matrix="0.mlp.up", side="row", index=7),
            NeuronMatrix(matrix="0.mlp.down", side="column", index=7),
        ),
        regions=(NeuronRegion(key="e" * 20, label="top 1 % ar", selected=48, total=96, density_of_region=0.1),),
    )
