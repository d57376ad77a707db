from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional as F

from tests.fakes import ARCHITECTURES, tiny_model
from tests.workers.analysis.given import SAMPLES, model, nll_by_hand, plain_view, plain_views
from workers.analysis.batches import bucketed
from workers.analysis.errors import AnalysisError
from workers.analysis.estimators import estimator_of
from workers.analysis.gradients import GradientSums, add_abs_product
from workers.analysis.importance import score
from workers.analysis.rank_agreement import spearman
from workers.families import family_of

BUDGET = 60
MODES = ("abs_of_sum", "sum_of_abs")


def naive(lm, samples, mode: str) -> dict[str, torch.Tensor]:
    """Eq. 4 as it is written: Hugging Face's forward, autograd, one batch after the other."""
    totals = {name: torch.zeros_like(p) for name, p in lm.named_parameters()}
    for batch in bucketed(samples, max_tokens_per_batch=BUDGET):
        labels = batch.token_ids.clone()
        labels[torch.arange(labels.shape[1]) >= batch.lengths[:, None]] = -100
        logits = lm(input_ids=batch.token_ids, attention_mask=(labels >= 0).long()).logits
        loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        gradients = torch.autograd.grad(loss, list(lm.parameters()))
        for (name, p), g in zip(lm.named_parameters(), gradients, strict=True):
            totals[name] += g if mode == "abs_of_sum" else (p * g).abs().detach()
    weights = dict(lm.named_parameters())
    return {n: (t * weights[n]).abs().detach() if mode == "abs_of_sum" else t for n, t in totals.items()}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_scores_are_those_of_the_naive_twin(architecture: str, mode: str) -> None:
    lm = model(architecture)
    views = family_of(lm.config).views(lm.config)
    got = score(lm, views, SAMPLES, mode=mode, max_tokens_per_batch=BUDGET)
    expected = naive(lm, SAMPLES, mode)
    assert list(got.scores) == [view.name for view in views]
    for view in views:
        stored = expected[view.tensor]
        atol = 2e-6 * float(stored.max()) + 1e-12
        torch.testing.assert_close(got.scores[view.name], view.canonical(stored), atol=atol, rtol=1e-3)
    nll = sum(nll_by_hand(lm, sample) for sample in SAMPLES)
    assert (got.n_samples, got.n_tokens) == (6, sum(map(len, SAMPLES)) - 6)
    assert got.mean_loss == pytest.approx(nll / got.n_tokens, rel=1e-5)


def test_two_batches_by_hand() -> None:
    """theta = (2, -3); gradients (1, 1) and (-1, 2): |theta * sum| = (0, 9), sum |theta * g| = (4, 9)."""
    for mode, expected in (("abs_of_sum", [0.0, 9.0]), ("sum_of_abs", [4.0, 9.0])):
        theta = torch.nn.Parameter(torch.tensor([2.0, -3.0]))
        estimator = estimator_of("taylor", mode)
        totals = GradientSums({"theta": theta}, parts=estimator.parts)
        for gradient in ([1.0, 1.0], [-1.0, 2.0]):
            theta.grad = torch.tensor(gradient)
            totals.take(theta)
            totals.end_batch()
        assert theta.grad is None
        assert estimator.finish(theta.detach(), totals.parts(plain_view("theta", (2,)))).tolist() == expected


def test_tiles_cover_everything() -> None:
    weight, gradient = torch.randn(300, 500), torch.randn(500, 300).t()
    total = torch.ones(300, 500)
    add_abs_product(total, weight, gradient)
    torch.testing.assert_close(total, 1 + (weight * gradient).abs())


def test_only_the_asked_parameters_are_scored_and_nothing_else_is_touched() -> None:
    lm = model("gpt2")
    views = [view for view in plain_views(lm) if view.name.endswith("1.mlp.c_fc.weight")]
    before = copy.deepcopy(lm.state_dict())
    lm.lm_head.weight.requires_grad_(False)
    try:
        alone = score(lm, views, SAMPLES, mode="abs_of_sum", max_tokens_per_batch=BUDGET).scores
        required = [name for name, p in lm.named_parameters() if not p.requires_grad]
    finally:
        lm.lm_head.weight.requires_grad_(True)
    assert required == ["transformer.wte.weight"]
    assert all(p.grad is None for p in lm.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in lm.state_dict().items())
    together = score(lm, plain_views(lm), SAMPLES, mode="abs_of_sum", max_tokens_per_batch=BUDGET).scores
    assert list(alone) == [view.name for view in views]
    torch.testing.assert_close(alone[views[0].name], together[views[0].name])


def test_views_of_one_tensor_share_no_memory_and_are_canonical() -> None:
    lm = model("gpt2")
    tensor = "transformer.h.0.mlp.c_fc.weight"
    plain, turned = plain_view(tensor, (32, 48)), plain_view(tensor, (48, 32))
    turned = turned._replace(name="turned", transposed=True)
    scores = score(lm, [plain, turned], SAMPLES, mode="abs_of_sum").scores
    assert torch.equal(scores[tensor].t(), scores["turned"])
    assert all(matrix.is_contiguous() and matrix.dtype == torch.float32 for matrix in scores.values())
    assert scores[tensor].untyped_storage().data_ptr() != scores["turned"].untyped_storage().data_ptr()


@pytest.mark.parametrize("mode", MODES)
def test_half_precision_is_summed_in_float32(mode: str) -> None:
    lm = copy.deepcopy(model()).to(torch.bfloat16)
    got = score(lm, plain_views(lm), SAMPLES, mode=mode, max_tokens_per_batch=BUDGET).scores
    expected = naive(model(), SAMPLES, mode)
    for name, matrix in got.items():
        assert matrix.dtype == torch.float32
        assert torch.corrcoef(torch.stack([matrix.flatten(), expected[name].flatten()]))[0, 1] > 0.95, name


def test_in_float16_the_small_probabilities_of_a_large_vocabulary_count() -> None:
    """Divided by the tokens of a batch they are below the smallest float16; all rows of a real head have a common part,
    which cancels only when they are all there."""
    lm = tiny_model(vocab_size=20_000)
    with torch.no_grad():
        lm.lm_head.weight.add_(torch.randn(32, generator=torch.Generator().manual_seed(3)) * 0.3)
    view = next(view for view in family_of(lm.config).views(lm.config) if view.name == "0.mlp.up")
    samples = [torch.randint(0, 256, (200,), generator=torch.Generator().manual_seed(n)).tolist() for n in range(4)]
    expected, got = (score(one, [view], samples).scores["0.mlp.up"] for one in (lm, copy.deepcopy(lm).half()))
    assert spearman(got.flatten(), expected.flatten()) > 0.99
    assert float(got.sum() / expected.sum()) == pytest.approx(1, rel=0.02)


def test_the_same_question_gives_the_same_bits() -> None:
    lm = model()
    first, second = (score(lm, plain_views(lm), SAMPLES, mode="sum_of_abs").scores for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_stopped_run_leaves_the_model_as_it_was() -> None:
    lm = model()

    def stop(items, total: int, unit: str):
        assert (total, unit) == (len(SAMPLES), "samples")
        for item in items:
            yield item
            if item.batch is not None:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(lm, plain_views(lm), SAMPLES, mode="abs_of_sum", max_tokens_per_batch=BUDGET, track=stop)
    assert all(p.grad is None and p.requires_grad and not p._post_accumulate_grad_hooks for p in lm.parameters())


def test_a_cancel_in_the_middle_of_the_backward_pass_comes_out_as_itself(monkeypatch) -> None:
    """A signal arrives in a hook, on the thread that runs the backward pass."""

    class JobCancelled(BaseException):
        pass

    def cancelled(self: GradientSums, parameter: torch.Tensor) -> None:
        raise JobCancelled

    monkeypatch.setattr(GradientSums, "take", cancelled)
    lm = model()
    before = copy.deepcopy(lm.state_dict())
    with pytest.raises(JobCancelled):
        score(lm, plain_views(lm), SAMPLES, mode="abs_of_sum", max_tokens_per_batch=BUDGET)
    assert all(p.grad is None and p.requires_grad and not p._post_accumulate_grad_hooks for p in lm.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in lm.state_dict().items())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_broken_weights_are_named(value: float) -> None:
    lm = copy.deepcopy(model())
    with torch.no_grad():
        lm.model.layers[1].mlp.up_proj.weight[3, 4] = value
    with pytest.raises(AnalysisError, match=r"layers\.1\.mlp\.up_proj\.weight"):
        score(lm, plain_views(lm), SAMPLES, mode="abs_of_sum")


def test_a_loss_that_overflows_is_refused() -> None:
    lm = copy.deepcopy(model())
    with torch.no_grad():
        lm.model.norm.weight.fill_(3e38)
    with pytest.raises(AnalysisError, match="the loss of a batch is"):
        score(lm, plain_views(lm), SAMPLES, mode="abs_of_sum")


def test_questions_without_an_answer() -> None:
    lm = model()
    with pytest.raises(AnalysisError, match="no sample"):
        score(lm, plain_views(lm), [[1], []], mode="abs_of_sum")
    with pytest.raises(AnalysisError, match="'mean'"):
        score(lm, plain_views(lm), SAMPLES, mode="mean")
