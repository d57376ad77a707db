"""Both papers on one map: do the key neurons of a language (paper B) lie in its region (paper A, Eq. 5)?"""

from __future__ import annotations

import math

from backend.contracts.problems import KnownError
from backend.contracts.regions import NamedRegion
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import EnrichmentRequest, Request
from backend.contracts.results import EnrichmentSummary
from backend.contracts.verdicts import Z_95, Estimate, all_of, inside
from backend.contracts.vocabulary import Selection
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule, largest, written
from backend.reproduction.monolingual import FRACTION, alone
from backend.reproduction.parallel import OWN_QUESTION, key_neurons, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "enrichment"
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


def _ratio(block: Block, language: str, region: str) -> Estimate:
    """Density over chance with an interval as wide as chance gives: z is the distance to 1 in its deviations."""
    cells = block.series.get((language,), {})
    if f"{region}{RATIO}" not in cells:
        return Estimate(math.nan)
    value, z = cells[f"{region}{RATIO}"], cells[f"{region}{Z}"]
    if not z:
        return Estimate(value, reason="as by chance")
    half = Z_95 * abs((value - 1) / z)
    return Estimate(value, value - half, value + half)


def _enriched(block: Block) -> Judgement:
    codes = _regions(block)
    if not codes:
        return NOTHING_YET
    found = {code: _ratio(block, code, code) for code in codes}
    return Judgement(
        holds=all_of(inside(one, least=1.0) for one in found.values()),
        evidence=", ".join(f"{code} {written(one)}" for code, one in found.items()),
    )


def _most_at_home(block: Block) -> Judgement:
    codes = _regions(block)
    if len(codes) < 2:
        return NOTHING_YET
    states, told = [], []
    for code in codes:
        others = {other: _ratio(block, code, other) for other in codes if other != code}
        own = _ratio(block, code, code)
        states.append(largest(own, others))
        best = max(others, key=lambda other: -math.inf if math.isnan(others[other].value) else others[other].value)
        if states[-1] is not True:
            told.append(f"{code} {written(own)}, in that of {best} {written(others[best])}")
    n_home = sum(state is True for state in states)
    named = f"; not clearly {'; '.join(told)}" if told else ""
    return Judgement(holds=all_of(states), evidence=f"{n_home} of {len(codes)}{named}")


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
            "for every language the interval of the ratio to chance lies above 1",
            _enriched,
            "1 is chance; the interval is as wide as 95 % of random neurons",
        ),
        Rule(
            f"Denser in its own region than in those of others ({OWN_QUESTION}).",
            "for every language the ratio is largest in its own region, intervals apart",
            _most_at_home,
            "an order needs no margin",
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
