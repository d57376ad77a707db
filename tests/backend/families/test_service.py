"""A development from its plan to its result, on tiny models: the queue is real, the test does what a worker does."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from backend.artifacts.imports import Imports
from backend.artifacts.tasks import Tasks
from backend.contracts.development import Development, DevelopmentPlan, ModelFolders, Sources, TrainingCheckpoints
from backend.contracts.jobs import Submission
from backend.contracts.neurons import TaskFile
from backend.contracts.problems import KnownError
from backend.contracts.requests import DevelopmentRequest, EvaluationSpec, Lines, OpenModelRequest, TrainingRequest
from backend.contracts.results import DevelopmentSummary
from backend.contracts.vocabulary import JobState
from backend.families.records import Records
from backend.families.service import Developments
from backend.jobs.service import JobService
from tests.fakes import write_corpus, write_model
from tests.workers.handlers.shop import Shop

pytestmark = pytest.mark.redis
SIX = ("ar", "de", "en", "fr", "ru", "zh")
LINES = Lines(corpus="six", start=0, stop=4)


class Yard:
    """A shop with six languages, the queue, and the developments on both."""

    def __init__(self, root: Path, url: str) -> None:
        self.shop = Shop(root)
        self.given = root / "given"
        write_corpus(root / "corpora" / "six", SIX, 6)
        context = self.shop.context
        self.tasks = Tasks(context.layout.tasks)
        self.connection = redis.Redis.from_url(url)
        self.connection.flushall()
        roots = (self.given, *context.layout.own_models)
        self.jobs = JobService(
            self.connection, store=context.store, models=context.models, corpora=context.corpora, tasks=self.tasks,
            imports=Imports(context.layout.imports), model_roots=roots,
        )  # fmt: skip
        self.developments = Developments(self.jobs, Records(self.connection), context.layout, self.tasks, roots)

    def work(self) -> None:
        """Answer every job that is queued; one that fails ends with its reason."""
        for job in self.jobs.jobs().jobs:
            if job.state.ended or self.shop.context.store.has(job.key):
                continue
            try:
                self.shop.answer(job.request)
            except KnownError as error:
                self.jobs.end(job.key, error.problem)

    def to_the_end(self, development: Development) -> Development:
        for _ in range(6):
            if development.state != "running":
                break
            self.work()
            development = self.developments.advance(development.key)
        return development

    def folder(self, *names: str, **changes: object) -> str:
        for seed, name in enumerate(names):
            write_model(self.given / "family" / name, seed=seed, **changes)
        return str(self.given / "family")


@pytest.fixture
def yard(tmp_path: Path, redis_url: str) -> Yard:
    return Yard(tmp_path, redis_url)


def plan(family, **changes: object) -> DevelopmentPlan:
    return DevelopmentPlan(family=family, languages=SIX, lines=LINES, **changes)


def code(call) -> str:
    with pytest.raises(KnownError) as caught:
        call()
    assert caught.value.problem.hint
    return caught.value.problem.code


def test_a_folder_of_checkpoints_one_of_which_is_broken(yard: Yard) -> None:
    folder = yard.folder("step10", "step2", "step30")
    (Path(folder) / "step30" / "model.safetensors").write_bytes(b"torn")
    first = yard.developments.begin(plan(ModelFolders(folder=folder)))
    assert [member.stage for member in first.members] == ["opening"] * 3
    assert {job.request.kind.value for job in yard.jobs.jobs().jobs} == {"open_model"}
    yard.work()
    second = yard.developments.advance(first.key)
    assert [member.stage for member in second.members] == ["measuring", "measuring", "left_out"]
    assert second.members[2].problem and second.members[2].problem.detail.startswith("opening: ")
    done = yard.to_the_end(second)
    assert (done.state, done.problem) == ("done", None)
    assert [(point.label, point.position) for point in done.summary.points] == [("step2", 2), ("step10", 10)]
    assert done.result and isinstance(yard.shop.context.store.manifest(done.result).summary, DevelopmentSummary)
    assert yard.shop.context.store.manifest(done.result).summary == done.summary
    assert done.observations and yard.developments.view(done.key) == done
    assert yard.developments.view(done.result).summary == done.summary
    assert yard.developments.records.open() == []


def test_points_come_one_by_one(yard: Yard) -> None:
    begun = yard.developments.begin(plan(ModelFolders(folder=yard.folder("step1", "step2"))))
    yard.work()
    running = yard.developments.advance(begun.key)
    assert running.summary.points == ()
    for part in running.members[0].parts:
        assert part.key
        yard.shop.answer(yard.jobs.status(part.key).request)
    seen = yard.developments.view(begun.key)
    assert [point.label for point in seen.summary.points] == ["step1"]
    assert [member.stage for member in seen.members] == ["measured", "measuring"]


def test_two_sizes_are_placed_by_their_parameters_and_another_tokenizer_is_told(yard: Yard) -> None:
    small = write_model(yard.given / "small", seed=1)
    large = write_model(yard.given / "large", seed=2, num_hidden_layers=4)
    twin = write_model(yard.given / "twin", seed=3)
    settings = (large / "tokenizer.json").read_text()
    (large / "tokenizer.json").write_text(settings + "\n")
    story = yard.tasks.all()[0]
    task = TaskFile(file=story.file, title="stories", form="story_cloze", language=story.language)
    asked = plan(Sources(sources=(str(large), str(small), str(twin), yard.shop.model)), tasks=(task,), n_items=2)
    done = yard.to_the_end(yard.developments.begin(asked))
    stages = {member.member.label: member.stage for member in done.members}
    assert stages == {"large": "measured", "small": "measured", "twin": "left_out", yard.shop.model: "left_out"}
    assert "same number of parameters" in done.members[2].problem.detail  # type: ignore[union-attr]
    assert [point.label for point in done.summary.points] == ["small", "large"]
    assert [len(point.layers) for point in done.summary.points] == [2, 4]
    assert "another tokenizer" in done.members[1].note
    assert done.summary.points[0].accuracy.keys() == {"stories"} == done.summary.points[0].accuracy_error.keys()


def test_checkpoints_of_a_training_of_this_atlas(yard: Yard) -> None:
    evaluation = EvaluationSpec(lines=Lines(corpus="six", start=4, stop=6), languages=("en",))
    request = TrainingRequest(
        model=yard.shop.model, language="fr", lines=LINES, n_samples=8, batch_size=4, save_at=(4,),
        evaluation=evaluation,
    )  # fmt: skip
    yard.shop.answer(request)
    done = yard.to_the_end(yard.developments.begin(plan(TrainingCheckpoints(training=yard.shop.key(request)))))
    assert (done.state, done.axis) == ("done", "samples")
    assert [point.position for point in done.summary.points] == [0, 4, 8]


def test_what_failed_is_asked_again_and_a_cancelled_one_keeps_its_points(yard: Yard) -> None:
    folder = Path(yard.folder("step1", "step2"))
    good = (folder / "step2" / "config.json").read_text()
    (folder / "step2" / "config.json").write_text("{}")
    asked = plan(ModelFolders(folder=str(folder)))
    failed = yard.to_the_end(yard.developments.begin(asked))
    assert failed.state == "failed" and failed.problem and failed.problem.code == "too_few_measured"
    (folder / "step2" / "config.json").write_text(good)
    again = yard.developments.begin(asked)
    assert (again.state, again.members[1].stage) == ("running", "opening")
    stopped = yard.developments.cancel(again.key)
    assert (stopped.state, len(stopped.summary.points)) == ("cancelled", 1)
    assert all(job.state.ended or yard.shop.context.store.has(job.key) for job in yard.jobs.jobs().jobs)
    assert yard.to_the_end(yard.developments.begin(asked)).state == "done"


def test_a_request_of_its_own_has_the_same_view(yard: Yard) -> None:
    folder = yard.folder("step1", "step2")
    names = [yard.shop.answer(OpenModelRequest(source=f"{folder}/{name}")).model for name in ("step1", "step2")]
    request = DevelopmentRequest.model_validate(
        {"members": [{"model": name, "position": at} for at, name in enumerate(names)], "languages": SIX,
         "lines": LINES}
    )  # fmt: skip
    job = yard.jobs.submit(Submission(request=request))
    assert job.state is JobState.WAITING
    view = yard.developments.view(job.key)
    assert (view.state, [member.stage for member in view.members]) == ("running", ["measuring"] * 2)
    yard.shop.answer(request)
    assert yard.developments.view(job.key).state == "done"


def test_what_can_be_known_is_refused_before_anything_is_queued(yard: Yard) -> None:
    folder = ModelFolders(folder=yard.folder("step1", "step2"))
    begin = yard.developments.begin
    assert code(lambda: begin(plan(ModelFolders(folder="/elsewhere")))) == "outside_model_roots"
    assert code(lambda: begin(plan(Sources(sources=("org/a", "relative/path/x"))))) == "bad_source"
    assert code(lambda: begin(plan(folder).model_copy(update={"lines": Lines(corpus="six", stop=99)})))
    assert code(lambda: begin(plan(folder).model_copy(update={"lines": Lines(corpus="none")}))) == "unknown_corpus"
    task = TaskFile(file="0" * 64, title="t", form="story_cloze", language="en")
    assert code(lambda: begin(plan(folder, tasks=(task,)))) == "unknown_task"
    assert code(lambda: begin(plan(TrainingCheckpoints(training="ab" * 10)))) == "unknown_training"
    assert code(lambda: yard.developments.view("ab" * 10)) == "unknown_job"
    assert yard.jobs.jobs().jobs == ()
