"""Key neurons against regions of paper A, as it is asked: stored regions, and those that are made for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Self

from backend.contracts.regions import NamedRegion, RegionRequest, monolingual
from backend.contracts.requests import EnrichmentRequest, KeyNeuronsRequest, RegionSpec, ScoreSpec
from backend.contracts.results import ResultRow
from frontend.choices.fields import read
from frontend.choices.problems import checked
from frontend.language_names import name_of
from frontend.stored_regions import named_regions

MONOLINGUAL, CORE = "monolingual", "core"
MADE = {MONOLINGUAL: "Monolingual region of each language", CORE: "Core region of all these languages"}


class RegionsOfNeurons(NamedTuple):
    """Fields of the form: `regions` are keys of stored regions, `monolingual` and `core`."""

    regions: tuple[str, ...] = (MONOLINGUAL, CORE)
    percent: float | None = 5.0
    """Share of the regions that are made for it."""

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names."""
        return default._replace(**read(query, lists=("regions",), numbers={"percent": float}))

    def request(self, neurons: KeyNeuronsRequest, stored: Sequence[ResultRow]) -> EnrichmentRequest:
        """The comparison asked for; raises `KnownError` naming what is missing."""
        fraction = None if self.percent is None else round(self.percent / 100, 12)
        text = neurons.activations
        scores = ScoreSpec(model=text.model, dtype=text.dtype, lines=text.lines)

        def build() -> EnrichmentRequest:
            asked = {"scores": scores, "languages": neurons.languages, "fraction": fraction}
            made = tuple(_made(self.regions, RegionSpec.model_validate(asked))) if _makes(self.regions) else ()
            return EnrichmentRequest(neurons=neurons, regions=(*made, *named_regions(stored, self.regions)))

        return checked(build)


def _makes(regions: Sequence[str]) -> bool:
    return bool({MONOLINGUAL, CORE} & set(regions))


def _made(regions: Sequence[str], spec: RegionSpec) -> Iterator[NamedRegion]:
    if MONOLINGUAL in regions:
        for language in spec.languages:
            others = [other for other in spec.languages if other != language]
            yield NamedRegion(name=f"{name_of(language)} only", region=monolingual(spec, language, others=others))
    if CORE in regions:
        yield NamedRegion(name="core", region=RegionRequest(region=spec))
