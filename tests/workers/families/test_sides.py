"""The sides mean what they say: zeroing through a view equals taking that part out of the computation."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

import pytest
import torch

from tests.fakes import ARCHITECTURES, tiny_model
from workers.families import Family, View, family_of

EVERY = (*ARCHITECTURES, "gemma", "smollm3", "olmo", "olmo3")
every_architecture = pytest.mark.parametrize("architecture", EVERY)
TOKENS = torch.tensor([[256, 72, 101, 108, 108, 111, 33, 10], [256, 119, 111, 114, 108, 100, 46, 10]])
LAYER = 1
_OPENED: dict[str, tuple] = {}


def opened(architecture: str) -> tuple[torch.nn.Module, Family, dict[str, View]]:
    if architecture not in _OPENED:
        # Larger weights than at birth, so that every part moves the logits by more than rounding.
        changes = {"num_key_value_heads": 4} if "without sharing" in architecture else {}
        model = tiny_model(architecture.split()[0], **changes)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(4 if parameter.ndim > 1 else 1)
        family = family_of(model.config)
        _OPENED[architecture] = model, family, {view.name: view for view in family.views(model.config)}
    return _OPENED[architecture]


@torch.no_grad()
def logits(model) -> torch.Tensor:
    return model(TOKENS, use_cache=False).logits.clone()


def matrix(model, view: View) -> torch.Tensor:
    """The view's canonical matrix; writing to a slice of it does nothing, `write` does."""
    return view.canonical(model.get_parameter(view.tensor))


@contextmanager
def written(model, *changes: tuple[View, torch.Tensor]):
    """The views hold other values for a while."""
    before = {view.tensor: model.get_parameter(view.tensor).detach().clone() for view, _ in changes}
    for view, values in changes:
        target = view.writable(model.get_parameter(view.tensor))
        target.copy_(values.reshape(target.shape))
    try:
        yield
    finally:
        for name, values in before.items():
            model.get_parameter(name).detach().copy_(values)


def zeroed(model, view: View, axis: int, start: int, stop: int) -> tuple[View, torch.Tensor]:
    values = matrix(model, view).clone()
    values.narrow(axis, start, stop - start).zero_()
    return view, values


@contextmanager
def hooked(module, change, *, on_input: bool):
    """`change(tensor)` edits a copy of what enters or leaves the module."""

    def before(_, inputs):
        edited = inputs[0].clone()
        change(edited)
        return (edited, *inputs[1:])

    def after(_, inputs, output):
        del inputs
        edited = output.clone()
        change(edited)
        return edited

    handle = module.register_forward_pre_hook(before) if on_input else module.register_forward_hook(after)
    try:
        yield
    finally:
        handle.remove()


def module_of(model, view: View):
    return model.get_submodule(view.tensor.rpartition(".")[0])


def silence(start: int, stop: int):
    def change(tensor):
        tensor[..., start:stop] = 0

    return change


def same(left: torch.Tensor, right: torch.Tensor) -> bool:
    return torch.allclose(left, right, rtol=1e-4, atol=1e-5)


@every_architecture
@pytest.mark.parametrize("head", [0, 2])
def test_the_head_side_of_o_is_what_the_heads_send(architecture, head):
    """Zeroing one head's channels of o equals the model with that head's contribution removed."""
    model, _, views = opened(architecture)
    view = views[f"{LAYER}.attn.o"]
    size = view.shape[1] // view.n_heads[1]
    with written(model, zeroed(model, view, 1, head * size, (head + 1) * size)):
        by_weight = logits(model)
    with hooked(module_of(model, view), silence(head * size, (head + 1) * size), on_input=True):
        by_hook = logits(model)
    assert same(by_weight, by_hook)
    assert not same(by_weight, logits(model))


@every_architecture
@pytest.mark.parametrize("neuron", [0, 17])
def test_neurons_are_the_inputs_of_the_down_projections(architecture, neuron):
    """A neuron zeroed on the neuron side of down equals that neuron deactivated (its input zeroed)."""
    model, family, views = opened(architecture)
    modules = family.down_projections(model)
    view = views[f"{LAYER}.mlp.down"]
    assert len(modules) == family.shape(model.config).n_layers
    assert all(module_of(model, views[f"{layer}.mlp.down"]) is module for layer, module in enumerate(modules))
    with written(model, zeroed(model, view, 1, neuron, neuron + 1)):
        by_weight = logits(model)
    with hooked(modules[LAYER], silence(neuron, neuron + 1), on_input=True):
        assert same(by_weight, logits(model))
    assert not same(by_weight, logits(model))


@every_architecture
def test_the_neuron_side_of_up_and_gate_makes_the_same_neuron(architecture):
    """act(0) * anything, or act(0) of a gateless MLP, is 0: the neuron is silent, as by zeroing its input to down."""
    model, family, views = opened(architecture)
    first = "gate" if f"{LAYER}.mlp.gate" in views else "up"
    names = [f"{LAYER}.mlp.{first}", f"{LAYER}.mlp.{first}.bias"]
    with written(model, *(zeroed(model, views[name], 0, 5, 6) for name in names if name in views)):
        by_weight = logits(model)
    with hooked(family.down_projections(model)[LAYER], silence(5, 6), on_input=True):
        assert same(by_weight, logits(model))
    assert not same(by_weight, logits(model))


@pytest.mark.parametrize("architecture", ["gpt2", "gpt_neox", "llama without sharing"])
def test_the_head_sides_of_q_k_v_and_o_are_head_by_head(architecture):
    """Permuting whole heads of q, k, v and of o alike leaves the model as it was (BLOOM's heads differ in slope)."""
    model, _, views = opened(architecture)
    order = torch.tensor([2, 0, 3, 1])
    kinds = ("attn.q", "attn.k", "attn.v", "attn.o", "attn.q.bias", "attn.k.bias", "attn.v.bias")
    present = [views[f"{LAYER}.{kind}"] for kind in kinds if f"{LAYER}.{kind}" in views]
    changes = [(view, permuted(matrix(model, view), view.sides.index("head"), order)) for view in present]
    base = logits(model)
    with written(model, *changes):
        assert same(logits(model), base)
    for change in changes[:4]:
        with written(model, change):
            assert not same(logits(model), base)


def permuted(values: torch.Tensor, axis: int, order: torch.Tensor) -> torch.Tensor:
    """Whole heads along `axis` in another order."""
    by_head = values.unflatten(axis, (len(order), -1))
    return by_head.index_select(axis, order).flatten(axis, axis + 1)


@every_architecture
def test_a_silent_v_head_silences_its_o_channels(architecture):
    """Zero one key-value head of v (and its bias): every query head of its group sends nothing to o."""
    model, family, views = opened(architecture)
    shape = family.shape(model.config)
    group, size, head = shape.n_heads // shape.n_key_value_heads, shape.head_size, 1
    names = [name for name in (f"{LAYER}.attn.v", f"{LAYER}.attn.v.bias") if name in views]
    with written(model, *(zeroed(model, views[name], 0, head * size, (head + 1) * size) for name in names)):
        by_weight = logits(model)
    o = module_of(model, views[f"{LAYER}.attn.o"])
    with hooked(o, silence(head * group * size, (head + 1) * group * size), on_input=True):
        assert same(by_weight, logits(model))
    assert not same(by_weight, logits(model))


@every_architecture
@pytest.mark.parametrize("silent", ["q", "k"])
def test_a_head_without_queries_is_a_head_without_keys(architecture, silent):
    """Zeroing the queries of one key-value group, its keys, or both gives the same scores: none but the mask."""
    model, family, views = opened(architecture)
    shape = family.shape(model.config)
    group, size, head = shape.n_heads // shape.n_key_value_heads, shape.head_size, 1
    # OLMo 2 norms q over all heads at once: there the norm's own channels silence one head alone.
    kind = "norm" if views.get(f"{LAYER}.norm.q", views[f"{LAYER}.attn.q"]).sides == ("head",) else "attn"

    def without(letter: str, first: int, stop: int) -> list[tuple[View, torch.Tensor]]:
        names = [name for name in (f"{LAYER}.{kind}.{letter}", f"{LAYER}.{kind}.{letter}.bias") if name in views]
        return [zeroed(model, views[name], 0, first * size, stop * size) for name in names]

    changes = {"q": without("q", head * group, (head + 1) * group), "k": without("k", head, head + 1)}
    with written(model, *changes["q"], *changes["k"]):
        both = logits(model)
    with written(model, *changes[silent]):
        assert same(logits(model), both)
    assert not same(logits(model), both)


@every_architecture
def test_the_residual_side_of_what_reads_it_is_what_the_norm_gives(architecture):
    """Zero residual dimension 4 on the in side of q, k, v equals zeroing dimension 4 of what enters them."""
    model, _, views = opened(architecture)
    readers = [views[f"{LAYER}.{kind}"] for kind in ("attn.q", "attn.k", "attn.v")]
    with written(model, *(zeroed(model, view, 1, 4, 5) for view in readers)):
        by_weight = logits(model)
    modules = {module_of(model, view) for view in readers}
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(hooked(module, silence(4, 5), on_input=True))
        assert same(by_weight, logits(model))
    assert not same(by_weight, logits(model))


@every_architecture
@pytest.mark.parametrize("kind", ["attn.o", "mlp.down"])
def test_the_residual_side_of_what_writes_it_is_what_leaves_the_module(architecture, kind):
    """Zero residual dimension 4 on the out side (and of the bias) equals zeroing what the module writes there."""
    model, _, views = opened(architecture)
    names = [name for name in (f"{LAYER}.{kind}", f"{LAYER}.{kind}.bias") if name in views]
    with written(model, *(zeroed(model, views[name], 0, 4, 5) for name in names)):
        by_weight = logits(model)
    module = module_of(model, views[names[0]])
    with hooked(module, silence(4, 5), on_input=False):
        assert same(by_weight, logits(model))


@every_architecture
def test_each_projection_is_its_canonical_matrix(architecture):
    """out = in @ matrix.T + bias, for every projection in turn, whatever way it is stored."""
    model, _, views = opened(architecture)
    for kind in ("attn.o", "mlp.gate", "mlp.up", "mlp.down"):
        if f"{LAYER}.{kind}" in views:
            view = views[f"{LAYER}.{kind}"]
            x = torch.randn(3, view.shape[1])
            bias = views.get(f"{view.name}.bias")
            expected = x @ matrix(model, view).T + (matrix(model, bias) if bias else 0)
            with torch.no_grad():
                assert torch.allclose(module_of(model, view)(x), expected, atol=1e-4)


@every_architecture
def test_norm_kinds_are_where_they_say(architecture):
    """`norm.input` and `norm.post` feed attention and MLP; `norm.attn_out`, `norm.mlp_out` take what they give."""
    model, _, views = opened(architecture)
    order: list[str] = []
    watched = {"attn.o": "attention", "mlp.down": "mlp"} | {
        kind: kind for kind in ("norm.input", "norm.post", "norm.attn_out", "norm.mlp_out")
    }
    handles = [
        module_of(model, views[f"{LAYER}.{kind}"]).register_forward_hook(lambda *_, word=word: order.append(word))
        for kind, word in watched.items()
        if f"{LAYER}.{kind}" in views
    ]
    logits(model)
    for handle in handles:
        handle.remove()
    expected = ["norm.input", "attention", "norm.attn_out", "norm.post", "mlp", "norm.mlp_out"]
    if architecture == "gpt_neox":  # parallel residual: both norms read what entered the layer
        assert set(order) == {"norm.input", "attention", "norm.post", "mlp"}
    else:
        assert order == [word for word in expected if word in order]
