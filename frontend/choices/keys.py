"""The keys of the atlas: what the help sheet shows, and where `g` and a letter lead. Pure data."""

from __future__ import annotations

from typing import NamedTuple

from frontend.urls import Page


class Key(NamedTuple):
    """`keys` are pressed together or one after the other, as `how` says."""

    keys: tuple[str, ...]
    what: str


EVERYWHERE = (
    Key(("/",), "Search: a layer, matrix, dimension, neuron, language, result or term (also Ctrl + K)"),
    Key(("?",), "This sheet"),
    Key(("Esc",), "Close whatever is on top; leave a field"),
    Key(("u",), "Back to the view before the last change (also Ctrl + Z)"),
    Key(("Shift + U",), "Forward again (also Ctrl + Shift + Z)"),
    Key(("Tab",), "To the next control; dotted terms show their equation"),
)
PICTURE = (
    Key(("+", "-"), "Closer, wider; around the mark where there is one"),
    Key(("0",), "The whole of it"),
    Key(("Shift + arrows",), "Move it"),
    Key(("Enter",), "Mark its middle; then read what is marked"),
    Key(("arrows",), "Move the mark"),
    Key(("Esc",), "Take the mark away; then show the whole"),
)
"""On a picture of a matrix that has the focus: Tab leads there."""
BY_PAGE: dict[str, tuple[Key, ...]] = {
    Page.ATLAS: (
        Key(("arrows",), "The matrix beside, above or below, in the overview"),
        Key(("[", "]"), "The same matrix of the layer before, of the next layer"),
    ),
    Page.COMPARE: (Key(("[", "]"), "The same matrix of the layer before, of the next layer"),),
    Page.LANGUAGES: (
        Key(("arrows",), "On the map: move the mark; both sentences stand beside it"),
        Key(("Enter",), "On the map: keep the marked pair"),
        Key(("+", "-", "0"), "On the map: closer, wider, the whole"),
        Key(("Shift + arrows",), "On the map: move it"),
        Key(("[", "]"), "The layer before, the next layer, while one layer is shown"),
    ),
}
"""Beyond those that work everywhere."""
WITH_PICTURES = (Page.ATLAS, Page.COMPARE)

JUMPS: dict[str, Page] = {
    "s": Page.START,
    "a": Page.ATLAS,
    "t": Page.TOUCH,
    "r": Page.REGIONS,
    "b": Page.COMBINE,
    "d": Page.DIMENSIONS,
    "e": Page.ESTIMATORS,
    "i": Page.TRAIN,
    "l": Page.LANGUAGES,
    "n": Page.NEURONS,
    "k": Page.TASKS,
    "v": Page.DEVELOPMENT,
    "c": Page.COMPARE,
    "p": Page.REPRODUCTION,
    "u": Page.RUNS,
    "o": Page.REPORTS,
    "h": Page.GLOSSARY,
}
"""`g`, then the letter."""
