"""Reproductions on this data root: which of their jobs are stored, under way or never asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

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
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import JobState
from backend.jobs.service import JobService
from backend.reproduction.catalogue import reproduction, spec_named
from backend.reproduction.setting import Setting, setting_of
from backend.reproduction.sizes import sizes_of
from backend.reproduction.spec import Spec

Results = dict[str, Manifest]
MOST_TRIED, MOST_OFFERED = 16, 3
"""Sizes of stored answers that are looked up, the newest ones, and those that are told."""


class Reproductions:
    """Reads the store and the queue; submits nothing."""

    def __init__(
        self,
        *,
        store: ResultStore,
        models: ModelEntries,
        corpora: Corpora,
        jobs: JobService,
        rows: Callable[[], Sequence[ResultRow]],
    ) -> None:
        self._store = store
        self._rows = rows
        self._models = models
        self._corpora = corpora
        self._jobs = jobs
        self._durations: dict[str, float] = {}

    def one(self, name: str, conditions: Conditions) -> Reproduction:
        """How far one reproduction is; raises the problem of a missing model, corpus or language."""
        spec = spec_named(name)
        setting = self._setting(conditions)
        keys = Keys(self._models, self._corpora)
        steps, known = self._steps(spec, setting, keys)
        found = reproduction(spec, setting, steps, known)
        if found.is_done:
            return found
        return found.model_copy(update={"measured_with": self._elsewhere(spec, setting, len(known), keys)})

    def _steps(self, spec: Spec, setting: Setting, keys: Keys) -> tuple[tuple[Step, ...], Results]:
        """All jobs that can be named so far, and the answers that are stored."""
        steps: dict[str, Step] = {}
        known: Results = {}
        while new := {n: r for n, r in spec.requests(setting, known).items() if n not in steps}:
            for step, request in new.items():
                steps[step], stored = self._step(step, request, keys)
                known |= {step: stored} if stored else {}
        return tuple(steps.values()), known

    def _elsewhere(self, spec: Spec, setting: Setting, n_here: int, keys: Keys) -> tuple[Conditions, ...]:
        """Sizes under which more of this table is stored than the `n_here` answers under these."""
        here = setting.conditions
        kinds = {request.kind for request in spec.requests(setting, {}).values()}
        rows = [row for row in self._rows() if row.model == here.model and row.kind in kinds]
        tried = list(dict.fromkeys(sizes_of(row.request, here, spec.options) for row in rows))[:MOST_TRIED]
        n_known = {one.conditions: len(self._steps(spec, one, keys)[1]) for one in self._possible(tried)}
        better = [one for one, n in n_known.items() if n > n_here]
        return tuple(sorted(better, key=lambda one: -n_known[one])[:MOST_OFFERED])

    def _possible(self, tried: Sequence[Conditions]) -> Iterator[Setting]:
        for one in tried:
            with suppress(KnownError):
                yield self._setting(one)

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
