"""Small models, samples and views shared by the tests of the analysis."""

from __future__ import annotations

from functools import cache

import torch
from transformers import PreTrainedModel

from tests.fakes import tiny_model
from workers.families.base import View

SAMPLES = [
    torch.randint(0, 256, (n,), generator=torch.Generator().manual_seed(n)).tolist() for n in (5, 30, 17, 2, 9, 24)
]


@cache
def model(architecture: str = "llama") -> PreTrainedModel:
    """One per architecture; the analysis must leave it as it was. Gemma 2's logits are soft-capped hard."""
    return tiny_model(architecture, **({"final_logit_softcapping": 2.0} if architecture == "gemma2" else {}))


def plain_view(name: str, shape: tuple[int, ...]) -> View:
    """A view of the whole stored tensor."""
    return View(
        name=name,
        layer=None,
        kind=name,
        shape=shape,
        sides=(None,) * len(shape),
        n_heads=(1,) * len(shape),
        tensor=name,
        fold=None,
        axis=0,
        pick=0,
        transposed=False,
        scale_offset=0.0,
    )


def plain_views(of: PreTrainedModel) -> list[View]:
    """One whole view per parameter, named like it."""
    return [plain_view(name, tuple(parameter.shape)) for name, parameter in of.named_parameters()]


def nll_by_hand(of: PreTrainedModel, sample: list[int]) -> float:
    """Hugging Face's own loss of one sample, summed over its tokens."""
    token_ids = torch.tensor([sample])
    with torch.no_grad():
        log_probabilities = of(input_ids=token_ids).logits[0, :-1].double().log_softmax(-1)
    return -float(log_probabilities.gather(1, token_ids[0, 1:, None]).sum())
