from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tests.fakes import write_tokenizer
from tests.workers.analysis.given import model
from workers.analysis.batches import bucketed, encode, require_context, untracked
from workers.analysis.errors import AnalysisError


@given(lengths=st.lists(st.integers(1, 20), min_size=1, max_size=20), budget=st.integers(1, 60))
@settings(deadline=None, max_examples=50)
def test_every_sample_is_in_one_batch_and_keeps_its_tokens(lengths: list[int], budget: int) -> None:
    samples = [[index % 250 + 1] * length for index, length in enumerate(lengths)]
    batches = bucketed(samples, max_tokens_per_batch=budget)
    seen = {}
    for batch in batches:
        assert batch.token_ids.numel() <= budget or len(batch.lengths) == 1
        for row, index in enumerate(batch.indices.tolist()):
            length = int(batch.lengths[row])
            seen[index] = batch.token_ids[row, :length].tolist()
            assert not batch.token_ids[row, length:].any()
    assert [seen[index] for index in range(len(samples))] == samples
    assert sum(len(batch.indices) for batch in batches) == len(samples)


def test_batches_are_sorted_by_length_and_ties_by_index() -> None:
    batches = bucketed([[1], [2, 2], [3], [4, 4]], max_tokens_per_batch=4)
    assert [batch.indices.tolist() for batch in batches] == [[1, 3], [0, 2]]


def test_samples_are_bos_text_eos_cut_at_the_end(tmp_path) -> None:
    write_tokenizer(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert encode(tokenizer, "ab", bos=True, eos=True, max_tokens=9) == [256, 97, 98, 257]
    assert encode(tokenizer, "ab", bos=True, eos=True, max_tokens=3) == [256, 97, 98]
    assert encode(tokenizer, "ab", bos=False, eos=False) == [97, 98]
    assert encode(tokenizer, "<eos>", bos=False, eos=False) == list(b"<eos>")  # written, it is text
    tokenizer.bos_token = None
    assert encode(tokenizer, "ab", bos=True, eos=False) == [97, 98]


def test_a_sample_longer_than_the_context_is_refused_with_both_lengths() -> None:
    with pytest.raises(AnalysisError, match=r"257 tokens.*256"):
        require_context(model(), [[1] * 257])
    require_context(model("bloom"), [[1] * 5000])


def test_untracked_changes_nothing() -> None:
    assert list(untracked([1, 2], 2, "batches")) == [1, 2]
