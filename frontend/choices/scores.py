"""How parameters are scored, as every form that needs scores says it: names of estimators, fields to a contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from backend.contracts.requests import DEFAULT_CORPUS, ScoreSpec
from backend.contracts.vocabulary import Bos, Estimator, ImportanceMode
from frontend.choices.problems import checked

LISTS = ("snapshots",)
WORDS = ("estimator", "corpus", "bos")
NUMBERS: dict[str, type] = {"start": int, "stop": int, "shards": int, "snapshot": int, "batch_tokens": int}


class EstimatorWords(NamedTuple):
    """What a form says about one way of scoring."""

    label: str
    formula: str
    cost: str


ESTIMATORS: dict[str, EstimatorWords] = {
    "taylor": EstimatorWords(
        "Taylor, abs of sum",
        "|θ · Σg|: gradients are summed with their signs, then multiplied (Eq. 4, the authors' code).",
        "One forward and backward pass over the text.",
    ),
    "taylor_sum_of_abs": EstimatorWords(
        "Taylor, sum of abs",
        "Σ|θ · g|: what each batch says is added up, signs cannot cancel.",
        "One forward and backward pass over the text.",
    ),
    "fisher": EstimatorWords(
        "Fisher", "Σ g²: how sharply the loss reacts, whatever the weight.", "One forward and backward pass."
    ),
    "second_order": EstimatorWords(
        "Second order",
        "|θ · Σg − ½ θ² · Σg²|: Eq. 3 with the diagonal Fisher for the Hessian.",
        "One forward and backward pass; two sums are kept, so twice the memory.",
    ),
    "wanda": EstimatorWords(
        "Wanda", "|θ| times the norm of its input over the text.", "Forward passes only, about a third of Taylor."
    ),
    "magnitude": EstimatorWords(
        "Magnitude", "|θ| alone; reads no text, the same for every language.", "Seconds: no pass at all."
    ),
}
"""Ways of scoring by the name that forms and addresses use; the two modes of Taylor are two of them."""


def estimator_fields(name: str) -> dict[str, str]:
    """`estimator` and `mode` of a score by a form's name; an unknown name is left for the contract to refuse."""
    if name == "taylor_sum_of_abs":
        return {"estimator": Estimator.TAYLOR, "mode": ImportanceMode.SUM_OF_ABS}
    return {"estimator": name}


def estimator_key(spec: ScoreSpec) -> str:
    """The form's name of a score's estimator."""
    plain = spec.estimator is not Estimator.TAYLOR or spec.mode is ImportanceMode.ABS_OF_SUM
    return spec.estimator.value if plain else "taylor_sum_of_abs"


class ScoresChoice(NamedTuple):
    """The fields of `score_fields`; numbers may be None or out of range: the contract refuses them."""

    estimator: str = "taylor"
    corpus: str = DEFAULT_CORPUS
    start: int | None = 0
    stop: int | None = 60
    snapshots: tuple[str, ...] = ()
    """Numbers of samples, as typed."""
    shards: int | None = 1
    snapshot: int | None = None
    """The one of `snapshots` that a region is taken from; None: all samples."""
    bos: str = Bos.TOKENIZER.value
    """Whether a sample begins with BOS."""
    batch_tokens: int | None = ScoreSpec.model_fields["batch_tokens"].default

    @classmethod
    def of_spec(cls, spec: ScoreSpec, snapshot: int | None = None) -> Self:
        """The fields that ask for these scores."""
        lines = spec.lines
        return cls(
            estimator=estimator_key(spec),
            corpus=lines.corpus,
            start=lines.start,
            stop=lines.stop,
            snapshots=tuple(map(str, spec.snapshots)),
            shards=spec.shards,
            snapshot=snapshot,
            bos=spec.bos.value,
            batch_tokens=spec.batch_tokens,
        )

    def spec(self, model: str) -> ScoreSpec:
        """The scores asked for; raises `KnownError` naming the field that cannot be asked."""
        asked: dict[str, Any] = {
            "model": model,
            "lines": {"corpus": self.corpus, "start": self.start, "stop": self.stop},
            "snapshots": [text.replace(" ", "").replace("\u202f", "") for text in self.snapshots],
            "shards": self.shards,
            "bos": self.bos,
            "batch_tokens": self.batch_tokens,
            **estimator_fields(self.estimator),
        }
        return checked(lambda: ScoreSpec.model_validate(asked))


def chosen_snapshot(snapshots: Sequence[str], wanted: Any) -> int | None:
    """The snapshot to take a region from: the wanted one while it is among those that are kept."""
    text = "" if wanted is None else str(wanted)
    return int(text) if text.isdigit() and text in snapshots else None
