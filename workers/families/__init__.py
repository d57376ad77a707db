"""Model families: which tensor is which matrix kind, its sides, fused views, neurons."""

from __future__ import annotations

from transformers import PretrainedConfig

from workers.analysis.errors import AnalysisError
from workers.families import bloom, gpt2, gpt_neox, llama_like
from workers.families.base import Family, Shape, View, in_layers, n_parameters

__all__ = ["FAMILIES", "Family", "Shape", "View", "family_of", "in_layers", "n_parameters"]

FAMILIES = (llama_like.FAMILY, gpt2.FAMILY, gpt_neox.FAMILY, bloom.FAMILY)
_BY_ARCHITECTURE = {architecture: family for family in FAMILIES for architecture in family.architectures}


def family_of(config: PretrainedConfig) -> Family:
    """The family that knows the model's layout, by `config.model_type`.

    Raises `AnalysisError("unsupported_architecture")`, which lists the supported ones.
    """
    architecture = config.model_type
    if architecture not in _BY_ARCHITECTURE:
        raise AnalysisError(
            "unsupported_architecture",
            f"the model's architecture is {architecture!r}, which the atlas cannot read; "
            f"supported: {', '.join(sorted(_BY_ARCHITECTURE))}",
            hint="Choose a model of a supported architecture; a new one is one new file in workers/families.",
        )
    return _BY_ARCHITECTURE[architecture]
