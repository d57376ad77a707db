"""What the form of the Touch page says: from the address, from a stored request, to the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import DimensionTarget, Edit, PerturbationRequest, ScalarTarget
from backend.contracts.vocabulary import EditAction, Sampling, Side
from frontend.choices import fields
from frontend.choices.problems import checked
from frontend.choices.prompts import PROMPTS, default_prompts
from frontend.urls import many

SCALAR, DIMENSION = "scalar", "dimension"
MATRIX, KIND, LAYERS, EVERYWHERE = "matrix", "kind", "layers", "everywhere"
"""How far a dimension is touched: in one matrix, one kind in all layers, all kinds of some layers, all."""
NONE = "none"
"""In the address: perplexity is measured in no language."""


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
    def of_query(cls, query: Mapping[str, str], model: ModelDescription, drawn: Self | None = None) -> Self:
        """`drawn` (without it a new form) with whatever the address names; what cannot be read is left as it was."""
        names = [view.name for view in model.matrices]
        usual = next((view.name for view in model.matrices if view.layer is not None), names[0])
        form = drawn or cls(model=model.name, matrix=usual, last=model.shape.n_layers - 1)
        known: dict[str, Any] = {name: text for name in _NAMED_BY if (text := query.get(name)) in _NAMED_BY[name]}
        form = form._replace(**fields.read(query, words=_WORDS, numbers=_NUMBERS), **known)
        if query.get("matrix") in names:
            form = form._replace(matrix=query["matrix"])
        if query.get("prompts"):
            form = form._replace(prompts=read_prompts(query["prompts"]))
        if query.get("evaluated"):
            form = form._replace(evaluated=() if query["evaluated"] == NONE else many(query, "evaluated"))
        return form._replace(**_read_place(query, form, is_new=drawn is None))

    def state(self) -> dict[str, Any]:
        """For the address: everything that is asked, by its name; None for what has no meaning here."""
        is_scalar, spread = self.target == SCALAR, self.spread
        column = "" if self.column is None else f",{self.column}"
        place = {
            "matrix": self.matrix if is_scalar or spread in (MATRIX, KIND) else None,
            "index": f"{self.row}{column}" if is_scalar and self.row is not None else None,
            "dimension": None if is_scalar else self.dimension,
            "side": None if is_scalar else self.side,
            "spread": None if is_scalar else spread,
            "first": self.first if not is_scalar and spread == LAYERS else None,
            "last": self.last if not is_scalar and spread == LAYERS else None,
        }
        is_sampled = self.sampling == Sampling.SAMPLED
        told = {
            "action": self.action,
            "factor": self.factor if self.action == EditAction.SCALE else None,
            "value": self.value if self.action == EditAction.SET else None,
            "edit_seed": self.edit_seed if self.action == EditAction.RANDOM else None,
            "prompts": written_prompts(self.prompts),
            "length": self.length,
            "sampling": self.sampling,
            "temperature": self.temperature if is_sampled else None,
            "seed": self.seed if is_sampled else None,
            "evaluated": ",".join(self.evaluated) or NONE,
        }
        return place | told

    def changes(self, drawn: Self) -> dict[str, Any]:
        """The address of this form on a page that is drawn with another: what differs, None for all else."""
        usual = drawn.state()
        return {name: value if value != usual[name] else None for name, value in self.state().items()}

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


def read_prompts(text: str) -> tuple[tuple[str, str], ...]:
    """`en;de;zh:你好` as (language, text): a language alone has its usual prompt; `;;` is a semicolon of a text."""
    parts = [part.replace("\0", ";") for part in text.replace(";;", "\0").split(";")]
    split = [part.partition(":") for part in parts if part and part != _NO_PROMPT]
    return tuple((code, told if colon else PROMPTS.get(code, "")) for code, colon, told in split)


def written_prompts(prompts: Sequence[tuple[str, str]]) -> str:
    """The prompts for the address, as `read_prompts` reads them; `-` for none at all."""
    told = [code if text == PROMPTS.get(code) else f"{code}:{text.replace(';', ';;')}" for code, text in prompts]
    return ";".join(told) or _NO_PROMPT


def _read_place(query: Mapping[str, str], form: TouchForm, *, is_new: bool) -> dict[str, Any]:
    """Which parameter or dimension the address names. Of a new form, a neuron or a head channel is of one matrix."""
    if query.get("dimension", "").isdigit():
        inside = is_new and form.side != Side.RESIDUAL and not query.get("spread")
        spread = MATRIX if inside else form.spread
        return {"target": DIMENSION, "dimension": int(query["dimension"]), "spread": spread}
    index = [int(part) for part in query.get("index", "").split(",") if part.isdigit()]
    if index:
        return {"target": SCALAR, "row": index[0], "column": index[1] if len(index) > 1 else 0}
    return {}


_NO_PROMPT = "-"
_WORDS = ("side",)
_NAMED_BY: dict[str, tuple[str, ...]] = {
    "action": tuple(action.value for action in EditAction),
    "spread": (MATRIX, KIND, LAYERS, EVERYWHERE),
    "sampling": tuple(sampling.value for sampling in Sampling),
}
"""Fields of which only certain words are known."""
_NUMBERS: dict[str, type] = {
    "factor": float, "value": float, "temperature": float, "first": int, "last": int, "edit_seed": int, "length": int,
    "seed": int,
}  # fmt: skip


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
