from __future__ import annotations

from backend.contracts.formulas import formula, region_label, region_labels
from backend.contracts.regions import (
    CombinedRegionRequest,
    Complement,
    Difference,
    ImportedLeaf,
    ImportRegionRequest,
    Intersection,
    RankedLeaf,
    RegionRequest,
    Union_,
    leaves,
    monolingual,
)
from backend.contracts.requests import Lines, RegionSpec, ScoreSpec
from backend.contracts.vocabulary import Estimator, ImportanceMode, Scope, Selection


def ranked(*languages: str, selection: Selection = Selection.TOP, seed: int = 0, **changes: object) -> RegionRequest:
    spec = {"scores": ScoreSpec(model="m"), "languages": languages, "fraction": 0.01, **changes}
    return RegionRequest(region=RegionSpec.model_validate(spec), selection=selection, seed=seed)


RU, AR, ZH = (RankedLeaf(region=ranked(language)) for language in ("ru", "ar", "zh"))
FILE = ImportRegionRequest(model="m", title="super weights", file="0" * 64)


def test_the_formula_reads_as_people_write_it() -> None:
    assert formula(Union_(of=(RU, AR, ZH))) == "top 1 % ru ∪ top 1 % ar ∪ top 1 % zh"
    assert formula(Intersection(of=(Union_(of=(RU, AR)), ZH))) == "(top 1 % ru ∪ top 1 % ar) ∩ top 1 % zh"
    assert formula(Difference(of=(RU, AR))) == "top 1 % ru − top 1 % ar"
    assert formula(Complement(of=Intersection(of=(RU, AR)))) == "not (top 1 % ru ∩ top 1 % ar)"
    assert formula(Difference(of=(ImportedLeaf(region=FILE), Complement(of=RU)))) == "super weights − not (top 1 % ru)"


def test_equation_5_by_its_formula() -> None:
    request = monolingual(ranked("zh").region, "ru", others=("ru", "ar"))
    assert formula(request.expression) == "top 1 % ru − (top 1 % ar ∪ bottom 1 % ar)"
    assert region_label(request) == "ru only"
    assert [region_label(leaf) for leaf in leaves(request.expression)] == ["top 1 % ru", "top 1 % ar", "bottom 1 % ar"]


def test_what_is_unusual_is_told() -> None:
    scores = ScoreSpec(model="m", mode=ImportanceMode.SUM_OF_ABS, outside_layers=True, snapshots=(10,))
    told = region_label(ranked("ru", "ar", scores=scores, scope=Scope.GLOBAL, fraction=0.005, snapshot=10))
    assert told == "top 0.5 % ar+ru [sum_of_abs, global, first 10 samples, all parameters]"
    fisher = ranked("ru", scores=ScoreSpec(model="m", estimator=Estimator.FISHER))
    assert region_label(fisher) == "top 1 % ru [fisher]"
    assert region_label(ranked("ru", selection=Selection.RANDOM, seed=3)) == "random 1 % ru [seed 3]"
    assert region_label(CombinedRegionRequest(expression=Difference(of=(RU, AR)))) == "top 1 % ru − top 1 % ar"


def test_regions_that_would_be_called_alike_are_told_apart() -> None:
    other_text = ranked("ru", scores=ScoreSpec(model="m", lines=Lines(corpus="news", start=0, stop=None)))
    other_model = ranked("ru", scores=ScoreSpec(model="n"))
    assert region_labels((RU.region, other_text, other_model, AR.region)) == (
        "top 1 % ru · atlas-parallel 0 to 60, m",
        "top 1 % ru · news 0 to the end, m",
        "top 1 % ru · atlas-parallel 0 to 60, n",
        "top 1 % ar",
    )
    assert region_labels((RU.region, other_text))[1] == "top 1 % ru · news 0 to the end"
