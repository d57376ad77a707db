from __future__ import annotations

import pytest

from frontend.choices.languages_view import MapView, by_family, chosen_layers, layers_of, layers_text, layers_words


@pytest.mark.parametrize(
    ("text", "layers", "words"),
    [("all", None, "Whole model"), ("3", (3, 3), "Layer 3"), ("3-9", (3, 9), "Layers 3 to 9")],
)
def test_layers_are_one_word_in_the_address(text, layers, words) -> None:
    assert layers_of(text) == layers and layers_text(layers) == text and layers_words(layers) == words


@pytest.mark.parametrize("text", ["", "x", "9-3", "-1", "1-", "99999"])
def test_what_is_no_range_is_the_whole_model(text) -> None:
    assert layers_of(text) is None


@pytest.mark.parametrize("view", [MapView(), MapView((2, 2), "family", "free", ("a", "b")), MapView((0, 3))])
def test_the_address_gives_back_the_view(view: MapView) -> None:
    written = {name: ",".join(value) if isinstance(value, list) else value for name, value in view.state().items()}
    assert MapView.of_query({name: value for name, value in written.items() if value}) == view


def test_old_links_and_strange_words_are_read_kindly() -> None:
    assert MapView.of_query({"layer": "4", "order": "random", "scale": "log"}) == MapView((4, 4))


def test_a_range_over_everything_is_the_whole_model() -> None:
    assert chosen_layers("range", 0, [0, 5], 6) is None
    assert chosen_layers("range", 0, [1, 5], 6) == (1, 5)
    assert chosen_layers("one", 2, [1, 5], 6) == (2, 2)
    assert chosen_layers("one", 0, [0, 0], 1) == (0, 0)
    assert [MapView(layers).mode for layers in (None, (1, 1), (1, 2))] == ["all", "one", "range"]


def test_families_stand_together_and_unknown_ones_last() -> None:
    assert by_family(["eu", "fr", "de", "it", "en"]) == ["de", "en", "fr", "it", "eu"]
