"""What is chosen on the Development page: from the address, to the address, to the plan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from backend.contracts.development import DevelopmentPlan
from backend.contracts.models import CorpusSummary
from backend.contracts.requests import DEFAULT_CORPUS, DevelopmentRequest
from backend.contracts.tasks import TaskSummary
from frontend.choices import fields
from frontend.choices.languages import TEN
from frontend.choices.problems import checked

REVISIONS, FOLDER, TRAINING, MODELS = "revisions", "folder", "training", "sources"
WAYS = {MODELS: "Models", REVISIONS: "Revisions", FOLDER: "Folder", TRAINING: "Training"}
LISTS = ("revisions", "steps", "models", "others", "languages", "tasks")
WORDS = ("way", "source", "pattern", "folder", "training", "axis", "corpus", "bos")
_IN_TRAINING = re.compile("/training/([0-9a-f]{20})/")
"""In the folder of a checkpoint: the key of its training."""
NUMBERS: dict[str, type] = {"start": int, "stop": int, "n_items": int, "threshold": float}


class DevelopmentChoice(NamedTuple):
    """Everything the form says; what cannot be is refused by the plan."""

    way: str = MODELS
    source: str | None = ""
    revisions: tuple[str, ...] = ()
    pattern: str | None = ""
    steps: tuple[str, ...] = ()
    folder: str | None = ""
    training: str | None = None
    models: tuple[str, ...] = ()
    """Names of opened models."""
    others: tuple[str, ...] = ()
    """Ids and folders that are not open yet."""
    axis: str = "auto"
    languages: tuple[str, ...] = ()
    corpus: str = DEFAULT_CORPUS
    start: int | None = 0
    stop: int | None = 40
    threshold: float | None = 2.0
    tasks: tuple[str, ...] = ()
    """By the hash of their file."""
    n_items: int | None = None
    bos: str = "never"
    """A `Bos`."""

    @classmethod
    def first(cls, corpora: Sequence[CorpusSummary], corpus: str = DEFAULT_CORPUS) -> Self:
        """What stands in the form of a newcomer."""
        found = next((one for one in corpora if one.name == corpus), None)
        if found is None:
            return cls()
        ten = tuple(code for code in TEN if code in found.languages)
        languages = ten if len(ten) >= len(TEN) else found.languages[: len(TEN)]
        return cls(languages=languages, corpus=found.name, stop=min(40, found.n_lines))

    def of_request(self, request: DevelopmentRequest, sources: Mapping[str, str] | None = None) -> Self:
        """The form that measures the same models alike; `sources` of opened models tell whose checkpoints they are."""
        if training := _training(request, sources or {}):
            return self._replace(way=TRAINING, training=training)._alike(request)
        names = tuple(member.model for member in request.members)
        axis = "parameters" if request.axis == "parameters" else "auto"
        return self._replace(way=MODELS, models=names, axis=axis)._alike(request)

    def of_plan(self, plan: DevelopmentPlan) -> Self:
        """The form that asks this plan; sources that are named one by one are told as typed."""
        given = plan.family.model_dump()
        given |= {"others": given.pop("sources", ()), "steps": tuple(map(str, given.get("steps", ())))}
        named: dict[str, Any] = {name: value for name, value in given.items() if name in self._fields}
        return self._replace(**named)._alike(plan)

    def _alike(self, asked: DevelopmentRequest | DevelopmentPlan) -> Self:
        return self._replace(
            languages=tuple(sorted(asked.languages)),
            corpus=asked.lines.corpus,
            start=asked.lines.start,
            stop=asked.lines.stop,
            threshold=asked.threshold,
            tasks=tuple(task.file for task in asked.tasks),
            n_items=asked.n_items,
            bos=asked.bos.value,
        )

    def with_query(self, query: Mapping[str, str]) -> Self:
        """The choice with whatever the address names."""
        found = self._replace(**fields.read(query, lists=LISTS, words=WORDS, numbers=NUMBERS))
        return found._replace(bos=fields.bos_word(found.bos))

    def state(self) -> dict[str, object]:
        """For the address: every field by its name, None for one that is empty, as a form gives it back."""
        return {name: None if value == "" else value for name, value in self._asdict().items()}

    def family(self) -> dict[str, Any]:
        """The family as the contract takes it."""
        match self.way:
            case "revisions":
                named = {"revisions": self.revisions, "pattern": self.pattern or "", "steps": self.steps}
                return {"way": REVISIONS, "source": self.source or "", **named}
            case "folder":
                return {"way": FOLDER, "folder": self.folder or "", "axis": self.axis}
            case "training":
                return {"way": TRAINING, "training": self.training or ""}
            case _:
                return {"way": MODELS, "sources": (*self.models, *self.others), "axis": self.axis}

    def is_named(self) -> bool:
        """Whether a family is named at all: an empty form is no mistake yet."""
        match self.way:
            case "revisions":
                return bool(self.source and (self.revisions or (self.pattern and self.steps)))
            case "folder":
                return bool(self.folder)
            case "training":
                return bool(self.training)
            case _:
                return bool(self.models or self.others)

    def plan(self, tasks: Sequence[TaskSummary]) -> DevelopmentPlan:
        """The plan; raises `KnownError` naming the field that cannot be."""
        asked = {
            "family": self.family(),
            "languages": self.languages,
            "lines": {"corpus": self.corpus, "start": self.start, "stop": self.stop},
            "threshold": self.threshold,
            "bos": self.bos,
            "tasks": [_asked(one) for one in tasks if one.file in self.tasks],
            "n_items": self.n_items,
        }
        return checked(lambda: DevelopmentPlan.model_validate(asked))


def _training(request: DevelopmentRequest, sources: Mapping[str, str]) -> str | None:
    """The one training whose checkpoints these are; what stands at 0 samples is what it began with."""
    if request.axis != "samples":
        return None
    trained = [sources.get(one.model, "") for one in request.members if one.position]
    keys = {found[1] if (found := _IN_TRAINING.search(source)) else None for source in trained}
    return keys.pop() if len(keys) == 1 else None


def _asked(task: TaskSummary) -> dict[str, object]:
    return {"file": task.file, "title": task.title, "form": task.form, "language": task.language}
