from __future__ import annotations

import pytest
import torch

from tests.fakes import ARCHITECTURES, tiny_model
from tests.workers.analysis.given import SAMPLES, model
from workers.analysis.batches import bucketed
from workers.analysis.checkpointing import activation_bytes, checkpointed, layers
from workers.analysis.importance import score
from workers.families import family_of


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_layers_computed_twice_give_the_same_scores(architecture: str) -> None:
    lm = model(architecture)
    views = family_of(lm.config).views(lm.config)
    n_calls = 0

    def count(*_: object) -> None:
        nonlocal n_calls
        n_calls += 1

    handle = layers(lm)[0].get_submodule("mlp").register_forward_pre_hook(count)
    kept, twice = (score(lm, views, SAMPLES, max_tokens_per_batch=60, free_bytes=free).scores for free in (1 << 40, 0))
    handle.remove()
    n_batches = len(bucketed(SAMPLES, max_tokens_per_batch=60))
    assert n_calls == 3 * n_batches
    assert all(torch.equal(kept[name], twice[name]) for name in kept)
    assert all("forward" not in vars(layer) for layer in layers(lm))


def test_only_what_does_not_fit_is_computed_twice() -> None:
    lm, batch = model(), bucketed(SAMPLES, max_tokens_per_batch=100)[0]
    needed = activation_bytes(lm, *batch.token_ids.shape)
    for room, expected in ((None, False), (needed, False), (needed - 1, True)):
        with checkpointed(lm, batch, room_bytes=room) as twice:
            assert twice is expected


WIDE = {
    "hidden_size": 128,
    "intermediate_size": 344,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "head_dim": 16,
}
WIDTH = {
    "gpt2": {"n_embd": 128, "n_head": 8, "n_inner": 512},
    "bloom": {"hidden_size": 128, "n_head": 8},
    "gpt_neox": {"hidden_size": 128, "intermediate_size": 512, "num_attention_heads": 8},
}


@pytest.mark.parametrize("shape", [(8, 16), (1, 256)])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_estimate_is_no_less_than_what_autograd_keeps_and_not_far_above(architecture: str, shape) -> None:
    lm = tiny_model(architecture, **WIDTH.get(architecture, WIDE))
    weights = {p.untyped_storage().data_ptr() for p in lm.parameters()}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        hidden = lm.base_model(input_ids=torch.zeros(shape, dtype=torch.long), use_cache=False).last_hidden_state
    measured = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    assert hidden.requires_grad
    assert measured < activation_bytes(lm, *shape) < 4 * measured
