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


IN_PLACE = {
    "clamp": lambda y: y.clamp_(-0.5, 0.5),
    "multiply": lambda y: y.mul_(y.detach().sign()),
    "add to a part": lambda y: y[..., 1:3].add_(1.0),
    "write over a view": lambda y: y.view(*y.shape[:-1], 2, 4).transpose(-1, -2).mul_(3.0),
    "nothing": lambda y: y,
}


@pytest.mark.parametrize("grads", ["all", "weight", "x", "bias"])
@pytest.mark.parametrize("shape", [(9, 16), (3, 5, 16), (2, 2, 5, 16)])
@pytest.mark.parametrize("name", IN_PLACE)
def test_a_product_may_be_written_into_as_that_of_the_module_it_replaces(name: str, shape, grads: str) -> None:
    """OLMo clamps its queries, keys and values in place; any model may write into what a projection gives it."""
    torch.manual_seed(0)
    module, x = nn.Linear(16, 8), torch.randn(shape).transpose(0, 1).contiguous().transpose(0, 1)
    for parameter, of in ((module.weight, "weight"), (module.bias, "bias")):
        parameter.requires_grad_(grads in ("all", of))
    weight = torch.randn(*shape[:-1], 8)

    def run() -> list[torch.Tensor | None]:
        module.zero_grad()
        leaf = x.clone().requires_grad_(grads in ("all", "x"))
        product = module(input=leaf)
        IN_PLACE[name](product)
        (product * weight).sum().backward()
        return [product, leaf.grad, module.weight.grad, module.bias.grad]

    expected = run()
    with fast_linear(module):
        got = run()
    for mine, theirs in zip(got, expected, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-5)


def test_an_input_that_is_written_into_before_the_backward_pass_is_noticed() -> None:
    x = torch.randn(9, 4)
    weight = torch.randn(3, 4, requires_grad=True)
    product = linear(x, weight)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.sum().backward()


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
