"""Every estimator: by hand, against a naive twin on every architecture, and what must hold."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from transformers.pytorch_utils import Conv1D

from tests.fakes import ARCHITECTURES, tiny_model
from tests.workers.analysis.given import SAMPLES, model, plain_views
from workers.analysis.batches import bucketed
from workers.analysis.errors import AnalysisError
from workers.analysis.estimators import ESTIMATORS, estimator_of
from workers.analysis.importance import score
from workers.families import family_of

BUDGET = 60


def by_hand(name: str, weights: list[float], **sums: list) -> list[float]:
    return (
        ESTIMATORS[name]
        .finish(torch.tensor(weights), {part: torch.tensor(value) for part, value in sums.items()})
        .tolist()
    )


def test_two_batches_by_hand() -> None:
    """theta = (2, -3); gradients (1, 1) and (-1, 2): sum g = (0, 3), sum g^2 = (2, 5)."""
    theta, gradient, squared = [2.0, -3.0], [0.0, 3.0], [2.0, 5.0]
    assert by_hand("taylor abs_of_sum", theta, gradient=gradient) == [0, 9]
    assert by_hand("fisher", theta, squared=squared) == [2, 5]
    # Eq. 3: |2 * 0 - 4 / 2 * 2| and |-3 * 3 - 9 / 2 * 5|
    assert by_hand("second_order", theta, gradient=gradient, squared=squared) == [4, 31.5]
    assert by_hand("magnitude", theta) == [2, 3]


def test_wanda_by_hand() -> None:
    """Inputs (3, 1) and (4, 0): norms 5 and 1 for the columns of each row."""
    found = ESTIMATORS["wanda"].finish(torch.tensor([[1.0, -2.0], [-3.0, 4.0]]), {"columns": torch.tensor([25.0, 1.0])})
    assert found.tolist() == [[5, 2], [15, 4]]


def naive_gradients(lm, samples) -> dict[str, dict[str, torch.Tensor]]:
    """Sum of g and of g^2, by autograd, batch by batch."""
    sums = {
        name: {"gradient": torch.zeros_like(p), "squared": torch.zeros_like(p)} for name, p in lm.named_parameters()
    }
    for batch in bucketed(samples, max_tokens_per_batch=BUDGET):
        labels = batch.token_ids.clone()
        labels[torch.arange(labels.shape[1]) >= batch.lengths[:, None]] = -100
        logits = lm(input_ids=batch.token_ids).logits
        loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        for (name, _), g in zip(lm.named_parameters(), torch.autograd.grad(loss, list(lm.parameters())), strict=True):
            sums[name]["gradient"] += g
            sums[name]["squared"] += g**2
    return sums


def naive_scores(lm, samples, name: str) -> dict[str, torch.Tensor]:
    weights = {n: p.detach() for n, p in lm.named_parameters()}
    if name == "magnitude":
        return {n: p.abs() for n, p in weights.items()}
    if name == "wanda":
        return {n: p.abs() * naive_norms(lm, samples)[n] for n, p in weights.items()}
    sums = naive_gradients(lm, samples)
    if name == "fisher":
        return {n: s["squared"] for n, s in sums.items()}
    return {n: (p * sums[n]["gradient"] - p**2 * sums[n]["squared"] / 2).abs() for n, p in weights.items()}


def naive_norms(lm, samples) -> dict[str, torch.Tensor]:
    """What every weight multiplies, one sample at a time and without padding, in its stored shape.

    A module's output is linear in its weights: with one more on all weights it grows by what they multiply.
    """
    squares = {name: torch.zeros_like(p) for name, p in lm.named_parameters()}
    head = lm.get_output_embeddings()

    def read(name: str, module: nn.Module, x: torch.Tensor) -> None:
        for kind, _ in module.named_parameters(recurse=False):
            total = squares[f"{name}.{kind}"]
            if kind == "bias":
                total += x[..., 0].numel() if x.ndim == 3 else 1
            elif isinstance(module, nn.Embedding):
                for token in x.flatten().tolist():
                    total[token] += 1
            elif isinstance(module, nn.Linear | Conv1D):
                column = x.flatten(0, -2).square().sum(0)
                total += column if isinstance(module, nn.Linear) else column[:, None]
            else:
                twin = copy.deepcopy(module)
                twin._forward_pre_hooks.clear()
                nn.init.zeros_(twin.weight)
                low = twin(x)
                nn.init.ones_(twin.weight)
                total += (twin(x) - low).flatten(0, -2).square().sum(0)

    names = {module: name for name, module in lm.named_modules()}
    handles = [
        module.register_forward_pre_hook(lambda module, args: read(names[module], module, args[0]))
        for module in names
        if module is not head and any(True for _ in module.parameters(recurse=False))
    ]
    tied = head.weight is lm.get_input_embeddings().weight
    head_name = names[lm.get_input_embeddings() if tied else head]
    with torch.no_grad():
        for sample in samples:
            hidden = lm.base_model(input_ids=torch.tensor([sample])).last_hidden_state
            squares[f"{head_name}.weight"] += hidden[0].square().sum(0)
    for handle in handles:
        handle.remove()
    return {name: total.sqrt() for name, total in squares.items()}


@pytest.mark.parametrize("estimator", ["magnitude", "fisher", "second_order", "wanda"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_scores_are_those_of_the_naive_twin(architecture: str, estimator: str) -> None:
    lm = model(architecture)
    views = family_of(lm.config).views(lm.config)
    got = score(lm, views, SAMPLES, estimator=estimator, max_tokens_per_batch=BUDGET)
    expected = naive_scores(lm, SAMPLES, estimator)
    for view in views:
        stored = expected[view.tensor]
        atol = 2e-6 * float(stored.max()) + 1e-12
        torch.testing.assert_close(got.scores[view.name], view.canonical(stored), atol=atol, rtol=1e-3, msg=view.name)
    reads = estimator_of(estimator).reads
    assert got.n_samples == (0 if reads == "nothing" else 6)
    assert (got.mean_loss is not None) == (reads == "backward")


@pytest.mark.parametrize("estimator", ["taylor", "magnitude", "fisher", "second_order", "wanda"])
def test_what_holds_of_every_estimator(estimator: str) -> None:
    """Nothing below 0; the order of samples changes nothing; the model is left as it was; the same bits again."""
    lm = model("gpt2")
    views, before = family_of(lm.config).views(lm.config), copy.deepcopy(lm.state_dict())
    first, again = (score(lm, views, SAMPLES, estimator=estimator, max_tokens_per_batch=BUDGET) for _ in range(2))
    turned = score(lm, views, SAMPLES[::-1], estimator=estimator, max_tokens_per_batch=BUDGET).scores
    for name, matrix in first.scores.items():
        assert matrix.dtype == torch.float32 and matrix.is_contiguous() and matrix.min() >= 0
        assert torch.equal(matrix, again.scores[name])
        torch.testing.assert_close(turned[name], matrix, rtol=1e-4, atol=1e-5 * float(matrix.max()))
    assert all(torch.equal(before[name], tensor) for name, tensor in lm.state_dict().items())
    assert not any(module._forward_pre_hooks for module in lm.modules())
    assert not any(p._post_accumulate_grad_hooks for p in lm.parameters())


def test_padding_and_a_length_like_the_number_of_heads_change_no_input_norm() -> None:
    """Gemma's q and k norms see heads before tokens: four heads, four tokens."""
    lm = model("gemma3_text")
    samples = [SAMPLES[0][:4], SAMPLES[1][:3]]
    together = score(lm, plain_views(lm), samples, estimator="wanda", max_tokens_per_batch=100).scores
    expected = naive_norms(lm, samples)
    for name, p in lm.named_parameters():
        torch.testing.assert_close(together[name], p.detach().abs() * expected[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("estimator", ["fisher", "second_order", "wanda", "magnitude"])
def test_half_precision_is_summed_in_float32(estimator: str) -> None:
    lm = copy.deepcopy(model()).to(torch.bfloat16)
    got = score(lm, plain_views(lm), SAMPLES, estimator=estimator, max_tokens_per_batch=BUDGET).scores
    expected = naive_scores(model(), SAMPLES, estimator)
    for name, matrix in got.items():
        assert matrix.dtype == torch.float32
        assert torch.corrcoef(torch.stack([matrix.flatten(), expected[name].flatten()]))[0, 1] > 0.95, name


def test_an_estimator_that_reads_no_text_needs_none() -> None:
    lm = tiny_model()
    assert score(lm, plain_views(lm), [], estimator="magnitude").n_tokens == 0


def test_names_that_are_none() -> None:
    with pytest.raises(AnalysisError, match="'obd'"):
        estimator_of("obd")
    with pytest.raises(AnalysisError, match="'mean'"):
        estimator_of("taylor", "mean")
    assert estimator_of("fisher", "whatever the mode").name == "fisher"


def test_a_stopped_forward_leaves_no_hook() -> None:
    lm = model()

    def stop(items, total: int, unit: str):
        yield next(iter(items))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(lm, plain_views(lm), SAMPLES, estimator="wanda", track=stop)
    assert not any(module._forward_pre_hooks for module in lm.modules())
