"""The Compare page from an in-memory API: what each section shows, asks, and says where nothing is defined."""

from __future__ import annotations

from backend.contracts.compared_cells import ComparedCell, ComparedCells
from backend.contracts.comparison import ComparisonRequest
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    EvaluationSpec,
    OpenModelRequest,
    PerplexityRequest,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
    SimilarityRequest,
    TrainingRequest,
)
from backend.contracts.results import (
    CellView,
    Continuation,
    DimensionMark,
    LanguageMeans,
    MarginalsView,
    MatrixOverlap,
    Overlap,
    OverlapByMatrix,
    PerturbationSummary,
    SideProfile,
    TrainingSummary,
)
from backend.contracts.training import Checkpoint, TrainingCurve
from backend.contracts.vocabulary import JobState, MatrixKind
from frontend import urls
from frontend.choices.compare import CompareChoice, asked_of
from frontend.figures.compare_curves import curves
from frontend.figures.compare_movement import movement_sentence
from frontend.figures.compare_perplexity import Table
from frontend.figures.telling import told
from frontend.pages import compare
from frontend.panels import (
    compare_ask,
    compare_curves,
    compare_family,
    compare_movement,
    compare_pairs,
    compare_perplexity,
    compare_touch,
)
from tests.frontend import model_sample, samples
from tests.frontend.fake_api import NOW, FakeApi, key_of
from tests.frontend.figures.test_compare_figures import summary
from tests.frontend.figures.test_compare_tables import perplexity, similarity
from tests.frontend.test_pages import text

MOVED = ComparisonRequest(model="a", other="b")
REGION = RegionRequest(region=RegionSpec(scores=ScoreSpec(model="a"), languages=("de",), fraction=0.1))


def two(**views) -> FakeApi:
    return FakeApi(models=("a", "b"), views=views)


def shown(api: FakeApi, **query: str) -> str:
    return text(compare.layout({"models": "a,b", **query}, api))


def test_one_model_asks_for_a_second_and_none_leads_to_start() -> None:
    assert "Choose a second model" in text(compare.layout({"model": "a"}, two()))
    assert "No model is open yet" in text(compare.layout({}, FakeApi(models=())))


def test_maps_show_both_models_and_their_difference() -> None:
    page = shown(two())
    for part in ("A · a", "B · b", "B − A", "/api/compare/tile?left=b&right=a", "Measure the movement"):
        assert part in page
    picked, heading, at = compare.picked("?models=a,b&matrix=1.mlp.down", two())
    assert picked["matrix"] == "1.mlp.down" and "Layer 1 · mlp.down" in text(heading)
    assert "Click a cell of a map" in text(at) and "/api/compare/marginals?left=b&right=a" in page


def test_a_cell_is_told_of_all_models_with_what_to_do_next() -> None:
    api = two(compared_cell=compared(0.5, -0.25), difference_marginals=profiles())
    asked = {"search": "?models=a,b&matrix=0.attn.q", "place": 2, "row": 0, "column": 2, "row_stop": 2}
    found = compare.cell(asked, api)
    for part in ("head channel 1", "0.500000", "−0.75", "largest of the 2 cells", "section=touch", "cell=1,2",
                 "Touch residual dimension 2 in all", "One cell up"):  # fmt: skip
        assert part in text(found)
    restored = shown(api, matrix="0.attn.q", cell="1,2")
    assert "Touch this parameter in all" in restored and '"cell": [1, 2]' in restored
    found = text(compare.cell({"search": "?models=a,b&matrix=0.attn.q", "axis": 1, "index": 3}, api))
    assert "residual dimension 3" in found and "2.000" in found and "dimension=column-3" in found


def test_what_differs_most_is_listed_with_a_link_that_touches_it_in_all() -> None:
    api = two(difference_marginals=profiles())
    found = text(compare.moved({"address": "/compare?models=a,b&matrix=0.attn.q"}, api))
    assert "What differs most, B − A" in found and "residual dimension 3" in found and "touch in all" in found
    same = two(difference_marginals=profiles(0.0))
    assert "the same in both" in text(compare.moved({"address": "/compare?models=a,b&matrix=0.attn.q"}, same))


def compared(*weights: float) -> ComparedCells:
    cell = CellView(
        matrix="0.attn.q", kind=MatrixKind.ATTN_Q, layer=0, row=1, column=2, row_label="head channel 1",
        column_label="residual dimension 2",
    )  # fmt: skip
    cells = [ComparedCell(subject="m", cell=cell.model_copy(update={"weight": weight})) for weight in weights]
    return ComparedCells(matrix="0.attn.q", row=1, column=2, cells=tuple(cells))


def profiles(largest: float = 2.0) -> MarginalsView:
    values = tuple(largest if index == 3 else 0.0 for index in range(32))
    marks = tuple(DimensionMark(index=index, label="", value=values[index]) for index in (3, 0))
    sides = [
        SideProfile(axis=axis, side=side, size=32, block=1, measure="L2 norm of the change", values=values, top=marks)
        for axis, side in ((0, "head"), (1, "residual"))
    ]
    return MarginalsView(matrix="0.attn.q", reducer="signed_max_weight", profiles=tuple(sides))


def test_a_touched_key_of_another_kind_is_told() -> None:
    api = two()
    stored = api.result_with(REGION, samples.region())
    assert "That is no touch" in shown(api, section="touch", touched=stored.key)


def test_a_region_of_one_model_is_asked_of_the_other() -> None:
    api = two()
    key = api.result_with(REGION, samples.region()).key
    page = shown(api, key=key)
    assert "b has no such result yet." in page and "Compute it for the others" in page
    assert '"model": "b"' in page and "Density of the region" in page


def test_the_button_asks_and_its_job_is_followed_then_and_after_a_reload() -> None:
    api = two()
    asked = [MOVED.model_dump(mode="json")]
    first, *others, problem = compare_ask.submit(asked, api)
    assert first["key"] == api.jobs()[0].key and api.jobs()[0].request == MOVED and problem is None
    assert len(others) == compare_ask.N_SLOTS - 1
    assert first["key"] in shown(api)
    api.problem = KnownError("full", "the disk is full").problem
    assert "the disk is full" in text(compare_ask.submit(asked, api)[-1])


def test_a_job_that_ends_while_the_view_is_read_is_followed_to_its_end(monkeypatch) -> None:
    api = two()
    address, _ = compare_touch.submit(TOUCH, {"models": "a,b"}, api)
    listed = api.results()

    def results(kind: str | None = None, model: str | None = None) -> object:
        for key in api.known_jobs:
            api._changed(key, JobState.DONE)
        return listed

    monkeypatch.setattr(api, "results", results)
    section = compare.section(CompareChoice.of_query(urls.split(address)[1]), api)
    assert all(f'"data": {{"key": "{job.key}"}}' in text(section) for job in api.jobs())


def test_movement_tells_the_whole_the_kinds_and_what_was_not_compared() -> None:
    api = two()
    api.result_with(MOVED, summary(share_inside=None))
    page = shown(api, section="movement")
    assert "moved by 10 % of their norm" in page and "32 x 48 here" in page and "attn.q" in page
    assert "Measure the movement" not in page


def test_movement_against_a_region_is_measured_once_asked() -> None:
    api = two()
    api.result_with(MOVED, summary(share_inside=None))
    key = api.result_with(REGION, samples.region()).key
    assert "Measure the movement" in shown(api, section="movement", region=key)
    api.result_with(MOVED.model_copy(update={"region": REGION}), summary())
    page = shown(api, section="movement", region=key, measure="inside")
    assert "19 % of the squared movement lies inside" in page and "×1.90, more than chance" in page


def test_long_norm_vectors_do_not_hide_what_the_matrices_moved() -> None:
    matrix = summary().matrices[0].model_copy(update={"norm": 1.0, "moved": 0.01})
    norm = matrix.model_copy(update={"matrix": "0.norm.q", "kind": MatrixKind.NORM_Q, "norm": 1e4, "moved": 0.01})
    said = movement_sentence(summary(matrices=(matrix, norm), relative=1.4e-8), None)
    assert "moved by 1.40×10⁻⁶ % of their norm, without the norm vectors by 1 %;" in said
    assert "norm vectors" not in movement_sentence(summary(matrices=(matrix,)), None)


def test_the_sentence_knows_nothing_moved_everything_and_nothing_in_common() -> None:
    still = summary().matrices[0].model_copy(update={"n_changed": 0, "moved": 0.0, "relative": 0.0})
    assert "Nothing moved" in movement_sentence(summary(matrices=(still,)), None)
    assert "no movement is defined" in movement_sentence(summary(matrices=()), None)
    assert "held still" in movement_sentence(summary(share_inside=0.0), REGION)
    assert "as chance would have it" in movement_sentence(summary(share_inside=0.1), REGION)


def test_a_stored_comparison_opens_on_its_movement() -> None:
    api = two()
    region = api.result_with(REGION, samples.region()).key
    key = api.result_with(MOVED.model_copy(update={"region": REGION}), summary()).key
    choice = compare.choice_of({"result": key, "model": "a"}, api)
    assert (choice.models, choice.section, choice.region) == (("a", "b"), "movement", region)


def test_a_job_that_failed_can_be_asked_again() -> None:
    api = two()
    api.job_with(MOVED, JobState.FAILED)
    assert '"disabled": false' in shown(api)


def test_regions_of_one_question_are_overlapped_and_the_missing_one_is_asked() -> None:
    api = two()
    left = api.result_with(REGION, samples.region()).key
    page = shown(api, section="regions")
    assert "Compute it for the others" in page
    there = asked_of(REGION, "b")
    right = api.result_with(there, samples.region()).key
    api.views = {"overlap": overlap(left, right), "overlap_by_matrix": by_matrix(left, right)}
    page = shown(api, section="regions")
    assert "share 15 of them: Jaccard 0.200, where chance would give 0.100" in page
    assert "Compute it for the others" not in page


def overlap(left: str, right: str) -> Overlap:
    shares = ((45, 15), (15, 45))
    return Overlap(
        keys=(left, right), labels=("one", "two"), sizes=(45, 45), shared=shares, jaccard=((1.0, 0.2), (0.2, 1.0)),
        expected=((0.1, 0.1), (0.1, 0.1)),
    )  # fmt: skip


def by_matrix(left: str, right: str) -> OverlapByMatrix:
    one = MatrixOverlap(
        matrix="0.attn.q", layer=0, kind=MatrixKind.ATTN_Q, left=30, right=30, shared=10, total=100, jaccard=0.2
    )
    return OverlapByMatrix(left=left, right=right, matrices=(one,))


def test_without_a_region_one_is_made_on_its_page() -> None:
    assert "No region is stored for these models" in shown(two(), section="regions")


def test_perplexities_are_measured_by_one_click_and_then_stand_beside_each_other() -> None:
    api = two()
    page = shown(api, section="perplexity")
    assert "Measure all" in page and '"kind": "perplexity"' in page
    base = PerplexityRequest(model="a", evaluation=EvaluationSpec(languages=("ar", "en")))
    for model, value in (("a", 20.0), ("b", 30.0)):
        api.result_with(base.model_copy(update={"model": model}), perplexity(value, 10.0))
    page = shown(api, section="perplexity")
    assert "×1.50" in page and "Measure all" not in page


def test_curves_are_read_with_all_models_then_laid_over_each_other() -> None:
    api = two()
    assert "Read them with all models" in shown(api, section="curves")
    asked = SimilarityRequest(model="a", languages=("de", "en"))
    for model in ("a", "b"):
        api.result_with(asked.model_copy(update={"model": model}), similarity(3))
    means = LanguageMeans(matrix="whole", languages=("de", "en"), same_meaning=((1.0, 0.6), (0.6, 1.0)),
                          different_meaning=((0.5, 0.2), (0.2, 0.5)), clustered=("de", "en"))  # fmt: skip
    api.views = {"language_means": means}
    page = shown(api, section="curves", pairs="gap")
    assert "0.5000" in page and "Read them" not in page and "same − different meaning" in page
    stored = {"models": [{"name": "A · a", "values": [[1.0]]}, {"name": "B · b", "values": []}]}
    redrawn = compare_pairs.redrawn(stored | {"languages": ["de"], "measure": "gap"}, "dark")
    assert len(redrawn.data) == 1 and "not there yet" in told(redrawn).description
    data = [curves("A", similarity(3), None)._asdict()]
    assert len(compare_curves.redrawn(data, "dark").data) == 2


TOUCH = {"text": "Hello", "target": "dimension", "dimension": 3, "action": "scale", "factor": 4.0, "length": 8,
         "evaluated": []}  # fmt: skip


def test_words_of_the_trade_carry_their_equation() -> None:
    api = two()
    api.result_with(MOVED, summary(share_inside=None))
    assert "‖B − A‖_F / ‖A‖_F" in text(compare_movement.kinds_table(summary()))
    assert "−Σ log₂ p / bytes" in text(compare_perplexity.numbers(Table((), (), (), "bits per byte")))
    assert "always the likeliest token" in shown(api, section="touch")


def test_one_form_touches_every_model_and_the_address_names_the_question() -> None:
    api = two()
    address, problem = compare_touch.submit(TOUCH, {"models": "a,b"}, api)
    assert problem is None and address is not None
    asked = [job.request for job in api.jobs()]
    assert {one.model for one in asked} == {"a", "b"} and asked_of(asked[0], "b") == asked_of(asked[1], "b")
    touched = urls.parse(address.partition("?")[2])["touched"]
    assert touched == key_of(asked_of(asked[0], "a"))
    page = shown(api, section="touch", touched=touched)
    assert "Hello" in page and all(job.key in page for job in api.jobs())
    refused, problem = compare_touch.submit(TOUCH | {"text": ""}, {"models": "a,b"}, api)
    assert refused is None and "prompts" in text(problem)


def test_texts_stand_side_by_side_with_their_differences_and_perplexities() -> None:
    api = two()
    address, _ = compare_touch.submit(TOUCH | {"evaluated": ["en"]}, {"models": "a,b"}, api)
    for job, words in zip(api.jobs(), (" over the hill", " over the moon"), strict=True):
        row = samples.row("en", 10.0)
        said = [Continuation(language="en", prompt="Hello", prompt_token_ids=(), tokens=(), text=one, finish="length")
                for one in (words, " under it")]  # fmt: skip
        api.result_with(job.request, PerturbationSummary(
            edits=(), base=said[:1], perturbed=said[1:], perplexity_base=(row,),
            perplexity_perturbed=(samples.row("en", 20.0),), weights_restored=True,
        ))  # fmt: skip
    page = shown(api, **{name: value for name, value in urls.split(address)[1].items() if name != "models"})
    assert '"type": "Mark"' in page and "moon" in page and "100 % other words" in page
    assert "×2.00" in page and "×1.00" in page and "Touch the others too" not in page


def test_a_model_without_the_place_says_so_and_the_others_are_asked(monkeypatch) -> None:
    api = two()
    small = model_sample.description("b")
    small = small.model_copy(update={"matrices": tuple(
        view.model_copy(update={"shape": tuple(min(size, 8) for size in view.shape)}) for view in small.matrices
    )})  # fmt: skip
    monkeypatch.setattr(api, "model", lambda name: small if name == "b" else model_sample.description(name))
    address, problem = compare_touch.submit(TOUCH | {"dimension": 20}, {"models": "a,b"}, api)
    assert problem is None and [job.request.model for job in api.jobs()] == ["a"]
    page = shown(api, **{name: value for name, value in urls.split(address)[1].items() if name != "models"})
    assert "b has 8 residual dimensions; 20 is not among them." in page
    scalar = {"target": "scalar", "matrix": "0.attn.q", "row": 9, "column": 0}
    _, problem = compare_touch.submit(TOUCH | scalar, {"models": "b,a"}, api)
    assert problem is None and api.jobs()[0].request.model == "a"
    refused, problem = compare_touch.submit(TOUCH | {"dimension": 99}, {"models": "a,b"}, api)
    assert refused is None and "No model has that place" in text(problem)


def test_what_is_picked_on_the_maps_stands_in_the_form() -> None:
    page = shown(two(), section="touch", matrix="0.mlp.down", cell="3,17")
    assert "is-scalar" in page and "Choose a place and touch all models." in page
    page = shown(two(), section="touch", matrix="0.mlp.down", dimension="column-17")
    assert "is-dimension does-zero by-greedy in-matrix" in page
    assert "in-everywhere" in shown(two(), section="touch", matrix="0.mlp.down", dimension="row-3")


def test_a_stored_region_is_removed_from_every_model_and_measured() -> None:
    api = two()
    key = api.result_with(REGION, samples.region()).key
    given = TOUCH | {"target": "region", "region": key, "evaluated": ["de"]}
    address, problem = compare_touch.submit(given, {"models": "a,b"}, api)
    assert problem is None
    asked = [job.request for job in api.jobs()]
    assert len(asked) == 6 and {one.kind.value for one in asked} == {"generation_grid", "perplexity"}
    query = urls.split(address)[1]
    assert query["touched"] and query["question"]
    page = shown(api, **{name: value for name, value in query.items() if name != "models"})
    assert "is-region" in page and "No text yet" in page
    refused, problem = compare_touch.submit(TOUCH | {"target": "region"}, {"models": "a,b"}, api)
    assert refused is None and "Choose a stored region" in text(problem)


def test_what_differs_between_models_and_requests_is_told() -> None:
    api = two()
    api.result_with(REGION, samples.region())
    api.result_with(asked_of(REGION, "b"), samples.region())
    page = shown(api, section="settings")
    assert "demo:a" in page and "region.scores.model" in page and "region › scores › model" in page
    assert "was not kept when an older version opened a, b" in page and "Open again" in page


def test_b_steps_through_the_states_of_a_training() -> None:
    api = two()
    evaluation = EvaluationSpec(languages=("de",))
    asked = TrainingRequest(model="a", language="de", n_samples=40, evaluation=evaluation)
    saved = [("demo:b", 20), ("/data/training/x", 40)]
    checkpoints = tuple(
        Checkpoint(n_samples=n, name="s", source=source, size_bytes=1, saved_at=NOW) for source, n in saved
    )
    api.result_with(asked, training(checkpoints))
    api.views = {"training": TrainingCurve(checkpoints=checkpoints)}
    page = shown(api)
    assert '"names": ["a", "b", null]' in page and "1 of 2 saved states is not opened yet." in page
    assert "They are being opened" in text(compare_family.open_all(["/data/training/x"], api))
    assert api.jobs()[0].request == OpenModelRequest(source="/data/training/x")
    assert "compare-step" not in text(compare.layout({"models": "c,d"}, FakeApi(models=("c", "d"))))


def training(checkpoints: tuple[Checkpoint, ...]) -> TrainingSummary:
    return TrainingSummary(
        n_steps=5, n_samples=40, n_tokens=100, seconds=1.0, seconds_per_step=0.2, evaluations=(),
        checkpoints=checkpoints, final_loss=1.0, n_removed=0, n_held=0, held_identical=None, n_resumed=0,
    )  # fmt: skip
