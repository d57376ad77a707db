"""The Compare page without the page: one section of two to four models, and the training they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.client import Client
from backend.contracts.perplexity_words import marked
from backend.contracts.problems import KnownError
from backend.contracts.results import Manifest
from frontend.choices.compare import LETTERS, SECTIONS, CompareChoice
from frontend.figures import compare_family
from frontend.results.compare import Compared, compared
from frontend.results.compare_family import Family, curve_of, families
from frontend.views import compare_answers, compare_pictures, compare_touched, compare_weights
from frontend.views.base import Cell, Picture, Table, View
from frontend.views.compare_asked import choice_of
from frontend.views.compare_part import Part
from frontend.views.parts import model_of

_PARTS: dict[str, Callable[[Compared, Client], Part]] = {
    "maps": compare_pictures.maps_part,
    "movement": compare_weights.movement,
    "regions": compare_weights.regions,
    "perplexity": compare_answers.perplexity,
    "curves": compare_answers.curves_part,
    "touch": compare_touched.touch,
    "settings": compare_weights.settings,
}
_KEPT: dict[str, tuple[str, ...]] = {
    "maps": ("key", "matrix", "reducer", "rows", "columns", "cell", "dimension"),
    "movement": ("region", "measure"),
    "settings": ("question", "against"),
    "touch": ("touched", "question"),
    "curves": ("question", "pairs", "layer"),
}
"""What of the choice a section shows; `question` where it is not listed."""


def view(query: Mapping[str, str], api: Client) -> View:
    """The models and the section of the address; a stored comparison (`result=`) opens on its movement."""
    choice = choice_of(dict(query), api)
    if not choice.models:
        choice = choice._replace(models=(model_of(query, api),))
    title = f"{SECTIONS[choice.section]}: {', '.join(_named(choice))}"
    if len(choice.models) < 2:
        told = f"Only model A, {choice.models[0]}, is chosen; name two to four in `models=A,B`."
        return View(_only(choice, {}).link(), title, told)
    seen = compared(choice, api)
    part = _PARTS[choice.section](seen, api)
    family = next(iter(families(choice, api.models(), api)), None)
    changes: dict[str, Any] = {"family": family.key if family and choice.family else None, **part.changes}
    training = _training(choice, family, api)
    return View(
        address=_only(choice, changes).link(),
        title=title,
        lead=part.lead,
        pictures=tuple(map(Picture, (*part.figures, *training.figures))),
        tables=(*part.tables, *training.tables),
        passages=part.passages,
        sources=_unique((*part.sources, *training.sources)),
        missing=part.missing,
    )


def _named(choice: CompareChoice) -> list[str]:
    return [f"{letter} {model}" for letter, model in zip(LETTERS, choice.models, strict=False)]


def _only(choice: CompareChoice, changes: Mapping[str, Any]) -> CompareChoice:
    """The choice without what its section does not show."""
    kept = ("models", "section", "steps", *_KEPT.get(choice.section, ("question",)))
    shown: dict[str, Any] = {name: getattr(choice, name) for name in kept}
    return CompareChoice(**(shown | dict(changes)))


def _training(choice: CompareChoice, family: Family | None, api: Client) -> Part:
    """Where B stands in a training or another order of models, and their perplexities."""
    if family is None:
        return Part("")
    try:
        curve = curve_of(family, api)
    except KnownError:
        return Part("")
    if not curve.evaluations:
        return Part("")
    place = family.place(choice.models[1])
    at = family.steps[place].n_samples if place is not None else None
    languages = list(dict.fromkeys(code for one in curve.evaluations for code in one.perplexity))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            family.labels[one.n_samples] if family.labels else one.n_samples,
            *(marked(one.perplexity.get(code), one.n_vocabulary) for code in languages),
        )
        for one in curve.evaluations
    )
    table = Table(
        "family", f"Perplexity by {family.axis}: {family.title}", (family.axis.capitalize(), *languages), rows
    )
    figure = compare_family.figure(curve, at, dark=False, labels=family.labels, axis=family.axis)
    sources = () if family.labels else (api.manifest(family.key),)
    return Part("", (figure,), (table,), sources=sources)


def _unique(sources: tuple[Manifest, ...]) -> tuple[Manifest, ...]:
    return tuple({one.key: one for one in sources}.values())
