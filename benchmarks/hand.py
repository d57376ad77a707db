"""Speed in the hand, in real Chromium: `python -m benchmarks.hand [--smoke]`.

Pan and zoom of a 4096 x 11008 matrix (LLaMA's `mlp.down`) on Atlas, and of four models of it with their three
differences on Compare, while a scoring job keeps the worker busy; every page from its address to its content, with many
stored results, from an empty and from a full cache.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import hand_browser
from benchmarks.hand_browser import ATLAS, COMPARE, Gesture, Load, View
from benchmarks.hand_setting import FULL, MODELS, SMOKE, Atlas, atlas, beside_a_job
from frontend.app import PAGES
from frontend.panels.compare_bar import SECTIONS

VIEWS = (
    View("Atlas", ATLAS, n_maps=1),
    View("Compare, the maps in the window", COMPARE, n_maps=3),
    View("Compare, a window with all maps", COMPARE, n_maps=2 * len(MODELS) - 1, height=2400),
)
MEDIAN_MS, P95_MS, VIEW_BYTES, PAINT_MS = 150, 300, 300_000, 1500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a small matrix, few gestures, one page")
    smoke = parser.parse_args().smoke
    size = SMOKE if smoke else FULL
    waits = {"patience": 0.2 if smoke else 1}
    with (
        tempfile.TemporaryDirectory(prefix="la-hand-") as folder,
        atlas(Path(folder), size) as here,
        hand_browser.chromium() as browser,
    ):
        with beside_a_job(here):
            print(f"{size.shape[0]} x {size.shape[1]} bfloat16 beside a scoring job, from the event to the picture")
            print(f"{'':<34}{'n':>4}{'median ms':>11}{'p95 ms':>9}{'view kB':>9}{'most':>6}{'wire kB':>9}")
            for view in VIEWS[1:2] if smoke else VIEWS:
                told(view.name, hand_browser.gestures(browser, here.url, view, size.n_gestures, **waits))
            print(f"{'goal':<34}{'':>4}{MEDIAN_MS:>11}{P95_MS:>9}{'':>9}{VIEW_BYTES / 1000:>6.0f}")
        names = list(SECTIONS.values())[: 2 if smoke else None]
        switched(hand_browser.switched_ms(browser, here.url + COMPARE, [*names[1:], names[0]], **waits))
        pages(list(hand_browser.loads(browser, here.url, addresses(here, smoke), **waits)), size.n_results)
    return 0


def addresses(here: Atlas, smoke: bool) -> list[str]:
    """Every page about the model with the stored results."""
    paths = [page.PATH for page in (PAGES[1:2] if smoke else PAGES)]
    return [f"{path}?model={here.model}" for path in paths]


def told(name: str, found: Sequence[Gesture]) -> None:
    """One line for all gestures of a page, one for each kind."""
    kinds = dict.fromkeys(one.kind for one in found)
    groups = {name: list(found)} | {f"  {kind}": [one for one in found if one.kind == kind] for kind in kinds}
    for label, group in groups.items():
        times, sizes = [one.milliseconds for one in group], [one.view_bytes / 1000 for one in group]
        middle, late = statistics.median(times), np.percentile(times, 95)
        wire = statistics.median(one.wire_bytes / 1000 for one in group)
        weights = f"{statistics.median(sizes):>9.0f}{max(sizes):>6.0f}{wire:>9.0f}"
        print(f"{label:<34}{len(group):>4}{middle:>11.0f}{late:>9.0f}{weights}", flush=True)


def switched(found: dict[str, float]) -> None:
    """From the click on a section of Compare to what it shows."""
    print("\nsections of Compare, ms: " + ", ".join(f"{name} {value:.0f}" for name, value in found.items()))


def pages(found: Sequence[Load], n_results: int) -> None:
    """One line for each page: an empty cache, then a full one."""
    print(f"\npages with {n_results} stored results: first paint and content in ms, kB and requests on the wire")
    print(f"{'':<16}{'empty cache':>36}{'full cache':>36}")
    columns = f"{'paint':>8}{'content':>9}{'kB':>10}{'n':>9}"
    print(f"{'':<16}{columns}{columns}")
    for cold, warm in zip(found[::2], found[1::2], strict=True):
        cells = "".join(
            f"{one.first_paint_ms:>8.0f}{one.content_ms:>9.0f}{one.n_bytes / 1000:>10.0f}{one.n_requests:>9}"
            for one in (cold, warm)
        )
        print(f"{cold.path.partition('?')[0]:<16}{cells}")
    late = [one.path.partition("?")[0] for one in found if one.first_paint_ms > PAINT_MS]
    print(f"{'goal':<16}{PAINT_MS:>8}" + (f"   later: {', '.join(late)}" if late else "   kept by all"))


if __name__ == "__main__":
    sys.exit(main())
