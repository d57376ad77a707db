"""What the text of a language costs a tokenizer: one column for every table over languages, pages and exports alike.

A language that is cut into more tokens spreads the same information over more of them, so that its perplexity *per
token* is lower and a ratio of perplexities smaller for the same harm; bits per byte do not depend on that (Petrov et
al. 2023, *Language model tokenizers introduce unfairness between languages*).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.results.weights import PerplexityRow

COLUMN = "Token premium"
REFERENCE = "en"
HINT = (
    "Tokens per byte of UTF-8 text; then, for whole sentences of a parallel corpus, tokens per sentence relative to "
    "English (else the first language). The more tokens, the lower a perplexity per token: languages are compared by "
    "bits per byte."
)


class Premium(NamedTuple):
    """Of one language."""

    tokens_per_byte: float | None
    """None: the bytes are not known."""
    per_sentence: float | None
    """Tokens of the same sentences, relative to `reference`; None where the text is not parallel, or was cut."""
    reference: str

    @property
    def text(self) -> str:
        """`0.25 per byte, ×1.84 en`; a dash where nothing is known."""
        parts = [] if self.tokens_per_byte is None else [f"{self.tokens_per_byte:.3g} per byte"]
        parts += [] if self.per_sentence is None else [f"×{self.per_sentence:.3g} {self.reference}"]
        return ", ".join(parts) or "–"


def token_premiums(rows: Sequence[PerplexityRow]) -> dict[str, Premium]:
    """By language, of the rows of one condition: tokens depend on the text and the tokenizer, not on the weights."""
    if not rows:
        return {}
    reference = next((row for row in rows if row.language == REFERENCE), rows[0])
    is_aligned = all(row.is_aligned and row.n_samples == reference.n_samples for row in rows)
    return {
        row.language: Premium(
            row.n_tokens / row.n_bytes if row.n_bytes else None,
            row.n_tokens / reference.n_tokens if is_aligned and reference.n_tokens else None,
            reference.language,
        )
        for row in rows
    }


def premium_columns(rows: Sequence[PerplexityRow]) -> dict[str, dict[str, float | None]]:
    """Columns of a table that is read in, each by language: tokens per byte, and per sentence where that is known."""
    found = token_premiums(rows)
    columns = {"Tokens per byte": {code: one.tokens_per_byte for code, one in found.items()}}
    if any(one.per_sentence is not None for one in found.values()):
        reference = next(iter(found.values())).reference
        columns[f"Tokens per sentence over {reference}"] = {code: one.per_sentence for code, one in found.items()}
    return columns


def premium_words(rows: Sequence[PerplexityRow]) -> str:
    """The same in one sentence, for tables that have no row for a language: `token premium: ar 0.5 per byte; ...`."""
    told = "; ".join(f"{code} {one.text}" for code, one in token_premiums(rows).items())
    return f"Token premium: {told}." if told else ""
