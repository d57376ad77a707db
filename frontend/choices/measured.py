"""On which text perplexity is measured: corpus, lines, languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

from backend.contracts.models import CorpusSummary
from backend.contracts.requests import DEFAULT_CORPUS, EvaluationSpec
from backend.contracts.vocabulary import Bos
from frontend.choices.problems import checked
from frontend.language_names import in_paper_order


class Measured(NamedTuple):
    """Fields of the form. Numbers may be None or out of range: the request refuses them."""

    corpus: str = DEFAULT_CORPUS
    evaluated: tuple[str, ...] = ()
    evaluated_start: int | None = 60
    evaluated_stop: int | None = 100
    bos: str = Bos.TOKENIZER.value
    """Whether a sample begins with BOS."""

    @classmethod
    def first(cls, corpus: CorpusSummary | None, *, n_languages: int) -> Self:
        """The paper's first languages, on the last 40 % of the lines: those that were not scored."""
        if corpus is None:
            return cls()
        languages = in_paper_order(corpus.languages)[:n_languages]
        return cls(corpus.name, languages, round(0.6 * corpus.n_lines), corpus.n_lines)

    @classmethod
    def of_spec(cls, spec: EvaluationSpec) -> Self:
        """The fields that ask for this evaluation."""
        return cls(spec.lines.corpus, spec.languages, spec.lines.start, spec.lines.stop, spec.bos.value)

    def spec(self) -> EvaluationSpec:
        """The evaluation. Languages in one order, however they were clicked, so that the key is the same."""
        lines = {"corpus": self.corpus, "start": self.evaluated_start, "stop": self.evaluated_stop}
        asked = {"lines": lines, "languages": in_paper_order(self.evaluated), "bos": self.bos}
        return checked(lambda: EvaluationSpec.model_validate(asked))


def corpus_named(name: str, corpora: Sequence[CorpusSummary]) -> CorpusSummary | None:
    """The corpus of that name, else the first one."""
    return next((corpus for corpus in corpora if corpus.name == name), corpora[0] if corpora else None)
