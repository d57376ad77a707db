"""What the Touch section of Compare asks of every model: the same change, prompts and seed. Knows nothing about Dash.

A region is asked of each model by its question (its languages, share, text and scoring), not by its positions in A.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from backend.contracts.edits import Edit, RemoveRegion, ScalarTarget
from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.regions import RegionQuestion
from backend.contracts.requests import GenerationGridRequest, PerplexityRequest, PerturbationRequest, Request
from backend.contracts.vocabulary import EditAction, Sampling, Side
from frontend.choices.compare import CompareChoice, is_movable
from frontend.choices.problems import checked
from frontend.choices.prompts import PROMPTS
from frontend.choices.touch import DIMENSION, SCALAR, TouchForm
from frontend.language_names import in_paper_order

REGION = "region"
WITHOUT = "without the region"
_SIDES = {Side.RESIDUAL: "residual dimensions", Side.HEAD: "head channels", Side.NEURON: "neurons"}


class TouchAll(NamedTuple):
    """Fields of the form. Numbers may be None or out of range: the request refuses them."""

    text: str = PROMPTS["en"]
    """One prompt a line."""
    language: str = "en"
    target: str = DIMENSION
    side: str = Side.RESIDUAL
    dimension: int | None = 0
    spread: str = "everywhere"
    matrix: str = ""
    row: int | None = 0
    column: int | None = 0
    region: str | None = None
    """Key of a stored region."""
    action: str = EditAction.ZERO
    factor: float | None = 4.0
    value: float | None = 0.0
    length: int | None = 24
    sampling: str = Sampling.GREEDY
    seed: int | None = 0
    """Of sampling, and of random values."""
    evaluated: tuple[str, ...] = ()

    @classmethod
    def of_choice(cls, choice: CompareChoice, model: ModelDescription) -> Self:
        """A new form about what is picked on the maps."""
        view = next((view for view in model.matrices if view.name == choice.matrix), None)
        names = [view.name for view in model.matrices]
        form = cls(matrix=view.name if view else names[0], evaluated=("en",))
        if view is None:
            return form
        is_vector = len(view.shape) == 1
        if choice.cell:
            row, column = (choice.cell[1], 0) if is_vector else choice.cell
            return form._replace(target=SCALAR, row=row, column=column)
        if choice.dimension and (side := view.sides[0 if is_vector else choice.dimension[0]]) in _SIDES:
            inside = "everywhere" if side is Side.RESIDUAL else "matrix"
            return form._replace(side=str(side), dimension=choice.dimension[1], spread=inside)
        return form

    @classmethod
    def of_request(cls, request: Request, model: ModelDescription, key: str | None) -> Self:
        """The form that asks this; `key` is that of the region it removes."""
        assert isinstance(request, PerturbationRequest | GenerationGridRequest)
        form = cls(
            text="\n".join(prompt.text for prompt in request.prompts) or PROMPTS["en"],
            language=request.prompts[0].language if request.prompts else "en",
            matrix=model.matrices[0].name,
            length=request.settings.max_new_tokens,
            sampling=request.settings.sampling.value,
            seed=request.settings.seed,
        )
        if isinstance(request, GenerationGridRequest):
            return form._replace(target=REGION, region=key)
        told = TouchForm.of_request(request, model)
        same = ("target", "side", "dimension", "row", "column", "action", "factor", "value")
        form = form._replace(**{name: getattr(told, name) for name in same}, matrix=told.matrix or form.matrix)
        seed = form.seed if request.settings.sampling is Sampling.SAMPLED else told.edit_seed
        spread = "matrix" if told.spread == "matrix" else "everywhere"
        return form._replace(evaluated=told.evaluated, spread=spread, seed=seed)

    def requests(self, model: ModelDescription, region: RegionQuestion | None) -> list[Request]:
        """What is asked of one model, the texts first; raises `KnownError` naming the bad field."""
        if self.target == REGION:
            return self._without_region(model, region)
        form = TouchForm(
            model=model.name,
            target=self.target,
            matrix=self.matrix,
            row=self.row,
            column=self.column,
            side=self.side,
            dimension=self.dimension,
            spread=self.spread,
            action=self.action,
            factor=self.factor,
            value=self.value,
            edit_seed=self.seed,
            prompts=self._prompts(),
            length=self.length,
            sampling=self.sampling,
            seed=self.seed,
            evaluated=in_paper_order(self.evaluated),
        )
        return [form.request(model)]

    def _prompts(self) -> tuple[tuple[str, str], ...]:
        return tuple((self.language, line.strip()) for line in self.text.splitlines() if line.strip())

    def _without_region(self, model: ModelDescription, region: RegionQuestion | None) -> list[Request]:
        if region is None:
            raise KnownError("no_region", "no region is chosen", field="region", hint="Choose a stored region of A.")
        change = RemoveRegion(region=region)
        settings: dict[str, Any] = {"max_new_tokens": self.length, "sampling": self.sampling}
        if self.sampling == Sampling.SAMPLED:
            settings |= {"seed": self.seed}
        grid = {
            "model": model.name,
            "prompts": [{"language": language, "text": text} for language, text in self._prompts()],
            "columns": [{"name": WITHOUT, "change": change.model_dump(mode="json")}],
            "settings": settings,
        }
        found: list[Request] = [checked(lambda: GenerationGridRequest.model_validate(grid))]
        if self.evaluated:
            evaluation = {"languages": in_paper_order(self.evaluated)}
            plain = PerplexityRequest.model_validate({"model": model.name, "evaluation": evaluation})
            found += [plain.model_copy(update={"change": change}), plain]
        return found


def missing_in(request: Request, model: ModelDescription) -> str:
    """Why this change is not defined in a model: its first edit that has no place there; '' where all have one."""
    if isinstance(request, PerturbationRequest):
        return next((told for edit in request.edits if (told := _missing(edit, model))), "")
    return "" if is_movable(request) else "An uploaded region belongs to one model."


def _missing(edit: Edit, model: ModelDescription) -> str:
    where = edit.where
    if isinstance(where, ScalarTarget):
        view = next((view for view in model.matrices if view.name == where.matrix), None)
        if view is None:
            return f"{model.name} has no {where.matrix}."
        inside = len(where.index) == len(view.shape) and all(
            index < size for index, size in zip(where.index, view.shape, strict=True)
        )
        size = " × ".join(map(str, view.shape))
        return "" if inside else f"{where.matrix} of {model.name} is {size}: {_at(where.index)} is not in it."
    views = [view for view in model.matrices if not where.kinds or view.kind in where.kinds]
    if where.layers:
        layers = where.layers
        views = [view for view in views if view.layer is not None and layers.first <= view.layer <= layers.last]
    n = max(_sizes(views, where.side), default=0)
    if n == 0:
        return f"{model.name} has no {_SIDES[where.side]} there."
    return "" if where.index < n else f"{model.name} has {n:,} {_SIDES[where.side]}; {where.index} is not among them."


def _sizes(views: Sequence[MatrixView], side: Side) -> list[int]:
    return [size for view in views for size, found in zip(view.shape, view.sides, strict=True) if found is side]


def _at(index: Sequence[int]) -> str:
    return " × ".join(map(str, index))
