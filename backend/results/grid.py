"""The overview of all matrices: thumbnails of at most 32 x 32, with one scale for each matrix kind."""

from __future__ import annotations

import base64
from collections import defaultdict

import numpy as np

from backend.contracts.results import GridTile, GridView
from backend.contracts.vocabulary import Reducer
from backend.results.arrays import mapped, tensors
from backend.results.pooling import COMBINE, block_sizes, finish
from backend.results.pyramids import Blocks, Picture, Pyramids, pooled
from backend.results.subjects import GRID, Subject

SIDE = 32
SHOWN_QUANTILE = 0.995
"""Of a kind's pixels; brighter ones are cut, so that one outlier does not darken every layer."""


def grid(pyramids: Pyramids, subject: Subject, reducer: Reducer) -> GridView:
    """A thumbnail of every matrix, in the model's order."""
    names = subject.names(reducer)
    pictures = {name: subject.picture(name, reducer) for name in names}
    thumbnails = _density(subject, names) if reducer is Reducer.DENSITY else _thumbnails(pyramids, pictures)
    highs = _highs(subject, thumbnails, reducer)
    tiles = (_tile(subject, name, thumbnails[name], highs[name], reducer) for name in names)
    return GridView(reducer=reducer.value, tiles=tuple(tiles))


def thumbnail(picture: Picture) -> np.ndarray:
    """Float32 [<= 32, <= 32]: the whole matrix in blocks of equal size."""
    n_rows, n_columns = picture.plane.shape
    f_rows, f_columns = -(-n_rows // SIDE), -(-n_columns // SIDE)
    blocks = Blocks(slice(0, n_rows), f_rows, slice(0, n_columns), f_columns)
    counts = np.outer(block_sizes(0, n_rows, f_rows), block_sizes(0, n_columns, f_columns))
    return np.abs(finish(pooled(picture.plane, blocks, COMBINE[picture.reducer]), picture.reducer, counts))


def _thumbnails(pyramids: Pyramids, pictures: dict[str, Picture]) -> dict[str, np.ndarray]:
    """All thumbnails as one kept array: the second look at a model reads one small file."""
    if not pictures:
        return {}
    first = next(iter(pictures.values()))
    name = [first.identity, "grid", first.reducer.value, *pictures]
    joined = pyramids.kept(name, lambda: np.concatenate([thumbnail(picture).ravel() for picture in pictures.values()]))
    found, start = {}, 0
    for matrix, picture in pictures.items():
        height, width = (-(-size // -(-size // SIDE)) for size in picture.plane.shape)
        found[matrix] = joined[start : start + height * width].reshape(height, width)
        start += height * width
    return found


def _density(subject: Subject, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Thumbnails the worker left with the region: `peak` has the finer steps, its mean is the density."""
    assert subject.region is not None
    stored = tensors(subject.region / GRID)
    found = {}
    for name in names:
        peak = mapped(stored[f"peak/{name}"])
        view = subject.view(name)
        is_vector = view is not None and len(view.shape) == 1  # which the worker leaves as a column
        values = peak.reshape((1, -1) if is_vector else peak.shape).astype(np.float32)
        found[name] = values * (subject.density[name] / (float(values.mean()) or 1.0))
    return found


def _highs(subject: Subject, thumbnails: dict[str, np.ndarray], reducer: Reducer) -> dict[str, float]:
    if reducer is Reducer.SIMILARITY:
        return dict.fromkeys(thumbnails, 1.0)
    by_kind: dict[object, list[np.ndarray]] = defaultdict(list)
    for name, values in thumbnails.items():
        by_kind[_kind(subject, name)].append(values[np.isfinite(values)])
    highs = {kind: _high(np.concatenate(parts)) for kind, parts in by_kind.items()}
    return {name: highs[_kind(subject, name)] for name in thumbnails}


def _high(values: np.ndarray) -> float:
    return (float(np.quantile(values, SHOWN_QUANTILE)) or float(values.max())) if values.size else 1.0


def _kind(subject: Subject, name: str) -> object:
    view = subject.view(name)
    return view.kind if view else None


def _tile(subject: Subject, name: str, values: np.ndarray, high: float, reducer: Reducer) -> GridTile:
    view = subject.view(name)
    steps = np.nan_to_num(values * np.float32(255 / (high or 1.0)), nan=0)
    layer = view.layer if view else (int(name.removeprefix("layer.")) if name != "whole" else None)
    return GridTile(
        matrix=name,
        layer=layer,
        kind=view.kind if view else None,
        height=values.shape[0],
        width=values.shape[1],
        data=base64.b64encode(np.rint(np.clip(steps, 0, 255)).astype(np.uint8).tobytes()).decode(),
        density=subject.density.get(name),
        high=high or 1.0,
    )
