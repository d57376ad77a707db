"""What the form of the Touch page says: from the address, from a stored request, to the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import DimensionTarget, Edit, PerturbationRequest, ScalarTarget
from backend.contracts.vocabulary import EditAction, Sampling, Side
from frontend.choices import fields
from frontend.choices.problems import checked
from frontend.choices.prompts import default_prompts

SCALAR, DIMENSION = "scalar", "dimension"
MATRIX, KIND, LAYERS, EVERYWHERE = "matrix", "kind", "layers", "everywhere"
"""How far a dimension is touched: in one matrix, one kind in all layers, all kinds of some layers, all."""


class TouchForm(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the request refuses them."""

    model: str
    target: str = DIMENSION
    matrix: str = ""
    row: int | None = 0
    column: int | None = 0
    side: str = Side.RESIDUAL
    dimension: int | None = 0
    spread: str = EVERYWHERE
    first: int | None = 0
    last: int | None = 0
    action: str = EditAction.ZERO
    factor: float | None = 4.0
    value: float | None = 0.0
    edit_seed: int | None = 0
    prompts: tuple[tuple[str, str], ...] = default_prompts()
    length: int | None = 24
    sampling: str = Sampling.GREEDY
    temperature: float | None = 0.8
    seed: int | None = 0
    evaluated: tuple[str, ...] = ("en", "de", "zh")

    @classmethod
    def of_query(cls, query: Mapping[str, str], model: ModelDescription) -> Self:
        """A new form, with the matrix and the cell or dimension that the address names."""
        names = [view.name for view in model.matrices]
        usual = next((view.name for view in model.matrices if view.layer is not None), names[0])
        given = query.get("matrix", "")
        form = cls(model=model.name, matrix=given if given in names else usual, last=model.shape.n_layers - 1)
        form = form._replace(
            action=query.get("action") or form.action,
            side=query.get("side") or form.side,
            spread=query.get("spread") or form.spread,
            **fields.read(query, numbers={"factor": float, "value": float}),
        )
        index = [int(part) for part in query.get("index", "").split(",") if part.isdigit()]
        if index:
            form = form._replace(target=SCALAR, row=index[0], column=index[1] if len(index) > 1 else 0)
        if query.get("dimension", "").isdigit():
            form = form._replace(target=DIMENSION, dimension=int(query["dimension"]))
            inside = form.side != Side.RESIDUAL and not query.get("spread")
            form = form._replace(spread=MATRIX if inside else form.spread)
        return form

    @classmethod
    def of_request(cls, request: PerturbationRequest, model: ModelDescription) -> Self:
        """The form that asks this request (its first edit)."""
        edit, settings = request.edits[0], request.settings
        form = cls.of_query({}, model)._replace(
            action=edit.action.value,
            factor=edit.factor if edit.factor is not None else 4.0,
            value=edit.value if edit.value is not None else 0.0,
            edit_seed=edit.seed,
            prompts=tuple((prompt.language, prompt.text) for prompt in request.prompts),
            length=settings.max_new_tokens,
            sampling=settings.sampling.value,
            temperature=settings.temperature,
            seed=settings.seed,
            evaluated=request.evaluation.languages if request.evaluation else (),
        )
        return form._replace(**_where(edit.where, model))

    def request(self, model: ModelDescription) -> PerturbationRequest:
        """What is asked; raises `KnownError` naming the bad field."""
        asked: dict[str, Any] = {
            "model": self.model,
            "edits": ({"where": self._target(model), "action": self.action, **self._operand()},),
            "prompts": tuple({"language": language, "text": text} for language, text in self.prompts if text.strip()),
            "settings": self._settings(),
            "evaluation": {"languages": self.evaluated} if self.evaluated else None,
        }
        return checked(lambda: PerturbationRequest.model_validate(asked))

    def _target(self, model: ModelDescription) -> dict[str, Any]:
        view = next((view for view in model.matrices if view.name == self.matrix), None)
        if self.target == SCALAR:
            index = (self.row, self.column) if view is None or len(view.shape) == 2 else (self.row,)
            return {"target": SCALAR, "matrix": self.matrix, "index": index}
        where: dict[str, Any] = {"target": DIMENSION, "side": self.side, "index": self.dimension}
        if self.spread in (MATRIX, KIND) and view is not None:
            _carries(view, self.side)
            where["kinds"] = (view.kind.value,)
        if self.spread == MATRIX and view is not None and view.layer is not None:
            where["layers"] = {"first": view.layer, "last": view.layer}
        if self.spread == LAYERS:
            where["layers"] = {"first": self.first, "last": self.last}
        return where

    def _operand(self) -> dict[str, Any]:
        operands = {EditAction.SCALE: ("factor", self.factor), EditAction.SET: ("value", self.value)}
        if self.action == EditAction.RANDOM:
            return {"seed": self.edit_seed}
        return dict([operands[EditAction(self.action)]]) if self.action in operands else {}

    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {"max_new_tokens": self.length, "sampling": self.sampling}
        if self.sampling == Sampling.SAMPLED:
            settings |= {"temperature": self.temperature, "seed": self.seed}
        return settings


def _carries(view: MatrixView, side: str) -> None:
    """A matrix without the side has no such dimension: say so before anything is queued."""
    if side not in view.sides:
        sides = " and ".join(f"{found.value} side" for found in view.sides if found) or "no side of its own"
        raise KnownError(
            "no_such_side",
            f"{view.name} has no {side} side; it has: {sides}",
            title="That matrix has no such dimension",
            hint="Choose another side, another matrix, or touch the dimension everywhere.",
            field="side",
        )


def _where(where: ScalarTarget | DimensionTarget, model: ModelDescription) -> dict[str, Any]:
    if isinstance(where, ScalarTarget):
        row, column = (*where.index, 0)[:2]
        return {"target": SCALAR, "matrix": where.matrix, "row": row, "column": column}
    found: dict[str, Any] = {"target": DIMENSION, "side": where.side.value, "dimension": where.index}
    if where.layers is not None:
        found |= {"spread": LAYERS, "first": where.layers.first, "last": where.layers.last}
    if where.kinds:
        layer = where.layers.first if where.layers else None
        views = [view for view in model.matrices if view.kind == where.kinds[0]]
        view = next((view for view in views if layer in (None, view.layer)), None)
        found |= {"spread": MATRIX if where.layers else KIND} | ({"matrix": view.name} if view else {})
    return found


def edit_words(edit: Edit) -> str:
    """One edit in a few words: `zero residual dimension 311 everywhere`."""
    actions = {
        EditAction.ZERO: "Zero",
        EditAction.SCALE: f"{edit.factor:g} times" if edit.factor is not None else "",
        EditAction.SET: f"Set to {edit.value:g}:" if edit.value is not None else "",
        EditAction.RESET: "Reset",
        EditAction.RANDOM: f"Random (seed {edit.seed}):",
    }
    where = edit.where
    if isinstance(where, ScalarTarget):
        return f"{actions[edit.action]} {where.matrix} [{', '.join(map(str, where.index))}]"
    names = {Side.RESIDUAL: "residual dimension", Side.HEAD: "head channel", Side.NEURON: "neuron"}
    words = [actions[edit.action], names[where.side], str(where.index)]
    kinds = ", ".join(kind.value for kind in where.kinds)
    layers = where.layers
    if layers:
        span = f"layer {layers.first}" if layers.first == layers.last else f"layers {layers.first} to {layers.last}"
        words.append(f"in {kinds + ' of ' if kinds else ''}{span}")
    else:
        words.append(f"in every {kinds}" if kinds else "everywhere")
    return " ".join(words)
