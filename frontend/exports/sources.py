"""Where a view comes from, as data: questions, weights, texts and versions of every stored result it shows."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from backend.contracts.jobs import title_of
from backend.contracts.results import Manifest
from frontend.views.base import View


def provenance(view: View) -> dict[str, Any]:
    """`sources` (one entry per result) and the `version` of the atlas that wrote it."""
    return {"sources": [source(manifest) for manifest in view.sources], "version": atlas_version()}


def source(manifest: Manifest) -> dict[str, Any]:
    """One result: its key, its question, its provenance."""
    return {
        "key": manifest.key,
        "title": title_of(manifest.request),
        "analysis_version": manifest.analysis_version,
        "request": manifest.request.model_dump(mode="json"),
        "provenance": manifest.provenance.model_dump(mode="json"),
    }


def lines(view: View) -> tuple[str, ...]:
    """One sentence per result, for people."""
    return tuple(line(manifest) for manifest in view.sources)


def line(manifest: Manifest) -> str:
    """Question, key, model, weights, dtype, device and day."""
    told = manifest.provenance
    return (
        f"{title_of(manifest.request)} ({manifest.key}): {told.model}, weights {told.weights_hash[:10]}, "
        f"{told.dtype} on {told.device}, {told.ended_at:%Y-%m-%d %H:%M} UTC"
    )


def atlas_version() -> str:
    """Version of the atlas that draws; a checkout that was never installed says so."""
    try:
        return version("lingua-atlas")
    except PackageNotFoundError:
        return "not installed"
