"""Places of a model out of words: layers, matrices, windows of them, dimensions and neurons. Pure.

`3.attn.q`, `q 3`, `mlp down 7`: a matrix. `layer 12`: its matrices. `3.attn.q 507`: there, with 507 in view.
`dim 507`, `residual 507`: the dimension to touch. `q 12` is also channel 12 of that side. `neuron 5:1024`, `5/1024`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.vocabulary import Side
from frontend import urls
from frontend.choices.search_words import Hit
from frontend.urls import Page

_ALIASES = {"query": "q", "key": "k", "value": "v", "output": "o", "attention": "attn", "l": "layer", "d": "dim"}
_DIMENSION = re.compile(r"(?:(?:dim|dimension)(?: residual)?|residual(?: dim| dimension)?) (\d+)")
_HEAD_CHANNEL = re.compile(r"(?:head channel|channel|head dim) (\d+)")
_NEURON = re.compile(r"(?:neuron |n )?(\d+) ?[:/] ?(\d+)|neuron (\d+)[. ](\d+)")
_ALL_NEURONS = re.compile(r"neuron (\d+)")
_LAYER = re.compile(r"layer (\d+)")
_AROUND = 32
"""Rows or columns to each side of a dimension that is looked up within a matrix."""
_MOST_MATRICES = 8


def places(words: str, model: ModelDescription) -> Iterator[Hit]:
    """Everything the words can mean in this model, the likeliest first; `words` are lower case."""
    plain = " ".join(_ALIASES.get(word, word) for word in words.split())
    yield from _dimension(plain, model)
    yield from _neuron(plain, model)
    yield from _matrices(plain, model)


def _dimension(words: str, model: ModelDescription) -> Iterator[Hit]:
    shape = model.shape
    for pattern, side, size, called in (
        (_DIMENSION, Side.RESIDUAL, shape.residual_size, "Residual dimension"),
        (_HEAD_CHANNEL, Side.HEAD, shape.n_heads * shape.head_size, "Head channel"),
    ):
        found = pattern.fullmatch(words)
        if found and int(found[1]) < size:
            index = int(found[1])
            address = urls.link(Page.TOUCH, model=model.name, side=side, dimension=index)
            yield Hit(f"{called} {index}", "dimension", address, "Touch it in every layer and read what happens")
            if side is Side.RESIDUAL:
                swept = urls.link(Page.DIMENSIONS, model=model.name, tab="sweep", indices=index)
                yield Hit(f"{called} {index}", "sweep", swept, "Sweep it beside the others")


def _neuron(words: str, model: ModelDescription) -> Iterator[Hit]:
    if found := _NEURON.fullmatch(words):
        layer, index = (int(part) for part in found.groups() if part is not None)
        if layer < model.shape.n_layers and index < model.shape.n_neurons:
            name = f"Neuron {index} of layer {layer}"
            yield Hit(
                name,
                "neuron",
                urls.link(Page.NEURONS, model=model.name, neuron=f"{layer}.{index}"),
                "Its languages, sentences and weights",
            )
            state = {"side": Side.NEURON, "dimension": index, "spread": "layers", "first": layer, "last": layer}
            yield Hit(name, "dimension", urls.link(Page.TOUCH, model=model.name, **state), "Touch it")
    elif (found := _ALL_NEURONS.fullmatch(words)) and int(found[1]) < model.shape.n_neurons:
        address = urls.link(Page.TOUCH, model=model.name, side=Side.NEURON, dimension=int(found[1]))
        yield Hit(f"Neuron {found[1]} of every layer", "dimension", address, "Touch it; of one layer: neuron 5:1024")


def _matrices(words: str, model: ModelDescription) -> Iterator[Hit]:
    if found := _LAYER.fullmatch(words):
        layer = int(found[1])
        for view in [view for view in model.matrices if view.layer == layer][:_MOST_MATRICES]:
            yield _matrix(view, model)
        return
    parts = [part for part in re.split(r"[ .]+", words) if part not in ("layer", "matrix")]
    numbers = [int(part) for part in parts if part.isdigit()]
    kind = [part for part in parts if not part.isdigit()]
    if not kind or len(numbers) > 2:
        return
    fitting = [view for view in model.matrices if _is_called(view, kind)]
    inside = numbers[1] if len(numbers) == 2 else None
    found_views = [view for view in fitting if not numbers or view.layer == numbers[0]]
    for view in found_views[:_MOST_MATRICES]:
        yield from _windows(view, inside, model) if inside is not None else [_matrix(view, model)]
    if len(numbers) == 1 and fitting and "." not in words:
        yield from _channels(fitting[0], numbers[0], model)


def _is_called(view: MatrixView, kind: list[str]) -> bool:
    """`q`, `attn q`, `down`, `norm input`: the last words of a kind, in its order."""
    named = re.split(r"[._]", view.kind.value.removesuffix(".weight"))
    return named[-len(kind) :] == kind or named == kind


def _matrix(view: MatrixView, model: ModelDescription) -> Hit:
    shape = " × ".join(map(str, view.shape))
    return Hit(view.name, "matrix", urls.link(Page.ATLAS, model=model.name, matrix=view.name), f"{shape}, in the Atlas")


def _windows(view: MatrixView, index: int, model: ModelDescription) -> Iterator[Hit]:
    """The matrix with one row or column in the middle of the picture, by what that axis counts."""
    for axis, (size, side) in enumerate(zip(view.shape, view.sides, strict=True)):
        if len(view.shape) != 2 or index >= size or side is None:
            continue
        window = f"{max(0, index - _AROUND)}-{min(size, index + _AROUND + 1)}"
        state = {"rows" if axis == 0 else "columns": window}
        address = urls.link(Page.ATLAS, model=model.name, matrix=view.name, **state)
        yield Hit(f"{view.name}, {side.value} {index}", "dimension", address, "In the Atlas, zoomed to it")


def _channels(view: MatrixView, index: int, model: ModelDescription) -> Iterator[Hit]:
    """The index as one of the side that only this kind of matrix has."""
    for size, side in zip(view.shape, view.sides, strict=True):
        if side in (Side.HEAD, Side.NEURON) and index < size:
            state = {"side": side, "dimension": index, "spread": "kind", "matrix": view.name}
            called = "Head channel" if side is Side.HEAD else "Neuron"
            address = urls.link(Page.TOUCH, model=model.name, **state)
            yield Hit(f"{called} {index} of every {view.kind.value}", "dimension", address, "Touch it")
