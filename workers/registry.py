"""Which handler answers which kind of request. The one module a horse is told by name."""

from __future__ import annotations

from backend.contracts.vocabulary import AnalysisKind
from workers.context import Handler
from workers.handlers import (
    activations,
    choice,
    combined_region,
    comparison,
    deactivation,
    development,
    enrichment,
    faithfulness,
    generation,
    generation_grid,
    import_region,
    importance,
    importance_shard,
    key_neurons,
    open_model,
    perplexity,
    perturbation,
    region,
    removal,
    similarity,
    structured_removal,
    sweep,
    training,
)
from workers.model_host import open_host

__all__ = ["HANDLERS", "open_host"]

HANDLERS: dict[AnalysisKind, Handler] = {
    AnalysisKind.OPEN_MODEL: open_model.handle,
    AnalysisKind.IMPORTANCE: importance.handle,
    AnalysisKind.IMPORTANCE_SHARD: importance_shard.handle,
    AnalysisKind.FAITHFULNESS: faithfulness.handle,
    AnalysisKind.REGION: region.handle,
    AnalysisKind.COMBINED_REGION: combined_region.handle,
    AnalysisKind.IMPORT_REGION: import_region.handle,
    AnalysisKind.PERPLEXITY: perplexity.handle,
    AnalysisKind.REMOVAL: removal.handle,
    AnalysisKind.STRUCTURED_REMOVAL: structured_removal.handle,
    AnalysisKind.SWEEP: sweep.handle,
    AnalysisKind.PERTURBATION: perturbation.handle,
    AnalysisKind.GENERATION: generation.handle,
    AnalysisKind.GENERATION_GRID: generation_grid.handle,
    AnalysisKind.ACTIVATIONS: activations.handle,
    AnalysisKind.TRAINING: training.handle,
    AnalysisKind.SIMILARITY: similarity.handle,
    AnalysisKind.KEY_NEURONS: key_neurons.handle,
    AnalysisKind.DEACTIVATION: deactivation.handle,
    AnalysisKind.CHOICE: choice.handle,
    AnalysisKind.DEVELOPMENT: development.handle,
    AnalysisKind.ENRICHMENT: enrichment.handle,
    AnalysisKind.COMPARISON: comparison.handle,
}
