"""The questions that can be asked, each in one paragraph with the paper's equation and an example."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import TypeAdapter

from backend.contracts.models import AnalysisInfo
from backend.contracts.requests import (
    ANALYSIS_VERSIONS,
    ActivationsRequest,
    ChoiceRequest,
    CombinedRegionRequest,
    ComparisonRequest,
    DeactivationRequest,
    DevelopmentRequest,
    EnrichmentRequest,
    FaithfulnessRequest,
    GenerationGridRequest,
    GenerationRequest,
    ImportanceRequest,
    ImportanceShardRequest,
    ImportRegionRequest,
    KeyNeuronsRequest,
    OpenModelRequest,
    PerplexityRequest,
    PerturbationRequest,
    RegionRequest,
    RemovalRequest,
    SimilarityRequest,
    StructuredRemovalRequest,
    SweepRequest,
    TrainingRequest,
)
from backend.contracts.vocabulary import AnalysisKind

MODEL = "gemma-3-270m"
_SCORES = {"model": MODEL, "lines": {"corpus": "atlas-parallel", "start": 0, "stop": 60}}
_SIX = ["ar", "es", "ru", "zh", "ko", "vi"]
_REGION = {"scores": _SCORES, "languages": _SIX, "fraction": 0.01}
_HELD_OUT = {"lines": {"corpus": "atlas-parallel", "start": 60, "stop": 100}, "languages": _SIX}
_TOP = {"kind": "region", "region": _REGION, "selection": "top"}
_RU = {"kind": "region", "region": {**_REGION, "languages": ["ru"]}, "selection": "top"}
_AR = {"kind": "region", "region": {**_REGION, "languages": ["ar"]}, "selection": "top"}
_READ = {"model": MODEL, "lines": {"start": 0, "stop": 40}}
_NINE = ["ar", "de", "en", "es", "fr", "ko", "ru", "vi", "zh"]
_DIMENSION = {"where": {"target": "dimension", "side": "residual", "index": 12}, "action": "zero"}
_PROMPTS = [{"language": "en", "text": "Fudan University is located in"}]


class _Analysis(NamedTuple):
    request: Any
    title: str
    description: str
    example: dict[str, Any]


ANALYSES: dict[AnalysisKind, _Analysis] = {
    AnalysisKind.OPEN_MODEL: _Analysis(
        OpenModelRequest,
        "Open a model",
        "Find or download a model, convert it from GGUF if need be, hash its weights and name its matrices and "
        "their sides (residual, head, neuron). Only safetensors are read and no code of the model is run.",
        {"source": f"demo:{MODEL}"},
    ),
    AnalysisKind.IMPORTANCE: _Analysis(
        ImportanceRequest,
        "Importance of every parameter for a language",
        "First-order estimate of how much the loss on one language changes when a parameter is zeroed: "
        "I_j = |theta_j * g_j| (paper A, Eq. 4). `abs_of_sum` adds the signed gradients of all batches before the "
        "absolute value is taken, `sum_of_abs` adds absolute values batch by batch.",
        {"scores": _SCORES, "language": "ru"},
    ),
    AnalysisKind.IMPORTANCE_SHARD: _Analysis(
        ImportanceShardRequest,
        "One share of an importance",
        "What an estimator must add up (signed gradient sums for `abs_of_sum`) over a share of a language's samples; "
        "part of an importance request with `shards` above 1, which merges them; equal to a single run up to rounding.",
        {"scores": {**_SCORES, "shards": 2}, "language": "ru", "shard": 0},
    ),
    AnalysisKind.FAITHFULNESS: _Analysis(
        FaithfulnessRequest,
        "Faithfulness of estimators",
        "Zero a few hundred sampled parameters one at a time and measure the loss: I_j = |L(theta) - L(theta_j = 0)| "
        "(paper A, Eq. 2), against what each estimator said: scatter and Spearman's rank correlation.",
        {"estimators": [_SCORES, {**_SCORES, "estimator": "magnitude"}], "language": "ru", "n_parameters": 100},
    ),
    AnalysisKind.COMBINED_REGION: _Analysis(
        CombinedRegionRequest,
        "Region algebra",
        "Union, intersection, difference and complement of regions; the monolingual region of Eq. 5 is the top of one "
        "language minus the top and the bottom of every other.",
        {
            "title": "ru, not ar",
            "expression": {
                "op": "difference",
                "of": [{"op": "ranked", "region": _RU}, {"op": "ranked", "region": _AR}],
            },
        },
    ),
    AnalysisKind.IMPORT_REGION: _Analysis(
        ImportRegionRequest,
        "Import a region",
        "A region or an overlay from an uploaded file: masks as safetensors, coordinates of single weights (super "
        "weights) or neuron masks as JSON.",
        {"model": MODEL, "title": "super weights", "file": "0" * 64},
    ),
    AnalysisKind.PERPLEXITY: _Analysis(
        PerplexityRequest,
        "Perplexity under one change",
        "exp of the mean negative log-likelihood per token of every language, while a region or dimensions are zero or "
        "single parameters changed; without a change that of the unchanged model. One column of the removal tables.",
        {"model": MODEL, "evaluation": _HELD_OUT, "change": {"change": "region", "region": _TOP}},
    ),
    AnalysisKind.STRUCTURED_REMOVAL: _Analysis(
        StructuredRemovalRequest,
        "Structured removal",
        "Rank the dimensions of a side by how many parameters of the top region they hold; zero the N top, middle, "
        "bottom or random ones of every matrix and measure perplexity (paper A, Tables 3, 7, 8).",
        {"ranking": {"region": _TOP, "setting": "head"}, "counts": [1, 3], "evaluation": _HELD_OUT},
    ),
    AnalysisKind.SWEEP: _Analysis(
        SweepRequest,
        "Sweep over dimensions or scalars",
        "Perturb one dimension after the other in all layers, the top ones against random ones (paper A, Figure 3), or "
        "one scalar of a norm after the other (Table 4), and measure perplexity under each.",
        {
            "model": MODEL,
            "targets": {"over": "dimensions", "ranking": _TOP, "n_top": 3, "n_random": 2},
            "action": "random",
            "evaluation": _HELD_OUT,
        },
    ),
    AnalysisKind.GENERATION_GRID: _Analysis(
        GenerationGridRequest,
        "Prompts by perturbations",
        "Continue every prompt under every change, beside the unchanged model (paper A, Figure 4).",
        {
            "model": MODEL,
            "prompts": _PROMPTS,
            "columns": [{"name": "dimension 12", "change": {"change": "edits", "edits": [_DIMENSION]}}],
        },
    ),
    AnalysisKind.TRAINING: _Analysis(
        TrainingRequest,
        "Train with a region removed, frozen or limited",
        "Further pre-training on one language with AdamW; a region may be zeroed first, frozen (bit-identical at the "
        "end) or limited in its updates; perplexity of all languages on the way (paper A, Tables 2 and 6, Figure 5).",
        {
            "model": MODEL,
            "language": "zh",
            "n_samples": 64,
            "hold": {"region": _TOP, "how": "freeze"},
            "evaluation": _HELD_OUT,
            "evaluate_at": [32],
        },
    ),
    AnalysisKind.REGION: _Analysis(
        RegionRequest,
        "Region: where the most important parameters sit",
        "Add the importances of several languages and select exactly round(fraction * n) parameters of each "
        "matrix, or of all together: the top, the middle, the bottom, or random ones (paper A, 3.2). Ties go by index.",
        {"region": _REGION, "selection": "top"},
    ),
    AnalysisKind.REMOVAL: _Analysis(
        RemovalRequest,
        "Removal table",
        "Set a region's parameters to zero and measure the perplexity exp(sum of negative log-likelihoods / tokens) "
        "of every language: base, top, bottom, and several random regions of the same size (paper A, Tables 1, 14-16).",
        {"region": _REGION, "evaluation": _HELD_OUT, "random_draws": 3},
    ),
    AnalysisKind.PERTURBATION: _Analysis(
        PerturbationRequest,
        "Touch parameters and read what breaks",
        "Zero, scale, set, reset or randomise single parameters or one dimension in every matrix that has it, then "
        "compare text and perplexity before and after (paper A, Figures 3 and 4, Table 4). The weights are restored "
        "bit by bit; `reset` of a norm writes an effective scale of 1.",
        {
            "model": MODEL,
            "edits": [_DIMENSION],
            "prompts": _PROMPTS,
            "settings": {"max_new_tokens": 40},
            "evaluation": _HELD_OUT,
        },
    ),
    AnalysisKind.GENERATION: _Analysis(
        GenerationRequest,
        "Continue prompts",
        "Continue prompts with the unchanged model, greedily or sampled with a seed; every token keeps its id, its "
        "bytes and its log-probability log p(x_t | x_<t), so that broken UTF-8 stays visible (paper B, appendix A).",
        {"model": MODEL, "prompts": _PROMPTS, "settings": {"max_new_tokens": 40}},
    ),
    AnalysisKind.ACTIVATIONS: _Analysis(
        ActivationsRequest,
        "Mean neuron activations of one language",
        "Input of every MLP down projection, mean over the tokens of each sentence (paper B, Eq. 5); stored once per "
        "model and text and read by similarity maps and key neurons.",
        {"activations": _READ, "language": "ru"},
    ),
    AnalysisKind.KEY_NEURONS: _Analysis(
        KeyNeuronsRequest,
        "Key neurons of every language",
        "z-score over languages of each neuron's contribution to a language's mean similarity, "
        "((sum a)^2 - sum a^2) / 2; key where z exceeds the threshold (paper B, Eq. 10-14), beside the count that "
        "shuffled labels give, p, and the overlap of two halves of the text. Neurons that a group of languages shares "
        "stand beside them: z cannot see these. SKLR is the sum of the counts.",
        {"activations": _READ, "languages": _NINE},
    ),
    AnalysisKind.DEACTIVATION: _Analysis(
        DeactivationRequest,
        "Deactivation matrix",
        "Zero the key neurons of one language at every position and measure every language; random neurons of equal "
        "number are the control (paper B, Tables 1, 4).",
        {"neurons": {"activations": _READ, "languages": _NINE}, "deactivated": ["ru"], "evaluation": _HELD_OUT},
    ),
    AnalysisKind.CHOICE: _Analysis(
        ChoiceRequest,
        "Story cloze and multiple choice",
        "Accuracy by log-likelihood of the choices, intact or under any change (paper B, appendix B).",
        {
            "model": MODEL,
            "task": {"file": "0" * 64, "title": "story cloze", "form": "story_cloze", "language": "ru"},
        },
    ),
    AnalysisKind.DEVELOPMENT: _Analysis(
        DevelopmentRequest,
        "Development over checkpoints or sizes",
        "LRDS, SADS, SKLR, key neurons by layer and task accuracy of every member of a family (paper B, Figures 4, 7, "
        "10).",
        {"members": [{"model": MODEL, "position": 0}], "languages": _NINE, "lines": {"start": 0, "stop": 40}},
    ),
    AnalysisKind.ENRICHMENT: _Analysis(
        EnrichmentRequest,
        "Both papers on one map",
        "Density of a region of paper A in the weights of the key neurons of paper B, per layer, against as many "
        "neurons drawn at random.",
        {"neurons": {"activations": _READ, "languages": _NINE}, "regions": [{"name": "core", "region": _TOP}]},
    ),
    AnalysisKind.COMPARISON: _Analysis(
        ComparisonRequest,
        "How far each matrix moved",
        "Two models matrix by matrix: ||B - A|| / ||A|| (Frobenius), max |B - A|, cosine; with a region of A, the "
        "share of the squared movement inside it against its share of the parameters.",
        {"model": MODEL, "other": f"{MODEL}-trained", "region": _TOP},
    ),
    AnalysisKind.SIMILARITY: _Analysis(
        SimilarityRequest,
        "Similarity map of parallel text",
        "Mean neuron activations of each sentence, normalised (paper B, Eq. 5, 6), and the cosine of all pairs "
        "(Eq. 7). LRDS = mean(same language, different meaning) - mean(different language, different meaning) (Eq. 8); "
        "SADS = mean(different language, same meaning) - the same (Eq. 9); for the whole model and each layer.",
        {"model": MODEL, "lines": {"start": 0, "stop": 40}, "languages": ["de", "en", "fr", "ja", "ru", "zh"]},
    ),
}


def example(kind: AnalysisKind) -> dict[str, Any]:
    """A request that works on the demo model."""
    return {"kind": kind.value, **ANALYSES[kind].example}


def described() -> tuple[AnalysisInfo, ...]:
    """Every analysis as `GET /analyses` tells it."""
    return tuple(
        AnalysisInfo(
            kind=kind.value,
            title=analysis.title,
            description=analysis.description,
            version=ANALYSIS_VERSIONS[kind],
            request_schema=TypeAdapter(analysis.request).json_schema(),
            example=example(kind),
        )
        for kind, analysis in ANALYSES.items()
    )
