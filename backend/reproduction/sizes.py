"""Which sizes a stored answer was measured with: lines scored and measured, samples trained, read from its request.

Pure. What is read is a guess (several tables cap what they take): who uses it checks that its jobs are stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from backend.contracts.building import all_inputs, own_texts
from backend.contracts.reproduction import Conditions, Option
from backend.contracts.requests import ImportanceRequest, Lines, Request
from backend.contracts.training import TrainingRequest


def sizes_of(request: Request, conditions: Conditions, options: Collection[Option]) -> Conditions:
    """`conditions` with the corpus of `request` and those of its sizes that are among `options`.

    What it says nothing of is left open.
    """
    built_on = (*all_inputs(request), request)
    texts = [lines for one in built_on for lines, _ in own_texts(one) if lines.stop is not None]
    scores = next((one.scores for one in built_on if isinstance(one, ImportanceRequest)), None)
    trained = next((one.n_samples for one in built_on if isinstance(one, TrainingRequest)), None)
    corpus = scores.lines.corpus if scores else texts[-1].corpus if texts else conditions.corpus
    found: dict[Option, object] = {
        "samples": scores.lines.stop if scores else None,
        "fewer_samples": scores.snapshots[0] if scores and len(scores.snapshots) == 1 else None,
        "lines": _most(lines for lines in texts if lines.start),
        "training_samples": trained,
        "sentences": None if scores else _most(lines for lines in texts if not lines.start),
    }
    sizes = {name: size for name, size in found.items() if name in options}
    return conditions.model_copy(update=sizes | {"corpus": corpus})


def _most(texts: Iterable[Lines]) -> int | None:
    return max(((lines.stop or 0) - lines.start for lines in texts), default=None)
