"""Reproductions on this data root: which of their jobs are stored, under way or never asked."""

from __future__ import annotations

from backend.artifacts.answers import is_answered
from backend.artifacts.corpora import Corpora
from backend.artifacts.keys import Keys
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.building import all_inputs
from backend.contracts.jobs import title_of
from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Conditions, Reproduction, Step
from backend.contracts.requests import Request
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import JobState
from backend.jobs.service import JobService
from backend.reproduction.catalogue import reproduction, spec_named
from backend.reproduction.setting import Setting, setting_of

Results = dict[str, Manifest]


class Reproductions:
    """Reads the store and the queue; submits nothing."""

    def __init__(self, *, store: ResultStore, models: ModelEntries, corpora: Corpora, jobs: JobService) -> None:
        self._store = store
        self._models = models
        self._corpora = corpora
        self._jobs = jobs
        self._durations: dict[str, float] = {}

    def one(self, name: str, conditions: Conditions) -> Reproduction:
        """How far one reproduction is; raises the problem of a missing model, corpus or language."""
        spec = spec_named(name)
        setting = self._setting(conditions)
        steps: dict[str, Step] = {}
        known: Results = {}
        keys = Keys(self._models, self._corpora)
        while new := {n: r for n, r in spec.requests(setting, known).items() if n not in steps}:
            for step, request in new.items():
                steps[step], stored = self._step(step, request, keys)
                known |= {step: stored} if stored else {}
        return reproduction(spec, setting, tuple(steps.values()), known)

    def _setting(self, conditions: Conditions) -> Setting:
        model = self._models.ready(conditions.model)
        corpus = self._corpora.named(conditions.corpus).summary()
        if corpus.problem:
            raise KnownError("broken_corpus", corpus.problem, field="corpus")
        members = {member.partition("=")[0] for member in conditions.members}
        sizes = {name: self._models.ready(name).n_parameters for name in {conditions.model, *members}}
        return setting_of(conditions, model.shape, corpus, sizes)

    def _step(self, name: str, request: Request, keys: Keys) -> tuple[Step, Manifest | None]:
        key = keys.key(request)
        step = Step(name=name, title=title_of(request), request=request, key=key, state=None)
        if is_answered(request, key, self._store, self._models):
            stored = self._store.manifest(key)
            return step.model_copy(update={"state": JobState.DONE, "seconds": self._seconds(request, keys)}), stored
        try:
            status = self._jobs.status(key)
        except KnownError:
            return step, None
        return step.model_copy(update={"state": status.state, "problem": status.problem}), None

    def _seconds(self, request: Request, keys: Keys) -> float:
        """Of the job and of all that it is built on, each once."""
        found = {keys.key(one) for one in (*all_inputs(request), request)}
        return sum(self._took(key) for key in found if self._store.has(key))

    def _took(self, key: str) -> float:
        if key not in self._durations:
            told = self._store.manifest(key).provenance
            self._durations[key] = (told.ended_at - told.started_at).total_seconds()
        return self._durations[key]
