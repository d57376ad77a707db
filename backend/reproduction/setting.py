"""What stands in for the paper's corpora and sample counts: line ranges, languages, specs of scores and evaluations.

Pure: a model's shape, a corpus' summary and what the user asked for go in; nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from backend.contracts.models import CorpusSummary, ModelShape
from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Conditions
from backend.contracts.requests import EvaluationSpec, Lines, RegionSpec, ScoreSpec

SCORED = ("ar", "es", "ru", "zh", "ko", "vi")
"""The six languages of section 3.1, in its order."""
LARGE_CORPUS, LARGE_HALF = 1900, 1000
"""NTREX-128: lines 0 to 999 are for scoring, the others for perplexity."""
SMALL_SHARE = 0.6
LARGE_LINES, SMALL_LINES = 200, 40
"""Held-out lines measured per language: of a large corpus enough documents for intervals that decide something."""
MOST_TRAINING = 400
VERSES, FEWER_SENTENCES = 100, 40
"""Sentences per language of paper B, and how many of them a small corpus has to stand in for them."""


class Setting(NamedTuple):
    """Everything the requests of a reproduction are made from. `conditions` has nothing left open."""

    conditions: Conditions
    shape: ModelShape
    available: tuple[str, ...]
    """Languages of the corpus."""
    held_out: int
    """The first line that nothing is scored or trained on."""
    sizes: Mapping[str, int] = {}
    """Parameters of the models that are named, by name."""

    @property
    def samples(self) -> int:
        """Lines scored: stands in for 100K."""
        return self.conditions.samples or 1

    @property
    def fewer(self) -> int | None:
        """The first so many of them: stands in for 10K; None when there are too few lines for both."""
        return self.conditions.fewer_samples

    @property
    def seeds(self) -> range:
        """Of the trainings, each of them."""
        return range(self.conditions.training_seeds)

    @property
    def scored(self) -> tuple[str, ...]:
        """Languages whose scores are summed."""
        return tuple(code for code in SCORED if code in self.available) or self.available[:6]

    def languages(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """What the user asked to be measured, else those of `wanted` that the corpus has; never none."""
        asked = self.conditions.languages
        return asked or tuple(code for code in wanted if code in self.available) or self.available

    def one(self, wanted: str) -> str:
        """`wanted` where the corpus has it, else another language."""
        return wanted if wanted in self.available else self.available[0]

    def require(self, language: str) -> None:
        """For a table about one language: it and another one must be there to be scored."""
        if language not in self.available or len(self.scored) < 2:
            raise KnownError(
                "language_missing",
                f"this table is about {language!r}, but corpus {self.conditions.corpus!r} has "
                f"{', '.join(self.available)}",
                hint=f"Choose a corpus with {language} and others of {', '.join(SCORED)}.",
                field="corpus",
            )

    def scores(self) -> ScoreSpec:
        """Of all tables alike, so that each language is scored once."""
        lines = Lines(corpus=self.conditions.corpus, start=0, stop=self.samples)
        snapshots = (self.fewer,) if self.fewer else ()
        return ScoreSpec(model=self.conditions.model, dtype=self.conditions.dtype, lines=lines, snapshots=snapshots)

    def region(self, fraction: float, *, fewer: bool = False, languages: tuple[str, ...] = ()) -> RegionSpec:
        """A region by the summed scores; `fewer` takes the snapshot that stands in for 10K."""
        return RegionSpec(
            scores=self.scores(),
            languages=languages or self.scored,
            fraction=fraction,
            snapshot=self.fewer if fewer else None,
        )

    def evaluation(self, languages: tuple[str, ...], *, most_lines: int | None = None) -> EvaluationSpec:
        """Held-out lines in some languages."""
        wanted = self.conditions.lines or 1
        n_lines = wanted if most_lines is None else min(wanted, most_lines)
        lines = Lines(corpus=self.conditions.corpus, start=self.held_out, stop=self.held_out + n_lines)
        return EvaluationSpec(lines=lines, languages=languages)

    def sentences(self) -> Lines:
        """Parallel text whose activations are read; none of it is held out."""
        return Lines(corpus=self.conditions.corpus, start=0, stop=self.conditions.sentences)

    def training_lines(self) -> Lines:
        """Everything that is not held out."""
        return Lines(corpus=self.conditions.corpus, start=0, stop=self.held_out)

    @property
    def samples_told(self) -> str:
        """What stands in for both numbers of samples, one sentence."""
        told = f"{self.samples} lines stand in for 100K samples of each language"
        return told + (
            f", the first {self.fewer} for 10K." if self.fewer else "; they are too few for a tenth as well."
        )

    @property
    def told(self) -> str:
        """The rule of measured numbers, one line."""
        first, n_lines = self.held_out, self.conditions.lines or 1
        return f"{self.conditions.corpus}, lines {first} to {first + n_lines - 1}, each on its own with BOS"


def setting_of(
    conditions: Conditions, shape: ModelShape, corpus: CorpusSummary, sizes: Mapping[str, int] | None = None
) -> Setting:
    """The conditions with their open ends closed; raises the problem of a corpus that is too small for them."""
    n_lines = corpus.n_lines
    held_out = LARGE_HALF if n_lines >= LARGE_CORPUS else round(SMALL_SHARE * n_lines)
    samples = conditions.samples or held_out
    missing = [code for code in conditions.languages if code not in corpus.languages]
    if missing:
        raise KnownError(
            "unknown_language",
            f"corpus {corpus.name!r} has no {', '.join(missing)}; it has {', '.join(corpus.languages)}",
            hint="Choose among these.",
            field="languages",
        )
    _require(samples <= held_out, "samples", samples, f"at most {held_out}: the lines after are held out")
    fewer = conditions.fewer_samples or (samples // 10 or None)
    _require(fewer is None or fewer < samples, "fewer_samples", fewer, f"below samples={samples}")
    left = n_lines - held_out
    lines = conditions.lines or min(left, LARGE_LINES if n_lines >= LARGE_CORPUS else SMALL_LINES)
    _require(0 < lines <= left, "lines", lines, f"1 to {left}: so many lines of {corpus.name!r} are held out")
    sentences = conditions.sentences or min(held_out, VERSES if n_lines >= LARGE_CORPUS else FEWER_SENTENCES)
    _require(sentences <= held_out, "sentences", sentences, f"at most {held_out}: the lines after are held out")
    closed = {
        "samples": samples,
        "sentences": sentences,
        "fewer_samples": fewer,
        "lines": lines,
        "training_samples": conditions.training_samples or min(held_out, MOST_TRAINING),
    }
    return Setting(conditions.model_copy(update=closed), shape, corpus.languages, held_out, sizes or {})


def _require(fine: bool, field: str, given: object, accepted: str) -> None:
    if not fine:
        raise KnownError("out_of_range", f"{field} is {given}; accepted: {accepted}", field=field)
