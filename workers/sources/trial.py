"""The first tokens of a model that is being opened: what cannot compute is refused now, not in the middle of a job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from backend.contracts.problems import KnownError
from workers.analysis import head
from workers.analysis.batches import bucketed, encode
from workers.analysis.products import fast_linear
from workers.failures import device_is_lost, is_out_of_memory
from workers.sources.tokenizer import notes_on

_TEXT = "The 3 größten"
_N_TOKENS = 8


@torch.no_grad()
def run(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> list[str]:
    """Notes on the model: what its tokenizer does, and logits that are no numbers.

    Raises `does_not_run` with transformers' reason, and what `notes_on` raises.
    """
    notes = notes_on(tokenizer, folder, n_embeddings=model.get_input_embeddings().weight.shape[0])
    token_ids = encode(tokenizer, _TEXT, bos=True, eos=False, max_tokens=_N_TOKENS) or [0]
    with _explained(folder), fast_linear(model):
        hidden_BTD = head.hidden_states(model, bucketed([token_ids], max_tokens_per_batch=_N_TOKENS)[0])
        logits_TV = head.logits(model, hidden_BTD[0])
    if not bool(torch.isfinite(logits_TV).all()):
        notes.append(f"The model's logits are no finite numbers in {model.dtype}; try float32, or check its weights.")
    return notes


@torch.no_grad()
def run_without_weights(model: PreTrainedModel, folder: Path) -> None:
    """The shapes of a forward pass on the device `meta`, for a model that takes long to load. Raises `does_not_run`."""
    embedding = model.get_input_embeddings().weight
    with _explained(folder):
        model.base_model(inputs_embeds=embedding.new_empty(1, 3, embedding.shape[1]), use_cache=False)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """What goes wrong within the block is a problem of the model; that meta tensors have no values is none."""
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error) or device_is_lost(error):
            raise
        if "meta tensor" not in str(error):
            raise KnownError(
                "does_not_run",
                f"the model in {folder} is loaded but cannot read a text: {type(error).__name__}: "
                f"{' '.join(str(error).split())[:300]}",
                hint="Check config.json against the original model's.",
                field="source",
            ) from None
