"""Terms: scores and regions in the weights (paper A)."""

from __future__ import annotations

from frontend.glossary.entry import Entry
from frontend.urls import Page

ENTRIES = (
    Entry(
        "Importance",
        "How much the loss would change if one parameter were zero, estimated from its gradient.",
        equation="I(θ) = |L(D; θ) − L(D; θ with θⱼ = 0)| ≈ |θⱼ · gⱼ|",
        source="paper A, Eq. 2 and 4",
        page=Page.ATLAS,
        also=(
            "importance score",
            "scores",
            "largest importance",
            "scored by",
        ),
    ),
    Entry(
        "Taylor, |θ Σg|",
        (
            "The usual estimator: signed gradients are summed over all batches, then multiplied by the weight "
            "and made positive once per language."
        ),
        equation="I = |θ · Σ g|",
        source="paper A, Eq. 4 (abs_of_sum, the authors' code)",
        page=Page.ESTIMATORS,
        also=(
            "abs_of_sum",
            "taylor",
            "Taylor",
            "|θ·Σg|",
        ),
    ),
    Entry(
        "Taylor, Σ|θ g|",
        ("The same product, made positive batch by batch and then added: gradients of opposite sign do not cancel."),
        equation="I = Σ |θ · g|",
        source="paper A, Eq. 4 (sum_of_abs)",
        page=Page.ESTIMATORS,
        also=(
            "sum_of_abs",
            "taylor_sum_of_abs",
        ),
    ),
    Entry(
        "Magnitude",
        "The size of the weight alone; it reads no text and is the same for every language.",
        equation="I = |θ|",
        source="docs/protocol.md, Importance",
        page=Page.ESTIMATORS,
        also=(
            "|weight|",
            "largest |weight|",
        ),
    ),
    Entry(
        "Fisher",
        "The squared gradients, summed: how sharply the loss reacts, whatever the weight's size.",
        equation="I = Σ g²",
        source="docs/protocol.md, Importance",
        page=Page.ESTIMATORS,
    ),
    Entry(
        "Second order",
        ("The first two terms of the Taylor expansion, with the diagonal of the squared gradients for the curvature."),
        equation="I = |θ Σg − ½ θ² Σg²|",
        source="paper A, Eq. 3; docs/protocol.md, Importance",
        page=Page.ESTIMATORS,
        also=("second_order",),
    ),
    Entry(
        "Wanda",
        "The size of a weight times the norm of the input that it multiplies.",
        equation="I = |θ| · ‖x‖₂",
        source="docs/protocol.md, Importance",
        page=Page.ESTIMATORS,
    ),
    Entry(
        "Faithfulness",
        "How well an estimator orders parameters by what really happens when each is set to zero.",
        equation="rank correlation of I(θⱼ) with |ΔL(θⱼ = 0)|",
        source="paper A, Eq. 2; docs/protocol.md, Importance",
        page=Page.ESTIMATORS,
        also=(
            "eq. 2",
            "eq. 2 itself",
            "loss change",
            "parameters zeroed, one by one",
        ),
    ),
    Entry(
        "Region",
        ("A set of parameters, one bit for each, chosen within every matrix by importance or drawn at random."),
        equation="per matrix, round(fraction · numel) parameters, ties by index",
        source="paper A, section 3.2",
        page=Page.REGIONS,
        also=("regions",),
    ),
    Entry(
        "Core region",
        "The top region over all languages: what every language needs.",
        equation="top of Σ over languages of I(θ)",
        source="paper A, section 3.2",
        page=Page.REGIONS,
        also=("core linguistic region",),
    ),
    Entry(
        "Top",
        "The most important parameters of each matrix.",
        equation="round(fraction · numel) largest I(θ)",
        source="paper A, Table 1",
        page=Page.REGIONS,
        also=("top region",),
    ),
    Entry(
        "Middle",
        "The dimensions in the middle of the ranking: a control beside top and bottom.",
        source="paper A, Table 3",
        page=Page.DIMENSIONS,
        also=("middle",),
    ),
    Entry(
        "Bottom",
        "The least important parameters of each matrix: a control that should change little.",
        equation="round(fraction · numel) smallest I(θ)",
        source="paper A, Table 1",
        page=Page.REGIONS,
        also=("bottom region",),
    ),
    Entry(
        "Random",
        "As many parameters, drawn by a seed: what size alone does.",
        equation="round(fraction · numel) drawn without replacement",
        source="paper A, Table 1",
        page=Page.REGIONS,
        also=(
            "random region",
            "random draws",
            "seed of random",
        ),
    ),
    Entry(
        "Fraction",
        "The share of each matrix that a region takes; the paper takes 1, 3 and 5 %.",
        equation="size = round(fraction · numel)",
        source="paper A, section 3.2",
        page=Page.REGIONS,
        also=(
            "share",
            "ratio of removal",
        ),
    ),
    Entry(
        "Scope",
        "Whether each matrix gives the same share, or one threshold counts for all matrices together.",
        equation="matrix: a threshold per matrix · global: one for all",
        source="docs/protocol.md, Region",
        page=Page.REGIONS,
        also=("ranked",),
    ),
    Entry(
        "Density",
        "How much of what lies below one pixel, row or matrix belongs to the region.",
        equation="density = parameters in the region / parameters",
        page=Page.ATLAS,
        also=(
            "density of the region",
            "in the region",
        ),
    ),
    Entry(
        "Monolingual region",
        (
            "What is top for one language and neither top nor bottom for any other: removing it should hurt "
            "that language and its relatives alone."
        ),
        equation="Mₗ = Topₗ \\ ⋃ₘ≠ₗ (Topₘ ∪ Bottomₘ)",
        source="paper A, Eq. 5",
        page=Page.COMBINE,
        also=(
            "only",
            "eq. 5",
        ),
    ),
    Entry(
        "Union",
        "Parameters that are in any of the regions.",
        equation="A ∪ B",
        page=Page.COMBINE,
        also=("joined",),
    ),
    Entry(
        "Intersection",
        "Parameters that are in all of the regions.",
        equation="A ∩ B",
        page=Page.COMBINE,
        also=("shared by all",),
    ),
    Entry(
        "Difference",
        "Parameters of the first region that are in none of the others.",
        equation="A \\ B",
        page=Page.COMBINE,
    ),
    Entry(
        "Snapshot",
        "The scores as they were after the first so many samples, kept beside the last ones.",
        source="docs/protocol.md, Importance",
        page=Page.REGIONS,
        also=(
            "snapshots",
            "region from",
            "keep the scores of the first … samples too",
        ),
    ),
)
