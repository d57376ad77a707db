"""Sections of the Compare page about what models answer: perplexities of the same text, scores of languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from backend.client import Client
from backend.contracts.compared_ratios import ComparedRatio
from backend.contracts.perplexity_words import marked
from backend.contracts.requests import Request
from backend.contracts.results import (
    KeyNeuronsSummary,
    Manifest,
    PerplexityRow,
    ResultRow,
    SimilaritySummary,
)
from backend.contracts.token_premium import premium_words
from backend.contracts.vocabulary import AnalysisKind
from frontend.choices.compare import asked_of, letter, questions
from frontend.figures.compare_curves import curves, figure
from frontend.figures.compare_pairs import figure as pairs_figure
from frontend.figures.compare_perplexity import Ratios, compared, conditions
from frontend.language_names import name_of
from frontend.results.compare import Compared
from frontend.views.base import Cell, Table
from frontend.views.compare_asked import answers, base_request, key_neurons_of, ratios_to_first, tables_of
from frontend.views.compare_pairs import pairs_shown, pairs_table
from frontend.views.compare_part import Part

Summary = TypeVar("Summary", SimilaritySummary, KeyNeuronsSummary)


def perplexity(view: Compared, api: Client) -> Part:
    """The same text measured by every model, beside each other, with what changed from A."""
    models = view.choice.models
    stored = questions(tables_of(view), models)
    if not stored:
        base = base_request(view, api)
        missing = tuple(base.model_copy(update={"model": name}) for name in models) if base else ()
        return Part("No perplexity of these models is stored yet.", missing=missing)
    chosen, found = answers(view, stored)
    manifests = [api.manifest(row.key) if row else None for row in found]
    in_bits = len({model.tokenizer_hash for model in view.models}) > 1
    told = [conditions(one.summary) if one else {} for one in manifests]
    measured = [
        (name, language, [_row(one.get(name, ()), language) for one in told])
        for name in dict.fromkeys(name for one in told for name in one)
        for language in dict.fromkeys(row.language for one in told for row in one.get(name, ()))
    ]
    unit = "bits per byte" if in_bits else "perplexity"
    premiums = " ".join(
        f"{letter(place)}: {premium_words(next(iter(one.values())))}" for place, one in enumerate(told) if one
    )
    size = f"{len(measured)} texts and conditions by {len(models)} models"
    return Part(
        f"{chosen.title}: {unit} of {size}{_worst(measured)}. {premiums}".strip(),
        tables=(_perplexities(measured, len(models), in_bits, ratios_to_first(found, api)),),
        sources=tuple(one for one in manifests if one),
        missing=_missing(chosen, models, found),
        changes={"question": chosen.key},
    )


def curves_part(view: Compared, api: Client) -> Part:
    """LRDS, SADS and key neurons over relative depth, and of the whole models."""
    models = view.choice.models
    stored = questions(view.of_kinds(AnalysisKind.SIMILARITY), models)
    if not stored:
        return Part("No map of languages is stored for these models.")
    chosen, found = answers(view, stored)
    of_maps = [api.manifest(row.key) if row else None for row in found]
    of_neurons = [api.manifest(row.key) if row else None for row in key_neurons_of(view, chosen)]
    maps = [_summary(one, SimilaritySummary) for one in of_maps]
    neurons = [_summary(one, KeyNeuronsSummary) for one in of_neurons]
    drawn = [
        curves(f"{letter(place)} · {name}", one, two)
        for place, (name, one, two) in enumerate(zip(models, maps, neurons, strict=True))
    ]
    whole = [one.scores[0] if one else None for one in maps]
    rows: list[tuple[Cell, ...]] = [
        (letter(place), name, one.lrds if one else None, one.sads if one else None, two.sklr if two else None)
        for place, (name, one, two) in enumerate(zip(models, whole, neurons, strict=True))
    ]
    layers: list[tuple[Cell, ...]] = [
        (letter(place), score.layer, score.lrds, score.sads)
        for place, one in enumerate(maps)
        for score in (one.scores if one else ())
        if score.layer is not None
    ]
    scores = "; ".join(f"{row[0]} LRDS {row[2]:.4f}, SADS {row[3]:.4f}" for row in rows if row[2] is not None)
    shown = pairs_shown(view, found, maps, api)
    figures = [figure(drawn, dark=False)]
    if shown:
        figures.append(pairs_figure(shown.models, shown.languages, shown.measure, dark=False))
    return Part(
        f"{chosen.title}: {scores or 'no model has answered it'}.",
        tuple(figures),
        (
            Table("scores", "Scores of the whole models", ("Letter", "Model", "LRDS", "SADS", "SKLR"), tuple(rows)),
            Table("layers", "Scores by layer", ("Letter", "Layer", "LRDS", "SADS"), tuple(layers)),
            *([pairs_table(shown)] if shown else []),
        ),
        sources=tuple(one for one in (*of_maps, *of_neurons) if one),
        missing=_missing(chosen, models, found),
        changes={"question": chosen.key, **({"pairs": shown.measure, "layer": shown.layer} if shown else {})},
    )


def _missing(chosen: ResultRow, models: Sequence[str], found: Sequence[ResultRow | None]) -> tuple[Request, ...]:
    return tuple(asked_of(chosen.request, name) for name, row in zip(models, found, strict=True) if row is None)


def _summary(manifest: Manifest | None, kind: type[Summary]) -> Summary | None:
    return manifest.summary if manifest and isinstance(manifest.summary, kind) else None


def _row(rows: Sequence[PerplexityRow], language: str) -> PerplexityRow | None:
    return next((row for row in rows if row.language == language), None)


_Measured = Sequence[tuple[str, str, Sequence[PerplexityRow | None]]]


def _perplexities(measured: _Measured, n_models: int, in_bits: bool, ratios: Sequence[Ratios]) -> Table:
    letters = [letter(place) for place in range(n_models)]
    change = "minus A" if in_bits else "over A"
    columns = (
        "Language", "Condition", "Tokens in A", *letters, *(f"{one} {change}" for one in letters[1:]),
        *(f"{one} {change} {what}" for one in letters[1:] for what in ("low", "high", "resampled")),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for name, language, of_models in measured:
        values = [_value(one, in_bits) for one in of_models]
        base = of_models[0]
        changes = [_change(values[0], value, in_bits) for value in values[1:]]
        rows.append(
            (
                language,
                name,
                base.n_tokens if base else None,
                *values,
                *changes,
                *_ends([compared(one, name, language) for one in ratios[1:]], in_bits),
            )
        )
    unit = "Bits per byte" if in_bits else "Perplexity"
    return Table("perplexity", f"{unit} of the same text by every model", columns, tuple(rows))


def _ends(ratios: Sequence[ComparedRatio | None], in_bits: bool) -> list[Cell]:
    cells: list[Cell] = []
    for one in ratios:
        if one is None:
            cells += (None, None, "")
        elif in_bits:
            cells += (one.bits_added_low, one.bits_added_high, one.resampled or "")
        else:
            cells += (one.ratio_low, one.ratio_high, one.resampled or "")
    return cells


def _value(row: PerplexityRow | None, in_bits: bool) -> float | None:
    return None if row is None else row.bits_per_byte if in_bits else marked(row.perplexity, row.n_vocabulary)


def _change(base: float | None, value: float | None, in_bits: bool) -> float | None:
    if base is None or value is None or not base:
        return None
    return value - base if in_bits else value / base


def _worst(measured: _Measured) -> str:
    """Where one of the models is furthest above A, in bits per byte: ratios do not compare languages."""
    changes = [
        (change, language, name, letter(place))
        for name, language, of_models in measured
        for place, one in enumerate(of_models)
        if place and (change := _change(_value(of_models[0], True), _value(one, True), True)) is not None
    ]
    if not changes:
        return ""
    change, language, name, which = max(changes)
    return f"; {which} is furthest from A in {name_of(language)}, {name}: {change:+.3f} bits per byte"
