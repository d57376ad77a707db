"""Settings and summaries with known numbers for reproductions."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from backend.contracts.models import CorpusSummary, ModelShape
from backend.contracts.reproduction import Conditions
from backend.contracts.requests import ANALYSIS_VERSIONS, Request
from backend.contracts.results import Condition, Manifest, PerplexityRow, Provenance, RemovalSummary, Summary
from backend.reproduction.setting import Setting, setting_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SHAPE = ModelShape(
    n_layers=18, residual_size=640, n_heads=4, n_key_value_heads=1, head_size=256, n_neurons=2048,
    vocabulary_size=262144, context_length=32768,
)  # fmt: skip
NTREX = (
    "ar", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "hi", "hu", "id", "it", "ja", "ko", "ml", "ms", "nl",
    "no", "pl", "pt", "ro", "ru", "sv", "sw", "ta", "tr", "uk", "vi", "zh",
)  # fmt: skip


def corpus(name: str = "ntrex128", languages: tuple[str, ...] = NTREX, n_lines: int = 1997) -> CorpusSummary:
    return CorpusSummary(name=name, title="", languages=languages, n_lines=n_lines, licence="", folder="", hash="")


def setting(shape: ModelShape = SHAPE, text: CorpusSummary | None = None, **asked: object) -> Setting:
    text = text or corpus()
    return setting_of(Conditions.model_validate({"model": "m", "corpus": text.name, **asked}), shape, text)


VOCABULARY = SHAPE.vocabulary_size


def row(
    language: str, perplexity: float | None, base: float | None = None, *, width: float = 0.005, per_byte: float = 0.25
) -> PerplexityRow:
    """With a ratio to `base` and an interval `width` to both sides of it; `per_byte` tokens."""
    found = PerplexityRow(
        language=language, n_samples=4, n_tokens=10, n_bytes=40, nll=None, perplexity=perplexity, bits_per_byte=None,
        n_vocabulary=VOCABULARY,
    )  # fmt: skip
    if base is None or perplexity is None:
        return found
    ratio = perplexity / base
    ends = (ratio / (1 + width), ratio, ratio * (1 + width))
    low, middle, high = (per_byte * math.log2(one) for one in ends)
    return found.model_copy(
        update={
            "ratio": ratio, "ratio_low": ends[0], "ratio_high": ends[2], "bits_added": middle, "bits_added_low": low,
            "bits_added_high": high, "resampled": "documents",
        }
    )  # fmt: skip


def removal(width: float = 0.005, **columns: dict[str, float | None]) -> RemovalSummary:
    """Conditions by name (`random_1` is `random 1`), perplexity by language; intervals against `base`."""
    base = columns["base"]
    conditions = tuple(
        Condition(
            name=name.replace("_", " "),
            n_removed=1,
            rows=tuple(
                row(code, value, None if name == "base" else base[code], width=width) for code, value in found.items()
            ),
        )
        for name, found in columns.items()
    )
    return RemovalSummary(conditions=conditions, fraction=0.03, n_total=100)


def manifest(request: Request, summary: Summary) -> Manifest:
    provenance = Provenance(
        model="m", model_source="m", model_revision=None, weights_hash="w", tokenizer_hash="t", corpus_hashes={},
        device="cpu", dtype="float32", seed=None, versions={}, worker="w", started_at=NOW, ended_at=NOW,
    )  # fmt: skip
    version = ANALYSIS_VERSIONS[request.kind]
    return Manifest(
        key="0" * 20, request=request, analysis_version=version, provenance=provenance, summary=summary, files={}
    )
