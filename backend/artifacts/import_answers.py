"""What an ambiguous upload was said to be is written into the file that is kept: result and key then tell it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backend.artifacts.import_forms import bad_import, form_of, lists_that_ask
from backend.contracts.regions import ImportForm

SUPER_WEIGHT_KIND = "mlp.down_proj"
"""Matrix of `[layer, row, column]`: the table of LLMSuperWeight, where such triples come from, is all of it."""


def settled(path: Path, said: ImportForm | None) -> ImportForm:
    """Form of an upload, which is rewritten in full where `said` answers what it leaves open.

    Raises `ambiguous_import` where it leaves something open and nothing was said, and `bad_import` where the file is
    clearly something else than what was said.
    """
    lists = lists_that_ask(path) if said in ("neurons", "coordinates") else None
    if lists and said:
        path.write_text(json.dumps(_in_full(lists, said)), encoding="utf-8")
        return form_of(path)
    form = form_of(path)
    if said and form != said:
        raise bad_import(
            f"the file was said to hold {said}, and it holds {form}",
            f"Send it as {form}, or leave the form out: only lists that are all pairs or all triples need it.",
        )
    return form


def _in_full(lists: list[list[int]], said: ImportForm) -> Any:
    if said == "neurons":
        return {str(layer): neurons for layer, neurons in enumerate(lists)}
    if len(lists[0]) == 3:
        return [{"layer": at, "type": SUPER_WEIGHT_KIND, "row": row, "column": column} for at, row, column in lists]
    by_layer: dict[str, list[int]] = {}
    for layer, neuron in lists:
        by_layer.setdefault(str(layer), []).append(neuron)
    return by_layer
