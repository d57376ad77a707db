"""Lists that could be neurons or coordinates are asked about, never guessed."""

import json

import pytest

from backend.artifacts.import_forms import Coordinate, read_text
from backend.artifacts.imports import Imports
from backend.contracts.problems import KnownError


def read(tmp_path, given):
    path = tmp_path / "file"
    path.write_text(given if isinstance(given, str) else json.dumps(given))
    return read_text(path)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([[0, 3, 5], [1, 7, 9]], "layer, row and column"),
        ([[1, 7, 9]], "layer, row and column"),
        ([[0, 3], [1, 7]], "layer and neuron"),
        ({"super_weights": [[2, 3, 5]]}, "layer, row and column"),
        ([[[1, 2], [3]], [[4], [5, 6]]], "names no weight"),
        ([1, 7, 9], "names no weight"),
        ("layer,row,col\n1,3,5\n", "names no weight"),
        ("1,3,5\n2,4,6\n", "names no weight"),
    ],
)
def test_what_could_mean_two_things_is_refused(tmp_path, given, words):
    with pytest.raises(KnownError, match=words):
        read(tmp_path, given)


def test_the_question_names_how_to_say_each(tmp_path):
    with pytest.raises(KnownError) as caught:
        read(tmp_path, [[1, 7, 9]])
    hint = caught.value.problem.hint
    assert '{"0": [1, 7, 9]}' in hint
    (weight,) = read(tmp_path, hint.partition("weights as ")[2].rstrip("."))
    assert (weight.layer, weight.kind, weight.at) == (1, "mlp.down_proj", (7, 9))


@pytest.mark.parametrize("given", [[[1, 2, 3], [4]], [[], [1, 2]], [[5], [7]]])
def test_lists_of_different_length_are_the_neurons_of_each_layer(tmp_path, given):
    assert read(tmp_path, given) == dict(enumerate(given))


def kept(tmp_path, given, form=None):
    imports = Imports(tmp_path)
    with imports.arriving() as arrival:
        arrival.write(json.dumps(given).encode())
        told = imports.keep(arrival, form)
    return told.form, read_text(imports.file(told.sha256))


def weight(number, layer, row, column):
    return Coordinate(f"entry {number}", "", layer, "mlp.down_proj", (row, column))


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_said_of_triples_is_what_is_kept(tmp_path, wrapped):
    lists = [[0, 3, 5], [1, 7, 9]]
    given = {"super_weights": lists} if wrapped else lists
    assert kept(tmp_path, given, "coordinates") == ("coordinates", [weight(1, 0, 3, 5), weight(2, 1, 7, 9)])
    assert kept(tmp_path, given, "neurons") == ("neurons", {0: [0, 3, 5], 1: [1, 7, 9]})


def test_what_is_said_of_pairs_is_what_is_kept(tmp_path):
    given = [[0, 3], [1, 7], [0, 4]]
    assert kept(tmp_path, given, "coordinates") == ("neurons", {0: [3, 4], 1: [7]})
    assert kept(tmp_path, given, "neurons") == ("neurons", {0: [0, 3], 1: [1, 7], 2: [0, 4]})


def test_what_is_said_of_a_file_that_is_clear_must_be_so(tmp_path):
    assert kept(tmp_path, {"0": [1]}, "neurons") == kept(tmp_path, {"0": [1]}) == ("neurons", {0: [1]})
    with pytest.raises(KnownError, match="said to hold coordinates, and it holds neurons"):
        kept(tmp_path, {"0": [1]}, "coordinates")
    with pytest.raises(KnownError, match="the neurons of layer 0, or"):
        kept(tmp_path, [[0, 3, 5]], "masks")
    with pytest.raises(KnownError, match="whole number"):
        kept(tmp_path, [[0, -3, 5]], "coordinates")
