"""A grid of texts (Figure 4): prompts by named changes, collected one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.client import Client
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, ImportRegionRequest, RegionRequest
from backend.contracts.requests import ApplyEdits, GenerationGridRequest, NamedChange, RemoveRegion
from frontend.choices.problems import checked
from frontend.choices.region_source import region_words
from frontend.choices.touch import TouchForm, edit_words

LONGEST_NAME = 60


def edit_column(
    form: TouchForm, model: ModelDescription, name: str, taken: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the form says as a column of its own, as JSON; raises `KnownError` naming the bad field."""
    edits = form._replace(prompts=(("en", "x"),)).request(model).edits  # prompts do not matter for a column
    words = "; ".join(edit_words(edit) for edit in edits)
    return _column(name or words, taken, ApplyEdits(edits=edits))


def region_column(key: str, name: str, taken: Sequence[Mapping[str, Any]], api: Client) -> dict[str, Any]:
    """The removal of a stored region as a column, as JSON."""
    request = api.manifest(key).request
    if not isinstance(request, RegionRequest | CombinedRegionRequest | ImportRegionRequest):
        raise KnownError("not_a_region", f"result {key} is not a region", hint="Choose one from the list.")
    return _column(name or f"without {region_words(request)}", taken, RemoveRegion(region=request))


def grid_request(
    form: TouchForm, model: ModelDescription, columns: Sequence[Mapping[str, Any]]
) -> GenerationGridRequest:
    """Prompts and decoding of the form under every column; raises `KnownError` naming what is missing."""
    if not columns:
        raise KnownError(
            "no_columns",
            "the grid has no columns yet",
            title="Nothing to compare",
            hint="Add what the form says, or a stored region, as a column first.",
        )
    asked = form._replace(evaluated=()).request(model)
    grid = {"model": asked.model, "prompts": asked.prompts, "columns": tuple(columns), "settings": asked.settings}
    return checked(lambda: GenerationGridRequest.model_validate(grid))


def grid_form(request: GenerationGridRequest, model: ModelDescription) -> TouchForm:
    """The form with the prompts and the decoding of a grid."""
    settings = request.settings
    return TouchForm.of_query({}, model)._replace(
        prompts=tuple((prompt.language, prompt.text) for prompt in request.prompts),
        length=settings.max_new_tokens,
        sampling=settings.sampling.value,
        temperature=settings.temperature,
        seed=settings.seed,
    )


def _column(name: str, taken: Sequence[Mapping[str, Any]], change: ApplyEdits | RemoveRegion) -> dict[str, Any]:
    names = {"base", *(column["name"] for column in taken)}
    free = short = name.strip()[:LONGEST_NAME] or "change"
    number = 2
    while free in names:
        free, number = f"{short[: LONGEST_NAME - 4]} {number}", number + 1
    return NamedChange(name=free, change=change).model_dump(mode="json")
