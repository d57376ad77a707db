"""Lists that could be neurons or coordinates are asked about, never guessed."""

import json

import pytest

from backend.artifacts.import_forms import read_text
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
        ({"super_weights": [[2, 3, 5]]}, "a weight has one index"),
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
