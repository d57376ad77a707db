"""A model of the Hugging Face Hub, by id and revision: looked up, checked, downloaded, found again offline."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from huggingface_hub import hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError

from backend.contracts.problems import KnownError
from workers.sources.checks import require_kind
from workers.sources.found import Fits, Found, Tracker, any_size, untracked
from workers.sources.hub_api import HubFile, HubModel, UnreachableError, look_up, refused
from workers.sources.opening import read_config
from workers.sources.weights import (
    INDEX,
    PICKLES,
    SINGLE,
    TOKENIZER_FILES,
    incomplete,
    index_files,
    pickle_only,
    weight_files,
)

_SMALL = ("config.json", "generation_config.json", INDEX, *TOKENIZER_FILES)
_FAILURES = (OSError, *HfHubHTTPError.__bases__)
"""Whatever HTTP library this huggingface_hub stands on, its errors are the base of its own."""


def find_on_hub(
    model_id: str,
    revision: str | None,
    *,
    endpoint: str | None = None,
    cache: Path | None = None,
    fits: Fits = any_size,
    track: Tracker = untracked,
) -> Found:
    """The model's snapshot in the hub's cache; files that are there already are not downloaded again.

    An unreachable hub falls back on the cache, and is a problem only where the cache has no whole copy.
    """
    try:
        model = look_up(model_id, revision, endpoint=endpoint)
    except UnreachableError as error:
        return _cached(model_id, revision, cache, str(error))
    folder = _download(model_id, model, endpoint, cache, fits, track)
    return Found(folder, revision=model.commit, licence=model.licence, licence_url=f"https://huggingface.co/{model_id}")


def _cached(model_id: str, revision: str | None, cache: Path | None, why: str) -> Found:
    config = try_to_load_from_cache(model_id, "config.json", revision=revision, cache_dir=cache)
    if isinstance(config, str):
        folder = Path(config).parent
        try:
            weight_files(folder)
        except KnownError:
            pass
        else:
            return Found(folder, revision=folder.name, licence_url=f"https://huggingface.co/{model_id}")
    raise unreachable(model_id, why)


def _download(
    model_id: str, model: HubModel, endpoint: str | None, cache: Path | None, fits: Fits, track: Tracker
) -> Path:
    """Small files first: an architecture that is not supported costs no gigabytes."""
    sizes = {file.name: file.size_bytes for file in model.files}
    require_kind(model_id, sizes)
    if "config.json" not in sizes:
        raise KnownError(
            "no_model_config",
            f"{model_id} has no config.json, so it is no transformers model",
            hint="Choose the original model; of a GGUF repository, download one file and open its path.",
            field="source",
        )

    def fetch(name: str) -> Path:
        try:
            return Path(hf_hub_download(model_id, name, revision=model.commit, endpoint=endpoint, cache_dir=cache))
        except GatedRepoError:
            raise refused(model_id, None, code="GatedRepo", status=403) from None
        except _FAILURES as error:
            raise unreachable(model_id, f"{name}: {error}") from None

    folder = fetch("config.json").parent
    config = read_config(folder)
    for name in (name for name in _SMALL if name in sizes):
        fetch(name)
    weights = _weights(model_id, model.files, folder)
    fits(sum(sizes[name] for name in weights) // (getattr(config, "dtype", None) or torch.bfloat16).itemsize)
    refuse_without_room(folder, model_id, sum(sizes[name] for name in weights if not (folder / name).exists()))
    for name in track(weights, len(weights), "files", "downloading weights"):
        fetch(name)
    return folder


def _weights(model_id: str, files: tuple[HubFile, ...], folder: Path) -> list[str]:
    names = {file.name for file in files}
    if SINGLE in names:
        return [SINGLE]
    if INDEX in names:
        shards = index_files(folder)
        if missing := sorted({*shards} - names):
            raise incomplete(folder, f"{INDEX} names {', '.join(missing[:3])}, which the hub does not have")
        return [*shards]
    pickles = sorted(name for name in names if name.endswith(PICKLES))
    if pickles:
        raise pickle_only(model_id, pickles)
    raise KnownError(
        "no_weights",
        f"{model_id} has no {SINGLE} and no {INDEX}",
        hint="Choose a model that is published as safetensors.",
        field="source",
    )


def refuse_without_room(folder: Path, model_id: str, n_bytes: int) -> None:
    """A download that cannot fit is not begun."""
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise KnownError(
            "disk_full",
            f"{model_id} takes {n_bytes / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} GB are free",
            hint="Free some space, or point HF_HOME at another disk.",
            status=507,
            field="source",
        )


def unreachable(model_id: str, why: str) -> KnownError:
    """No answer from the hub, and no copy here."""
    return KnownError(
        "hub_unreachable",
        f"the Hugging Face Hub can't be reached ({why}), and the cache has no whole copy of {model_id}",
        hint="Check the network (proxy: HTTPS_PROXY, mirror: HF_ENDPOINT), or open a local folder.",
        status=503,
        field="source",
    )
