"""What a check of estimators found, in words: which of them ranks parameters best, and how sure that is."""

from __future__ import annotations

from typing import NamedTuple

from backend.contracts.results import EstimatorAgreement, FaithfulnessSummary
from frontend.choices.scores import ESTIMATORS


class Verdict(NamedTuple):
    """The estimator whose ranks agree best with the truth."""

    best: str
    spearman: float
    sure: str
    """A sentence on the others, with a space before it; '' when there is none."""


def label_of(name: str) -> str:
    """An estimator as the form calls it; one that the form does not know is shown as it is."""
    words = ESTIMATORS.get(name.replace(" ", "_"))
    return words.label if words else name


def verdict(summary: FaithfulnessSummary) -> Verdict | None:
    """The best estimator; None where no rank correlation is defined."""
    ranked = sorted(
        (one for one in summary.estimators if one.spearman is not None), key=lambda one: -(one.spearman or 0)
    )
    if not ranked:
        return None
    best = ranked[0]
    close = [label_of(one.name) for one in ranked[1:] if _overlaps(one, best)]
    if len(ranked) == 1:
        sure = ""
    elif close:
        sure = f" It cannot be told from {', '.join(close)} with this many parameters: their intervals overlap."
    else:
        sure = " The others are further away than chance explains."
    return Verdict(label_of(best.name), best.spearman or 0.0, sure)


def _overlaps(one: EstimatorAgreement, best: EstimatorAgreement) -> bool:
    if one.spearman_high is None or best.spearman_low is None:
        return True
    return one.spearman_high >= best.spearman_low
