"""What an edit did, in one sentence a reader can check: where, how many parameters, old and new value.

Families differ (docs/protocol.md): where norms multiply by 1 + weight, weight and effective scale are both told.
"""

from __future__ import annotations

from collections.abc import Sequence

from workers.analysis.edits import Change


def scalar_sentence(change: Change, old: float, new: float) -> str:
    """`norm.input of layer 1, residual dimension 2100: 0.43 -> 1 (reset to its initial value)`."""
    view = change.view
    offset = view.scale_offset
    values = f"{old:.6g} -> {new:.6g}"
    if offset:
        values = f"weight {values}, effective scale {old + offset:.6g} -> {new + offset:.6g}"
    axes = [
        dimension_name(side, index, size // n_heads)
        for side, index, size, n_heads in zip(view.sides, _cell(change), view.shape, view.n_heads, strict=True)
    ]
    # Of a matrix both ends are named: the value flows from the in side to the out side.
    place = axes[0] if len(axes) == 1 else f"from {axes[1]} to {axes[0]}"
    return f"{_where([change])}, {place}: {values} ({_action([change])})"


def dimension_sentence(changes: Sequence[Change], side: str) -> str:
    """`residual dimension 5 in attn.q, attn.k of layers 0 to 1 (4 matrices, 96 parameters): set to 0`."""
    first = changes[0]
    axis = first.view.sides.index(side)
    index = next(position for position in first.index if isinstance(position, int))
    name = dimension_name(side, index, first.view.shape[axis] // first.view.n_heads[axis])
    n_parameters = sum(change.n_parameters for change in changes)
    count = f"{len(changes)} matrices, {n_parameters:,} parameters"
    return f"{name} in {_where(changes)} ({count}): {_action(changes)}{_offset_note(changes)}"


def sweep_sentence(changes: Sequence[Change], side: str | None) -> str:
    """What is done to each dimension (or, without a `side`, to each scalar of a vector) in turn.

    `changes` are those of one of them. `residual dimension, one at a time, in attn.q... of layers 0 to 1
    (12 matrices, 5,000 parameters each): set to 0`.
    """
    n_parameters = sum(change.n_parameters for change in changes)
    n_matrices = f"{len(changes)} {'matrix' if len(changes) == 1 else 'matrices'}"
    size = f"{n_matrices}, {n_parameters:,} {'parameter' if n_parameters == 1 else 'parameters'} each"
    what = f"{side} dimension" if side == "residual" else f"{side} channel" if side == "head" else side or "scalar"
    return f"{what}, one at a time, in {_where(changes)} ({size}): {_action(changes)}{_offset_note(changes)}"


def dimension_name(side: str | None, index: int, head_size: int) -> str:
    """An index named by what it is: residual dimension 2100, head 3 channel 17, neuron 512."""
    match side:
        case "residual":
            return f"residual dimension {index}"
        case "head":
            return f"head {index // head_size} channel {index % head_size}"
        case "neuron":
            return f"neuron {index}"
        case "vocabulary":
            return f"token {index}"
        case "position":
            return f"position {index}"
        case _:
            return f"channel {index} of every head"


def _cell(change: Change) -> tuple[int, ...]:
    """The one cell of a change; a vector's line is a cell too."""
    return tuple(position for position in change.index if isinstance(position, int))


def _where(changes: Sequence[Change]) -> str:
    inside = list(dict.fromkeys(change.view.kind for change in changes if change.view.layer is not None))
    outside = list(dict.fromkeys(change.view.kind for change in changes if change.view.layer is None))
    layers = sorted({change.view.layer for change in changes if change.view.layer is not None})
    if not layers:
        return ", ".join(outside)
    span = f"layer {layers[0]}" if len(layers) == 1 else f"layers {layers[0]} to {layers[-1]}"
    return f"{', '.join(inside)} of {span}" + (f", and {', '.join(outside)}" if outside else "")


def _action(changes: Sequence[Change]) -> str:
    change = changes[0]
    match change.action:
        case "zero":
            return "set to 0"
        case "scale":
            return f"multiplied by {change.factor:.6g}"
        case "set":
            return f"set to {change.value:.6g}"
        case "reset":
            return f"reset to the initial value, {_initial_values(changes)}"
        case _:
            return f"drawn at random (normal, mean 0, standard deviation of its own matrix, seed {change.seed})"


def _initial_values(changes: Sequence[Change]) -> str:
    of_bias = {False: "an effective norm scale of 1", True: "a bias of 0"}
    kinds = sorted({change.view.kind.endswith(".bias") for change in changes})
    return " or ".join(of_bias[is_bias] for is_bias in kinds)


def _offset_note(changes: Sequence[Change]) -> str:
    offsets = {change.view.scale_offset for change in changes if change.view.scale_offset}
    if not offsets:
        return ""
    offset = offsets.pop()
    note = f"; the norms among them scale by {offset:g} + weight"
    match changes[0].action:
        case "zero":
            return f"{note}, so that weight 0 is an effective scale of {offset:g}, not of 0"
        case "scale":
            return f"{note}, and only the weight was multiplied"
        case "set":
            return f"{note}, now {offset + (changes[0].value or 0.0):.6g}"
        case "reset":
            return f"{note}, so the weight is now {1 - offset:g}"
        case _:
            return f"{note}, and the weight was drawn"
