"""A hand in real Chromium: gestures on matrices timed from the event to the picture, pages from the address to paint.

A gesture ends when every map shows the picture of its own window and the frame with it was handed to the screen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from benchmarks.hand_setting import MODELS

MATRIX = "0.mlp.down"
OTHER_MATRIX = "1.mlp.down"
ATLAS = f"/atlas?model={MODELS[0]}&matrix={MATRIX}&reducer=max_abs_weight"
COMPARE = f"/compare?models={','.join(MODELS)}&matrix={MATRIX}&reducer=signed_max_weight"
SETTLED_MS = 400
OVERVIEW_MS, FOLLOWED_MS, SWITCHED_MS = 2000, 1500, 1000
WATCH = Path(__file__).with_name("hand_watch.js").read_text("utf-8")


class View(NamedTuple):
    """An address in a window: how many maps are seen in it at least."""

    name: str
    address: str
    n_maps: int
    height: int = 900


class Gesture(NamedTuple):
    """One movement of the hand, to the new picture of all maps that are seen."""

    kind: str
    milliseconds: float
    view_bytes: float
    """What the new picture weighs."""
    wire_bytes: float
    """What travelled, pictures on the way included."""


class Load(NamedTuple):
    """One page from its address: milliseconds to the first paint and to its content, what travelled."""

    path: str
    is_warm: bool
    first_paint_ms: float
    content_ms: float
    n_bytes: float
    n_requests: int


class Wire:
    """Bytes and requests of a tab, headers and compression as they travel."""

    def __init__(self, session: CDPSession) -> None:
        self.n_bytes, self.n_requests = 0.0, 0
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._finished)

    def _asked(self, event: dict[str, Any]) -> None:
        self.n_requests += not event["request"]["url"].startswith("data:")

    def _finished(self, event: dict[str, Any]) -> None:
        self.n_bytes += event["encodedDataLength"]

    def reset(self) -> None:
        """Count from here."""
        self.n_bytes, self.n_requests = 0.0, 0


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless, 1440 x 900."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def gestures(browser: Browser, url: str, view: View, n_each: int, *, patience: float = 1) -> list[Gesture]:
    """Wheel, drag, box, arrows, reset in turn, from the whole matrix down to single cells and back.

    `patience`: share of the usual waits between them.
    """
    page = _context(browser, view.height).new_page()
    wire = Wire(page.context.new_cdp_session(page))
    page.goto(url + view.address)
    page.wait_for_function(f"() => hand.maps().length >= {view.n_maps} && hand.areNew()")
    page.wait_for_timeout(OVERVIEW_MS * patience)  # overviews are made once, beside the first picture
    done = []
    for turn in range(n_each):
        for kind, move in GESTURES.items():
            wire.reset()
            page.evaluate("() => hand.arm()")
            move(page, turn)
            milliseconds = page.evaluate("() => hand.painted()")
            page.evaluate("() => { hand.armed = false; }")
            done.append(Gesture(kind, milliseconds, page.evaluate("() => hand.weight()"), wire.n_bytes))
            page.wait_for_timeout(SETTLED_MS * patience)
    page.context.close()
    return done


def _plot(page: Page, down: float, right: float) -> tuple[float, float]:
    """A place on the first map, as shares of its picture."""
    x, y, w, h = page.evaluate(
        "() => { const {canvas, plot} = hand.maps()[0], box = canvas.getBoundingClientRect();"
        " return [box.x + plot.x, box.y + plot.y, plot.w, plot.h]; }"
    )
    return x + right * w, y + down * h


def _share(turn: int, salt: int) -> float:
    """Somewhere inside, the same in every run."""
    return 0.2 + 0.6 * ((turn * 0.618 + salt * 0.377) % 1)


def _wheel(page: Page, turn: int) -> None:
    page.mouse.move(*_plot(page, _share(turn, 1), _share(turn, 2)))
    for _ in range(4):
        page.mouse.wheel(0, -150)


def _drag(page: Page, turn: int) -> None:
    page.mouse.move(*_plot(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*_plot(page, _share(turn, 3), _share(turn, 4)), steps=6)
    page.mouse.up()


def _box(page: Page, turn: int) -> None:
    down, right = _share(turn, 5), _share(turn, 6)
    page.keyboard.down("Shift")
    page.mouse.move(*_plot(page, down - 0.1, right - 0.1))
    page.mouse.down()
    page.mouse.move(*_plot(page, down + 0.1, right + 0.1), steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")


def _key(name: str) -> Callable[[Page, int], None]:
    def press(page: Page, _turn: int) -> None:
        page.evaluate("() => hand.maps()[0].canvas.focus()")
        page.keyboard.press(name)

    return press


GESTURES: dict[str, Callable[[Page, int], None]] = {
    "wheel": _wheel,
    "drag": _drag,
    "zoom out": _key("-"),
    "arrow": _key("Shift+ArrowRight"),
    "box": _box,
    "zoom in": _key("+"),
    "arrow down": _key("Shift+ArrowDown"),
    "whole": _key("0"),
}


def loads(browser: Browser, url: str, paths: list[str], *, patience: float = 1) -> Iterator[Load]:
    """Every page with an empty cache and again with a full one."""
    for path in paths:
        context = _context(browser)
        for is_warm in (False, True):
            page = context.new_page()
            wire = Wire(context.new_cdp_session(page))
            page.goto(url + path)
            page.wait_for_function("() => hand.main")
            page.wait_for_timeout(FOLLOWED_MS * patience)  # what follows belongs to the payload too
            first = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
            yield Load(path, is_warm, first, page.evaluate("() => hand.main"), wire.n_bytes, wire.n_requests)
            page.close()
        context.close()


def switched_ms(browser: Browser, url: str, sections: list[str], *, patience: float = 1) -> dict[str, float]:
    """Milliseconds from the click on a section of Compare to its content."""
    page = _context(browser).new_page()
    page.goto(url)
    page.wait_for_function("() => hand.areNew()")
    page.wait_for_timeout(SWITCHED_MS * patience)
    found = {}
    for name in sections:
        page.evaluate("() => hand.arm()")
        page.locator(".compare-tab", has_text=name).click()
        found[name] = page.evaluate("() => hand.switched()")
        page.wait_for_timeout(SWITCHED_MS * patience)
    page.context.close()
    return found


def _context(browser: Browser, height: int = 900) -> BrowserContext:
    # Playwright waits with `eval`, which the policy of the page forbids.
    context = browser.new_context(bypass_csp=True, viewport={"width": 1440, "height": height})
    context.add_init_script(WATCH)
    return context
