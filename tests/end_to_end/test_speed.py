"""What keeps the hand quick: how much a view may weigh, and what is not loaded because nobody sees it.

Counts only; times are benchmarks.hand's.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]

HEAVIEST = """() => {
    let most = 0;
    for (const scale of ["linear", "log"]) for (const precise of [false, true]) for (const n of [1, 3, 7])
        for (let rows = 1; rows < 20000; rows = Math.ceil(rows * 1.7))
            for (let columns = 1; columns < 20000; columns = Math.ceil(columns * 1.9)) {
                const room = {height: 700, width: 900, most: 280000 / n, precise};
                const size = window.atlas.tiles.request({scale}, rows, columns, room);
                const pixels = [[rows, size.max_rows], [columns, size.max_columns]].map(([cells, most]) => {
                    let block = 1;
                    while (cells / block > most) block *= 2;
                    return Math.ceil(cells / block);
                });
                most = Math.max(most, n * pixels[0] * pixels[1] * (size.format === "f32" ? 4 : 1));
            }
    return most;
}"""


def test_no_view_weighs_more_than_300_kilobytes(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("atlas"))
    page.wait_for_function("() => window.atlas?.tiles")
    assert 200_000 < page.evaluate(HEAVIEST) <= 300_000


def test_a_map_out_of_sight_is_loaded_when_it_is_seen(page: Page, atlas_stack: Stack):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/tile?" in request.url else None)
    page.set_viewport_size({"width": 1440, "height": 130})
    page.goto(atlas_stack.page_url("atlas", matrix="0.mlp.down"))
    expect(page.locator("#atlas-matrix canvas").first).to_be_attached()
    page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => setTimeout(seen, 100)))")
    assert not asked
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function("() => document.getElementById('atlas-matrix').matrix.tile")
    assert len(asked) == 1
