"""The questions that can be asked, each in one paragraph with the paper's equation and an example."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import TypeAdapter

from backend.contracts.models import AnalysisInfo
from backend.contracts.requests import (
    ANALYSIS_VERSIONS,
    GenerationRequest,
    ImportanceRequest,
    OpenModelRequest,
    PerturbationRequest,
    RegionRequest,
    RemovalRequest,
    SimilarityRequest,
)
from backend.contracts.vocabulary import AnalysisKind

MODEL = "gemma-3-270m"
_SCORES = {"model": MODEL, "lines": {"corpus": "atlas-parallel", "start": 0, "stop": 60}}
_SIX = ["ar", "es", "ru", "zh", "ko", "vi"]
_REGION = {"scores": _SCORES, "languages": _SIX, "fraction": 0.01}
_HELD_OUT = {"lines": {"corpus": "atlas-parallel", "start": 60, "stop": 100}, "languages": _SIX}
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
    AnalysisKind.REGION: _Analysis(
        RegionRequest,
        "Region: where the most important parameters sit",
        "Add the importances of several languages and select exactly round(fraction * n) parameters of each matrix, "
        "or of all matrices together: the top, the bottom, or random ones (paper A, section 3.2). Ties go by index.",
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
            "edits": [{"where": {"target": "dimension", "side": "residual", "index": 12}, "action": "zero"}],
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
