"""Eq. 2: by plain forwards, on every architecture; nothing of the model changes; what float64 is for."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from accelerate.hooks import AlignDevicesHook, ModelHook, add_hook_to_module

from tests.fakes import ARCHITECTURES, tiny_model
from tests.workers.analysis.given import SAMPLES, model, nll_by_hand
from workers.analysis import forwards
from workers.analysis.checksum import checksum
from workers.analysis.double_precision import doubled
from workers.analysis.errors import AnalysisError
from workers.analysis.faithfulness import loss_changes
from workers.analysis.faithfulness_sample import Cell, sampled
from workers.analysis.importance import score
from workers.analysis.perplexity import measure
from workers.families import family_of

N_TOKENS = sum(map(len, SAMPLES)) - len(SAMPLES)


def views_of(lm):
    return family_of(lm.config).views(lm.config)


def some_cells(lm, n: int = 12) -> list[Cell]:
    return sampled(score(lm, views_of(lm), SAMPLES).scores, n_parameters=n, stratified=True, seed=0)


def naive(lm, cell: Cell) -> float:
    """Eq. 2 as it is written, on a copy in float64."""
    twin = copy.deepcopy(lm).double()
    view = next(view for view in views_of(lm) if view.name == cell.matrix)
    before = sum(nll_by_hand(twin, sample) for sample in SAMPLES)
    with torch.no_grad():
        view.cells(dict(twin.named_parameters())[view.tensor], cell.at).zero_()
    return (sum(nll_by_hand(twin, sample) for sample in SAMPLES) - before) / N_TOKENS


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_changes_are_those_of_plain_forwards(architecture: str) -> None:
    lm = model(architecture)
    cells = [
        *some_cells(lm),
        Cell("embed.token", (SAMPLES[1][3], 2)),
        Cell("0.norm.post" if architecture != "olmo2" else "0.norm.mlp_out", (5,)),
    ]
    with doubled(lm, device="cpu") as twin:
        found = loss_changes(twin, views_of(lm), SAMPLES, cells, max_tokens_per_batch=60)
    expected = [naive(lm, cell) for cell in cells]
    # the naive copy still narrows to float32 in norms and softmax
    assert found.changes == pytest.approx(expected, rel=1e-3, abs=3e-7)
    assert found.n_tokens == N_TOKENS
    assert found.base_loss == pytest.approx(sum(nll_by_hand(lm, sample) for sample in SAMPLES) / N_TOKENS, rel=1e-5)


@pytest.mark.parametrize("architecture", ["llama", "gemma2", "gpt2", "bloom"])
def test_in_float64_a_tiny_change_is_the_derivative(architecture: str) -> None:
    """A parameter of 1e-9: L(0) - L = -theta g to many digits, far below float32's rounding of the loss."""
    lm = tiny_model(architecture)
    view = next(view for view in views_of(lm) if view.name == "1.attn.o")
    parameter = dict(lm.named_parameters())[view.tensor]
    with torch.no_grad():
        view.cells(parameter, (3, 4)).fill_(1e-9)
    with doubled(lm, device="cpu") as twin:
        found = loss_changes(twin, views_of(lm), SAMPLES, [Cell("1.attn.o", (3, 4))], max_tokens_per_batch=1 << 20)
    gradient = score(lm, [view], SAMPLES, max_tokens_per_batch=1 << 20).scores["1.attn.o"][3, 4]
    assert abs(found.changes[0]) == pytest.approx(float(gradient), rel=1e-3)
    assert found.noise_floor < 1e-13


def test_a_model_keeps_its_bits_and_its_layers(monkeypatch) -> None:
    lm, cells = model("gpt2"), some_cells(model("gpt2"))
    before = checksum(lm.parameters())
    assert loss_changes(lm, views_of(lm), SAMPLES, cells).noise_floor < 1e-5
    assert checksum(lm.parameters()) == before

    def stop(items, total: int, unit: str):
        assert (total, unit) == (len(cells), "parameters")
        for number, item in enumerate(items):
            if number == 5:
                raise KeyboardInterrupt
            yield item

    with pytest.raises(KeyboardInterrupt):
        loss_changes(lm, views_of(lm), SAMPLES, cells, track=stop)
    assert checksum(lm.parameters()) == before
    assert all("forward" not in vars(module) for module in lm.modules())
    assert not any(module._forward_hooks for module in lm.modules())


def test_a_model_spread_over_devices_keeps_what_moves_its_tensors() -> None:
    """accelerate puts a forward of its own on every layer of a model across several GPUs."""
    lm = tiny_model()
    for layer in lm.model.layers:
        add_hook_to_module(layer, ModelHook())
    theirs = [layer.forward for layer in lm.model.layers]
    loss_changes(lm, views_of(lm), SAMPLES, [Cell("1.mlp.up", (0, 0))])
    assert [vars(layer).get("forward") for layer in lm.model.layers] == theirs


def test_a_copy_in_float64_lies_on_one_device_whatever_the_model_lies_on() -> None:
    lm, plain = tiny_model(), tiny_model()
    for layer in lm.model.layers:
        add_hook_to_module(layer, AlignDevicesHook(execution_device="meta"))
    with doubled(plain, device="cpu") as twin:
        expected = measure(twin, SAMPLES).nll
    with doubled(lm, device="cpu") as twin:
        assert measure(twin, SAMPLES).nll == expected
    assert all(isinstance(layer._hf_hook, AlignDevicesHook) for layer in lm.model.layers)


def test_a_stop_while_layers_get_their_forward_back_comes_again(monkeypatch) -> None:
    """A layer that went on answering what it once answered would make every later number wrong."""
    lm, expected = tiny_model(), measure(tiny_model(), SAMPLES).nll
    give_back, n_given = forwards._give_back, 0

    class Stop(BaseException):
        pass

    def interrupted(theirs) -> None:
        nonlocal n_given
        n_given += lm.model.layers[0] in theirs
        if n_given == 5:
            n_given += 1
            raise Stop
        give_back(theirs)

    monkeypatch.setattr(forwards, "_give_back", interrupted)
    with pytest.raises(Stop):
        loss_changes(lm, views_of(lm), SAMPLES, [Cell("1.mlp.up", (0, place)) for place in range(20)])
    assert all("forward" not in vars(layer) for layer in lm.model.layers)
    assert measure(lm, SAMPLES).nll == expected


def test_a_stop_while_a_parameter_is_zero_puts_it_back() -> None:
    lm = model()
    before, n_guards = checksum(lm.parameters()), 0

    class Stop(BaseException):
        pass

    class Guard:
        def __enter__(self) -> None:
            nonlocal n_guards
            n_guards += 1
            if n_guards == 2:
                raise Stop

        def __exit__(self, *_: object) -> None: ...

    with pytest.raises(Stop):
        loss_changes(lm, views_of(lm), SAMPLES, some_cells(lm), guard=Guard)
    assert checksum(lm.parameters()) == before


def test_layers_before_the_parameter_are_not_computed_again() -> None:
    lm, calls = model(), []
    handles = [
        layer.mlp.register_forward_pre_hook(lambda *_, index=index: calls.append(index))
        for index, layer in enumerate(lm.model.layers)
    ]
    plain = loss_changes(lm, views_of(lm), SAMPLES[:1], [Cell("0.mlp.up", (0, 0))])
    first, calls[:] = len(calls), []
    late = loss_changes(lm, views_of(lm), SAMPLES[:1], [Cell("1.mlp.up", (0, index)) for index in range(20)])
    for handle in handles:
        handle.remove()
    assert calls.count(0) < first < calls.count(1)
    assert plain.base_loss == late.base_loss


def test_a_model_whose_layers_pass_on_more_computes_them_all() -> None:
    """A layer that reads what an earlier one left beside the road: replaying would change the loss."""
    lm = tiny_model()
    first, second = lm.model.layers
    first.mlp.register_forward_hook(lambda _module, _args, output: setattr(lm, "aside", output.mean()))
    second.register_forward_hook(lambda _module, _args, output: output + lm.aside)
    cell = Cell("1.mlp.up", (3, 4))
    found = loss_changes(lm, views_of(lm), SAMPLES[:2], [cell])
    parameter = lm.model.layers[1].mlp.up_proj.weight
    with torch.no_grad():
        parameter[3, 4] = 0
    base = loss_changes(lm, views_of(lm), SAMPLES[:2], [cell]).base_loss
    assert found.changes[0] == base - found.base_loss


def test_questions_without_an_answer() -> None:
    lm = model()
    with pytest.raises(AnalysisError, match=r"9\.mlp\.up"):
        loss_changes(lm, views_of(lm), SAMPLES, [Cell("9.mlp.up", (0, 0))])
    with pytest.raises(AnalysisError, match="no sample"):
        loss_changes(lm, views_of(lm), [[1]], [])
    broken = copy.deepcopy(lm)
    with torch.no_grad():
        broken.model.norm.weight[0] = float("nan")
    with pytest.raises(AnalysisError, match=r"norm\.weight"):
        loss_changes(broken, views_of(lm), SAMPLES, [])


SCORES = {
    "a": torch.rand(50, 40, generator=torch.Generator().manual_seed(0)).exp(),
    "b": torch.rand(7, generator=torch.Generator().manual_seed(1)) * 100,
    "c": torch.zeros(30, 10),
}


def test_a_stratified_sample_has_the_top_and_equal_parts_of_the_ranks() -> None:
    cells = sampled(SCORES, n_parameters=100, stratified=True, seed=3)
    assert len(set(cells)) == len(cells) == 100
    assert cells == sampled(SCORES, n_parameters=100, stratified=True, seed=3)
    assert cells != sampled(SCORES, n_parameters=100, stratified=True, seed=4)
    everything = np.sort(torch.cat([part.flatten() for part in SCORES.values()]).numpy())[::-1]
    ranks = np.array([int((everything > float(SCORES[cell.matrix][cell.at])).sum()) for cell in cells])
    assert ranks.min() == 0
    edges = np.geomspace(1, len(everything), 11)
    counts = np.histogram(np.log(ranks + 1), np.log(edges))[0]
    assert counts[-1] >= counts[-3] >= 10 and counts[:4].sum() >= 15


def test_a_uniform_sample_takes_all_alike_and_never_more_than_there_are() -> None:
    cells = sampled(SCORES, n_parameters=1000, stratified=False, seed=0)
    share = sum(cell.matrix == "a" for cell in cells) / len(cells)
    assert len(set(cells)) == 1000 and share == pytest.approx(2000 / 2307, abs=0.04)
    everything = sampled(SCORES, n_parameters=100_000, stratified=True, seed=0)
    assert len(set(everything)) == len(everything) == 2307


def test_broken_scores_are_named() -> None:
    for value in (float("nan"), float("inf"), -1.0):
        with pytest.raises(AnalysisError, match="scores of c"):
            sampled(SCORES | {"c": torch.tensor([1.0, value])}, n_parameters=3, stratified=True, seed=0)
