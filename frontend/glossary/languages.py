"""Terms: how languages stand to each other inside the model (paper B)."""

from __future__ import annotations

from frontend.glossary.entry import Entry
from frontend.urls import Page

ENTRIES = (
    Entry(
        "Activation of a neuron",
        "What enters the down projection at that neuron, averaged over the tokens of a sentence.",
        equation="h̄ₘ = 1/T · Σₜ hₘ,ₜ, for LLaMA h = act(gate) · up",
        source="paper B, Eq. 5",
        page=Page.NEURONS,
        also=(
            "activation",
            "activations",
            "mean activation",
        ),
    ),
    Entry(
        "Activation vector",
        "The activations of all neurons for one sentence, layer after layer, divided by its length.",
        equation="a = [h̄₁ | h̄₂ | … | h̄_M] / ‖[h̄₁ | … | h̄_M]‖",
        source="paper B, Eq. 6",
        page=Page.LANGUAGES,
    ),
    Entry(
        "Similarity map",
        (
            "The cosine of the activation vectors of every two sentences, ordered by language; the same "
            "sentences in the same order in each."
        ),
        equation="Sᵢⱼ = aᵢ · aⱼ",
        source="paper B, Eq. 7",
        page=Page.LANGUAGES,
        also=(
            "similarity",
            "cosine similarity",
        ),
    ),
    Entry(
        "LRDS",
        (
            "Linguistic Regions Development Score: how much more alike sentences of one language are than "
            "sentences of two, when they mean different things."
        ),
        equation=(
            "LRDS = mean(Sᵢⱼ | same language, different meaning) − mean(Sᵢⱼ | different language, different meaning)"
        ),
        source="paper B, Eq. 8",
        page=Page.LANGUAGES,
        also=(
            "LRDS and SADS",
            "linguistic regions development score",
        ),
    ),
    Entry(
        "SADS",
        (
            "Semantic Alignment Development Score: how much more alike sentences of two languages are when they "
            "mean the same."
        ),
        equation=(
            "SADS = mean(Sᵢⱼ | different language, same meaning) − mean(Sᵢⱼ | different language, different meaning)"
        ),
        source="paper B, Eq. 9",
        page=Page.LANGUAGES,
        also=("semantic alignment development score",),
    ),
    Entry(
        "Relative depth",
        ("Where a layer stands between the first and the last, so that models of different depth share an axis."),
        equation="depth = layer / (layers − 1)",
        source="paper B, Figures 3 and 9",
        page=Page.DEVELOPMENT,
        also=(
            "layer by layer, on relative depth",
            "depth",
        ),
    ),
    Entry(
        "Accuracy",
        "The share of items where the right ending is the likeliest one; bars are one standard error.",
        equation="accuracy = right / items, error = √(p (1 − p) / n)",
        source="paper B, appendix B",
        page=Page.TASKS,
    ),
    Entry(
        "Chance",
        "What guessing gives on a task.",
        equation="mean over items of 1 / number of choices",
        source="paper B, appendix B",
        page=Page.TASKS,
    ),
    Entry(
        "Margin",
        "How much likelier the right choice is than the best wrong one.",
        equation="log p(right) − max log p(wrong)",
        source="docs/protocol.md, Cross-lingual story cloze",
        page=Page.TASKS,
    ),
    Entry(
        "Per character",
        ("Log-likelihood divided by the length of the ending, so that a long ending does not lose for being long."),
        equation="log p(ending) / characters",
        source="docs/protocol.md, Cross-lingual story cloze",
        page=Page.TASKS,
    ),
)
