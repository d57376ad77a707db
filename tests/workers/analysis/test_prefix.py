"""Lower layers compute a batch once while only upper ones change; the numbers are the same bits."""

from __future__ import annotations

import pytest
import torch

from tests.fakes import ARCHITECTURES, tiny_model
from tests.workers.analysis.given import SAMPLES
from workers.analysis import forwards
from workers.analysis.checkpointing import layers
from workers.analysis.generation import continuation
from workers.analysis.perplexity import measure
from workers.analysis.perturbation import DimensionTarget, EditSpec, perturbed
from workers.analysis.prefix import remembered_below
from workers.families import family_of

EDITS = [EditSpec(DimensionTarget("residual", index, layers=(2, 3)), "zero") for index in (1, 7, 30)]


def opened(architecture: str):
    depth = {"n_layer": 4} if architecture in ("gpt2", "bloom") else {"num_hidden_layers": 4}
    model = tiny_model(architecture, **depth)
    return model, family_of(model.config).views(model.config)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_changes_above_measure_the_same_bits_with_the_lower_layers_computed_once(architecture):
    model, views = opened(architecture)

    def measured(edit: EditSpec) -> float:
        with perturbed(model, views, [edit]):
            return measure(model, SAMPLES, max_tokens_per_batch=40).nll

    expected = [measured(edit) for edit in EDITS]
    calls = []
    hooks = [
        layer.register_forward_hook(lambda *_, number=number: calls.append(number))
        for number, layer in enumerate(layers(model))
    ]
    inner = [0, 0]
    for number in (0, 1):
        norm = next(m for m in layers(model)[number].modules() if "norm" in type(m).__name__.lower())
        hooks.append(norm.register_forward_hook(lambda *_, number=number: inner.__setitem__(number, inner[number] + 1)))
    with remembered_below(model, 2):
        assert [measured(edit) for edit in EDITS] == expected
    n_batches = calls.count(3) // len(EDITS)
    assert calls.count(3) == len(EDITS) * n_batches
    assert inner == [n_batches, n_batches]
    for hook in hooks:
        hook.remove()
    assert not any("forward" in vars(layer) for layer in layers(model))
    assert "forward" not in vars(model.base_model)
    assert [measured(edit) for edit in EDITS] == expected


def test_without_room_everything_is_computed_anew():
    model, _ = opened("llama")
    expected = measure(model, SAMPLES).nll
    with remembered_below(model, 2, room_bytes=10), torch.no_grad():
        assert [measure(model, SAMPLES).nll for _ in range(2)] == [expected, expected]


def test_generation_with_a_cache_is_left_alone():
    model, _ = opened("gemma3_text")
    expected = continuation(model, SAMPLES[0], max_new_tokens=5)
    with remembered_below(model, 3):
        measure(model, SAMPLES)
        assert [continuation(model, SAMPLES[0], max_new_tokens=5) for _ in range(2)] == [expected, expected]


def test_a_stop_while_layers_get_their_forward_back_comes_again(monkeypatch):
    """A layer that went on answering from memory would make every later number wrong."""
    model, _ = opened("llama")
    expected = measure(model, SAMPLES).nll
    give_back, n_stops = forwards._give_back, 0

    class Stop(BaseException):
        pass

    def interrupted(theirs):
        nonlocal n_stops
        if layers(model)[0] in theirs and not n_stops:
            n_stops += 1
            raise Stop
        give_back(theirs)

    monkeypatch.setattr(forwards, "_give_back", interrupted)
    with pytest.raises(Stop), remembered_below(model, 3):
        measure(model, SAMPLES)
    assert not any("forward" in vars(layer) for layer in layers(model))
    assert "forward" not in vars(model.base_model)
    assert measure(model, SAMPLES).nll == expected


def test_layers_that_somebody_else_replaced_stay_theirs():
    model, _ = opened("llama")
    theirs = layers(model)[0].forward
    layers(model)[0].forward = theirs
    with remembered_below(model, 2):
        assert layers(model)[0].forward is theirs
        assert "forward" not in vars(layers(model)[1])
    assert vars(layers(model)[0]).pop("forward") is theirs
