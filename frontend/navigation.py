"""Where one can go: the pages of the header, and the families of pages behind one of them.

Knows paths and words, nothing about Dash. Only pages that `app.PAGES` registers are offered: no dead link.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from frontend import urls
from frontend.urls import Page


class Place(NamedTuple):
    """A link of the header: `drawing` is an icon, `explanation` its hover."""

    page: Page
    label: str
    drawing: str
    explanation: str


class Tab(NamedTuple):
    """One page of a family and the sentence that says what it answers."""

    page: Page
    label: str
    sentence: str


HEADER = (
    Place(Page.START, "Start", "home", "Models, preparation, corpora"),
    Place(Page.ATLAS, "Atlas", "atlas", "Where a language sits in the weights"),
    Place(Page.TOUCH, "Touch", "touch", "Change a weight and read what happens to the text"),
    Place(Page.REGIONS, "Regions", "regions", "Remove regions, combine them, compare them"),
    Place(Page.TRAIN, "Train", "train", "Train on with a region removed, frozen or free"),
    Place(Page.LANGUAGES, "Languages", "languages", "How alike languages look inside the model"),
    Place(Page.COMPARE, "Compare", "compare", "Two to four models beside each other, and their difference"),
    Place(Page.REPRODUCTION, "Reproduction", "reproduction", "The paper's numbers beside ours"),
    Place(Page.REPORTS, "Reports", "reports", "Views in an order, with notes; exported as one file"),
    Place(Page.RUNS, "Runs", "runs", "Everything queued, running and done"),
)
ASIDE = (Place(Page.GLOSSARY, "Glossary", "text", "Every term with its equation and its source"),)
"""Pages that the help sheet links to, not the header."""
FAMILIES: dict[Page, tuple[Tab, ...]] = {
    Page.REGIONS: (
        Tab(Page.REGIONS, "Removal", "Set a region to zero, measure what is lost"),
        Tab(Page.COMBINE, "Combine", "Union, difference, overlap of regions"),
        Tab(Page.DIMENSIONS, "Dimensions", "Remove or perturb whole dimensions"),
        Tab(Page.ESTIMATORS, "Estimators", "Which score tells the truth?"),
    ),
    Page.LANGUAGES: (
        Tab(Page.LANGUAGES, "Similarity", "Do sentences meet by meaning or by language?"),
        Tab(Page.NEURONS, "Neurons", "Which neurons belong to a language?"),
        Tab(Page.TASKS, "Tasks", "Which ending, which answer is likelier?"),
        Tab(Page.DEVELOPMENT, "Development", "How it comes about while a model learns"),
    ),
}


def places(paths: Collection[str]) -> tuple[Place, ...]:
    """Links of the header, as far as their pages are among `paths`."""
    return tuple(place for place in HEADER if urls.PATHS[place.page] in paths)


def tabs(path: str, paths: Collection[str]) -> tuple[Tab, ...]:
    """The family of a page, itself included, as far as it is among `paths`; () for a page that stands alone."""
    for family in FAMILIES.values():
        if any(urls.PATHS[tab.page] == path for tab in family):
            return tuple(tab for tab in family if urls.PATHS[tab.page] in paths)
    return ()


def heads() -> dict[str, dict[str, str]]:
    """For every page of a family by path: the header's link that leads to it, and its own name."""
    return {
        urls.PATHS[tab.page]: {"head": urls.PATHS[head], "name": tab.label}
        for head, family in FAMILIES.items()
        for tab in family
    }
