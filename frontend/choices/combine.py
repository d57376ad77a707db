"""What is chosen on the Combine page: the pieces to add, the list they are added to, the presets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from backend.client import Client
from backend.contracts.formulas import region_label
from backend.contracts.models import CorpusSummary
from backend.contracts.regions import CombinedRegionRequest, RegionRequest, monolingual
from backend.contracts.requests import DEFAULT_CORPUS, ImportanceRequest, RegionSpec, ScoreSpec
from backend.contracts.vocabulary import Scope, Selection
from frontend.choices import scores
from frontend.choices.expression import (
    INTERSECTION,
    UNION,
    Part,
    Parts,
    decoded,
    encoded,
    expression_of,
    list_of_region,
    parts_of,
)
from frontend.choices.fields import read
from frontend.choices.problems import checked
from frontend.choices.scores import ScoresChoice
from frontend.language_names import in_paper_order, name_of
from frontend.stored_regions import as_region, stored_regions

EACH, SUMMED = "each", "summed"


class CombineChoice(NamedTuple):
    """Everything the page says. Numbers may be None or out of range: the requests refuse them."""

    model: str
    languages: tuple[str, ...] = ()
    ends: tuple[str, ...] = (Selection.TOP.value,)
    percent: float | None = 1.0
    scope: str = Scope.PER_MATRIX
    joined: str = EACH
    """`each`: one region per language; `summed`: one region of the languages' added scores."""
    seed: int | None = 0
    scores: ScoresChoice = ScoresChoice()
    title: str = ""
    parts: str = ""
    """The list, as `expression.encoded` writes it."""
    overlap: tuple[str, ...] = ()
    """Keys of the stored regions that are compared."""
    pair: tuple[str, ...] = ()
    """The two of them that are compared matrix by matrix."""

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        lists, words = (*_LISTS, *scores.LISTS), (*_WORDS, *scores.WORDS)
        return default.changed(**read(query, lists=lists, words=words, numbers=_NUMBERS | scores.NUMBERS))

    @classmethod
    def first(cls, model: str, corpora: Sequence[CorpusSummary], corpus: str | None = None) -> Self:
        """What stands in the form of a newcomer: the paper's six languages, the first 60 % of the corpus' lines."""
        found = next((entry for entry in corpora if entry.name == (corpus or DEFAULT_CORPUS)), None)
        if found is None:
            return cls(model)
        kept = ScoresChoice(corpus=found.name, stop=round(0.6 * found.n_lines))
        return cls(model, in_paper_order(found.languages)[:6], scores=kept)

    def changed(self, **fields: object) -> Self:
        """The choice with some fields replaced, those of `scores` among them."""
        own = {name: value for name, value in fields.items() if name not in ScoresChoice._fields}
        inner = {name: value for name, value in fields.items() if name in ScoresChoice._fields}
        return self._replace(scores=self.scores._replace(**inner), **own)  # type: ignore[arg-type]

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        own = {name: value for name, value in self._asdict().items() if name != "scores"}
        return own | self.scores._asdict()

    def of_ranking(self) -> dict[str, object]:
        """What a region by rank of the same languages and scores needs, for the address of another page."""
        state = self.state()
        return {name: state[name] for name in ("model", "languages", "percent", "scope", *ScoresChoice._fields)}

    def list(self) -> Parts:
        """The list of parts."""
        return decoded(self.parts)

    def pieces(self) -> Parts:
        """The regions that the form describes, each to be added; raises `KnownError` naming what cannot be asked."""
        each = [(language,) for language in in_paper_order(self.languages) or ("",)]
        groups = [self.languages] if self.joined == SUMMED else each
        return tuple(
            Part(UNION, self._region(in_paper_order(languages), Selection(end)))
            for languages in groups
            for end in self.ends or (Selection.TOP.value,)
        )

    def preset(self, name: str, language: str | None = None) -> tuple[str, Parts]:
        """Title and list of a preset over the chosen languages: `only` one of them (Eq. 5), `shared`, `any`."""
        languages = in_paper_order(self.languages)
        if name == "only":
            return self._only(language or (languages or ("",))[0], languages)
        op = INTERSECTION if name == "shared" else UNION
        tops = tuple(Part(op, self._region((one,), Selection.TOP)) for one in languages or ("",))
        many = f"{len(languages)} languages" if len(languages) > 3 else " ".join(languages)
        return (f"shared by {many}" if name == "shared" else f"any of {many}"), tops

    def request(self) -> CombinedRegionRequest | None:
        """The region to compute; None while the list is empty."""
        expression = checked(lambda: expression_of(self.list()))
        if expression is None:
            return None
        asked = {"expression": expression, "title": self.title.strip()}
        return checked(lambda: CombinedRegionRequest.model_validate(asked))

    def _only(self, language: str, languages: Sequence[str]) -> tuple[str, Parts]:
        others = [other for other in languages if other != language]
        spec = self._spec((language,))
        if not others:
            return f"{name_of(language)} only", (Part(UNION, RegionRequest(region=spec)),)
        combined = monolingual(spec, language, others=others)
        return combined.title, parts_of(combined.expression)

    def _region(self, languages: Sequence[str], selection: Selection) -> RegionRequest:
        asked = {"region": self._spec(languages), "selection": selection, "seed": self.seed}
        return checked(lambda: RegionRequest.model_validate(asked))

    def _spec(self, languages: Sequence[str]) -> RegionSpec:
        asked = {
            "scores": self.scores.spec(self.model),
            "languages": [language for language in languages if language],
            "fraction": None if self.percent is None else round(self.percent / 100, 12),
            "scope": self.scope,
            "snapshot": self.scores.snapshot,
        }
        return checked(lambda: RegionSpec.model_validate(asked))


def begun_with(query: Mapping[str, str], api: Client) -> str | None:
    """The stored region that the address names: `from`, or `result` as on every other page, once it is stored."""
    key = query.get("result")
    is_stored = key is not None and any(row.key == key for row in stored_regions(api))
    return query.get("from") or (key if is_stored else None)


def first_choice(model: str, query: Mapping[str, str], corpora: Sequence[CorpusSummary], api: Client) -> CombineChoice:
    """What stands in the form before anything is chosen: the scores that most languages have here, if there are any.

    Regions of other scores would have to be scored first, those of these are there in seconds.
    """
    choice = CombineChoice.first(model, corpora, query.get("corpus"))
    scored = {} if query.get("corpus") else _scored_languages(model, api)
    if not scored:
        return choice
    spec = max(scored, key=lambda one: len(scored[one]))
    languages = in_paper_order(scored[spec])[:6]
    kept = languages if len(languages) > 1 else choice.languages
    return choice._replace(scores=ScoresChoice.of_spec(spec), languages=kept)


def _scored_languages(model: str, api: Client) -> dict[ScoreSpec, list[str]]:
    """Languages whose scores are stored, by how they were scored; the newest first."""
    found: dict[ScoreSpec, list[str]] = {}
    for row in api.results(kind="importance", model=model):
        if isinstance(row.request, ImportanceRequest):
            found.setdefault(row.request.scores, []).append(row.request.language)
    return found


def started_from(key: str | None, choice: CombineChoice, api: Client) -> CombineChoice:
    """The choice with the list of a stored region, where the address names one."""
    if not key:
        return choice
    region = as_region(api.manifest(key).request)
    return choice._replace(parts=encoded(list_of_region(region)), title=region_label(region))


_LISTS = ("languages", "ends", "overlap", "pair")
_WORDS = ("scope", "joined", "title", "parts")
_NUMBERS: dict[str, type] = {"percent": float, "seed": int}
