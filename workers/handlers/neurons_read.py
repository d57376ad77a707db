"""Stored activations and key neurons, read layer by layer. Knows result files; loads no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.results import ActivationsSummary, KeyNeuronsSummary
from workers.analysis.key_neurons import random_like
from workers.context import Context

ACTIVATIONS_FILE = "activations.safetensors"
NEURONS_FILE = "neurons.safetensors"


class StoredActivations:
    """Activations of several languages of one model and text; one layer is read at a time."""

    def __init__(self, files: Sequence[Path], summary: ActivationsSummary, n_cut: Mapping[str, int]) -> None:
        self._files = [safe_open(file, framework="pt") for file in files]
        self.n_layers = summary.n_layers
        self.n_neurons = summary.n_neurons
        self.n_lines = summary.n_lines
        self.n_cut = n_cut
        """By language, how many sentences were longer than the context; those without any left out."""

    def layer(self, layer: int) -> Tensor:
        """Float32 [languages, sentences, neurons] of one layer, not normalised."""
        return torch.stack([file.get_tensor(f"layer.{layer}") for file in self._files])


def stored_activations(ticket: Ticket, context: Context, languages: Sequence[str]) -> StoredActivations:
    """The activations that the ticket builds on, in the order of `languages`."""
    keys = [_key(ticket, language) for language in languages]
    summaries = [_activations(context, key) for key in keys]
    if len({summary.n_lines for summary in summaries}) > 1:
        told = ", ".join(f"{one}: {summary.n_lines}" for one, summary in zip(languages, summaries, strict=True))
        raise KnownError("corpus_not_aligned", f"sentences by language: {told}", hint="Choose a parallel corpus.")
    n_cut = {language: summary.n_cut for language, summary in zip(languages, summaries, strict=True) if summary.n_cut}
    return StoredActivations([context.store.file(key, ACTIVATIONS_FILE) for key in keys], summaries[0], n_cut)


def key_masks(ticket: Ticket, context: Context, *, input_name: str, threshold: float) -> dict[str, Tensor]:
    """Key neurons by language, bool [layers, neurons of a layer], from the stored z-scores."""
    key = _key(ticket, input_name)
    summary = context.store.manifest(key).summary
    assert isinstance(summary, KeyNeuronsSummary)
    z_GLN = _stored_z(context.store.file(key, NEURONS_FILE))
    return {language: z_LN > threshold for language, z_LN in zip(summary.languages, z_GLN, strict=True)}


def neurons_off(
    ticket: Ticket, context: Context, *, input_name: str, threshold: float, language: str, seed: int | None
) -> Tensor:
    """Mask of the key neurons of one language; with a seed, of as many random others: the control."""
    mask_LN = key_masks(ticket, context, input_name=input_name, threshold=threshold)[language]
    return mask_LN if seed is None else random_like(mask_LN, seed=seed)


@lru_cache(maxsize=1)
def _stored_z(file: Path) -> Tensor:
    """A result never changes: the columns of one matrix read the same file one after the other."""
    with safe_open(file, framework="pt") as stored:
        return stored.get_tensor("z")


def _activations(context: Context, key: str) -> ActivationsSummary:
    summary = context.store.manifest(key).summary
    assert isinstance(summary, ActivationsSummary)
    return summary


def _key(ticket: Ticket, name: str) -> str:
    if name not in ticket.inputs:
        raise KnownError(
            "input_missing",
            f"this run builds on {name}, which was not computed with it",
            hint="Submit the request again.",
            status=424,
        )
    return ticket.inputs[name]
