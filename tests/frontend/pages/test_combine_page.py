"""What the Combine page answers, on an in-memory API."""

from __future__ import annotations

from typing import Any

import pytest
from dash import no_update

from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, Difference, Union_, leaves, monolingual
from backend.contracts.requests import ImportanceRequest, Lines, RegionRequest, RegionSpec, ScoreSpec
from backend.contracts.results import ExpressionPreview, ImportanceSummary, LeafState, MatrixOverlap, OverlapByMatrix
from backend.contracts.vocabulary import JobState, MatrixKind
from frontend import urls
from frontend.choices.combine import SUMMED, CombineChoice, first_choice
from frontend.choices.expression import DIFFERENCE, INTERSECTION, decoded, encoded, expression_of, list_of_region
from frontend.choices.region_source import region_options
from frontend.pages import combine
from frontend.panels import combine_overlap
from frontend.panels import combine_overlap_handlers as handlers
from frontend.panels.combine_editor import EditorId
from frontend.panels.combine_form import FIELDS, FormId
from frontend.panels.combine_handlers import Chosen, choice_of
from frontend.stored_regions import options, stored_regions
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_regions_page import text

CHOICE = CombineChoice(MODEL, languages=("ru", "ar", "zh"))
RUSSIAN = CHOICE._replace(languages=("ru",))


def previewed(*, stored: bool = False, missing: int = 1) -> ExpressionPreview:
    leaf = [
        LeafState(key=f"{number}" * 20, label=f"top {number} %", stored=number >= missing, n_selected=None)
        for number in range(3)
    ]
    return ExpressionPreview(
        key="f" * 20, formula="top 1 % ru − top 1 % ar", stored=stored, leaves=tuple(leaf),
        n_selected=None if missing else 123456, n_total=1_000_000, overlap=None if missing else samples.overlap(),
    )  # fmt: skip


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"preview": previewed(), "overlap": samples.overlap()})


def test_a_preset_is_eq_5_of_the_chosen_languages(api: FakeApi) -> None:
    parts, title, problem = combine.pieces(FormId.ONLY, CHOICE, Chosen(language="ru"), api)
    spec = RUSSIAN.pieces()[0].leaf
    assert isinstance(spec, RegionRequest)
    assert expression_of(decoded(parts)) == monolingual(spec.region, "ru", others=["ar", "zh"]).expression
    assert title == "ru only" and problem is None


def test_the_form_begins_with_the_scores_that_most_languages_have(api: FakeApi) -> None:
    corpora = api.corpora()
    usual = CombineChoice.first(MODEL, corpora)
    assert first_choice(MODEL, {}, corpora, api) == usual
    one = ScoreSpec(model=MODEL, lines=Lines(start=0, stop=4))
    two = ScoreSpec(model=MODEL, lines=Lines(start=0, stop=30), snapshots=(12,))
    for spec, languages in ((two, ("ru", "ar")), (one, ("en",))):
        for language in languages:
            summary = ImportanceSummary(n_samples=4, n_tokens=40, mean_loss=3.0, seconds=1.0)
            api.result_with(ImportanceRequest(scores=spec, language=language), summary)
    begun = first_choice(MODEL, {}, corpora, api)
    assert begun.languages == ("ar", "ru") and begun.scores.spec(MODEL) == two
    assert first_choice(MODEL, {"corpus": "atlas-parallel"}, corpora, api) == usual


def test_regions_called_alike_are_told_apart_where_they_are_chosen(api: FakeApi) -> None:
    for corpus, stop in (("atlas-parallel", 60), ("news", None)):
        scores = ScoreSpec(model=MODEL, lines=Lines(corpus=corpus, start=0, stop=stop))
        region = RegionSpec(scores=scores, languages=("ru",), fraction=0.01)
        api.result_with(RegionRequest(region=region), samples.region())
    rows = stored_regions(api)
    (group,) = options(rows)
    labels = {item["label"] for item in group["items"]}
    assert labels == {"top 1 % ru · lines atlas-parallel 0 to 60", "top 1 % ru · lines news 0 to end"}
    assert {item["label"].partition(" · lines ")[2] for item in region_options(rows)[:2]} == {
        "atlas-parallel 0 to 60", "news 0 to end",
    }  # fmt: skip


def test_presets_share_and_join(api: FakeApi) -> None:
    parts, title, _ = combine.pieces(FormId.SHARED, CHOICE, Chosen(), api)
    assert [part.op for part in decoded(parts)] == [INTERSECTION] * 3 and title == "shared by ar ru zh"
    parts, title, _ = combine.pieces(FormId.ANY, CHOICE, Chosen(), api)
    assert isinstance(expression_of(decoded(parts)), Union_) and title == "any of ar ru zh"


def test_pieces_are_added_one_each_or_summed(api: FakeApi) -> None:
    each, title, _ = combine.pieces(FormId.ADD, CHOICE._replace(ends=("top", "bottom")), Chosen(), api)
    assert len(decoded(each)) == 6 and title is no_update
    summed, _, _ = combine.pieces(FormId.ADD, CHOICE._replace(joined=SUMMED, parts=each), Chosen(), api)
    assert len(decoded(summed)) == 7 and decoded(summed)[-1].leaf.region.languages == ("ar", "ru", "zh")


def test_a_stored_combined_region_comes_with_its_parts(api: FakeApi) -> None:
    spec = RUSSIAN.pieces()[0].leaf.region
    stored = api.result_with(monolingual(spec, "ru", others=["ar"]), samples.combined())
    parts, title, _ = combine.pieces(FormId.ADD_STORED, CHOICE, Chosen(stored=stored.key), api)
    assert len(decoded(parts)[0].parts) == 3 and title == "ru only"
    problem = combine.pieces(FormId.ADD_STORED, CHOICE, Chosen(), api)[2]
    assert "Choose a region first" in text(problem)
    begun = combine.started_from(stored.key, CHOICE, api)
    assert begun.title == "ru only" and decoded(begun.parts) == list_of_region(stored.request)


def test_an_uploaded_file_is_a_part_and_a_bad_answer_is_told(api: FakeApi) -> None:
    sent = {"file": "0" * 64, "name": "super weights"}
    parts, title, _ = combine.pieces(FormId.UPLOADED, CHOICE, Chosen(uploaded=sent), api)
    assert decoded(parts)[0].leaf.title == title == "super weights"
    assert "file is empty" in text(combine.pieces(FormId.UPLOADED, CHOICE, Chosen(uploaded={"name": "x"}), api)[2])


def test_no_language_and_too_many_lines_are_told(api: FakeApi) -> None:
    assert "languages is empty" in text(combine.pieces(FormId.ADD, CHOICE._replace(languages=()), Chosen(), api)[2])
    many = encoded(CHOICE.pieces() * 66)
    problem = combine.pieces(FormId.ADD, CHOICE._replace(parts=many), Chosen(), api)[2]
    assert problem is not None


def test_lines_change_with_their_buttons() -> None:
    parts = encoded(CHOICE.pieces())
    joined, _ = combine.line(parts, "", {"type": "combine-op", "path": "1"}, DIFFERENCE)
    assert decoded(joined)[1].op == DIFFERENCE
    assert combine.line(joined, "", {"type": "combine-op", "path": "1"}, DIFFERENCE)[0] is no_update
    removed, _ = combine.line(parts, "", {"type": "combine-do", "do": "remove", "path": "0"}, 1)
    assert len(decoded(removed)) == 2
    grouped, _ = combine.line(parts, "", EditorId.GROUP, 1)
    assert len(decoded(grouped)) == 1
    target = {"type": "combine-do", "do": "target", "path": "0"}
    assert combine.line(grouped, "", target, 1) == (no_update, "0")
    assert combine.line(grouped, "0", target, 1) == (no_update, "")
    assert combine.line(parts, "0", EditorId.CLEAR, 1) == ("", "")
    assert combine.line(parts, "", EditorId.CLEAR, None) == (no_update, no_update)


def test_the_preview_names_what_is_missing_and_computes_it(api: FakeApi) -> None:
    choice = CHOICE._replace(parts=encoded(CHOICE.pieces()), title="mine")
    shown = text(combine.preview(choice, api))
    assert "top 1 % ru − top 1 % ar" in shown and "Compute this region with 1 missing piece" in shown
    followed, problem, state = combine.submit(choice, api)
    asked = api.job(followed["key"]).request
    assert isinstance(asked, CombinedRegionRequest) and asked.title == "mine" and problem is None
    assert len(list(leaves(asked.expression))) == 3 and state["result"] == followed["key"]
    assert combine.followed(followed["key"], api) == followed["key"]


def test_a_stored_region_leads_on(api: FakeApi) -> None:
    api.views["preview"] = previewed(stored=True, missing=0)
    drawn = combine.preview(CHOICE._replace(parts=encoded(CHOICE.pieces())), api)
    shown = str(drawn)
    for address in ("/atlas?", "/regions?", "/train?", "/api/results/" + "f" * 20):
        assert address in shown
    assert "123,456" in text(drawn) and "12.35 %" in text(drawn)


def test_an_empty_list_shows_no_preview_and_asks_nothing(api: FakeApi) -> None:
    assert combine.preview(CHOICE, api) is None
    assert combine.submit(CHOICE, api) == (no_update,) * 3


def test_the_address_and_the_form_give_back_the_choice() -> None:
    choice = CHOICE.changed(
        parts=encoded(CHOICE.pieces()), title="a & b", ends=("top", "random"), seed=3, snapshots=("10",), snapshot=10,
        overlap=("a" * 20, "b" * 20), pair=("a" * 20, "b" * 20),
    )  # fmt: skip
    query = urls.parse(urls.link("combine", **choice.state()).partition("?")[2])
    assert CombineChoice.of_query(query, CombineChoice(MODEL)) == choice
    state = choice.state()
    values = [list(value) if isinstance(value := state[name], tuple) else value for name in FIELDS]
    assert choice_of(MODEL, values) == choice._replace(parts="", title="", overlap=(), pair=())


def test_the_page_shows_list_preview_and_overlap(api: FakeApi) -> None:
    spec = RUSSIAN.pieces()[0].leaf.region
    stored = api.result_with(RegionRequest(region=spec), samples.region())
    page = combine.layout({"parts": encoded(CHOICE.pieces()), "overlap": f"{stored.key},{'b' * 20}"}, api)
    shown = text(page)
    assert "start with" in shown and "Compute this region" in shown and "0.33" in shown
    assert "No model is open yet" in text(combine.layout({}, FakeApi(models=())))
    assert "Nothing yet." in text(combine.layout({}, api))


def test_a_pair_is_shown_matrix_by_matrix(api: FakeApi) -> None:
    spec = RUSSIAN.pieces()[0].leaf.region
    left = api.result_with(RegionRequest(region=spec), samples.region())
    right = api.result_with(RegionRequest(region=spec, selection="bottom"), samples.region())
    one = MatrixOverlap(
        matrix="0.attn.q", layer=0, kind=MatrixKind.ATTN_Q, left=1, right=1, shared=1, total=9, jaccard=1.0
    )
    api.views["overlap_by_matrix"] = OverlapByMatrix(left=left.key, right=right.key, matrices=(one,))
    shown = text(handlers.pair((left.key, right.key), api))
    assert "top 1 % ru" in shown and "bottom 1 % ru" in shown and "attn.q" in shown
    assert handlers.pair((left.key,), api) is None


def test_stored_regions_are_found_by_language_share_and_estimator(api: FakeApi) -> None:
    russian = api.result_with(RegionRequest(region=RUSSIAN.pieces()[0].leaf.region), samples.region())
    three = CHOICE.changed(percent=3.0, estimator="fisher").pieces()[0].leaf
    arabic = api.result_with(three, samples.region())
    rows = stored_regions(api)
    assert combine_overlap.matching(rows, ("ru", None, None, None)) == [russian.key]
    assert combine_overlap.matching(rows, (None, "fisher", "0.03", MODEL)) == [arabic.key]
    assert combine_overlap.matching(rows, (None, None, "", None)) == [arabic.key, russian.key]
    assert combine_overlap.matching(rows, ("ru", "fisher", None, None)) == []


def test_a_problem_of_the_api_is_told_in_place(api: FakeApi) -> None:
    def refused(*_args: Any) -> Any:
        raise KnownError("shapes_differ", "these models have different shapes")

    api.overlap = api.preview = refused  # type: ignore[attr-defined]
    assert "different shapes" in text(handlers.overlap(("a" * 20, "b" * 20), (), api))
    assert "different shapes" in text(combine.preview(CHOICE._replace(parts=encoded(CHOICE.pieces())), api))
    assert "Choose two stored regions" in text(handlers.overlap((), (), api))


def test_a_difference_of_one_language_alone_is_its_top(api: FakeApi) -> None:
    parts, _, _ = combine.pieces(FormId.ONLY, CHOICE._replace(languages=("ru",)), Chosen(language="ru"), api)
    assert len(decoded(parts)) == 1
    assert not isinstance(expression_of(decoded(parts)), Difference)
    assert api.job_with(CHOICE._replace(parts=parts).request(), JobState.QUEUED)


def test_a_region_that_is_stored_meanwhile_can_be_picked(api: FakeApi) -> None:
    assert combine.stored_choices(MODEL, api) == ([], [], [], [], [], [])
    key = api.result_with(RegionRequest(region=RUSSIAN.pieces()[0].leaf.region), samples.region()).key
    pieces, everywhere, languages, *_ = combine.stored_choices(MODEL, api)
    assert pieces[0]["items"][0]["value"] == everywhere[0]["items"][0]["value"] == key
    assert languages == [{"value": "ru", "label": "Russian"}]
