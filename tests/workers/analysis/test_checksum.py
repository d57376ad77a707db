"""The checksum tells bits apart, whatever they mean as numbers."""

from __future__ import annotations

import math

import pytest
import torch

from workers.analysis import checksum as module
from workers.analysis.checksum import checksum


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64, torch.bool, torch.int8])
def test_equal_bits_are_equal_and_one_bit_differs(dtype):
    tensor = torch.arange(12).reshape(3, 4).to(dtype)
    changed = tensor.clone()
    changed[0, 1] = 0
    assert checksum([tensor]) == checksum([tensor.clone()])
    assert checksum([tensor]) != checksum([changed])


def test_nan_equals_itself_and_minus_zero_is_not_zero():
    assert checksum([torch.tensor([math.nan])]) == checksum([torch.tensor([math.nan])])
    assert checksum([torch.tensor(0.0)]) != checksum([torch.tensor(-0.0)])


def test_order_shape_and_dtype_count():
    one, two = torch.zeros(2), torch.ones(2)
    assert checksum([one, two]) != checksum([two, one])
    assert checksum([torch.zeros(4)]) != checksum([torch.zeros(2, 2)])
    assert checksum([torch.zeros(4)]) != checksum([torch.zeros(4, dtype=torch.int32)])
    assert checksum([one, two]) != checksum([torch.cat([one, two])])


def test_neither_strides_nor_chunks_count(monkeypatch):
    tensor = torch.randn(5, 7)
    expected = checksum([tensor])
    assert checksum([tensor.T.contiguous().T]) == expected
    monkeypatch.setattr(module, "_CHUNK", 4)
    assert checksum([tensor]) == expected
