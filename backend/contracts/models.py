"""What an opened model is: its identity, its shape, and where each matrix lies in its files."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from backend.contracts.base import Contract, ModelName, digest
from backend.contracts.vocabulary import MatrixKind, Side


class MatrixView(Contract):
    """One matrix as the atlas shows it: canonical (out, in), or (n,) for norms and biases.

    The stored tensor becomes the canonical matrix by, in this order: `reshape(fold)`,
    `take(pick, axis=axis)`, `reshape(-1, last)`, transpose if `transposed`. Without `fold` the
    stored tensor is taken whole. numpy and torch both do all but the last reshape without a copy.
    """

    name: str
    """`{layer}.{kind}` within the layers, else the kind itself: `3.attn.q`, `norm.final`."""
    layer: int | None
    kind: MatrixKind
    shape: tuple[int, ...]
    sides: tuple[Side | None, ...]
    """What each axis of `shape` counts; None for a norm inside a head (`norm.q`)."""
    n_heads: tuple[int, ...]
    """Heads along each axis, 1 where the axis is not a head side."""
    tensor: str
    """Name in the safetensors file."""
    file: str
    """File in the model's folder."""
    dtype: str
    """safetensors dtype of the stored tensor: F32, BF16, F16."""
    fold: tuple[int, ...] | None = None
    axis: int = 0
    pick: int = 0
    transposed: bool = False
    scale_offset: float = 0.0
    """Norms: effective scale = weight + offset (Gemma 1.0); `reset` writes 1 - offset."""


class ModelShape(Contract):
    """The numbers by which a user chooses a layer or a dimension."""

    n_layers: int
    residual_size: int
    n_heads: int
    n_key_value_heads: int
    head_size: int
    n_neurons: int
    vocabulary_size: int
    context_length: int


class ModelDescription(Contract):
    """The result of `open_model`; also kept as the catalogue entry of the model."""

    name: ModelName
    source: str
    revision: str | None
    fingerprint: str
    """`artifacts.models.fingerprint(folder)`: tells a changed folder without reading its weights."""
    inodes: str = ""
    """`artifacts.models.inodes(folder)`: tells a replaced file; '' of a model that an older version opened."""
    folder: str
    """Where the safetensors files lie (absolute; on the shared volume or in the hub's cache)."""
    weights_hash: str
    """SHA-256 over the weight files: the model's identity in every key."""
    tokenizer_hash: str
    config_hash: str = ""
    """SHA-256 of what the configuration computes with (architecture, norms, rope, end tokens)."""
    architecture: str
    family: str
    shape: ModelShape
    matrices: tuple[MatrixView, ...]
    n_parameters: int
    size_bytes: int
    dtype: str
    licence: str = ""
    licence_url: str = ""
    opened_at: datetime
    config: dict[str, JsonValue] = {}
    """The whole configuration as transformers reads it; {} of a model that an older version opened."""
    tokenizer: dict[str, JsonValue] = {}
    """Class and special tokens of the tokenizer, and `bos_rule`; {} as above."""
    warnings: tuple[str, ...] = ()
    """What a reader must know of the model: what was corrected, what transformers warned of when it was opened."""

    @property
    def identity(self) -> str:
        """What a number depends on: weights, tokenizer and configuration; part of every key."""
        return digest([self.weights_hash, self.tokenizer_hash, self.config_hash])


class ModelSummary(Contract):
    """One line of `GET /models`."""

    name: ModelName
    source: str
    status: Literal["ready", "changed", "vanished"]
    architecture: str
    family: str
    n_parameters: int
    n_layers: int
    size_bytes: int
    licence: str
    licence_url: str
    weights_hash: str
    opened_at: datetime
    warnings: tuple[str, ...] = ()
    """As in `ModelDescription`."""


class BrokenEntry(Contract):
    """An entry of a list that cannot be read; it harms no other."""

    name: str
    """Of its file or folder, what cannot be written as text escaped."""
    problem: str


class ModelList(Contract):
    models: tuple[ModelSummary, ...]
    broken: tuple[BrokenEntry, ...] = ()
    """Entries that cannot be read, each with its reason."""


class DeviceInfo(Contract):
    """What a worker computes on."""

    worker: str
    host: str
    state: str
    """`starting`, `idle`, `busy`, or `lost`."""
    device: str
    dtype: str
    memory_bytes: int
    memory_free_bytes: int
    n_threads: int
    resident_models: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    last_seen: datetime


class Capabilities(Contract):
    """`GET /capabilities`."""

    version: str
    workers: tuple[DeviceInfo, ...]
    queues: dict[str, int] = Field(description="Jobs waiting in each queue.")
    model_roots: tuple[str, ...]
    corpus_roots: tuple[str, ...]
    results_bytes: int
    disk_free_bytes: int


class CorpusSummary(Contract):
    """One corpus. Of a parallel one, line N says the same in every language; else languages differ in length."""

    name: str
    title: str
    languages: tuple[str, ...]
    n_lines: int
    """Of the shortest language."""
    licence: str
    folder: str
    hash: str
    problem: str = ""
    """Why it can't be used, in one sentence; '' when it can."""
    is_parallel: bool = True
    ignored: tuple[str, ...] = ()
    """Files that are not read, for their name is no language's."""
    n_left_out: int = 0
    """Rows that were left out of all languages when it was added, for a translation was missing."""

    @property
    def facts(self) -> str:
        """Files that are not read and rows that were left out, in words; '' when there are none."""
        rows = "1 row was" if self.n_left_out == 1 else f"{self.n_left_out:,} rows were"
        left_out = f"{rows} left out, for a text was missing" if self.n_left_out else ""
        named = ", ".join(self.ignored[:5]) + (f" and {len(self.ignored) - 5} more" if len(self.ignored) > 5 else "")
        ignored = f"not read, for no language code is their name: {named}" if self.ignored else ""
        return "; ".join(filter(None, (left_out, ignored)))


class Removed(Contract):
    """What was removed, and what stays."""

    name: str
    freed_bytes: int
    note: str = ""


class AddedFile(Contract):
    """An uploaded file."""

    sha256: str
    size_bytes: int
    added_at: datetime


class AddedFiles(Contract):
    """Newest first."""

    files: tuple[AddedFile, ...]
    broken: tuple[BrokenEntry, ...] = ()
    """Entries that cannot be read, each with its reason."""


class CorpusList(Contract):
    corpora: tuple[CorpusSummary, ...]


class CorpusLines(Contract):
    """Texts by language: line `start + i` of the corpus is `lines[language][i]`."""

    corpus: str
    start: int
    lines: dict[str, tuple[str, ...]]


class AnalysisInfo(Contract):
    """One analysis a worker offers: `GET /analyses`."""

    kind: str
    title: str
    description: str
    version: int
    request_schema: dict[str, object]
    example: dict[str, object]


class AnalysisList(Contract):
    analyses: tuple[AnalysisInfo, ...]
