"""Terms: what is done to weights."""

from __future__ import annotations

from frontend.glossary.entry import Entry
from frontend.urls import Page

ENTRIES = (
    Entry(
        "Removal",
        (
            "The parameters of a region are set to zero and perplexity is measured again; the weights are "
            "restored exactly."
        ),
        equation="θⱼ ← 0 for all j of the region",
        source="paper A, Tables 1, 14 to 16",
        page=Page.REGIONS,
        also=(
            "remove",
            "removed",
        ),
    ),
    Entry(
        "Structured removal",
        (
            "Whole dimensions of named matrices are set to zero: those that hold most of a region, beside "
            "middle, bottom and random ones."
        ),
        equation="rank(d) by the number of top-region parameters in d; zero N of them",
        source="paper A, Tables 3, 7 and 8",
        page=Page.DIMENSIONS,
        also=(
            "dimensions removed, n",
            "in most matrices",
            "ranked by the region",
        ),
    ),
    Entry(
        "Perturbation",
        (
            "One parameter or dimension is zeroed, re-initialised, reset, scaled or set to a value, and what "
            "the model writes is read before and after."
        ),
        source="paper A, Figures 3 and 4, Table 4",
        page=Page.TOUCH,
        also=(
            "touch",
            "action",
            "what is done",
            "what was done",
        ),
    ),
    Entry(
        "Re-initialisation",
        "The numbers of a dimension are drawn anew, as a normal distribution with the matrix's own spread.",
        equation="W[d] ← N(0, std(W)²), by a seed",
        source="paper A, Figure 3",
        page=Page.TOUCH,
        also=(
            "reinit",
            "re-initialise",
        ),
    ),
    Entry(
        "Reset",
        "A norm's factor is put back to where training began: an effective scale of 1.",
        equation="w ← 1, for Gemma w ← 0 (scale 1 + w)",
        source="paper A, Table 4",
        page=Page.TOUCH,
    ),
    Entry(
        "Sweep",
        "The same change is made to one dimension after the other, and perplexity is measured each time.",
        source="paper A, Figure 3",
        page=Page.DIMENSIONS,
        also=(
            "scan",
            "and these dimensions",
        ),
    ),
    Entry(
        "Freezing",
        "Parameters that training must not move; they are bit-identical afterwards.",
        equation="θⱼ(t) = θⱼ(0) for all j of the region",
        source="paper A, Tables 2 and 6, Figure 5",
        page=Page.TRAIN,
        also=(
            "frozen",
            "freeze",
            "held",
            "hold",
        ),
    ),
    Entry(
        "Limited training",
        "The update of a region is scaled down instead of held.",
        equation="Δθⱼ ← limit · Δθⱼ for all j of the region",
        source="paper A, future work of section 3.5",
        page=Page.TRAIN,
        also=("limit",),
    ),
    Entry(
        "Learning rate",
        "How far a step of the optimizer goes.",
        page=Page.TRAIN,
        also=(
            "learning rates",
            "warm-up",
        ),
    ),
    Entry(
        "Deactivation",
        (
            "The key neurons of a language are set to zero wherever the model reads or writes, and every "
            "language is measured again."
        ),
        equation="aₖ ← 0 at every token, for all k of the region, before the down projection",
        source="paper B, Tables 1 and 4",
        page=Page.NEURONS,
        also=(
            "turned off",
            "neurons off",
        ),
    ),
    Entry(
        "Increase of perplexity",
        "How much worse a language gets, in per cent of what it was.",
        equation="100 · (PPL off / PPL − 1)",
        source="paper B, Tables 1 and 4",
        page=Page.NEURONS,
    ),
)
