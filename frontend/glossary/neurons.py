"""Terms: neurons that belong to a language (paper B)."""

from __future__ import annotations

from frontend.glossary.entry import Entry
from frontend.urls import Page

ENTRIES = (
    Entry(
        "Contribution",
        "What one neuron adds to the mean similarity of the sentences of one language.",
        equation="S̄ₗ⁽ᵏ⁾ = Σ over pairs i < j of aᵢ(k) · aⱼ(k) = ((Σ a)² − Σ a²) / 2",
        source="paper B, Eq. 10 and 11",
        page=Page.NEURONS,
        also=("contribution score",),
    ),
    Entry(
        "z",
        (
            "How far a neuron's contribution for one language lies above its mean over all languages, in "
            "standard deviations; with L languages it cannot exceed √(L − 1)."
        ),
        equation="zₗ⁽ᵏ⁾ = (S̄ₗ⁽ᵏ⁾ − μₖ) / σₖ, σₖ over languages (population)",
        source="paper B, Eq. 12 to 14",
        page=Page.NEURONS,
        also=(
            "z above",
            "z-score",
            "threshold",
        ),
    ),
    Entry(
        "Key neuron",
        "An MLP neuron that belongs to a language: its z-score there exceeds the threshold, in the paper 2.",
        equation="zₗ⁽ᵏ⁾ > 2",
        source="paper B, Eq. 10 to 14",
        page=Page.NEURONS,
        also=(
            "key neurons",
            "key region",
            "where the key neurons are",
        ),
    ),
    Entry(
        "SKLR",
        "Size of the Key Linguistic Regions: how many key neurons all languages have together.",
        equation="SKLR = Σ over languages of |key neurons|",
        source="paper B, section 3.2",
        page=Page.NEURONS,
        also=(
            "size of the key regions",
            "size of key linguistic regions",
        ),
    ),
    Entry(
        "Shuffles",
        (
            "The translations of each sentence are given to the languages at random and key neurons are counted again: "
            "what chance gives. p is the part of at least a thousand shuffles with as many or more. It says nothing of "
            "neurons that several languages share; fewer than chance does not mean none."
        ),
        equation="p = (1 + shuffles with as many or more) / (1 + shuffles)",
        source="docs/protocol.md, Key neurons",
        page=Page.NEURONS,
        also=(
            "permutation null",
            "permutations",
            "by chance",
        ),
    ),
    Entry(
        "Group of languages",
        (
            "Languages that share a neuron: those above the best division of its contributions into a high and a low "
            "class. z cannot see them: of L languages, m alike and high have z = √((L − m) / m)."
        ),
        equation="explained = variance between the two classes / variance over languages",
        source="docs/protocol.md, Key neurons",
        page=Page.NEURONS,
        also=("groups of languages", "best split", "split from"),
    ),
    Entry(
        "Overlap of halves",
        "Whether other sentences give the same list: key neurons of both halves of the text over those of either.",
        equation="J = |A ∩ B| / |A ∪ B|, mean over random halves",
        source="docs/protocol.md, Key neurons",
        page=Page.NEURONS,
        also=("split-half overlap",),
    ),
    Entry(
        "Enrichment",
        "Whether key neurons hold more of a region of paper A than neurons drawn at random would.",
        equation=(
            "ratio = mean density of the chosen / mean density of all; z = (density − expected) / √(s² (N − k) "
            "/ (k (N − 1)))"
        ),
        source="joins papers A and B",
        page=Page.NEURONS,
        also=("ratio",),
    ),
)
