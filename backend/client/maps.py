"""Matrices reduced to the screen: of a result (`key`) or of the weights of an opened model (`model=`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from backend.client.transport import Transport, given
from backend.contracts.compared_cells import ComparedCells
from backend.contracts.compared_tiles import ComparedTiles
from backend.contracts.comparison import SharedScale
from backend.contracts.results import CellView, GridView, MarginalsView, TileHeader
from backend.wire import tile_values, tiles_values


class Maps(Transport):
    """Windows, profiles, cells and thumbnails of matrices."""

    def tile(
        self,
        key: str | None = None,
        *,
        model: str | None = None,
        matrix: str,
        reducer: str,
        row_start: int = 0,
        row_stop: int | None = None,
        column_start: int = 0,
        column_stop: int | None = None,
        max_rows: int = 512,
        max_columns: int = 512,
        format: Literal["u8", "l8", "f32"] = "f32",
        order: Sequence[str] = (),
    ) -> tuple[np.ndarray, TileHeader]:
        """Float32 values [height, width] of a window reduced to the screen, and where it lies.

        `order`: of a similarity map, its languages as they are to be shown.
        """
        rows = {"row_start": row_start, "row_stop": row_stop, "max_rows": max_rows}
        columns = {"column_start": column_start, "column_stop": column_stop, "max_columns": max_columns}
        params = {"matrix": matrix, "reducer": reducer, "format": format, **rows, **columns}
        params |= {"order": ",".join(order)} if order else {}
        response = self._send("GET", f"{_place(key, model)}/tile", params=given(params))
        header = TileHeader.model_validate_json(response.headers["X-Tile"])
        return tile_values(response.content, header), header

    def difference_tile(
        self,
        left: str,
        right: str,
        *,
        matrix: str,
        reducer: str,
        rows: tuple[int, int | None] = (0, None),
        columns: tuple[int, int | None] = (0, None),
        max_rows: int = 512,
        max_columns: int = 512,
    ) -> tuple[np.ndarray, TileHeader]:
        """Left minus right of one matrix (keys of results or names of models): float32 [height, width], signed."""
        window = {"row_start": rows[0], "row_stop": rows[1], "column_start": columns[0], "column_stop": columns[1]}
        size = {"max_rows": max_rows, "max_columns": max_columns, "format": "f32"}
        params = {"left": left, "right": right, "matrix": matrix, "reducer": reducer, **window, **size}
        response = self._send("GET", "/compare/tile", params=given(params))
        header = TileHeader.model_validate_json(response.headers["X-Tile"])
        return tile_values(response.content, header), header

    def compared_tiles(
        self,
        subjects: Sequence[str],
        pictures: Sequence[tuple[int, ...]],
        *,
        matrix: str,
        reducer: str,
        rows: tuple[int, int | None] = (0, None),
        columns: tuple[int, int | None] = (0, None),
        max_rows: int = 512,
        max_columns: int = 512,
    ) -> tuple[list[np.ndarray], ComparedTiles]:
        """The same window of several results (keys) or models (names), float32 [height, width] each.

        `pictures` are places among the subjects: (1,) is the second, (1, 0) the second minus the first.
        """
        window = {"row_start": rows[0], "row_stop": rows[1], "column_start": columns[0], "column_stop": columns[1]}
        size = {"max_rows": max_rows, "max_columns": max_columns, "format": "f32"}
        asked = {"subjects": ",".join(subjects), "pictures": ",".join("-".join(map(str, one)) for one in pictures)}
        response = self._send(
            "GET", "/compare/tiles", params=given(asked | {"matrix": matrix, "reducer": reducer, **window, **size})
        )
        told = ComparedTiles.model_validate_json(response.headers["X-Tiles"])
        return tiles_values(response.content, told.tiles), told

    def shared_scale(
        self, subjects: Sequence[str], *, matrix: str, reducer: str, row_block: int = 1, column_block: int = 1
    ) -> SharedScale:
        """One range of colours for one matrix of several results (keys) or models (names)."""
        block = {"row_block": row_block, "column_block": column_block}
        names = ",".join(subjects)
        return self._get(SharedScale, "/compare/scale", subjects=names, matrix=matrix, reducer=reducer, **block)

    def difference_marginals(self, left: str, right: str, *, matrix: str, reducer: str) -> MarginalsView:
        """Which rows and columns of one matrix changed most from `right` to `left` (keys of results or models)."""
        return self._get(MarginalsView, "/compare/marginals", left=left, right=right, matrix=matrix, reducer=reducer)

    def compared_cell(
        self,
        subjects: Sequence[str],
        *,
        matrix: str,
        reducer: str,
        row: int,
        column: int,
        row_stop: int | None = None,
        column_stop: int | None = None,
        of: str | None = None,
        minus: str | None = None,
    ) -> ComparedCells:
        """The same cell of several results (keys) or models (names).

        With stops it is the largest cell of that block in subject `of`, or with `minus` the largest change between the
        two.
        """
        where = {"row": row, "column": column, "row_stop": row_stop, "column_stop": column_stop}
        asked = {"subjects": ",".join(subjects), "matrix": matrix, "reducer": reducer, "of": of, "minus": minus}
        return self._get(ComparedCells, "/compare/cell", **asked, **where)

    def marginals(
        self, key: str | None = None, *, model: str | None = None, matrix: str, reducer: str
    ) -> MarginalsView:
        """Profiles along the sides of one matrix, their largest dimensions named."""
        return self._get(MarginalsView, f"{_place(key, model)}/marginals", matrix=matrix, reducer=reducer)

    def cell(
        self,
        key: str | None = None,
        *,
        model: str | None = None,
        matrix: str,
        row: int,
        column: int,
        row_stop: int | None = None,
        column_stop: int | None = None,
        reducer: str | None = None,
    ) -> CellView:
        """One exact cell; with stops, the largest cell (by `reducer`) of the block that starts at it."""
        block = {"row_stop": row_stop, "column_stop": column_stop, "reducer": reducer}
        return self._get(CellView, f"{_place(key, model)}/cell", matrix=matrix, row=row, column=column, **block)

    def grid(self, key: str | None = None, *, model: str | None = None, reducer: str) -> GridView:
        """Thumbnails of all matrices."""
        return self._get(GridView, f"{_place(key, model)}/grid", reducer=reducer)


def _place(key: str | None, model: str | None) -> str:
    if (key is None) == (model is None):
        raise ValueError("name exactly one of `key` (a result) and `model` (its weights)")
    return f"/results/{key}" if key is not None else f"/models/{model}"
