"""Everything that can be reproduced, in the order of `lingua-atlas reproduce all`, and how one is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend import published
from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Reproduction, Step
from backend.contracts.results import Manifest
from backend.reproduction import blocks, deactivation, development, distributions, judging, similarity
from backend.reproduction.dimensions import FIGURE_2, FIGURE_3, FIGURE_4
from backend.reproduction.estimators import FAITHFULNESS
from backend.reproduction.forgetting import FIGURE_5
from backend.reproduction.meeting import ENRICHMENT
from backend.reproduction.monolingual import MONOLINGUAL
from backend.reproduction.outputs import APPENDIX_A
from backend.reproduction.relearning import TABLE_2, TABLE_6
from backend.reproduction.removals import TABLE_1, TABLE_14, TABLE_15, TABLE_16
from backend.reproduction.scalars import TABLE_4
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec
from backend.reproduction.stories import APPENDIX_B
from backend.reproduction.structured import TABLE_3, TABLE_7, TABLE_8

_ALL = (
    FAITHFULNESS, TABLE_1, TABLE_14, TABLE_15, TABLE_16, FIGURE_2, TABLE_3, TABLE_7, TABLE_8, FIGURE_3, FIGURE_4,
    TABLE_4, *MONOLINGUAL.values(), TABLE_2, TABLE_6, FIGURE_5,
    similarity.FIGURE_2, similarity.FIGURE_3, distributions.FIGURE_5, distributions.FIGURE_6, deactivation.TABLE_1,
    deactivation.TABLE_4, APPENDIX_A, APPENDIX_B, development.FIGURE_4, development.FIGURE_7, ENRICHMENT,
)  # fmt: skip
SPECS: Mapping[str, Spec] = {spec.name: spec for spec in _ALL}


def spec_named(name: str) -> Spec:
    """One reproduction, or a 404 problem that lists them."""
    if name not in SPECS:
        raise KnownError(
            "unknown_reproduction",
            f"nothing called {name!r} can be reproduced; there are {', '.join(SPECS)}",
            hint="`lingua-atlas reproduce --list` says what each asks.",
            status=404,
            field="name",
        )
    return SPECS[name]


def reproduction(spec: Spec, setting: Setting, steps: Sequence[Step], known: Mapping[str, Manifest]) -> Reproduction:
    """Numbers side by side and verdicts, from what is stored so far."""
    table = published.table(spec.name) if spec.has_published else None
    found = [*(blocks.published_blocks(table) if table else ()), *spec.measured(setting, known)]
    return Reproduction(
        experiment=spec.experiment,
        conditions=setting.conditions,
        stand_ins=(*spec.stand_ins(setting), *spec.found(setting, known)),
        steps=tuple(steps),
        comparison=blocks.comparison(spec.labels, found, known, waiting=any(step.name not in known for step in steps)),
        claims=(*(judging.claim(rule, found) for rule in spec.rules), *spec.claims(known)),
        inferred=table.inferred if table else (),
        notes=table.notes if table else (),
        texts=spec.texts(known),
    )
