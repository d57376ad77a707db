"""Sweeps (Figure 3, Table 4) as their forms say them: many small changes, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.client import Client
from backend.contracts.models import CorpusSummary, MatrixView, ModelDescription
from backend.contracts.requests import DimensionSweep, PerturbationRequest, ScalarSweep, SweepRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import EditAction, MatrixKind, Side
from frontend.choices import fields
from frontend.choices.measured import Measured
from frontend.choices.problems import checked
from frontend.choices.prompts import PROMPTS
from frontend.choices.region_source import RegionSource, replaced

MOST_PROMPTS = 3
PROMPT_TOKENS = 24
_ACTION: dict[str, type] = {"factor": float, "value": float, "seed": int}
_LINES: dict[str, type] = {"evaluated_start": int, "evaluated_stop": int}
_RANKED: dict[str, type] = {"percent": float, "start": int, "stop": int, "n_top": int, "n_random": int}
_LAYERS: dict[str, type] = {"first": int, "last": int}


class SweepChoice(NamedTuple):
    """The form of Figure 3: top dimensions of a ranking against random ones, and given ones."""

    model: str
    source: RegionSource = RegionSource()
    measured: Measured = Measured()
    side: str = Side.RESIDUAL
    kinds: tuple[str, ...] = ()
    """Kinds of matrices that are disturbed; none: all that have the side."""
    n_top: int | None = 5
    n_random: int | None = 5
    indices: tuple[str, ...] = ()
    """Dimensions by number, as typed."""
    first: int | None = None
    last: int | None = None
    """Layers; both None: all of them."""
    action: str = EditAction.RANDOM
    factor: float | None = 4.0
    value: float | None = 0.0
    seed: int | None = 0

    @classmethod
    def first_choice(cls, model: str, stored: Sequence[ResultRow], corpus: CorpusSummary | None) -> Self:
        """What stands in the form of a newcomer: the five top dimensions against five random ones."""
        return cls(model, RegionSource.first(stored, corpus), Measured.first(corpus, n_languages=2))

    @classmethod
    def of_request(cls, request: SweepRequest, stored: Sequence[ResultRow]) -> Self:
        """The form that asks this request."""
        targets = request.targets
        assert isinstance(targets, DimensionSweep)
        choice = cls(request.model, measured=Measured.of_spec(request.evaluation))
        if targets.ranking:
            choice = choice._replace(source=RegionSource.of_question(targets.ranking, stored))
        return choice._replace(
            side=targets.side,
            kinds=tuple(kind.value for kind in targets.kinds),
            n_top=targets.n_top if targets.ranking else 0,
            n_random=targets.n_random,
            indices=tuple(map(str, targets.indices)),
            first=targets.layers.first if targets.layers else None,
            last=targets.layers.last if targets.layers else None,
            **_operands_of(request),
        )

    def with_fields(self, given: Mapping[str, Any]) -> Self:
        """The choice with these fields, wherever they belong."""
        source, measured = replaced(self.source, given), replaced(self.measured, given)
        own: Self = replaced(self, given)
        return own._replace(source=source, measured=measured)

    def with_query(self, query: Mapping[str, str]) -> Self:
        """The choice with whatever the address names."""
        numbers = {**_RANKED, **_LAYERS, **_ACTION, **_LINES}
        lists, words = ("languages", "evaluated", "indices", "kinds"), ("region", "corpus", "bos", "side", "action")
        return self.with_fields(fields.read(query, lists=lists, words=words, numbers=numbers))

    def state(self) -> dict[str, object]:
        """For the address: every field by its name."""
        flat = {**self._asdict(), **self.source._asdict(), **self.measured._asdict()}
        return {name: value for name, value in flat.items() if name not in ("source", "measured")}

    def request(self, api: Client) -> SweepRequest:
        """What is asked; raises `KnownError` naming the field that cannot be."""
        ranking = self.source.ranked(self.model, self.measured.corpus, api) if self.n_top or not self.indices else None
        layers = None if self.first is None and self.last is None else {"first": self.first or 0, "last": self.last}
        targets = {
            "over": "dimensions",
            "side": self.side,
            "kinds": tuple(kind.value for kind in MatrixKind if kind.value in self.kinds),
            "indices": self.indices,
            "ranking": ranking,
            "n_top": self.n_top,
            "n_random": self.n_random,
            "layers": layers,
        }
        return _sweep(self.model, targets, self, self.measured)

    def sentence(self) -> str:
        """What the request costs, in words."""
        n_points = (self.n_top or 0) + (self.n_random or 0) + len(self.indices)
        return _cost(n_points, "dimension", self.measured)


class ScanChoice(NamedTuple):
    """The form of Table 4: every scalar of one norm, one at a time."""

    model: str
    measured: Measured = Measured()
    matrix: str = ""
    indices: tuple[str, ...] = ()
    """Scalars by number, as typed; none: all of them."""
    action: str = EditAction.RESET
    factor: float | None = 10.0
    value: float | None = 0.0
    seed: int | None = 0
    size: int = 0
    """Scalars of the matrix."""

    @classmethod
    def first_choice(cls, model: ModelDescription, corpus: CorpusSummary | None) -> Self:
        """The input norm of layer 1, as in the paper, on one language and few lines: there are many scalars."""
        views = vectors(model)
        view = next((view for view in views if view.name == PAPER_MATRIX), views[0] if views else None)
        measured = Measured.first(corpus, n_languages=1)
        start = measured.evaluated_start or 0
        few = measured._replace(evaluated_stop=min(start + 8, measured.evaluated_stop or start + 8))
        return cls(model.name, few, view.name if view else "", size=view.shape[0] if view else 0)

    @classmethod
    def of_request(cls, request: SweepRequest, model: ModelDescription) -> Self:
        """The form that asks this request."""
        targets = request.targets
        assert isinstance(targets, ScalarSweep)
        choice = cls(request.model, Measured.of_spec(request.evaluation), targets.matrix)
        indices = tuple(map(str, targets.indices))
        return choice._replace(indices=indices, **_operands_of(request)).sized(model)

    def sized(self, model: ModelDescription) -> Self:
        """The choice with the size of its matrix."""
        return self._replace(size=next((view.shape[0] for view in vectors(model) if view.name == self.matrix), 0))

    def with_fields(self, given: Mapping[str, Any]) -> Self:
        """The choice with these fields, wherever they belong."""
        own: Self = replaced(self, given)
        return own._replace(measured=replaced(self.measured, given))

    def with_query(self, query: Mapping[str, str]) -> Self:
        """The choice with whatever the address names."""
        words = ("matrix", "corpus", "bos", "action")
        found = fields.read(query, lists=("evaluated", "indices"), words=words, numbers={**_ACTION, **_LINES})
        return self.with_fields(found)

    def state(self) -> dict[str, object]:
        """For the address: every field by its name."""
        flat = {**self._asdict(), **self.measured._asdict()}
        return {name: value for name, value in flat.items() if name not in ("measured", "size")}

    def request(self, _api: Client) -> SweepRequest:
        """What is asked; raises `KnownError` naming the field that cannot be."""
        targets = {"over": "scalars", "matrix": self.matrix, "indices": self.indices}
        return _sweep(self.model, targets, self, self.measured)

    def sentence(self) -> str:
        """What the request costs, in words."""
        return _cost(len(self.indices) or self.size, "scalar", self.measured)


PAPER_MATRIX = "1.norm.input"
PAPER_INDICES = ("2100", "2800", "4200")
PAPER_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "reset": ("Reset 1", {"action": EditAction.RESET.value}),
    "times10": ("Mul 10", {"action": EditAction.SCALE.value, "factor": 10.0}),
    "times4": ("Mul 4", {"action": EditAction.SCALE.value, "factor": 4.0}),
}
"""Table 4's perturbations: words of the paper, and what they set in the form."""


def paper_indices(model: ModelDescription) -> tuple[str, ...]:
    """The paper's three dimensions where the model has them (LLaMA-2-13B has 5120); else none."""
    size = next((view.shape[0] for view in vectors(model) if view.name == PAPER_MATRIX), 0)
    return PAPER_INDICES if size > max(map(int, PAPER_INDICES)) else ()


def vectors(model: ModelDescription) -> tuple[MatrixView, ...]:
    """Norms and biases of a model: what a scan runs over."""
    return tuple(view for view in model.matrices if len(view.shape) == 1)


def text_request(request: SweepRequest, index: int) -> PerturbationRequest:
    """What the model writes under one change of a sweep: the paper's sentence in the languages measured."""
    targets = request.targets
    if isinstance(targets, ScalarSweep):
        where: dict[str, Any] = {"target": "scalar", "matrix": targets.matrix, "index": (index,)}
    else:
        where = {"target": "dimension", "side": targets.side, "index": index, "kinds": targets.kinds}
        where["layers"] = targets.layers
    edit = {"where": where, "action": request.action, "factor": request.factor, "value": request.value}
    if request.action is EditAction.RANDOM:
        edit["seed"] = request.seed
    codes = [code for code in request.evaluation.languages if code in PROMPTS] or ["en"]
    asked = {
        "model": request.model,
        "dtype": request.dtype,
        "edits": (edit,),
        "prompts": tuple({"language": code, "text": PROMPTS[code]} for code in codes[:MOST_PROMPTS]),
        "settings": {"max_new_tokens": PROMPT_TOKENS},
    }
    return checked(lambda: PerturbationRequest.model_validate(asked))


def _sweep(model: str, targets: dict[str, Any], form: SweepChoice | ScanChoice, measured: Measured) -> SweepRequest:
    asked = {"model": model, "targets": targets, "action": form.action, "evaluation": measured.spec()}
    if form.action == EditAction.SCALE:
        asked["factor"] = form.factor
    if form.action == EditAction.SET:
        asked["value"] = form.value
    asked["seed"] = form.seed
    return checked(lambda: SweepRequest.model_validate(asked))


def _operands_of(request: SweepRequest) -> dict[str, Any]:
    found: dict[str, Any] = {"action": request.action, "seed": request.seed}
    if request.factor is not None:
        found["factor"] = request.factor
    if request.value is not None:
        found["value"] = request.value
    return found


def _cost(n_points: int, noun: str, measured: Measured) -> str:
    n_languages = len(measured.evaluated)
    plural = "" if n_points == 1 else "s"
    languages = f"{n_languages} language{'' if n_languages == 1 else 's'}"
    return f"{n_points:,} {noun}{plural}, one at a time, and the base: {n_points + 1:,} perplexities in {languages}."
