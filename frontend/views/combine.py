"""Combine outside of its page: what a list of regions gives, and how stored regions overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.client import Client
from backend.contracts.formulas import region_label
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS
from backend.contracts.results import ExpressionPreview, Manifest, Overlap, OverlapByMatrix
from frontend import urls
from frontend.choices.combine import CombineChoice, begun_with, first_choice, started_from
from frontend.figures.numbers import counted, percent
from frontend.figures.overlap import chance
from frontend.figures.overlap_figures import overlap_figure, pair_figure
from frontend.stored_regions import as_region
from frontend.views.base import Picture, Table, View
from frontend.views.parts import form_of, model_of

TITLE = "Combine"


def view(query: Mapping[str, str], api: Client) -> View:
    """The list of the address with its size and pieces, the chosen regions with their overlaps."""
    model, corpora = model_of(query, api), api.corpora()
    first = first_choice(model, query, corpora, api)
    choice = CombineChoice.of_query(query, started_from(begun_with(query, api), first, api))
    request = choice.request()
    found = api.preview(request.expression) if request else None
    stored = api.manifest(found.key) if found and found.stored else None
    overlap = api.overlap(choice.overlap) if len(choice.overlap) > 1 else None
    pair = _pair(choice.pair, api)
    drawn = [*_of_list(found), *_of_chosen(overlap), *(_of_pair(*pair) if pair else [])]
    return View(
        address=_address(choice, first, stored, begun_with(query, api), api),
        title=choice.title or (found.formula if found else TITLE),
        lead=_lead(choice, found, overlap),
        pictures=tuple(picture for picture, _ in drawn if picture),
        tables=tuple(table for _, table in drawn),
        sources=tuple(_sources(found, stored, overlap, choice.pair, api)),
        missing=(request,) if request and not stored else (),
    )


def _address(
    choice: CombineChoice, first: CombineChoice, stored: Manifest | None, begun: str | None, api: Client
) -> str:
    """A list that is stored as a region is named by its key, any other is written out."""
    key = stored.key if stored else begun
    usual = started_from(key, first, api)
    if usual.parts != choice.parts:
        key, usual = None, first
    state = {"model": choice.model, "from": key} | form_of(choice.state(), usual.state())
    if choice.scores.corpus != DEFAULT_CORPUS:
        state["corpus"] = choice.scores.corpus  # it decides what is usual
    return urls.link("combine", **state)


def _of_list(found: ExpressionPreview | None) -> list[tuple[Picture | None, Table]]:
    if found is None:
        return []
    pieces = tuple((leaf.label, leaf.key, leaf.stored, leaf.n_selected) for leaf in found.leaves)
    drawn: list[tuple[Picture | None, Table]] = [
        (None, Table("pieces", f"Pieces of {found.formula}", ("region", "key", "stored", "parameters"), pieces))
    ]
    if found.overlap is not None and len(found.overlap.keys) > 1:
        named = found.overlap.model_copy(update={"labels": (*found.overlap.labels[:-1], "the result")})
        figure = overlap_figure(named, name="pieces-overlap", title="How the pieces overlap")
        drawn.append((Picture(figure), _jaccard(named, "pieces-overlap", "How the pieces overlap")))
    return drawn


def _of_chosen(overlap: Overlap | None) -> list[tuple[Picture | None, Table]]:
    if overlap is None:
        return []
    figure = overlap_figure(overlap, name="overlap", title="How regions overlap")
    return [(Picture(figure), _jaccard(overlap, "overlap", "How regions overlap"))]


def _jaccard(overlap: Overlap, name: str, title: str) -> Table:
    labels, sizes = overlap.labels, overlap.sizes
    rows = tuple(
        (labels[i], labels[j], sizes[i], sizes[j], overlap.shared[i][j], overlap.jaccard[i][j], overlap.expected[i][j])
        for i in range(len(labels))
        for j in range(i + 1, len(labels))
    )
    columns = ("left", "right", "left size", "right size", "shared", "jaccard", "by chance")
    return Table(name, title, columns, rows)


def _pair(keys: Sequence[str], api: Client) -> tuple[OverlapByMatrix, tuple[str, str]] | None:
    if len(keys) != 2:
        return None
    left, right = (region_label(as_region(api.manifest(key).request)) for key in keys)
    return api.overlap_by_matrix(*keys), (left, right)


def _of_pair(view: OverlapByMatrix, names: tuple[str, str]) -> list[tuple[Picture | None, Table]]:
    rows = tuple(
        (one.matrix, one.left, one.right, one.shared, one.total, one.jaccard, chance(one.left, one.right, one.total))
        for one in view.matrices
    )
    columns = ("matrix", names[0], names[1] if names[1] != names[0] else f"{names[1]} (2)", "shared", "total",
               "jaccard", "by chance")  # fmt: skip
    title = f"{names[0]} and {names[1]} in every matrix"
    return [(Picture(pair_figure(view, names)), Table("pair-by-matrix", title, columns, rows))]


def _lead(choice: CombineChoice, found: ExpressionPreview | None, overlap: Overlap | None) -> str:
    told = []
    if found is not None and found.n_selected is not None and found.n_total:
        share = percent(found.n_selected / found.n_total)
        told.append(
            f"{found.formula} holds {counted(found.n_selected)} of {counted(found.n_total)} parameters ({share}) "
            f"of {choice.model}."
        )
    elif found is not None:
        n_missing = sum(not leaf.stored for leaf in found.leaves)
        told.append(f"{found.formula}: {n_missing} of its {len(found.leaves)} pieces are not computed yet.")
    if overlap is not None:
        told.append(f"{len(overlap.keys)} stored regions compared by their Jaccard index.")
    return " ".join(told) or "No region is in the list, and none is compared."


def _sources(
    found: ExpressionPreview | None, stored: Manifest | None, overlap: Overlap | None, pair: Sequence[str], api: Client
) -> list[Manifest]:
    leaves = [leaf.key for leaf in found.leaves if leaf.stored] if found else []
    keys = dict.fromkeys((*leaves, *(overlap.keys if overlap else ()), *(pair if len(pair) == 2 else ())))
    known = []
    for key in keys:
        try:
            known.append(api.manifest(key))
        except KnownError:
            continue  # deleted since the overlap was counted
    return [*([stored] if stored else []), *known]
