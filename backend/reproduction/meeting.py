"""Both papers on one map: do the key neurons of a language (paper B) lie in its region (paper A, Eq. 5)?"""

from __future__ import annotations

import math

from backend.contracts.problems import KnownError
from backend.contracts.regions import NamedRegion
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import EnrichmentRequest, Request
from backend.contracts.results import EnrichmentSummary
from backend.contracts.vocabulary import Selection
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule
from backend.reproduction.monolingual import FRACTION, alone
from backend.reproduction.parallel import OWN_QUESTION, key_neurons, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "enrichment"
MEANT = 2.0
RATIO, Z = " region", " z"


def _languages(setting: Setting) -> tuple[str, ...]:
    """Those that have both: key neurons, and a region of their own."""
    neurons = key_neurons(setting).languages
    found = tuple(code for code in setting.scored if code in neurons) if len(setting.scored) > 1 else ()
    if not found:
        raise KnownError(
            "language_missing",
            f"regions are scored in {', '.join(setting.scored)}, key neurons are found in {', '.join(neurons)}",
            hint="Take at least one language in both.",
            field="languages",
        )
    return found


def _requests(setting: Setting, _: Known) -> dict[str, Request]:
    regions = []
    for code in _languages(setting):
        others = tuple(other for other in setting.scored if other != code)
        spec = setting.region(FRACTION, languages=(code,))
        regions.append(NamedRegion(name=code, region=alone(spec, code, others, Selection.TOP)))
    return {STEP: EnrichmentRequest(neurons=key_neurons(setting), regions=tuple(regions))}


def _measured(setting: Setting, known: Known) -> list[Block]:
    codes = _languages(setting)
    series: dict[Labels, dict[str, float]] = {}
    texts: dict[tuple[Labels, str], str] = {}
    stored = known.get(STEP)
    if stored and isinstance(stored.summary, EnrichmentSummary):
        for cell in stored.summary.cells:
            row = series.setdefault((cell.language,), {})
            if cell.layer is None and cell.ratio is not None and cell.z is not None:
                row |= {f"{cell.region}{RATIO}": cell.ratio, f"{cell.region}{Z}": cell.z}
                texts[(cell.language,), f"{cell.region}{RATIO}"] = f"×{cell.ratio:.2f}"
                texts[(cell.language,), f"{cell.region}{Z}"] = f"{cell.z:.1f}"
    columns = tuple(f"{code}{what}" for code in codes for what in (RATIO, Z))
    rule = "density of the region in the weights of the key neurons over that of as many neurons of the same model"
    return [Block(setting.conditions.model, columns, series, printed=texts, step=STEP, rule=rule)]


def _regions(block: Block) -> list[str]:
    names = [name.removesuffix(RATIO) for name in block.columns if name.endswith(RATIO)]
    return [code for code in names if f"{code}{RATIO}" in block.series.get((code,), {})]


def _enriched(block: Block) -> Judgement:
    codes = _regions(block)
    if not codes:
        return NOTHING_YET
    cells = {code: (block.series[code,][f"{code}{RATIO}"], block.series[code,][f"{code}{Z}"]) for code in codes}
    told = ", ".join(f"{code} ×{ratio:.2f} (z {z:.1f})" for code, (ratio, z) in cells.items())
    return Judgement(holds=all(ratio > 1 and z > MEANT for ratio, z in cells.values()), evidence=told)


def _most_at_home(block: Block) -> Judgement:
    codes = _regions(block)
    if len(codes) < 2:
        return NOTHING_YET
    outside = []
    for code in codes:
        found = {other: block.series[code,].get(f"{other}{RATIO}", -math.inf) for other in codes}
        best = max(found, key=found.__getitem__)
        if best != code:
            outside.append(f"{code} ×{found[code]:.2f}, in that of {best} ×{found[best]:.2f}")
    told = f"{len(codes) - len(outside)} of {len(codes)}" + (f"; not {'; '.join(outside)}" if outside else "")
    return Judgement(holds=not outside, evidence=told)


ENRICHMENT = Spec(
    name="enrichment",
    title="Both papers",
    question="Do the key neurons of a language lie in its own region?",
    labels=("key_neurons",),
    requests=_requests,
    measured=_measured,
    rules=(
        Rule(
            f"The region of a language is denser in its key neurons than chance ({OWN_QUESTION}).",
            f"for every language the ratio to chance is above 1 and its z above {MEANT:g}",
            _enriched,
        ),
        Rule(
            f"Denser in its own region than in those of others ({OWN_QUESTION}).",
            "for every language the ratio is largest in its own region",
            _most_at_home,
        ),
    ),
    stand_ins=lambda setting: (
        f"Region: the top {FRACTION * 100:.0f} % of a language alone, as in Table 5 of paper A.",
        setting.samples_told,
        stand_in(setting),
        "Part of it is arithmetic: a neuron that fires strongly has large gradients in its own weights. Models of "
        "random weights show some of it as well (up to ×4), so above chance does not mean learned.",
        "Layer by layer it is on the Neurons page: follow the job.",
    ),
    has_published=False,
    paper="B",
    options=("samples", "fewer_samples", "sentences"),
)
