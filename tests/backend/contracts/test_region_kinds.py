"""Which kinds of matrices a region holds, as questions: defaults, order, columns, stored results of older versions."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from backend.contracts.building import removal_columns
from backend.contracts.edits import RemoveRegion
from backend.contracts.formulas import region_label
from backend.contracts.regions import Complement, Difference, ImportRegionRequest, RankedLeaf, monolingual, of_kinds
from backend.contracts.requests import (
    REQUEST,
    CombinedRegionRequest,
    EvaluationSpec,
    NamedRegion,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    ScoreSpec,
)
from backend.contracts.results import Manifest
from backend.contracts.results.older import with_all_kinds
from backend.contracts.specs import ALL_KINDS, MATRICES, holds
from backend.contracts.vocabulary import KindGroup, MatrixKind, group_of

SPEC = RegionSpec(scores=ScoreSpec(model="m"), languages=("ar",))
WHOLE = SPEC.model_copy(update={"kinds": ALL_KINDS})
EVALUATION = EvaluationSpec(languages=("ar",))


def test_every_kind_is_in_one_group_and_norms_are_in_no_region_that_does_not_name_them() -> None:
    assert {kind for kind in MatrixKind if group_of(kind) is KindGroup.NORMS} == {
        "norm.input", "norm.post", "norm.attn_out", "norm.mlp_out", "norm.q", "norm.k", "norm.final", "embed.norm",
    }  # fmt: skip
    assert all(group_of(kind) is KindGroup.BIASES for kind in MatrixKind if kind.endswith(".bias"))
    assert SPEC.kinds == MATRICES
    assert [holds(SPEC.kinds, kind) for kind in ("attn.q", "head", "norm.input", "attn.q.bias", "norm.input.bias")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_the_same_kinds_are_the_same_question() -> None:
    def kinds(*named: str) -> tuple[str, ...]:
        return RegionSpec.model_validate(SPEC.model_dump() | {"kinds": named}).kinds

    assert kinds("biases", "matrices", "norms", "norms") == kinds("matrices", "norms", "biases") == ALL_KINDS
    assert kinds("mlp.up", "attn.q", "attn.q") == kinds("attn.q", "mlp.up") == ("attn.q", "mlp.up")
    assert kinds("matrices", "attn.q", "norm.input") == ("matrices", "norm.input")  # a group has its kinds already
    with pytest.raises(ValidationError, match="kinds"):
        kinds()
    with pytest.raises(ValidationError, match="kinds"):
        kinds("weights")


def test_a_label_says_what_a_region_holds_where_that_is_not_matrices_alone() -> None:
    assert region_label(RegionRequest(region=SPEC)) == "top 1 % ar"
    assert region_label(RegionRequest(region=WHOLE)) == "top 1 % ar [with norms]"
    some = SPEC.model_copy(update={"kinds": (MatrixKind.ATTN_Q, MatrixKind.NORM_INPUT)})
    assert region_label(RegionRequest(region=some)) == "top 1 % ar [attn.q, norm.input]"


def test_a_table_has_every_region_with_matrices_alone_and_with_norms() -> None:
    others = (NamedRegion(name="ru only", region=monolingual(SPEC, "ar", others=("ru",))),)
    request = RemovalRequest(region=SPEC, evaluation=EVALUATION, random_draws=2, seed=5, others=others)
    columns = removal_columns(request)
    plain = ["top", "bottom", "random 1", "random 2", "ru only"]
    assert list(columns) == ["base", *plain, *(f"{name} with norms" for name in plain)]
    for name in plain:
        alone, beside = columns[name].change, columns[f"{name} with norms"].change
        assert isinstance(alone, RemoveRegion) and isinstance(beside, RemoveRegion)
        assert beside.region == of_kinds(alone.region, ALL_KINDS) != alone.region
        assert of_kinds(beside.region, MATRICES) == alone.region
    assert list(removal_columns(request.model_copy(update={"with_norms": False}))) == ["base", *plain]


def test_what_holds_norms_already_or_was_imported_has_one_column() -> None:
    imported = NamedRegion(name="mine", region=ImportRegionRequest(model="m", title="t", file="a" * 64))
    request = RemovalRequest(region=WHOLE, evaluation=EVALUATION, random_draws=1, others=(imported,))
    assert list(removal_columns(request)) == ["base", "top", "bottom", "random 1", "mine"]


def test_two_columns_never_have_one_name() -> None:
    other = NamedRegion(name="top with norms", region=RegionRequest(region=SPEC))
    with pytest.raises(ValidationError, match="top with norms"):
        RemovalRequest(region=SPEC, evaluation=EVALUATION, others=(other,))


def test_the_product_draws_ten_random_regions() -> None:
    assert RemovalRequest(region=SPEC, evaluation=EVALUATION).random_draws == 10


def test_a_stored_question_without_kinds_held_norms_a_new_one_does_not() -> None:
    leaf = RankedLeaf(region=RegionRequest(region=SPEC))
    combined = CombinedRegionRequest(expression=Difference(of=(leaf, Complement(of=leaf))))
    removal = RemovalRequest(region=SPEC, evaluation=EVALUATION, others=(NamedRegion(name="c", region=combined),))
    for request in (RegionRequest(region=SPEC), combined, removal):
        old = _without_kinds(json.loads(request.model_dump_json()))
        assert REQUEST.validate_python(old) == request
        said = REQUEST.validate_python(with_all_kinds(old))
        assert json.loads(said.model_dump_json()) == json.loads(
            request.model_dump_json().replace('["matrices"]', '["matrices","norms","biases"]')
        )
        new = json.loads(request.model_dump_json())
        assert with_all_kinds(new) == new


def test_a_manifest_of_an_older_version_is_read_as_what_it_held() -> None:
    stored = {
        "key": "0" * 20,
        "request": _without_kinds(RegionRequest(region=SPEC).model_dump(mode="json")),
        "analysis_version": 1,
        "provenance": {
            "model": "m", "model_source": "m", "model_revision": None, "weights_hash": "", "tokenizer_hash": "",
            "corpus_hashes": {}, "device": "cpu", "dtype": "float32", "seed": None, "versions": {}, "worker": "w",
            "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z",
        },
        "summary": {"kind": "region", "n_selected": 1, "n_total": 2, "matrices": []},
        "files": {},
    }  # fmt: skip
    manifest = Manifest.model_validate_json(json.dumps(stored))
    assert isinstance(manifest.request, RegionRequest)
    assert manifest.request.region.kinds == ALL_KINDS
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def _without_kinds(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_kinds(inner) for name, inner in value.items() if name != "kinds"}
    return [_without_kinds(inner) for inner in value] if isinstance(value, list) else value
