"""Perturbation writes what it says, where it says, and takes it back bit for bit."""

from __future__ import annotations

import math
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import ARCHITECTURES, tiny_model
from workers.analysis.checksum import checksum
from workers.analysis.errors import AnalysisError
from workers.analysis.perturbation import DimensionTarget, EditSpec, ScalarTarget, perturbed, resolve
from workers.families import family_of, in_layers

every_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)
_MODELS: dict[str, tuple] = {}


def opened(architecture: str, **changes):
    """A model and its views; shared by the tests, which also proves that each leaves it whole."""
    key = f"{architecture}{changes}"
    if key not in _MODELS:
        model = tiny_model(architecture, **changes)
        views = family_of(model.config).views(model.config)
        _MODELS[key] = (model, views, {view.name: view for view in views})
    return _MODELS[key]


def canonical(model, view) -> torch.Tensor:
    return view.canonical(dict(model.named_parameters())[view.tensor]).clone()


def scalar(matrix: str, *index: int, action: str = "zero", **operands) -> EditSpec:
    return EditSpec(ScalarTarget(matrix, index), action, **operands)


def residual(index: int, action: str = "zero", *, kinds=(), layers=None, **operands) -> EditSpec:
    return EditSpec(DimensionTarget("residual", index, kinds, layers), action, **operands)


@every_architecture
def test_a_residual_dimension_is_zero_in_everything_within_the_layers_that_carries_it(architecture):
    model, views, _ = opened(architecture)
    before = {view.name: canonical(model, view) for view in views}
    with perturbed(model, views, [residual(5)]) as [applied]:
        n_changed = 0
        for view in views:
            expected = before[view.name].clone()
            if in_layers(view) and "residual" in view.sides:
                expected.select(view.sides.index("residual"), 5).zero_()
                n_changed += expected.numel() // 32
                assert view.name in applied.matrices
            assert torch.equal(canonical(model, view), expected)
        assert applied.n_parameters == n_changed
    assert all(torch.equal(canonical(model, view), before[view.name]) for view in views)


@every_architecture
@pytest.mark.parametrize("side", ["head", "neuron"])
def test_a_head_channel_and_a_neuron_are_zeroed_on_their_own_side(architecture, side):
    model, views, _ = opened(architecture)
    with perturbed(model, views, [EditSpec(DimensionTarget(side, 3), "zero")]) as [applied]:
        touched = [view for view in views if view.name in applied.matrices]
        assert {view.name for view in touched} == {view.name for view in views if side in view.sides}
        for view in touched:
            assert not canonical(model, view).select(view.sides.index(side), 3).any()


def test_a_head_channel_beyond_the_key_value_heads_exists_in_q_and_o_only():
    _, views, _ = opened("llama")
    kinds = {change.view.kind for change in resolve(views, EditSpec(DimensionTarget("head", 31), "zero"))}
    assert kinds == {"attn.q", "attn.o"}
    with pytest.raises(AnalysisError, match="0 to 31") as caught:
        resolve(views, EditSpec(DimensionTarget("head", 32), "zero"))
    assert caught.value.code == "index_out_of_range"
    with pytest.raises(AnalysisError, match=r"attn\.k.* 0 to 15"):
        resolve(views, EditSpec(DimensionTarget("head", 16, ("attn.q", "attn.k")), "zero"))


def test_layers_and_kinds_narrow_the_edit():
    _, views, _ = opened("gpt2")
    changes = resolve(views, residual(0, kinds=("norm.input", "mlp.down"), layers=(1, 1)))
    assert [change.view.name for change in changes] == ["1.mlp.down", "1.norm.input"]
    assert [change.index for change in changes] == [(0, slice(None)), (0,)]
    outside = resolve(views, residual(0, kinds=("embed.token",)))
    assert [(change.view.name, change.index) for change in outside] == [("embed.token", (slice(None), 0))]


ACTIONS = [
    (scalar("1.norm.input", 7, action="scale", factor=10.0), lambda old: old * 10),
    (scalar("1.norm.input", 7, action="set", value=2.5), lambda old: 2.5),
    (scalar("1.norm.input", 7), lambda old: 0.0),
    (scalar("1.attn.k", 3, 4, action="scale", factor=-2.0), lambda old: old * -2),
]


@every_architecture
@pytest.mark.parametrize("edit,expected", ACTIONS)
def test_one_scalar_is_written_and_nothing_else(architecture, edit, expected):
    model, views, by_name = opened(architecture)
    if edit.where.matrix not in by_name:
        return  # OLMo 2 has no norm before attention
    view = by_name[edit.where.matrix]
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    matrix = canonical(model, view)
    with perturbed(model, views, [edit]) as [applied]:
        old = matrix[edit.where.index].item()
        matrix[edit.where.index] = expected(old)
        assert torch.equal(canonical(model, view), matrix)
        n_changed = sum(int((p != before[name]).sum()) for name, p in model.named_parameters())
        assert n_changed == applied.n_parameters == 1
        assert applied.matrices == (edit.where.matrix,)
        assert f"{old:.6g} -> {matrix[edit.where.index].item():.6g}" in applied.sentence


@pytest.mark.parametrize("architecture,weight", [("llama", 1.0), ("gemma3_text", 0.0), ("gpt2", 1.0)])
def test_reset_gives_a_norm_an_effective_scale_of_one(architecture, weight):
    model, views, by_name = opened(architecture)
    with perturbed(model, views, [scalar("0.norm.input", 3, action="reset")]):
        assert canonical(model, by_name["0.norm.input"])[3].item() == weight
    kinds = tuple({view.kind for view in views if view.kind.startswith("norm.") and "residual" in view.sides})
    with perturbed(model, views, [residual(3, "reset", kinds=kinds)]):
        for view in views:
            if view.kind in kinds:
                assert canonical(model, view)[3].item() == (0.0 if view.kind.endswith(".bias") else weight)


def test_reset_of_a_matrix_is_refused_with_the_reason():
    _, views, _ = opened("llama")
    for edit in (residual(3, "reset"), scalar("0.attn.q", 1, 1, action="reset")):
        with pytest.raises(AnalysisError, match="drawn at random before training") as caught:
            resolve(views, edit)
        assert caught.value.code == "no_initial_value"
        assert "norm.input" not in caught.value.detail


def test_random_has_the_spread_of_its_matrix_and_depends_on_the_seed_only():
    model, views, by_name = opened("llama", hidden_size=256, num_hidden_layers=1)
    view = by_name["0.mlp.down"]
    drawn = []
    for seed, kinds in ((1, ("mlp.down",)), (1, ("mlp.down", "mlp.up")), (2, ("mlp.down",))):
        with perturbed(model, views, [EditSpec(DimensionTarget("neuron", 5, kinds), "random", seed=seed)]):
            drawn.append(canonical(model, view)[:, 5])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert drawn[0].std().item() == pytest.approx(canonical(model, view).std().item(), rel=0.2)
    assert abs(drawn[0].mean().item()) < 0.2 * drawn[0].std().item()


@pytest.mark.parametrize("architecture", ["gpt2", "gpt_neox", "bloom"])
def test_random_writes_every_cell_of_a_line_of_a_fused_matrix(architecture):
    model, views, by_name = opened(architecture)
    view = by_name["1.attn.v"]
    before = canonical(model, view)
    with perturbed(model, views, [residual(9, "random", kinds=("attn.v",), layers=(1, 1), seed=4)]):
        changed = canonical(model, view) != before
    assert changed[:, 9].all()
    assert changed.sum() == 32


def test_edits_apply_in_order_each_upon_the_one_before():
    model, views, by_name = opened("llama")
    before = checksum(model.parameters())
    edits = [
        scalar("0.norm.input", 1, action="set", value=3.0),
        scalar("0.norm.input", 1, action="scale", factor=2.0),
    ]
    with perturbed(model, views, edits) as [first, second]:
        assert canonical(model, by_name["0.norm.input"])[1].item() == 6.0
    assert first.sentence.endswith("-> 3 (set to 3)")
    assert second.sentence == "norm.input of layer 0, residual dimension 1: 3 -> 6 (multiplied by 2)"
    assert checksum(model.parameters()) == before


@pytest.mark.parametrize(
    "edit,code,named",
    [
        (scalar("2.attn.q", 0, 0), "unknown_matrix", "0 to 1"),
        (scalar("0.attn.x", 0, 0), "unknown_matrix", "attn.q, attn.k"),
        (scalar("0.attn.q", 0), "index_shape", "(32, 32)"),
        (scalar("0.norm.input", 0, 0), "index_shape", "one number"),
        (scalar("0.attn.q", 0, 32), "index_out_of_range", "residual indices are 0 to 31"),
        (scalar("0.attn.k", 16, 0), "index_out_of_range", "head indices are 0 to 15"),
        (scalar("0.mlp.up", 48, 0), "index_out_of_range", "neuron indices are 0 to 47"),
        (scalar("0.mlp.up", -1, 0), "index_out_of_range", "0 to 47"),
        (residual(32), "index_out_of_range", "0 to 31"),
        (residual(0, layers=(1, 2)), "layer_out_of_range", "0 to 1"),
        (residual(0, kinds=("norm.q",)), "unknown_kind", "norm.input"),
        (residual(0, kinds=("embed.token",), layers=(0, 0)), "unknown_kind", "layers 0 to 0"),
        (EditSpec(DimensionTarget("sideways", 0), "zero"), "unknown_kind", "residual, head, neuron"),
        (EditSpec(DimensionTarget("neuron", 48), "zero"), "index_out_of_range", "0 to 47"),
        (residual(0, "explode"), "unknown_action", "zero, scale"),
        (residual(0, "scale"), "unknown_action", "factor"),
    ],
)
def test_what_does_not_exist_is_refused_naming_what_does(edit, code, named):
    model, views, _ = opened("llama")
    before = checksum(model.parameters())
    with pytest.raises(AnalysisError) as caught, perturbed(model, views, [residual(0), edit]):
        pass
    assert caught.value.code == code
    assert named in str(caught.value)
    assert checksum(model.parameters()) == before


@pytest.mark.parametrize("operand", [{"action": "set", "value": 1e39}, {"action": "set", "value": math.nan},
                                     {"action": "scale", "factor": 1e300}])  # fmt: skip
def test_a_value_that_the_dtype_cannot_hold_is_refused_and_taken_back(operand):
    model, views, _ = opened("llama")
    before = checksum(model.parameters())
    edits = [residual(0), scalar("0.norm.input", 1, **operand)]
    with pytest.raises(AnalysisError, match=r"float32 reaches to 3\.4e") as caught, perturbed(model, views, edits):
        pass
    assert caught.value.code == "not_representable"
    assert checksum(model.parameters()) == before


SENTENCES = [
    ("llama", scalar("0.mlp.up", 7, 9), "mlp.up of layer 0, from residual dimension 9 to neuron 7: "),
    ("llama", scalar("0.attn.o", 3, 17), "attn.o of layer 0, from head 2 channel 1 to residual dimension 3: "),
    ("qwen3", scalar("0.norm.q", 3), "norm.q of layer 0, channel 3 of every head: "),
    ("gpt2", scalar("embed.token", 65, 2), "embed.token, from residual dimension 2 to token 65: "),
    ("gpt2", scalar("embed.position", 5, 2), "embed.position, from residual dimension 2 to position 5: "),
    ("llama", residual(4, kinds=("norm.input",)),
     "residual dimension 4 in norm.input of layers 0 to 1 (2 matrices, 2 parameters): set to 0"),
    ("llama", residual(4, kinds=("norm.input",), layers=(1, 1)), "norm.input of layer 1, residual dimension 4: "),
    ("gpt2", residual(4, "reset", kinds=("norm.input", "norm.input.bias"), layers=(0, 0)),
     "reset to the initial value, an effective norm scale of 1 or a bias of 0"),
    ("gpt2", scalar("0.attn.q.bias", 4, action="reset"), "-> 0 (reset to the initial value, a bias of 0)"),
    ("llama", scalar("0.norm.post", 4, action="reset"), "-> 1 (reset to the initial value, an effective norm scale"),
    ("llama", residual(4, "scale", kinds=("attn.q", "embed.token"), factor=4.0),
     "residual dimension 4 in attn.q of layers 0 to 1, and embed.token (3 matrices, 324 parameters): multiplied by 4"),
    ("llama", EditSpec(DimensionTarget("head", 11, ("attn.k",)), "random", seed=3),
     "head 1 channel 3 in attn.k of layers 0 to 1 (2 matrices, 64 parameters): drawn at random (normal, mean 0, "
     "standard deviation of its own matrix, seed 3)"),
    ("gemma3_text", residual(4, kinds=("norm.input",)),
     "set to 0; the norms among them scale by 1 + weight, so that weight 0 is an effective scale of 1, not of 0"),
    ("gemma3_text", residual(4, "set", kinds=("norm.input",), value=2.0), "scale by 1 + weight, now 3"),
    ("gemma3_text", residual(4, "scale", kinds=("norm.input",), factor=2.0), "only the weight was multiplied"),
    ("gemma3_text", residual(4, "reset", kinds=("norm.input",)), "so the weight is now 0"),
    ("gemma3_text", residual(4, "random", kinds=("norm.input",)), "and the weight was drawn"),
]  # fmt: skip


@pytest.mark.parametrize("architecture,edit,part", SENTENCES)
def test_the_sentence_says_what_was_done(architecture, edit, part):
    model, views, _ = opened(architecture)
    with perturbed(model, views, [edit]) as [applied]:
        assert part in applied.sentence


def test_a_gemma_norm_tells_weight_and_effective_scale():
    model, views, by_name = opened("gemma3_text")
    weight = canonical(model, by_name["1.norm.input"])[7].item()
    with perturbed(model, views, [scalar("1.norm.input", 7)]) as [applied]:
        assert applied.sentence == (
            f"norm.input of layer 1, residual dimension 7: weight {weight:.6g} -> 0, "
            f"effective scale {weight + 1:.6g} -> 1 (set to 0)"
        )


class Stop(BaseException):
    """A cancel signal."""


@every_architecture
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("error", [ValueError, Stop])
def test_the_weights_are_back_after_any_exception(architecture, dtype, error):
    model = tiny_model(architecture).to(dtype)
    views = family_of(model.config).views(model.config)
    dict(model.named_parameters())[views[0].tensor].detach()[0, 0] = math.nan
    before = checksum(model.parameters())
    edits = [residual(0), residual(0, "random", seed=1), EditSpec(DimensionTarget("neuron", 0), "scale", factor=3.0)]

    def interrupted() -> None:
        with perturbed(model, views, edits):
            assert checksum(model.parameters()) != before
            raise error

    with pytest.raises(error):
        interrupted()
    assert checksum(model.parameters()) == before


def test_every_write_is_inside_the_guard():
    model, views, _ = opened("llama")
    sums = [checksum(model.parameters())]

    @contextmanager
    def guard():
        assert checksum(model.parameters()) == sums[-1]
        yield
        sums.append(checksum(model.parameters()))

    with perturbed(model, views, [residual(0), residual(1)], guard=guard):
        assert checksum(model.parameters()) == sums[-1] != sums[0]
    assert checksum(model.parameters()) == sums[-1] == sums[0]


@pytest.mark.parametrize("nth", [1, 4])
def test_a_cancel_that_comes_out_of_a_guard_takes_all_of_it_back(nth):
    model, views, _ = opened("llama")
    before, n_entered = checksum(model.parameters()), 0

    @contextmanager
    def guard():
        nonlocal n_entered
        n_entered += 1
        own = n_entered
        yield
        if own == nth:
            raise Stop

    with pytest.raises(Stop), perturbed(model, views, [residual(0)], guard=guard):
        raise AssertionError("the body must not run")
    assert n_entered == nth + 1
    assert checksum(model.parameters()) == before


def test_a_cancel_that_comes_while_the_last_guard_is_entered_leaves_nothing_changed():
    model, views, _ = opened("llama")
    before, inside, stopped = checksum(model.parameters()), False, False

    @contextmanager
    def guard():
        nonlocal stopped
        if inside and not stopped:  # a signal between leaving the body and closing the shield
            stopped = True
            raise Stop
        yield

    with pytest.raises(Stop), perturbed(model, views, [residual(0)], guard=guard):
        inside = True
    assert stopped
    assert checksum(model.parameters()) == before


# Plain tuples: the run-time type checker draws random numbers, which hypothesis forbids in a strategy.
cell = st.tuples(st.sampled_from(["0.attn.q", "1.mlp.down", "embed.token"]), st.integers(0, 31), st.integers(0, 31))
line = st.tuples(st.sampled_from(["residual", "head", "neuron"]), st.integers(0, 31))
action = st.sampled_from(["zero", "scale", "set", "random"])
edit = st.tuples(st.one_of(cell, line), action, st.floats(-100, 100), st.integers(0, 2**31 - 1))


def edit_spec(where: tuple, action: str, operand: float, seed: int) -> EditSpec:
    target = DimensionTarget(*where) if len(where) == 2 else ScalarTarget(where[0], where[1:])
    return EditSpec(target, action, factor=operand, value=operand, seed=seed)


@settings(max_examples=25, deadline=None)
@given(st.lists(edit, min_size=1, max_size=4), st.sampled_from(["llama", "gpt2", "bloom"]))
def test_any_edits_are_taken_back_bit_for_bit(drawn, architecture):
    model, views, _ = opened(architecture)
    before = checksum(model.parameters())
    edits = [edit_spec(*parts) for parts in drawn]
    with perturbed(model, views, edits) as applied:
        assert [report.n_parameters for report in applied] == [
            sum(change.n_parameters for change in resolve(views, edit)) for edit in edits
        ]
    assert checksum(model.parameters()) == before
