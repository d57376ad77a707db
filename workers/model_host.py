"""The models a worker holds: loaded once, kept while there is room, given up longest unused first."""

from __future__ import annotations

import gc
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
import transformers
from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from backend.artifacts.models import ModelEntries
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.results import Continuation
from backend.contracts.vocabulary import Dtype
from workers.analysis.token_bytes import TokenBytes
from workers.context import HostReport
from workers.devices import Placement, candidates, dtype_of, memory, place
from workers.families import family_of
from workers.families.base import Family, View
from workers.settings import WorkerSettings
from workers.sources import loading, trial
from workers.sources.tokenizer import load_tokenizer, notes_on
from workers.sources.told import adds_bos

TRIED_BYTES = 8e9
"""A larger model is not loaded while it is opened: that is minutes, and a job that needs it loads it anyway."""
_SHARE = 0.6
"""Of a device's memory that models may fill by default; the rest is for activations and scores."""


Answer = TypeVar("Answer")


class Remembered(dict[object, Answer]):
    """What the unchanged model answered to the last `KEPT` questions."""

    KEPT = 256

    def keep(self, question: object, answer: Answer) -> Answer:
        """Remember an answer, give up the oldest one, and give the answer back."""
        self[question] = answer
        while len(self) > self.KEPT:
            del self[next(iter(self))]
        return answer


class Loaded(NamedTuple):
    """A model ready to compute with."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    family: Family
    views: tuple[View, ...]
    description: ModelDescription
    device: str
    dtype: str
    """`float32`, `bfloat16` or `float16`."""
    adds_bos: bool
    """Whether its own tokenizer begins a text with BOS."""
    token_bytes: TokenBytes
    n_bytes: int
    checksums: dict[str, str]
    """By parameter name, as far as they were taken: what the weights were when the model was loaded."""
    base_texts: Remembered[Continuation]
    """What the unchanged model wrote, by question; every perturbation asks for it again."""
    base_rows: Remembered[Any]
    """What the unchanged model's perplexity was, by question (`handlers.perplexities`)."""
    evaluations: Remembered[Any]
    """Texts that perplexity was measured on, tokenised, by question (`handlers.perplexities`)."""


class ModelHost:
    """An LRU of loaded models, bounded by bytes. One per horse; not for several threads."""

    def __init__(self, entries: ModelEntries, *, device: str = "auto", max_bytes: int | None = None) -> None:
        self._entries = entries
        self._setting = device
        self._devices = candidates(device)
        total = sum(memory(name)[1] for name in self._devices)
        self.max_bytes = max_bytes or int(_SHARE * total)
        self._models: OrderedDict[tuple[str, str], Loaded] = OrderedDict()

    def load(self, name: str, dtype: Dtype = Dtype.AUTO) -> Loaded:
        """The model, from memory or from its folder.

        Raises the problem of a model that is unknown, vanished, changed, incomplete or too big.
        """
        return self._hold(self._entries.ready(name), dtype)

    def try_out(self, entry: ModelDescription) -> list[str]:
        """Load a model that is being opened, and have it read a few tokens: what a reader must know of it.

        It is held then, as the next job wants it. One that takes more than `TRIED_BYTES` is held against its files and
        its configuration only. Raises what `load` raises, and `does_not_run`.
        """
        n_bytes, folder = entry.n_parameters * dtype_of(Dtype.AUTO, self._devices[0]).itemsize, Path(entry.folder)
        if n_bytes > TRIED_BYTES:
            config = loading.config_of(entry)
            options = {"dtype": None, "device_map": "meta", "attn_implementation": _attention(config)}
            trial.run_without_weights(loading.read_weights(entry, config, **options), folder)
            return notes_on(load_tokenizer(folder), folder, n_embeddings=entry.shape.vocabulary_size)
        loaded = self._hold(entry, Dtype.AUTO)
        try:
            return trial.run(loaded.model, loaded.tokenizer, folder)
        except KnownError:
            self._models.popitem()
            raise

    def _hold(self, entry: ModelDescription, dtype: Dtype) -> Loaded:
        chosen = dtype_of(dtype, self._devices[0])
        key = (entry.name, str(chosen))
        held = self._models.pop(key, None)
        if held is None or _files_of(held.description) != _files_of(entry):
            held = None  # the name means other weights now; what it meant before is of no use to anyone
            held = _load(entry, chosen, self._room_for(entry.n_parameters * chosen.itemsize))
        self._models[key] = held
        return held

    def fresh(self, name: str, dtype: Dtype = Dtype.AUTO, *, bytes_per_parameter: int) -> Loaded:
        """A copy of one's own, read from the model's folder and never held here: its weights may be changed for good.

        Makes room for the weights and `bytes_per_parameter` more by giving up held models; raises what `load` raises.
        """
        entry = self._entries.ready(name)
        chosen = dtype_of(dtype, self._devices[0])
        return _load(entry, chosen, self._room_for(entry.n_parameters * (chosen.itemsize + bytes_per_parameter)))

    def require_room(self, n_parameters: int, dtype: Dtype = Dtype.AUTO) -> None:
        """Raise `model_too_big` when such a model could not be loaded even with all others given up."""
        n_bytes = n_parameters * dtype_of(dtype, self._devices[0]).itemsize
        _collect()
        place(self._setting, n_bytes, held=self._held())

    def release(self) -> None:
        """Give up every model."""
        self._models.clear()
        _collect()

    def report(self) -> HostReport:
        """What this worker computes on, for `GET /capabilities`."""
        memories = [memory(name) for name in self._devices]
        return HostReport(
            device=", ".join(_device_title(name) for name in self._devices),
            dtype=_name(dtype_of(Dtype.AUTO, self._devices[0])),
            memory_bytes=sum(total for _, total in memories),
            memory_free_bytes=sum(free for free, _ in memories),
            n_threads=torch.get_num_threads(),
            resident_models=tuple(held.description.name for held in self._models.values()),
            versions={"torch": torch.__version__, "transformers": transformers.__version__},
        )

    def _held(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for held in self._models.values():
            for parameter in held.model.parameters():
                name = str(parameter.device)
                found[name] = found.get(name, 0) + parameter.numel() * parameter.itemsize
        return found

    def _room_for(self, n_bytes: int) -> Placement:
        """Give up models before another is loaded, so that two large ones are never held at once."""
        while self._models and sum(held.n_bytes for held in self._models.values()) + n_bytes > self.max_bytes:
            self._models.popitem(last=False)
        while True:
            _collect()
            try:
                return place(self._setting, n_bytes)
            except KnownError:
                if not self._models:
                    raise
                self._models.popitem(last=False)


def _files_of(entry: ModelDescription) -> tuple[str, ...]:
    """What tells whether two entries of one name mean the same files."""
    return (entry.folder, entry.fingerprint, entry.inodes, entry.identity)


def open_host(settings: WorkerSettings) -> ModelHost:
    """The one host of a horse; loads no model."""
    transformers.logging.disable_progress_bar()  # progress is told through the job
    if settings.n_threads is not None:
        torch.set_num_threads(settings.n_threads)
    return ModelHost(ModelEntries(settings.layout.models), device=settings.device, max_bytes=settings.model_bytes)


def _load(entry: ModelDescription, dtype: torch.dtype, placement: Placement) -> Loaded:
    folder = Path(entry.folder)
    config = loading.config_of(entry)
    model = loading.read_weights(
        entry, config, dtype=dtype, device_map=placement.device_map, attn_implementation=_attention(config)
    )
    _require_placed(model, placement)
    tokenizer = load_tokenizer(folder)
    family = family_of(config)
    return Loaded(
        model=model.eval().requires_grad_(False),
        tokenizer=tokenizer,
        family=family,
        views=family.views(config),
        description=entry,
        device=placement.device,
        dtype=_name(dtype),
        adds_bos=adds_bos(folder, tokenizer),
        token_bytes=TokenBytes(tokenizer),
        n_bytes=sum(parameter.numel() * parameter.itemsize for parameter in model.parameters()),
        checksums={},
        base_texts=Remembered(),
        base_rows=Remembered(),
        evaluations=Remembered(),
    )


def _require_placed(model: PreTrainedModel, placement: Placement) -> None:
    """accelerate puts on the processor or the disk what it finds no place for: no edit would reach it there."""
    expected = "cpu" if placement.device == "cpu" else "cuda"
    away = [name for name, parameter in model.named_parameters() if parameter.device.type != expected]
    if away:
        raise KnownError(
            "model_too_big",
            f"{len(away)} parameters, {away[0]} among them, found no place on {placement.device}",
            hint="Choose a smaller model, or bfloat16, or a worker with more memory.",
            status=507,
            field="model",
        )


def _attention(config: PretrainedConfig) -> str | None:
    """Gemma 2's soft cap exists in the eager attention only; else transformers takes the best it has."""
    return "eager" if getattr(config, "attn_logit_softcapping", None) else None


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _device_title(device: str) -> str:
    return device if device == "cpu" else f"{device} ({torch.cuda.get_device_name(device)})"


def _collect() -> None:
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
