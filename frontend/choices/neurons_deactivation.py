"""A deactivation matrix as it is asked (paper B, Tables 1 and 4), and the texts behind one of its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from backend.client import Client
from backend.contracts.models import CorpusSummary
from backend.contracts.requests import (
    DeactivateNeurons,
    DeactivationRequest,
    GenerationGridRequest,
    KeyNeuronsRequest,
    Lines,
)
from frontend.choices.fields import read
from frontend.choices.problems import checked
from frontend.language_names import name_of

N_PROMPTS = 3
N_TOKENS = 64
"""Both as in appendix A."""
PROMPT_WORDS, PROMPT_CHARACTERS = 5, 8
"""How much of a line is given; characters where a script writes no spaces."""


class DeactivationChoice(NamedTuple):
    """Fields of the form. Numbers may be None or out of range: the request refuses them."""

    switched: tuple[str, ...] = ()
    """Languages whose neurons are turned off."""
    measured: tuple[str, ...] = ()
    from_line: int | None = 60
    to_line: int | None = 100
    draws: int | None = 1

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names."""
        numbers = {"from_line": int, "to_line": int, "draws": int}
        return default._replace(**read(query, lists=("switched", "measured"), numbers=numbers))

    @classmethod
    def first(cls, request: KeyNeuronsRequest, corpora: Sequence[CorpusSummary]) -> Self:
        """Every language off and measured, on the lines behind those that found the neurons."""
        lines = request.activations.lines
        corpus = next((entry for entry in corpora if entry.name == lines.corpus), None)
        last = corpus.n_lines if corpus else None
        begin = lines.stop if lines.stop is not None and (last is None or lines.stop < last) else 0
        stop = min(last, begin + 40) if last else begin + 40
        return cls(request.languages, request.languages, begin, stop)

    @classmethod
    def of_request(cls, request: DeactivationRequest) -> Self:
        """The form that asks this request."""
        lines = request.evaluation.lines
        return cls(request.columns, request.evaluation.languages, lines.start, lines.stop, request.random_draws)

    def request(self, neurons: KeyNeuronsRequest) -> DeactivationRequest:
        """The matrix asked for; raises `KnownError` naming the bad field."""
        lines = {"corpus": neurons.activations.lines.corpus, "start": self.from_line, "stop": self.to_line}
        everything = set(self.switched) == set(neurons.languages)
        asked = {
            "neurons": neurons,
            "evaluation": {"lines": lines, "languages": tuple(sorted(self.measured))},
            "deactivated": () if everything else tuple(sorted(self.switched)),
            "random_draws": self.draws,
        }
        return checked(lambda: DeactivationRequest.model_validate(asked))


def overlaps(choice: DeactivationChoice, neurons: KeyNeuronsRequest) -> bool:
    """Whether lines that found the neurons are measured too."""
    lines = neurons.activations.lines
    begin, end = choice.from_line or 0, choice.to_line
    return (lines.stop is None or begin < lines.stop) and (end is None or lines.start < end)


def texts_request(request: DeactivationRequest, off: str, language: str, api: Client) -> GenerationGridRequest:
    """Three prompts of a language with the neurons of `off` turned off; they begin lines that were measured."""
    prompts = tuple({"language": language, "text": text} for text in _beginnings(request, language, api))
    change = DeactivateNeurons(neurons=request.neurons, language=off)
    asked = {
        "model": request.neurons.activations.model,
        "dtype": request.neurons.activations.dtype,
        "prompts": prompts,
        "columns": ({"name": f"{name_of(off)} neurons off", "change": change},),
        "settings": {"max_new_tokens": N_TOKENS},
    }
    return checked(lambda: GenerationGridRequest.model_validate(asked))


def _beginnings(request: DeactivationRequest, language: str, api: Client) -> list[str]:
    lines: Lines = request.evaluation.lines
    stop = lines.start + N_PROMPTS
    stop = stop if lines.stop is None else min(stop, lines.stop)
    found = api.corpus_lines(lines.corpus, lines.start, stop, (language,)).lines[language]
    return [beginning(text) for text in found]


def beginning(text: str) -> str:
    """The first words of a line: what the model goes on from."""
    words = text.split()
    if len(words) <= 2:
        return text.strip()[:PROMPT_CHARACTERS]
    return " ".join(words[: min(PROMPT_WORDS, len(words) - 1)])
