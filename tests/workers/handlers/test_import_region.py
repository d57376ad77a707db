"""Uploaded files become regions: what they name is selected, what they cannot mean is refused by name."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save, save_file

from backend.artifacts.import_forms import Coordinate
from backend.artifacts.imports import Imports
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, Difference, ImportedLeaf, ImportRegionRequest, RankedLeaf
from backend.contracts.regions import RegionRequest as Ranked
from backend.contracts.requests import RegionSpec, ScoreSpec
from backend.contracts.vocabulary import Selection
from tests.fakes import ARCHITECTURES, tiny_model
from tests.workers.handlers.shop import Shop
from workers.analysis.errors import AnalysisError
from workers.families import family_of
from workers.handlers.import_cells import coordinate_cells
from workers.handlers.import_masks import UploadedMasks
from workers.handlers.regions_read import StoredMasks

DOWN, UP = "model.layers.1.mlp.down_proj.weight", "model.layers.1.mlp.up_proj.weight"


def upload(shop: Shop, content: object) -> ImportRegionRequest:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    imports = Imports(shop.context.layout.imports)
    with imports.arriving() as arrival:
        arrival.write(data)
        kept = imports.keep(arrival)
    return ImportRegionRequest(model=shop.model, title="given", file=kept.sha256)


def selected(shop: Shop, content: object) -> dict[str, set[tuple[int, ...]]]:
    """Canonical indices by matrix, of an upload."""
    request = upload(shop, content)
    shop.answer(request)
    views = family_of(tiny_model().config).views(tiny_model().config)
    masks = StoredMasks(shop.context.store.path(shop.key(request)) / "mask.safetensors", views)
    return {name: {tuple(at) for at in mask.nonzero().tolist()} for name, mask in masks.items() if mask.any()}


@pytest.mark.parametrize(
    "content",
    [
        [{"matrix": "1.mlp.down", "index": [3, 40]}, {"matrix": "1.norm.input", "index": [5]}],
        [{"tensor": DOWN, "index": [3, 40]}, {"parameter": "model.layers.1.input_layernorm.weight", "index": 5}],
        [[DOWN, [3, 40]], ["model.layers.1.input_layernorm", [5]]],
        {DOWN: [[3, 40]], "layers.1.input_layernorm.weight": [5]},
        {"super_weights": [
            {"layer": 1, "type": "mlp", "weight": "down_proj", "coordinates": [3, 40]},
            {"layer": 1, "type": "input_layernorm", "row": 5},
        ]},
        b"Layer,Type,Weight,Coordinates\n1,mlp,down_proj,\"[3, 40]\"\n1,input_layernorm,,[5]\n",
        b"layer;type;row;column\n1;mlp.down_proj;3;40\n1;norm.input;5;\n",
    ],
    ids=["our names", "tensor names", "pairs", "by name", "super weights", "csv of the paper", "csv"],
)  # fmt: skip
def test_coordinates_in_every_form(shop: Shop, content: object) -> None:
    assert selected(shop, content) == {"1.mlp.down": {(3, 40)}, "1.norm.input": {(5,)}}


def test_the_same_file_covers_what_scores_cover(shop: Shop) -> None:
    summary = shop.answer(upload(shop, [{"matrix": "1.mlp.down", "index": [0, 0]}])).summary
    assert (summary.n_selected, summary.form) == (1, "coordinates")
    matrices = shop.context.models.named(shop.model).matrices
    assert {one.matrix for one in summary.matrices} == {one.name for one in matrices if one.layer is not None}
    outside = shop.answer(upload(shop, [{"matrix": "embed.token", "index": [7, 1]}])).summary
    assert outside.n_total == shop.context.models.named(shop.model).n_parameters


@pytest.mark.parametrize("content", [{"1": [2, 40]}, {"neurons": {"1": [2, 40, 2]}}, [[], [2, 40]]])
def test_neurons_are_rows_of_gate_and_up_and_columns_of_down(shop: Shop, content: object) -> None:
    rows = {(neuron, d) for neuron in (2, 40) for d in range(32)}
    assert selected(shop, content) == {
        "1.mlp.gate": rows, "1.mlp.up": rows, "1.mlp.down": {(d, neuron) for neuron, d in rows}
    }  # fmt: skip


def test_masks_as_bool_bytes_and_packed_bits_by_either_name(shop: Shop) -> None:
    generator = torch.Generator().manual_seed(0)
    down, up, norm = (torch.rand(shape, generator=generator) < 0.3 for shape in ((32, 48), (48, 32), (32,)))
    by_cell = {DOWN: down, "1.mlp.up": up.to(torch.uint8), "1.norm.input": torch.from_numpy(np.packbits(norm.numpy()))}
    found = selected(shop, save(by_cell))
    for name, mask in {"1.mlp.down": down, "1.mlp.up": up, "1.norm.input": norm}.items():
        assert found[name] == {tuple(at) for at in mask.nonzero().tolist()}


@pytest.mark.parametrize(
    "content,code,words",
    [
        ([{"matrix": "1.mlp.down", "index": [32, 0]}], "index_out_of_range", r"entry 1.*\[32, 0\].*32 x 48.*0 to 31"),
        ([{"tensor": DOWN, "index": [0]}], "index_out_of_range", "shape is 32 x 48"),
        ([{"matrix": "9.mlp.down", "index": [0, 0]}], "unknown_matrix", "entry 1.*'9.mlp.down'"),
        ([{"layer": 9, "type": "mlp", "weight": "down_proj", "row": 1, "column": 1}], "unknown_matrix", "layer 9"),
        ({"0": [48]}, "index_out_of_range", r"neuron 48.*neurons 0 to 47"),
        ({"7": [0]}, "index_out_of_range", "layer 7.*layers 0 to 1"),
        (save({"1.mlp.dawn": torch.zeros(2, dtype=torch.bool)}), "unknown_matrix", "'1.mlp.dawn'.*1.mlp.down"),
        (save({"1.mlp.up": torch.zeros(3, 4, dtype=torch.bool)}), "wrong_shape", "3 x 4.*48 x 32.*192 bytes"),
        (save({UP: torch.zeros(32, 48, dtype=torch.bool)}), "wrong_shape", "32 x 48"),
        (save({"1.mlp.up": torch.zeros(48, 32)}), "bad_import", "stored as F32"),
        (save({"1.mlp.up": torch.full((48, 32), 2, dtype=torch.uint8)}), "bad_import", "holds 2"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(shop: Shop, content: object, code: str, words: str) -> None:
    request = upload(shop, content)
    with pytest.raises(KnownError, match=words) as caught:
        shop.answer(request)
    assert caught.value.problem.code == code
    assert not shop.context.store.has(shop.key(request))


def test_bits_after_the_last_parameter_are_refused(tmp_path: Path) -> None:
    view = family_of(tiny_model().config).views(tiny_model().config)[1]._replace(name="odd", shape=(3, 5))
    save_file({"odd": torch.tensor([255, 255], dtype=torch.uint8)}, tmp_path / "masks")
    with pytest.raises(KnownError, match="odd go on after its last parameter"):
        UploadedMasks(tmp_path / "masks", [view]).bits(view)


@pytest.mark.parametrize("architecture", ["bloom", "gpt_neox", "gpt2"])
def test_a_fused_mask_with_its_axes_swapped_is_refused(architecture: str, tmp_path: Path) -> None:
    """It has as many cells as it should, so it would select other weights."""
    lm = tiny_model(architecture)
    views = family_of(lm.config).views(lm.config)
    tensor = next(view.tensor for view in views if view.name == "1.attn.k")
    mask = torch.zeros(lm.get_parameter(tensor).shape, dtype=torch.bool)
    save_file({tensor: mask.T.contiguous()}, tmp_path / "swapped.safetensors")
    with pytest.raises(KnownError, match="has shape"):
        UploadedMasks(tmp_path / "swapped.safetensors", views)
    save_file({tensor: mask}, tmp_path / "right.safetensors")
    assert UploadedMasks(tmp_path / "right.safetensors", views).named >= {"1.attn.q", "1.attn.k", "1.attn.v"}


def test_masks_that_select_nothing_are_refused(shop: Shop) -> None:
    with pytest.raises(AnalysisError) as caught:
        shop.answer(upload(shop, save({"1.mlp.up": torch.zeros(48, 32, dtype=torch.bool)})))
    assert caught.value.code == "empty_selection"


@pytest.mark.parametrize(
    "content,code",
    [
        (pickle.dumps({"1": [2]}), "pickle_refused"),
        (b"PK\x03\x04torch", "pickle_refused"),
        (b"\xff\xfe\x00", "bad_import"),
        (b"", "empty_import"),
        (b"{}", "empty_import"),
        (b"[]", "empty_import"),
        (b'{"1": []}', "empty_import"),
        (b"{not json", "bad_import"),
        (b"layer,type,row\n", "empty_import"),
        (b"hello", "bad_import"),
        (b'[{"row": 1}]', "bad_import"),
        (b'[{"matrix": "1.mlp.down", "index": [1, 2, 3]}]', "bad_import"),
        (b'[{"matrix": "1.mlp.down", "index": [-1, 2]}]', "bad_import"),
        (b'{"1": 3}', "bad_import"),
        (b'[1, "x", null]', "bad_import"),
    ],
)
def test_what_is_no_region_is_not_even_kept(shop: Shop, content: bytes, code: str) -> None:
    with pytest.raises(KnownError) as caught:
        upload(shop, content)
    assert caught.value.problem.code == code
    assert not [path for path in shop.context.layout.imports.iterdir() if path.name.startswith(".")]


def test_a_file_that_was_not_uploaded_is_named(shop: Shop) -> None:
    with pytest.raises(KnownError) as caught:
        shop.answer(ImportRegionRequest(model=shop.model, title="x", file="0" * 64))
    assert caught.value.problem.code == "file_not_uploaded"


def test_an_import_is_part_of_expressions(shop: Shop) -> None:
    spec = RegionSpec(scores=ScoreSpec(model=shop.model), languages=("de",), fraction=0.01)
    drawn = RankedLeaf(region=Ranked(region=spec, selection=Selection.RANDOM, seed=1))
    one = upload(shop, {DOWN: [[3, 40], [4, 1]]})
    outcome = shop.answer(CombinedRegionRequest(expression=Difference(of=(ImportedLeaf(region=one), drawn))))
    shares = {count.matrix: count.selected for count in outcome.summary.matrices if count.selected}
    assert set(shares) == {"1.mlp.down"} and outcome.summary.formula == "given − random 1 % de [seed 1]"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_stored_coordinates_find_the_same_weight_in_every_family(architecture: str) -> None:
    model = tiny_model(architecture)
    views = family_of(model.config).views(model.config)
    rng = np.random.default_rng(0)
    for name, parameter in model.named_parameters():
        flat = int(rng.integers(parameter.numel()))
        at = tuple(int(place) for place in np.unravel_index(flat, parameter.shape))
        cells = coordinate_cells([Coordinate("entry 1", name, None, "", at)], views)
        ((matrix, (cell,)),) = cells.items()
        view = next(view for view in views if view.name == matrix)
        stored = torch.zeros_like(parameter)
        stored[at] = 1
        assert view.canonical(stored).flatten().nonzero().tolist() == [[int(cell)]]
