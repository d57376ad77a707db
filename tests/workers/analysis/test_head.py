from __future__ import annotations

import pytest
import torch

from tests.fakes import ARCHITECTURES
from tests.workers.analysis.given import SAMPLES, model
from workers.analysis import head
from workers.analysis.batches import bucketed


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_are_those_of_the_model_itself(architecture: str) -> None:
    batch = bucketed([SAMPLES[1]], max_tokens_per_batch=64)[0]
    with torch.no_grad():
        expected = model(architecture)(input_ids=batch.token_ids).logits[0]
        got = head.logits(model(architecture), head.hidden_states(model(architecture), batch)[0])
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)


def test_targets_are_all_real_tokens_but_the_first() -> None:
    batch = bucketed([[7, 8, 9], [5, 6]], max_tokens_per_batch=8)[0]
    hidden = torch.arange(6.0).view(2, 3, 1)
    found = head.targets(hidden, batch)
    assert found.token_ids.tolist() == [8, 9, 6]
    assert found.hidden[:, 0].tolist() == [0, 1, 3]


@pytest.mark.parametrize("architecture", ["llama", "gemma2"])
@pytest.mark.parametrize("logits_per_chunk", [1, 260 * 3, 1 << 25])
def test_chunks_change_neither_the_loss_nor_its_gradients(
    monkeypatch, architecture: str, logits_per_chunk: int
) -> None:
    monkeypatch.setattr(head, "LOGITS_PER_CHUNK", logits_per_chunk)
    lm, weight = model(architecture), model(architecture).get_output_embeddings().weight
    torch.manual_seed(0)
    hidden = torch.randn(11, 32)
    found = head.Targets(hidden, torch.randint(0, 260, (11,)))
    total = torch.zeros_like(weight)
    loss, of_hidden = head.loss_gradient(lm, found, total)

    hidden.requires_grad_()
    twin_weight = weight.detach().clone().requires_grad_()
    raw = hidden @ twin_weight.t()
    capped = raw if architecture == "llama" else 2.0 * torch.tanh(raw / 2.0)
    expected = torch.nn.functional.cross_entropy(capped, found.token_ids)
    expected.backward()
    assert loss == pytest.approx(float(expected.detach()), rel=1e-6)
    assert head.negative_log_likelihood(lm, found) == pytest.approx(11 * loss, rel=1e-6)
    torch.testing.assert_close(of_hidden, hidden.grad, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(total, twin_weight.grad, atol=1e-6, rtol=1e-4)
