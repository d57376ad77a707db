"""Multiple choice: against Hugging Face's logits, one item at a time, and against batches of any size."""

import copy

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoTokenizer

from tests.fakes import write_tokenizer
from tests.workers.analysis.given import model
from workers.analysis.choice import (
    Continuation,
    Item,
    _judgement,
    _log_likelihoods,
    encode_pair,
    judge,
    log_likelihoods,
)
from workers.analysis.errors import AnalysisError

ITEMS = [
    Item("The mother said", (" good night.", " nothing at all to the children."), 0),
    Item("Then", (" a", " b", " c d e f"), 2),
    Item("A much longer context that goes on and on.", (" Yes.", " No."), 1),
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return AutoTokenizer.from_pretrained(folder)


def naive(of, pair: Continuation) -> float:
    token_ids = torch.tensor([pair.token_ids])
    with torch.no_grad():
        log_probabilities = of(input_ids=token_ids).logits[0, :-1].double().log_softmax(-1)
    each = log_probabilities.gather(1, token_ids[0, 1:, None])[:, 0]
    return float(each[-pair.n_scored :].sum())


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "bloom", "gemma2"])
def test_each_choice_has_the_likelihood_of_its_own_tokens(architecture, tokenizer):
    of = model(architecture)
    for item, found in zip(ITEMS, judge(of, tokenizer, ITEMS, max_tokens_per_batch=64), strict=True):
        by_hand = [naive(of, encode_pair(tokenizer, item.context, choice)) for choice in item.choices]
        assert found.log_likelihoods == pytest.approx(by_hand, rel=1e-5)
        assert found.chosen == by_hand.index(max(by_hand))


def test_batches_do_not_matter(tokenizer):
    pairs = [encode_pair(tokenizer, item.context, choice) for item in ITEMS for choice in item.choices]
    one_by_one = [log_likelihoods(model(), [pair])[0] for pair in pairs]
    assert log_likelihoods(model(), pairs, max_tokens_per_batch=10_000) == pytest.approx(one_by_one, rel=1e-6)


def test_a_padding_token_that_overflows_reaches_no_other_pair(tokenizer):
    of = copy.deepcopy(model())
    with torch.no_grad():
        of.get_input_embeddings().weight[0] = torch.inf
    pairs = [encode_pair(tokenizer, item.context, choice) for item in ITEMS for choice in item.choices]
    one_by_one = [log_likelihoods(of, [pair])[0] for pair in pairs]
    assert log_likelihoods(of, pairs, max_tokens_per_batch=10_000) == pytest.approx(one_by_one, rel=1e-6)


def test_a_head_on_another_gpu_than_the_last_layer_is_read_where_it_is():
    """A tied head lies with the embedding, the final norm on the last GPU."""
    with FakeTensorMode():
        logits_NV = torch.empty(3, 7, device="cuda:0")
        assert _log_likelihoods(logits_NV, torch.zeros(3, dtype=torch.long)).device.type == "cpu"


def test_blanks_at_the_end_of_a_context_belong_to_the_choice(tokenizer):
    assert encode_pair(tokenizer, "Then ", "a") == encode_pair(tokenizer, "Then", " a")


def test_a_long_context_loses_its_beginning(tokenizer):
    item = Item("word " * 2000, (" a", " b"), 0)
    assert all(score < 0 for score in judge(model(), tokenizer, [item])[0].log_likelihoods)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "no_items"),
        ([Item("x", (" a",), 0)], "bad_item"),
        ([Item("x", (" a", " b"), 2)], "bad_item"),
        ([Item("x", (" a", ""), 0)], "bad_item"),
    ],
)
def test_what_is_no_item_is_refused(items, code, tokenizer):
    with pytest.raises(AnalysisError) as caught:
        judge(model(), tokenizer, items)
    assert caught.value.code == code


def test_the_likeliest_by_character_does_not_count_the_blank_before_it():
    """As the harness's `acc_norm`: -2 over 1 character against -3 over 2; with the blanks it would be -1 and -1."""
    item = Item("x", (" a", " bc"), 0)
    assert _judgement(item, (-2.0, -3.0)).chosen_by_character == 1
    assert _judgement(item, (-2.0, -3.0)).chosen == 0
