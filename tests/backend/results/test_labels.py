import pytest

from backend.contracts.vocabulary import Side
from backend.results.labels import dimension_label


@pytest.mark.parametrize(
    "side,index,size,n_heads,label",
    [
        (Side.RESIDUAL, 2100, 5120, 1, "residual dimension 2100"),
        (Side.HEAD, 3 * 64 + 17, 512, 8, "head 3 channel 17"),
        (Side.HEAD, 17, 256, 1, "head 0 channel 17"),
        (Side.NEURON, 512, 2048, 1, "neuron 512"),
        (Side.VOCABULARY, 7, 30, 1, "token 7"),
        (Side.POSITION, 7, 30, 1, "position 7"),
        (None, 5, 64, 1, "channel 5 of every head"),
    ],
)
def test_a_dimension_is_named_by_what_it_is(side, index, size, n_heads, label):
    assert dimension_label(side, index, size=size, n_heads=n_heads) == label
