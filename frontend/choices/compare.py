"""What the Compare page shows: from the address, to the address. Knows nothing about Dash.

The same question of another model is that question with every model's name replaced (`asked_of`): it is how results
of two models are found to belong together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Self

from backend.contracts.problems import KnownError
from backend.contracts.requests import REQUEST, Request
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import Reducer
from frontend import urls
from frontend.choices.atlas import read_cell, read_dimension, read_reducer, read_window
from frontend.choices.fields import read

LETTERS = ("A", "B", "C", "D")
SECTIONS: dict[str, str] = {
    "maps": "Maps",
    "movement": "Movement",
    "regions": "Regions",
    "perplexity": "Perplexity",
    "curves": "Languages",
    "touch": "Touch",
    "settings": "What differs",
}
Window = tuple[int, int] | None
_USUAL = {"section": "maps", "measure": "relative", "pairs": "same"}


class CompareChoice(NamedTuple):
    """One view. `key` None paints weights; else it is a stored importance or region, of whichever model.

    Picked in `matrix` is a `cell` (row, column) or a `dimension` (0 for a row or 1 for a column, index), as they lie on
    the screen: a vector is a single row.
    `region` is a stored region of A against which movement is held; `question` a stored answer whose counterparts are
    compared, `against` a second one; `touched` a stored perturbation; `family` the training, or the other family, that
    B steps through, `steps` one's own. `pairs` and `layer` say which maps of pairs of languages are shown.
    """

    models: tuple[str, ...] = ()
    section: str = "maps"
    key: str | None = None
    matrix: str | None = None
    reducer: Reducer | None = None
    rows: Window = None
    columns: Window = None
    cell: Window = None
    dimension: Window = None
    region: str | None = None
    measure: str = "relative"
    question: str | None = None
    against: str | None = None
    touched: str | None = None
    family: str | None = None
    steps: tuple[str, ...] = ()
    pairs: str = "same"
    layer: int | None = None

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """Whatever the query string names; `model`, the one chosen for all pages, is A where `models` is missing."""
        words = ("section", "key", "matrix", "region", "measure", "question", "against", "touched", "family", "pairs")
        found = cls(**read(query, words=words, numbers={"layer": int}))
        named = tuple(dict.fromkeys(urls.many(query, "models")))
        # More models than stand side by side are a set to step through.
        steps = urls.many(query, "steps") or (named if len(named) > len(LETTERS) else ())
        models = named[:2] if len(named) > len(LETTERS) else named
        if not models and query.get("model"):
            models = (query["model"],)
        return found._replace(
            models=models,
            steps=tuple(dict.fromkeys(steps)),
            section=found.section if found.section in SECTIONS else "maps",
            reducer=read_reducer(query.get("reducer")),
            rows=read_window(query.get("rows")),
            columns=read_window(query.get("columns")),
            cell=read_cell(query.get("cell")),
            dimension=read_dimension(query.get("dimension")),
        )

    def state(self) -> dict[str, Any]:
        """For `urls.link`."""
        windows = {
            name: None if value is None else f"{value[0]}-{value[1]}"
            for name, value in (("rows", self.rows), ("columns", self.columns))
        }
        axis = ("row", "column")[self.dimension[0]] if self.dimension else ""
        picked = {"cell": self.cell, "dimension": f"{axis}-{self.dimension[1]}" if self.dimension else None}
        usual = {name: None for name in _USUAL if getattr(self, name) == _USUAL[name]}
        return {**self._asdict(), **windows, **picked, **usual}

    def link(self, **changes: Any) -> str:
        """Address of this view with some of it changed."""
        return urls.link("compare", **self._replace(**changes).state())

    @property
    def others(self) -> tuple[str, ...]:
        """Every model but A."""
        return self.models[1:]


def letter(place: int) -> str:
    """A to D."""
    return LETTERS[place]


@lru_cache(maxsize=4096)
def asked_of(request: Request, model: str) -> Request:
    """The same question of another model: every `model` in it is replaced."""
    asked = request.model_dump(mode="json")
    _rename(asked, model)
    return REQUEST.validate_python(asked)


Answered = Mapping[tuple[str, Request], ResultRow]
"""Stored answers by model and question."""


def answered(rows: Sequence[ResultRow]) -> Answered:
    """Rows by what they answer; the newest where a question was answered twice."""
    return {(row.model, row.request): row for row in reversed(rows)}


def counterpart(request: Request, model: str, known: Answered) -> ResultRow | None:
    """The stored answer of another model to the same question."""
    return known.get((model, asked_of(request, model)))


def questions(rows: Sequence[ResultRow], models: Sequence[str]) -> list[ResultRow]:
    """One stored answer for each question that any of the models has answered; A's own where there is one."""
    first: dict[Request, ResultRow] = {}
    for model in models:
        for row in rows:
            if row.model == model and is_movable(row.request):
                first.setdefault(asked_of(row.request, models[0]), row)
    return list(first.values())


def is_movable(request: Request) -> bool:
    """Whether the question can be asked of another model; an uploaded file belongs to one."""
    return "import_region" not in _kinds(request.model_dump(mode="json"))


def row_of(rows: Sequence[ResultRow], key: str | None) -> ResultRow | None:
    """The row of a key."""
    return next((row for row in rows if row.key == key), None)


def need_two(choice: CompareChoice) -> None:
    """A problem where there is nothing to compare yet."""
    if len(choice.models) < 2:
        raise KnownError(
            "one_model",
            "only model A is chosen",
            title="Choose a second model",
            hint="Choose B above; a checkpoint is opened on the Train page.",
        )


def _rename(value: object, model: str) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("model"), str):
            value["model"] = model
        for inner in value.values():
            _rename(inner, model)
    elif isinstance(value, list):
        for inner in value:
            _rename(inner, model)


def _kinds(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["kind"]} if isinstance(value.get("kind"), str) else set()
        return own.union(*map(_kinds, value.values()))
    if isinstance(value, list):
        return set().union(*map(_kinds, value))
    return set()
