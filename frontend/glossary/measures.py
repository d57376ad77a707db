"""Terms: numbers that pages share, and where results come from."""

from __future__ import annotations

from frontend.glossary.entry import Entry
from frontend.urls import Page

ENTRIES = (
    Entry(
        "Perplexity",
        ("How surprised the model is by a text: 1 would be certainty, the size of the vocabulary blind guessing."),
        equation="PPL = exp(−1/N · Σ log p(token | tokens before)), N over the whole corpus",
        source="docs/protocol.md, Perplexity",
        page=Page.REGIONS,
        also=(
            "ppl",
            "perplexity while it trains",
        ),
    ),
    Entry(
        "Bits per byte",
        "The same surprise per byte of text, which compares models with different tokenizers.",
        equation="−Σ log₂ p / bytes",
        source="docs/protocol.md, Perplexity",
        page=Page.REGIONS,
    ),
    Entry(
        "Token premium",
        (
            "What a language costs the tokenizer: its tokens per byte, and per sentence relative to English. More "
            "tokens lower the perplexity per token, so languages are compared by bits per byte."
        ),
        equation="tokens / bytes; tokens / tokens of the same sentences in English",
        source="docs/protocol.md, Perplexity",
        page=Page.REGIONS,
        also=("tokens per byte",),
    ),
    Entry(
        "Factor",
        "A perplexity after a change, divided by the one before; 1 means nothing changed.",
        equation="PPL after / PPL before",
        page=Page.TOUCH,
        also=("× base",),
    ),
    Entry(
        "Log scale",
        "Equal steps are equal factors: 1, 10, 100.",
        page=Page.TOUCH,
        also=("logarithmic",),
    ),
    Entry(
        "Jaccard",
        "How much two sets share, of all that is in either: 0 nothing, 1 the same set.",
        equation="J = |A ∩ B| / |A ∪ B|",
        page=Page.COMPARE,
        also=(
            "jaccard index",
            "jaccard by matrix",
            "overlap",
            "how regions overlap",
            "how its pieces overlap",
        ),
    ),
    Entry(
        "Expected by chance",
        "What two random sets of these sizes would share.",
        equation="|A ∩ B| ≈ |A| · |B| / N",
        page=Page.COMBINE,
        also=("chance alone",),
    ),
    Entry(
        "Relative Frobenius movement",
        "How far a matrix moved, in lengths of what it was.",
        equation="‖B − A‖_F / ‖A‖_F",
        page=Page.COMPARE,
        also=(
            "relative movement",
            "moved",
            "movement",
        ),
    ),
    Entry(
        "Share inside",
        ("The share of the squared movement that lies inside a region, beside the region's share of the parameters."),
        equation="Σ inside (B − A)² / Σ (B − A)²",
        page=Page.COMPARE,
        also=(
            "inside",
            "held against a region of a",
        ),
    ),
    Entry(
        "Spearman",
        "Rank correlation: 1 the same order, 0 no relation, −1 the opposite order.",
        equation="ρ = correlation of the ranks",
        page=Page.ESTIMATORS,
        also=("rank correlation",),
    ),
    Entry(
        "Bootstrap interval",
        "Where a number lies in 95 % of samples drawn again, with replacement, from what was measured.",
        equation="2.5th to 97.5th percentile of resampled values",
        page=Page.ESTIMATORS,
        also=(
            "95 % interval",
            "interval",
            "bootstrap",
        ),
    ),
    Entry(
        "Parallel corpus",
        "Texts whose line N says the same in every language.",
        source="paper B, section 3.1",
        page=Page.LANGUAGES,
        also=("parallel",),
    ),
    Entry(
        "Sample",
        "One line or document of a corpus in one language.",
        source="docs/protocol.md, Vocabulary",
        page=Page.REGIONS,
        also=("samples",),
    ),
    Entry(
        "Key",
        "Names a question: the same question has the same key and is computed only once.",
        equation="hash(request, weights, corpus, version)",
        page=Page.RUNS,
    ),
    Entry(
        "Weights",
        "What tells one model from another, however it is called: the hash of its files.",
        equation="SHA-256 over the weight files",
        page=Page.RUNS,
        also=("weights hash",),
    ),
    Entry(
        "Seed",
        "Decides every random draw; it is recorded, so a draw can be repeated.",
        page=Page.RUNS,
        also=("seed",),
    ),
)
