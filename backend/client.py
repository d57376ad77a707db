"""Typed HTTP client of the atlas: the dashboard, the command line and notebooks use it.

Knows contracts and HTTP, nothing of Redis or the disk. From a notebook:

    from backend.client import Client
    atlas = Client("http://127.0.0.1:8051")
    values, header = atlas.tile(model="gemma-3-270m", matrix="3.attn.q", reducer="max_abs_weight")
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

import httpx
import numpy as np

from backend.contracts.base import Contract
from backend.contracts.comparison import SharedScale
from backend.contracts.development import Development, DevelopmentPlan, FamilyMembers
from backend.contracts.jobs import Event, JobList, JobStatus, Submission
from backend.contracts.models import (
    AnalysisInfo,
    AnalysisList,
    Capabilities,
    CorpusLines,
    CorpusList,
    CorpusSummary,
    ModelDescription,
    ModelList,
    ModelSummary,
)
from backend.contracts.neurons import ChoicePrompt, TaskForm
from backend.contracts.problems import KnownError
from backend.contracts.published import PublishedEntry, PublishedList, PublishedTable
from backend.contracts.regions import Expression, ImportedFile
from backend.contracts.reproduction import Conditions, Experiment, ExperimentList, Reproduction
from backend.contracts.requests import Request
from backend.contracts.results import (
    CellView,
    ExpressionPreview,
    GridView,
    LanguageMeans,
    Manifest,
    MarginalsView,
    NeuronCard,
    NeuronList,
    Overlap,
    OverlapByMatrix,
    ResultList,
    ResultRow,
    TileHeader,
)
from backend.contracts.tasks import TaskItems, TaskList, TaskSummary
from backend.contracts.training import TrainingCurve
from backend.wire import Answer, events_in, parsed, problem_in, tile_values, unreachable

Queue = Literal["interactive", "batch"]
TableFormat = Literal["csv", "tex", "json"]
TextsFormat = Literal["md", "html", "json"]
Unit = Literal["perplexity", "bits_per_byte"]
UPLOAD_BLOCK_BYTES = 1 << 20


class Client:
    """One API. Every known failure is raised as `KnownError`; use as a context manager, or `close()` it.

    Views (`tile`, `marginals`, `cell`, `grid`) are about a result (`key`) or about the weights of an
    opened model (`model=`): name exactly one of them.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        transport: httpx.BaseTransport | None = None,
        *,
        timeout_seconds: float = 60.0,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url, headers=headers, transport=transport, timeout=timeout_seconds, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections free."""
        self._http.close()

    def submit(self, request: Request, queue: Queue = "interactive") -> JobStatus:
        """Ask a question; a stored answer comes back as state `done` at once."""
        body = Submission(request=request, queue=queue).model_dump_json()
        response = self._send("POST", "/jobs", content=body, headers={"Content-Type": "application/json"})
        return parsed(JobStatus, response)

    def jobs(self) -> tuple[JobStatus, ...]:
        """Everything waiting, running and recently ended, newest first."""
        return self._get(JobList, "/jobs").jobs

    def job(self, key: str) -> JobStatus:
        """How one job stands."""
        return self._get(JobStatus, f"/jobs/{key}")

    def cancel(self, key: str) -> JobStatus:
        """Stop a job, queued or running."""
        return parsed(JobStatus, self._send("DELETE", f"/jobs/{key}"))

    def retry(self, key: str) -> JobStatus:
        """Run a failed or cancelled job again."""
        return parsed(JobStatus, self._send("POST", f"/jobs/{key}/retry"))

    def wait(
        self,
        key: str,
        on_progress: Callable[[JobStatus], None] | None = None,
        *,
        poll_seconds: float = 0.3,
        no_worker_seconds: float = 60.0,
    ) -> JobStatus:
        """Poll a job until it ends, however it ends; `on_progress` is called at every poll.

        Raises `no_worker` when for so long no worker was alive that could take it up; the job stays queued.
        """
        workers_at = time.monotonic()  # when one was last seen, or first looked for
        look_at = workers_at + no_worker_seconds / 4
        while True:
            status = self.job(key)
            if on_progress:
                on_progress(status)
            if status.state.ended:
                return status
            if (now := time.monotonic()) >= look_at:
                look_at = now + no_worker_seconds / 4
                if any(worker.state != "lost" for worker in self.capabilities().workers):
                    workers_at = now
                elif now - workers_at >= no_worker_seconds:
                    raise _no_worker(status, no_worker_seconds)
            time.sleep(poll_seconds)

    def events(self, key: str | None = None, *, last_event_id: str | None = None) -> Iterator[Event]:
        """What one job says from its beginning to its end; without `key`, every state event from now on."""
        path = f"/jobs/{key}/events" if key else "/events"
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        try:
            with self._http.stream("GET", path, headers=headers, timeout=httpx.Timeout(60.0, read=None)) as response:
                if response.is_error:
                    response.read()
                    raise problem_in(response)
                yield from events_in(response.iter_lines())
        except httpx.TransportError as error:
            raise unreachable(self.base_url, error) from error

    def results(self, kind: str | None = None, model: str | None = None) -> tuple[ResultRow, ...]:
        """Stored results, newest first."""
        return self._get(ResultList, "/results", kind=kind, model=model).results

    def manifest(self, key: str) -> Manifest:
        """The request, provenance and summary of a stored result."""
        return self._get(Manifest, f"/results/{key}")

    def delete_result(self, key: str) -> None:
        """Remove a stored result."""
        self._send("DELETE", f"/results/{key}")

    def training(self, key: str) -> TrainingCurve:
        """What a training job, running or ended, has told so far; steps thinned to 2,000."""
        return self._get(TrainingCurve, f"/training/{key}")

    def remove_checkpoints(self, key: str) -> None:
        """Remove the checkpoints of an ended training; its result stays."""
        self._send("DELETE", f"/training/{key}")

    def develop(self, plan: DevelopmentPlan) -> Development:
        """Measure a family of models; follow it with `development`."""
        return self._posted(Development, "/development", plan)

    def family_members(self, plan: DevelopmentPlan) -> FamilyMembers:
        """Who would be measured; starts nothing."""
        return self._posted(FamilyMembers, "/development/members", plan)

    def development(self, key: str) -> Development:
        """How far a development is, with the points that are there already."""
        return self._get(Development, f"/development/{key}")

    def cancel_development(self, key: str) -> Development:
        """Stop its jobs; the points so far stay."""
        return parsed(Development, self._send("DELETE", f"/development/{key}"))

    def file(self, key: str, name: str) -> bytes:
        """One file of a stored result, whole."""
        return self._send("GET", f"/results/{key}/files/{name}").content

    def table(
        self, key: str, format: TableFormat = "csv", *, unit: Unit = "perplexity", language: str | None = None
    ) -> str:
        """The table of a result as CSV, LaTeX or JSON text; `unit` is what perplexities by language say.

        `language`: of a structured removal or a sweep this one alone.
        """
        params = _given({"unit": unit, "language": language})
        return self._send("GET", f"/results/{key}/table.{format}", params=params).text

    def texts(self, key: str, format: TextsFormat = "md") -> str:
        """Generated texts beside each other (a generation grid, a perturbation) as Markdown, HTML or JSON text."""
        return self._send("GET", f"/results/{key}/grid.{format}").text

    def upload(self, content: bytes | Path) -> ImportedFile:
        """Send a file of masks, coordinates or neurons; `import_region` names it by the hash that comes back."""
        blocks = content if isinstance(content, bytes) else _blocks_of(content)
        headers = {"Content-Type": "application/octet-stream"}
        return parsed(ImportedFile, self._send("POST", "/imports", content=blocks, headers=headers))

    def overlap(self, keys: Sequence[str]) -> Overlap:
        """Regions against regions: sizes, shared parameters, Jaccard, and the Jaccard of chance."""
        return self._get(Overlap, "/overlap", keys=",".join(keys))

    def overlap_by_matrix(self, left: str, right: str) -> OverlapByMatrix:
        """Two regions within each matrix."""
        return self._get(OverlapByMatrix, "/overlap/matrices", left=left, right=right)

    def preview(self, expression: Expression) -> ExpressionPreview:
        """Size and overlaps of an expression over stored regions, before it is computed."""
        headers = {"Content-Type": "application/json"}
        response = self._send("POST", "/regions/preview", content=expression.model_dump_json(), headers=headers)
        return parsed(ExpressionPreview, response)

    def region_file(self, key: str, bits: Literal["packed", "bool"] = "packed") -> bytes:
        """A region as safetensors, which says in its metadata what it is; `upload` takes it back."""
        return self._send("GET", f"/results/{key}/region.safetensors", params=_given({"bits": bits})).content

    def tile(
        self,
        key: str | None = None,
        *,
        model: str | None = None,
        matrix: str,
        reducer: str,
        row_start: int = 0,
        row_stop: int | None = None,
        column_start: int = 0,
        column_stop: int | None = None,
        max_rows: int = 512,
        max_columns: int = 512,
        format: Literal["u8", "f32"] = "f32",
        order: Sequence[str] = (),
    ) -> tuple[np.ndarray, TileHeader]:
        """Float32 values [height, width] of a window reduced to the screen, and where it lies.

        `order`: of a similarity map, its languages as they are to be shown.
        """
        rows = {"row_start": row_start, "row_stop": row_stop, "max_rows": max_rows}
        columns = {"column_start": column_start, "column_stop": column_stop, "max_columns": max_columns}
        params = {"matrix": matrix, "reducer": reducer, "format": format, **rows, **columns}
        params |= {"order": ",".join(order)} if order else {}
        response = self._send("GET", f"{_place(key, model)}/tile", params=_given(params))
        header = TileHeader.model_validate_json(response.headers["X-Tile"])
        return tile_values(response.content, header), header

    def difference_tile(
        self,
        left: str,
        right: str,
        *,
        matrix: str,
        reducer: str,
        rows: tuple[int, int | None] = (0, None),
        columns: tuple[int, int | None] = (0, None),
        max_rows: int = 512,
        max_columns: int = 512,
    ) -> tuple[np.ndarray, TileHeader]:
        """Left minus right of one matrix (keys of results or names of models): float32 [height, width], signed."""
        window = {"row_start": rows[0], "row_stop": rows[1], "column_start": columns[0], "column_stop": columns[1]}
        size = {"max_rows": max_rows, "max_columns": max_columns, "format": "f32"}
        params = {"left": left, "right": right, "matrix": matrix, "reducer": reducer, **window, **size}
        response = self._send("GET", "/compare/tile", params=_given(params))
        header = TileHeader.model_validate_json(response.headers["X-Tile"])
        return tile_values(response.content, header), header

    def shared_scale(
        self, subjects: Sequence[str], *, matrix: str, reducer: str, row_block: int = 1, column_block: int = 1
    ) -> SharedScale:
        """One range of colours for one matrix of several results (keys) or models (names)."""
        block = {"row_block": row_block, "column_block": column_block}
        names = ",".join(subjects)
        return self._get(SharedScale, "/compare/scale", subjects=names, matrix=matrix, reducer=reducer, **block)

    def marginals(
        self, key: str | None = None, *, model: str | None = None, matrix: str, reducer: str
    ) -> MarginalsView:
        """Profiles along the sides of one matrix, their largest dimensions named."""
        return self._get(MarginalsView, f"{_place(key, model)}/marginals", matrix=matrix, reducer=reducer)

    def cell(
        self,
        key: str | None = None,
        *,
        model: str | None = None,
        matrix: str,
        row: int,
        column: int,
        row_stop: int | None = None,
        column_stop: int | None = None,
        reducer: str | None = None,
    ) -> CellView:
        """One exact cell; with stops, the largest cell (by `reducer`) of the block that starts at it."""
        block = {"row_stop": row_stop, "column_stop": column_stop, "reducer": reducer}
        return self._get(CellView, f"{_place(key, model)}/cell", matrix=matrix, row=row, column=column, **block)

    def language_means(self, key: str, matrix: str = "whole") -> LanguageMeans:
        """Mean similarity of every pair of languages in one similarity map."""
        return self._get(LanguageMeans, f"/results/{key}/language-means", matrix=matrix)

    def grid(self, key: str | None = None, *, model: str | None = None, reducer: str) -> GridView:
        """Thumbnails of all matrices."""
        return self._get(GridView, f"{_place(key, model)}/grid", reducer=reducer)

    def neurons(self, key: str, language: str, *, layer: int | None = None, limit: int = 100) -> NeuronList:
        """Key neurons of one language, the largest z first."""
        params = {"language": language, "layer": layer, "limit": limit}
        return self._get(NeuronList, f"/results/{key}/neurons", **params)

    def neuron(self, key: str, *, layer: int, index: int, n_sentences: int = 8) -> NeuronCard:
        """One neuron from all sides."""
        return self._get(NeuronCard, f"/results/{key}/neuron", layer=layer, index=index, n_sentences=n_sentences)

    def neuron_mask(self, key: str, language: str) -> bytes:
        """The key neurons of one language as JSON by layer; `upload` takes it back as a region."""
        return self._send("GET", f"/results/{key}/neurons.json", params=_given({"language": language})).content

    def models(self) -> tuple[ModelSummary, ...]:
        """Opened models, newest first."""
        return self._get(ModelList, "/models").models

    def model(self, name: str) -> ModelDescription:
        """Everything about one opened model, its matrices included."""
        return self._get(ModelDescription, f"/models/{name}")

    def corpora(self) -> tuple[CorpusSummary, ...]:
        """Corpora that can be read, the built-in one first."""
        return self._get(CorpusList, "/corpora").corpora

    def corpus_lines(
        self, name: str, start: int = 0, stop: int | None = None, languages: Sequence[str] = ()
    ) -> CorpusLines:
        """Aligned lines of a corpus; all languages when none is named."""
        return self._get(CorpusLines, f"/corpora/{name}/lines", start=start, stop=stop, languages=list(languages))

    def tasks(self) -> tuple[TaskSummary, ...]:
        """Tasks that a `choice` request can name, the built-in ones first."""
        return self._get(TaskList, "/tasks").tasks

    def add_task(self, content: bytes, *, title: str, form: TaskForm, language: str) -> TaskSummary:
        """Send the JSON lines of a task; a bad line comes back as a problem that names it."""
        params = _given({"title": title, "form": form, "language": language})
        headers = {"Content-Type": "application/jsonl"}
        return parsed(TaskSummary, self._send("POST", "/tasks", params=params, content=content, headers=headers))

    def task_items(
        self, file: str, start: int = 0, stop: int | None = None, *, prompt: ChoicePrompt = "letters"
    ) -> TaskItems:
        """Items of one task as a model reads them, at most 1000 at a time."""
        return self._get(TaskItems, f"/tasks/{file}/items", start=start, stop=stop, prompt=prompt)

    def analyses(self) -> tuple[AnalysisInfo, ...]:
        """Every kind of question, with its schema and an example."""
        return self._get(AnalysisList, "/analyses").analyses

    def capabilities(self) -> Capabilities:
        """Workers, devices, queues and disk."""
        return self._get(Capabilities, "/capabilities")

    def published(self) -> tuple[PublishedEntry, ...]:
        """Tables of the papers whose numbers ship with the atlas."""
        return self._get(PublishedList, "/published").tables

    def published_table(self, name: str) -> PublishedTable:
        """One of them: `table-14`."""
        return self._get(PublishedTable, f"/published/{name}")

    def experiments(self) -> tuple[Experiment, ...]:
        """What can be reproduced, in the order in which it is best done."""
        return self._get(ExperimentList, "/reproductions").experiments

    def reproduction(self, name: str, conditions: Conditions) -> Reproduction:
        """Published and measured side by side, the jobs that belong to it, a verdict per claim. Submits nothing."""
        return self._get(Reproduction, f"/reproductions/{name}", **conditions.model_dump(mode="json"))

    def health(self) -> dict[str, str]:
        """`status` and `redis`; cheap, needs no token."""
        health: dict[str, str] = self._send("GET", "/health").json()
        return health

    def _get(self, answer: type[Answer], path: str, **params: object) -> Answer:
        return parsed(answer, self._send("GET", path, params=_given(params)))

    def _posted(self, answer: type[Answer], path: str, body: Contract) -> Answer:
        headers = {"Content-Type": "application/json"}
        return parsed(answer, self._send("POST", path, content=body.model_dump_json(), headers=headers))

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: httpx.QueryParams | None = None,
        content: str | bytes | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        try:
            response = self._http.request(method, path, params=params, content=content, headers=headers)
        except httpx.TransportError as error:
            raise unreachable(self.base_url, error) from error
        if response.is_error:
            raise problem_in(response)
        return response


def _blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(UPLOAD_BLOCK_BYTES):
            yield block


def _place(key: str | None, model: str | None) -> str:
    if (key is None) == (model is None):
        raise ValueError("name exactly one of `key` (a result) and `model` (its weights)")
    return f"/results/{key}" if key is not None else f"/models/{model}"


def _no_worker(job: JobStatus, seconds: float) -> KnownError:
    return KnownError(
        "no_worker",
        f"no worker has been alive for {seconds:.0f} s; {job.title} (job {job.key}) is {job.state.value}",
        hint="Start one with `lingua-atlas worker` (`lingua-atlas up` starts everything): it takes the job up.",
        status=503,
    )


def _given(params: Mapping[str, object]) -> httpx.QueryParams:
    return httpx.QueryParams({name: value for name, value in params.items() if value is not None})  # type: ignore[misc]
