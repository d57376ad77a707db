"""The Compare page without the page: every section, its numbers, and the address that restores it."""

from __future__ import annotations

import numpy as np
import pytest

from backend.contracts.comparison import SharedScale
from backend.contracts.requests import (
    EvaluationSpec,
    PerplexityRequest,
    PerturbationRequest,
    Request,
    SimilarityRequest,
)
from backend.contracts.results import (
    Continuation,
    DimensionMark,
    LanguageMeans,
    MarginalsView,
    PerturbationSummary,
    SideProfile,
    Summary,
    TileHeader,
)
from frontend.choices.compare import asked_of
from tests.frontend import samples
from tests.frontend.fake_api import FakeApi
from tests.frontend.figures.test_compare_figures import summary
from tests.frontend.figures.test_compare_tables import perplexity, similarity
from tests.frontend.pages.test_compare_page import MOVED, REGION, by_matrix, overlap
from tests.frontend.views.holds import holds

TWO = "models=a,b"
HEADER = TileHeader(
    height=2, width=3, row_start=0, column_start=0, row_block=1, column_block=1, n_rows=2, n_columns=3, low=-1, high=1,
    format="f32", exact=True, reducer="signed_max_weight",
)  # fmt: skip
CHANGES = MarginalsView(
    matrix="0.attn.q",
    reducer="signed_max_weight",
    profiles=(
        SideProfile(
            axis=1, side="residual", measure="norm of the change", block=1, size=3, values=(0.0, 3.0, 4.0),
            top=(DimensionMark(index=2, label="residual dimension 2", value=4.0),),
        ),
    ),
)  # fmt: skip
MEANS = LanguageMeans(
    matrix="whole", languages=("de", "en"), clustered=("de", "en"), same_meaning=((1, 0.8), (0.8, 1)),
    different_meaning=((0.6, 0.5), (0.5, 0.7)),
)  # fmt: skip
TILE = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3), HEADER


@pytest.fixture
def api() -> FakeApi:
    scale = SharedScale(low=-2, high=2, n_subjects=2)
    views = {
        "tile": TILE, "difference_tile": TILE, "shared_scale": scale, "difference_marginals": CHANGES,
        "language_means": MEANS,
    }  # fmt: skip
    return FakeApi(models=("a", "b"), views=views)


def both(api: FakeApi, request: Request, *answers: Summary) -> list[str]:
    """The same question, answered by A and, where there is a second answer, by B; keys."""
    return [api.result_with(asked_of(request, model), one).key for model, one in zip("ab", answers, strict=False)]


def test_maps_share_their_scale_and_have_a_difference(api: FakeApi) -> None:
    api.result_with(MOVED, summary(share_inside=None))
    view = holds(f"/compare?{TWO}&measure=turned&touched=gone", api)
    assert view.address == "/compare?models=a,b&matrix=0.attn.q"
    assert [one.told.name for one in view.pictures] == ["map-a", "map-b", "difference-b"]
    assert (view.pictures[0].figure.data[0].zmin, view.pictures[0].figure.data[0].zmax) == (-2, 2)
    most, movement = view.tables
    assert most.rows == (("column", 2, "residual dimension 2", 4.0, 0.64),)
    assert movement.name == "movement-b" and movement.rows[0][6] == 0.2
    assert "reducer=mean_weight&rows=0-2" in holds(f"/compare?{TWO}&reducer=mean_weight&rows=0-2", api).address


def test_a_region_of_one_model_is_missing_in_the_other(api: FakeApi) -> None:
    key = api.result_with(REGION, samples.region()).key
    view = holds(f"/compare?{TWO}&key={key}", api)
    assert [one.told.name for one in view.pictures] == ["map-a"]
    assert view.missing == (asked_of(REGION, "b"),) and "b has no such result yet." in view.lead


def test_movement_is_a_figure_a_sentence_and_exact_numbers(api: FakeApi) -> None:
    assert holds(f"/compare?{TWO}&section=movement", api).missing == (MOVED,)
    region = api.result_with(REGION, samples.region()).key
    key = api.result_with(MOVED.model_copy(update={"region": REGION}), summary()).key
    view = holds(f"/compare?{TWO}&section=movement&region={region}&measure=inside", api)
    assert view.address == f"/compare?models=a,b&section=movement&region={region}&measure=inside"
    assert "19 % of the squared movement lies inside" in view.lead
    assert [table.name for table in view.tables] == ["movement-b", "kinds-b"]
    assert all("against top 10 % de" in table.title for table in view.tables)
    assert "In the region" in view.tables[0].columns and "Share inside" in view.tables[1].columns
    # The same stored comparison, but nobody asked for its region here.
    plain = holds(f"/compare?{TWO}&section=movement", api).tables
    assert plain[0].columns[-1] == "Changed" and plain[1].columns[-1] == "Moved over norm"
    assert view.sources[0].key == key
    assert holds(f"/compare?result={key}", api).address == f"/compare?models=a,b&section=movement&region={region}"


def test_regions_of_one_question_are_overlapped(api: FakeApi) -> None:
    assert "No region is stored" in holds(f"/compare?{TWO}&section=regions", api).lead
    left, right = both(api, REGION, samples.region(), samples.region())
    api.views |= {"overlap": overlap(left, right), "overlap_by_matrix": by_matrix(left, right)}
    view = holds(f"/compare?{TWO}&section=regions", api)
    assert view.address.endswith(f"section=regions&question={left}")
    assert "share 15 of them" in view.lead and view.tables[0].rows == (("0.attn.q", 0, 30, 30, 10, 100, 0.2),)


def test_perplexities_stand_beside_their_ratio(api: FakeApi) -> None:
    assert len(holds(f"/compare?{TWO}&section=perplexity", api).missing) == 2
    base = PerplexityRequest(model="a", evaluation=EvaluationSpec(languages=("ar", "en")))
    both(api, base, perplexity(20.0, 10.0), perplexity(30.0, None))
    view = holds(f"/compare?{TWO}&section=perplexity", api)
    assert view.tables[0].rows == (
        ("ar", "as it is", 100, 20.0, 30.0, 1.5, None, None, ""),
        ("en", "as it is", 100, 10.0, None, None, None, None, ""),
    )
    assert "B is furthest from A in Arabic, as it is: +0.292 bits per byte" in view.lead


def test_curves_of_languages_by_depth(api: FakeApi) -> None:
    both(api, SimilarityRequest(model="a", languages=("de", "en")), similarity(3))
    view = holds(f"/compare?{TWO}&section=curves", api)
    assert view.pictures[0].told.name == "language-curves" and len(view.missing) == 1
    assert view.tables[0].rows[0] == ("A", "a", 0.5, 0.25, None) and len(view.tables[1].rows) == 3
    assert view.pictures[1].told.name == "pairs" and ("en", "de", 0.8, None, None) in view.tables[2].rows
    assert "pairs=gap" in holds(f"/compare?{TWO}&section=curves&pairs=gap", api).address


def touched(model: str) -> PerturbationRequest:
    where = {"target": "dimension", "side": "residual", "index": 3}
    asked = {
        "model": model,
        "edits": [{"where": where, "action": "zero"}],
        "prompts": [{"language": "en", "text": "A"}],
    }
    return PerturbationRequest.model_validate(asked)


def wrote(words: str, finish: str = "length") -> Continuation:
    told = {"language": "en", "prompt": "A", "prompt_token_ids": [1], "tokens": [], "text": words, "finish": finish}
    return Continuation.model_validate(told)


def test_texts_of_the_same_touch_stand_side_by_side(api: FakeApi) -> None:
    empty = holds(f"/compare?{TWO}&section=touch&matrix=0.attn.q&cell=3,4", api)
    assert "touched this way yet" in empty.lead and empty.address.endswith("section=touch&matrix=0.attn.q&cell=3,4")
    said = PerturbationSummary(
        edits=(), base=(wrote(" dog"),), perturbed=(wrote("", "not_finite"),), weights_restored=True,
        perplexity_base=(samples.row("en", 20.0),), perplexity_perturbed=(samples.row("en", None),),
    )  # fmt: skip
    keys = both(api, touched("a"), said, said)
    view = holds(f"/compare?{TWO}&section=touch", api)
    assert view.address == f"/compare?models=a,b&section=touch&touched={keys[0]}"
    assert [(one.name, one.text) for one in view.passages][:2] == [("a-1-unchanged", "A dog"), ("a-1-touched", "A")]
    assert view.tables[0].rows == (("A", "en", 20.0, None, None), ("B", "en", 20.0, None, None))


def test_what_differs_between_models_and_requests(api: FakeApi) -> None:
    left = api.result_with(REGION, samples.region()).key
    other = REGION.model_copy(update={"region": REGION.region.model_copy(update={"fraction": 0.2})})
    right = api.result_with(other, samples.region()).key
    view = holds(f"/compare?{TWO}&section=settings&question={left}", api)
    assert view.address.endswith(f"section=settings&question={left}&against={right}")
    assert ("region.fraction", "0.1", "0.2") in view.tables[-1].rows


def test_one_model_asks_for_a_second(api: FakeApi) -> None:
    view = holds("/compare?model=b", api)
    assert view.address == "/compare?models=b" and "Only model A, b, is chosen" in view.lead
