"""What a figure says of itself: its name, title and description travel in `layout.meta`, wherever it goes.

The browser reads them for screen readers and file names (`assets/figures.js`), exports and reports write them beside
the picture. Every public function of `frontend.figures` that returns a figure tells it.
"""

from __future__ import annotations

from typing import NamedTuple

import plotly.graph_objects as go


class Told(NamedTuple):
    """What stands in `layout.meta`."""

    name: str
    """For file names and addresses: lower case words joined by `-`, unique within a view."""
    title: str
    """What is drawn, in a few words: `Perplexity by language and condition`."""
    description: str
    """The text alternative: what the axes are, how large the numbers are, which stands out. Sentences with numbers."""


def tell(figure: go.Figure, *, name: str, title: str, description: str) -> go.Figure:
    """The same figure, which says from now on what it is."""
    return figure.update_layout(meta=Told(name, title, description)._asdict())


def told(figure: go.Figure) -> Told:
    """What a figure says of itself; ValueError where it says nothing."""
    meta = figure.layout.meta
    if not meta:
        raise ValueError("this figure has no `layout.meta`: pass it through `telling.tell`")
    return Told(**meta)
