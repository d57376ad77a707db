"""Where a result comes from, as one line: model, weights, text, rule, tokens, dtype, device, date."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import Manifest
from frontend.shell import hint

SHORT_HASH = 10


def provenance_line(manifest: Manifest, facts: tuple[tuple[str, str, str], ...] = ()) -> html.Div:
    """The line under a result; `facts` are (name, text, explanation) that only its kind knows."""
    source = manifest.provenance
    seconds = (source.ended_at - source.started_at).total_seconds()
    rules = "; ".join(f"{name}: {rule}" for name, rule in source.rules.items())
    versions = ", ".join(f"{name} {version}" for name, version in source.versions.items())
    entries = [
        ("model", source.model, f"{source.model_source} {source.model_revision or ''}".strip()),
        ("weights", source.weights_hash[:SHORT_HASH], f"SHA-256 of the weight files: {source.weights_hash}"),
        *facts,
        ("computed in", f"{source.dtype} on {source.device}", f"{rules or 'no rule left open'}. Versions: {versions}"),
        ("on", f"{source.ended_at:%Y-%m-%d %H:%M} UTC", f"took {seconds:.1f} s on worker {source.worker}"),
    ]
    return html.Div([_fact(*entry) for entry in entries], className="provenance", id=shown_id(manifest.key))


def shown_id(key: Any) -> dict[str, Any]:
    """Id of the line of one result: where it is, that result is on the page."""
    return {"type": "provenance", "key": key}


def _fact(name: str, text: str, explanation: str) -> Any:
    return html.Span([html.Span(f"{name} ", className="provenance-name"), hint(text, explanation)])


def copy_key(key: str) -> dmc.CopyButton:
    """Copies the key under which the result is stored."""
    return dmc.CopyButton(value=key, size="compact-xs", variant="subtle", color="gray", children="Copy key")
