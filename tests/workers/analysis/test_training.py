"""Training against a naive loop, by hand, and what must not move."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from tests.fakes import ARCHITECTURES, tiny_model
from tests.workers.analysis.given import SAMPLES
from workers.analysis.checksum import bits, checksum
from workers.analysis.errors import AnalysisError
from workers.analysis.training import Recipe, Trainer
from workers.analysis.training_hold import Frozen
from workers.analysis.training_memory import Flat, flats_of, gradient_norm
from workers.analysis.training_plan import batch_indices, learning_rate
from workers.families import family_of, in_layers
from workers.families.base import View

RECIPE = Recipe(n_samples=10, batch_size=4, learning_rate=1e-2, weight_decay=0.1, max_gradient_norm=0.5, seed=1)


def views_of(model: PreTrainedModel) -> list[View]:
    return [view for view in family_of(model.config).views(model.config) if in_layers(view)]


def some(model: PreTrainedModel, share: float = 0.3) -> dict[str, Tensor]:
    """A random region over all matrices of the layers."""
    generator = torch.Generator().manual_seed(5)
    return {view.name: torch.rand(view.shape, generator=generator) < share for view in views_of(model)}


def trained(model: PreTrainedModel, recipe: Recipe = RECIPE, *, masks: dict | None = None, factor: float | None = None):
    trainer = Trainer(copy.deepcopy(model), SAMPLES, recipe)
    if masks is not None:
        trainer.hold(views_of(model), masks, factor=factor)
    steps = [trainer.step() for _ in range(recipe.n_steps)]
    return trainer.model, steps


def naive(model: PreTrainedModel, recipe: Recipe, masks: dict[str, Tensor], *, factor: float) -> PreTrainedModel:
    """The plain loop: sample by sample, clone before, mix with the clone after. `factor` 0 freezes."""
    model = copy.deepcopy(model).requires_grad_(True)
    parameters = dict(model.named_parameters())
    held = {name: torch.zeros_like(parameter, dtype=torch.bool) for name, parameter in parameters.items()}
    for view in views_of(model):
        cells = view.writable(held[view.tensor])
        cells.copy_(masks[view.name].view(cells.shape))
    betas = (recipe.beta1, recipe.beta2)
    optimizer = torch.optim.AdamW(
        parameters.values(), lr=1, betas=betas, eps=recipe.epsilon, weight_decay=recipe.weight_decay, foreach=False
    )
    for step in range(recipe.n_steps):
        samples = [SAMPLES[index] for index in batch_indices(recipe, step, n_there=len(SAMPLES))]
        n_tokens = sum(len(sample) - 1 for sample in samples)
        optimizer.zero_grad()
        for sample in samples:
            token_ids = torch.tensor([sample])
            loss = model(input_ids=token_ids, labels=token_ids, use_cache=False).loss
            (loss * (len(sample) - 1) / n_tokens).backward()
        before = {name: parameter.detach().clone() for name, parameter in parameters.items()}
        if factor == 0:
            for name, parameter in parameters.items():
                parameter.grad[held[name]] = 0
        torch.nn.utils.clip_grad_norm_(parameters.values(), recipe.max_gradient_norm)
        optimizer.param_groups[0]["lr"] = learning_rate(recipe, step)
        optimizer.step()
        with torch.no_grad():
            for name, parameter in parameters.items():
                slower = before[name] + factor * (parameter - before[name])
                parameter.copy_(torch.where(held[name], slower, parameter))
    return model


def assert_alike(one: PreTrainedModel, other: PreTrainedModel, *, atol: float = 2e-5) -> None:
    for (name, a), (_, b) in zip(one.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(
            a.detach(), b.detach(), rtol=1e-4, atol=atol, msg=lambda text, n=name: f"{n}: {text}"
        )


def same_bits(one: PreTrainedModel, other: PreTrainedModel) -> bool:
    return checksum(one.parameters()) == checksum(other.parameters())


@pytest.mark.parametrize("factor", [0.0, 0.25], ids=["frozen", "limited"])
@pytest.mark.parametrize("architecture", ["llama", "gpt2", "bloom", "gemma3_text"])
def test_training_is_the_naive_loop(architecture: str, factor: float) -> None:
    model = tiny_model(architecture)
    masks = some(model)
    # An epsilon that is large: Adam turns rounding of tiny gradients into whole steps.
    recipe = RECIPE._replace(epsilon=1e-3)
    ours, _ = trained(model, recipe, masks=masks, factor=factor or None)
    assert_alike(ours, naive(model, recipe, masks, factor=factor))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_frozen_bits_stay_and_all_others_move(architecture: str) -> None:
    model = tiny_model(architecture)
    masks = some(model)
    ours, _ = trained(model, masks=masks)
    before, after = dict(model.named_parameters()), dict(ours.named_parameters())
    for view in views_of(model):
        old, new = (bits(view.canonical(found[view.tensor]).contiguous()) for found in (before, after))
        mask = masks[view.name]
        assert torch.equal(old[mask], new[mask])
        assert (old[~mask] != new[~mask]).double().mean() > 0.9, view.name


def test_freezing_undoes_momentum_and_decay_that_came_before() -> None:
    """Hold begins after two free steps: moments push, decay pulls, and the region stays."""
    model = tiny_model()
    trainer = Trainer(copy.deepcopy(model), SAMPLES, RECIPE)
    trainer.step(), trainer.step()
    n_held = trainer.hold(views_of(model), some(model))
    before = trainer.held_checksum()
    trainer.step()
    assert n_held > 1000
    assert trainer.held_checksum() == before


def test_holding_nothing_is_a_free_run() -> None:
    model = tiny_model()
    free, _ = trained(model)
    nothing = {view.name: torch.zeros(view.shape, dtype=torch.bool) for view in views_of(model)}
    for factor in (None, 0.5):
        held, _ = trained(model, masks=nothing, factor=factor)
        assert same_bits(free, held)


def test_a_limit_halves_the_update_and_touches_no_other() -> None:
    model = tiny_model()
    once, masks = RECIPE._replace(n_samples=4), some(model)
    free, _ = trained(model, once)
    slow, _ = trained(model, once, masks=masks, factor=0.5)
    before, fast, half = (dict(found.named_parameters()) for found in (model, free, slow))
    for view in views_of(model):
        old, new, less = (view.canonical(found[view.tensor]).detach() for found in (before, fast, half))
        mask = masks[view.name]
        assert torch.equal(less[~mask], new[~mask])
        torch.testing.assert_close((less - old)[mask], 0.5 * (new - old)[mask], rtol=1e-3, atol=1e-7)


def test_two_parameters_by_hand() -> None:
    """Gradient (3, 4) clipped to norm 1 is (0.6, 0.8); AdamW's first step is lr * sign, and the decay before it."""
    parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    flat = Flat({"two": parameter})
    optimizer = torch.optim.AdamW([flat.weights], lr=0.1, weight_decay=0.5, fused=True)
    hold = Frozen([(flat, torch.tensor([1]))])
    flat.gradient("two").copy_(torch.tensor([3.0, 4.0]))
    assert gradient_norm([flat]) == pytest.approx(5)
    hold.before_step()
    assert gradient_norm([flat]) == pytest.approx(3)  # what is frozen does not clip the others
    optimizer.step()
    assert parameter.tolist() == pytest.approx([1 * (1 - 0.1 * 0.5) - 0.1, -2 * (1 - 0.1 * 0.5)])
    hold.after_step()
    assert parameter.tolist() == [pytest.approx(0.85), -2.0]
    flat.gradient("two").copy_(torch.tensor([0.0, 1.0]))
    hold.before_step()
    optimizer.step()
    hold.after_step()
    # Second step: m = 0.9 * 0.1 * 3 / (1 - 0.81), v = 0.999 * 0.001 * 9 / (1 - 0.998001).
    moved = 0.1 * (0.27 / 0.19) / math.sqrt(0.008991 / 0.001999)
    assert parameter.tolist() == [pytest.approx(0.85 * 0.95 - moved), -2.0]


def test_the_loss_is_the_mean_over_all_tokens_of_the_batch() -> None:
    model = tiny_model()
    trainer = Trainer(copy.deepcopy(model), SAMPLES, RECIPE)
    step = trainer.step()
    indices = batch_indices(RECIPE, 0, n_there=len(SAMPLES))
    nll = 0.0
    for index in indices:
        token_ids = torch.tensor([SAMPLES[index]])
        nll += float(model(input_ids=token_ids, labels=token_ids).loss.detach()) * (len(SAMPLES[index]) - 1)
    assert step.n_tokens == sum(len(SAMPLES[index]) - 1 for index in indices)
    assert step.loss == pytest.approx(nll / step.n_tokens, rel=1e-5)
    assert (step.step, step.n_samples) == (1, 4)


@pytest.mark.parametrize(
    "passes",
    [{"micro_batch_size": 1}, {"micro_batch_size": 3}, {"max_tokens_per_pass": 40}, {"gradient_checkpointing": True}],
    ids=str,
)
@pytest.mark.parametrize("architecture", ["llama", "gemma3_text"])
def test_how_a_batch_is_cut_changes_nothing(architecture: str, passes: dict) -> None:
    model, recipe = tiny_model(architecture), RECIPE._replace(epsilon=1e-3)
    whole, steps = trained(model, recipe)
    cut, cut_steps = trained(model, recipe._replace(**passes))
    assert_alike(cut, whole)
    assert [step.loss for step in cut_steps] == pytest.approx([step.loss for step in steps], rel=1e-4)


def test_recomputing_holds_fewer_activations() -> None:
    model = tiny_model()
    kept: list[int] = []
    for recompute in (False, True):
        recipe = RECIPE._replace(gradient_checkpointing=recompute, batch_size=6)
        trainer, n_bytes = Trainer(copy.deepcopy(model), SAMPLES, recipe), 0

        def pack(tensor: Tensor) -> Tensor:
            nonlocal n_bytes
            n_bytes += tensor.nbytes
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            trainer.model.model(input_ids=torch.tensor([SAMPLES[1]]), use_cache=False)
        kept.append(n_bytes)
    assert kept[1] < 0.5 * kept[0]


def test_a_state_goes_on_bit_by_bit() -> None:
    model, masks = tiny_model(), some(tiny_model())
    whole, _ = trained(model, masks=masks)
    first = Trainer(copy.deepcopy(model), SAMPLES, RECIPE)
    first.hold(views_of(model), masks)
    first.step(), first.step()
    state = {name: tensor.clone() for name, tensor in first.state().items()}
    second = Trainer(copy.deepcopy(model), SAMPLES, RECIPE)
    second.restore(state, n_steps_done=2)
    second.hold(views_of(model), masks)
    assert second.n_samples_seen == 8
    assert second.step().n_samples == 10
    assert same_bits(second.model, whole)


def test_a_state_before_the_first_step_is_enough() -> None:
    model = tiny_model()
    first = Trainer(copy.deepcopy(model), SAMPLES, RECIPE)
    second = Trainer(tiny_model(seed=9), SAMPLES, RECIPE)
    second.restore(first.state(), n_steps_done=0)
    assert second.step() == first.step()


def test_a_removed_region_is_zero_and_stays_so_when_frozen() -> None:
    model, masks = tiny_model("gpt2"), some(tiny_model("gpt2"))
    trainer = Trainer(copy.deepcopy(model), SAMPLES, RECIPE)
    n_removed = trainer.remove(views_of(model), masks)
    assert n_removed == sum(int(mask.sum()) for mask in masks.values())
    assert trainer.hold(views_of(model), masks) == n_removed
    trainer.step()
    after = dict(trainer.model.named_parameters())
    for view in views_of(model):
        cells = view.canonical(after[view.tensor])
        assert (cells[masks[view.name]] == 0).all()
        assert (cells[~masks[view.name]] != 0).any()


def test_bfloat16_moves_through_float32_masters() -> None:
    """Steps far below the rounding of bfloat16 add up in the masters, and a frozen region keeps its bits."""
    recipe = Recipe(n_samples=180, batch_size=6, learning_rate=2e-4, cosine=False, warmup_share=0, seed=1)
    reference, steps = trained(tiny_model(), recipe)
    model = tiny_model().to(torch.bfloat16)
    masks = some(model)
    free, half_steps = trained(model, recipe)
    frozen, _ = trained(model, recipe, masks=masks)
    assert next(free.parameters()).dtype == torch.bfloat16
    assert [step.loss for step in half_steps] == pytest.approx([step.loss for step in steps], rel=0.02)
    moved = free.model.norm.weight.float() - model.model.norm.weight.float()
    expected = (reference.model.norm.weight - tiny_model().model.norm.weight).detach()
    assert moved.abs().max() > 0  # 2e-4 is a tenth of what bfloat16 can tell from 1
    assert torch.sign(moved)[moved != 0].eq(torch.sign(expected)[moved != 0]).all()
    before, after = dict(model.named_parameters()), dict(frozen.named_parameters())
    for view in views_of(model):
        old, new = (bits(view.canonical(found[view.tensor]).contiguous()) for found in (before, after))
        assert torch.equal(old[masks[view.name]], new[masks[view.name]])


def test_a_step_that_diverges_is_named_and_leaves_the_weights() -> None:
    model = tiny_model()
    model.model.norm.weight.data[3] = float("inf")
    trainer = Trainer(model, SAMPLES, RECIPE)
    before = checksum(model.parameters())
    with pytest.raises(AnalysisError, match=r"at step 1, with learning rate 0\.01, the loss is") as caught:
        trainer.step()
    assert caught.value.code == "diverged"
    assert checksum(model.parameters()) == before


def test_what_cannot_be_trained_is_said() -> None:
    with pytest.raises(AnalysisError, match="float16"):
        Trainer(tiny_model().to(torch.float16), SAMPLES, RECIPE)
    with pytest.raises(AnalysisError, match="a token to predict"):
        Trainer(tiny_model(), [[1]], RECIPE).step()
    with pytest.raises(AnalysisError, match="context"):
        Trainer(tiny_model(), [[1] * 300], RECIPE).step()


def test_a_flat_memory_is_the_model_itself() -> None:
    model = tiny_model("gemma3_text")  # its head is tied to the embedding
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    (flat,) = flats_of(model)
    assert set(flat.places) == set(before)
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name])
        assert torch.equal(flat.weights[flat.places[name]].view_as(parameter), parameter)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    flat.weights.data += 1
    assert torch.equal(model.model.norm.weight, before["model.norm.weight"] + 1)
