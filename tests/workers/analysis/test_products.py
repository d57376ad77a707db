from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from workers.analysis import products
from workers.analysis.products import fast_linear, linear


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_product_and_gradients_are_those_of_torch(monkeypatch, works: bool, bias: bool) -> None:
    if works and not products.onednn_works():
        pytest.skip("this torch has no oneDNN product")
    monkeypatch.setattr(products, "onednn_works", lambda: works)
    torch.manual_seed(0)
    inputs = [torch.randn(3, 5, 16), torch.randn(7, 16)] + [torch.randn(7)] * bias
    ours = [tensor.clone().requires_grad_() for tensor in inputs]
    theirs = [tensor.clone().requires_grad_() for tensor in inputs]
    weight = torch.randn(3, 5, 7)
    got, expected = linear(*ours), F.linear(*theirs)
    (got * weight).sum().backward()
    (expected * weight).sum().backward()
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, atol=1e-5, rtol=1e-5)


def test_modules_get_their_own_forward_back_even_after_an_error() -> None:
    module = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4))
    x = torch.randn(9, 4)
    expected = module(x)
    with fast_linear(module):
        torch.testing.assert_close(module(x), expected, atol=1e-5, rtol=1e-5)
    with pytest.raises(RuntimeError), fast_linear(module):
        module(torch.randn(9, 5))
    assert "forward" not in vars(module[0])


def test_a_replaced_forward_is_left_alone() -> None:
    module = nn.Linear(4, 4)
    module.forward = lambda x: x  # type: ignore[method-assign]
    with fast_linear(module):
        assert torch.equal(module(torch.ones(9, 4)), torch.ones(9, 4))
    assert "forward" in vars(module)


def test_half_precision_stays_with_torch() -> None:
    x, weight = torch.randn(9, 4, dtype=torch.bfloat16), torch.randn(3, 4, dtype=torch.bfloat16)
    assert torch.equal(linear(x, weight), F.linear(x, weight))


def test_without_the_private_operation_torch_is_used(monkeypatch) -> None:
    def missing(*_: object) -> torch.Tensor:
        raise AttributeError("_linear_pointwise")

    products.onednn_works.cache_clear()
    monkeypatch.setattr(products, "_onednn", missing)
    assert not products.onednn_works()
    products.onednn_works.cache_clear()
