"""What an uploaded region file holds: masks, coordinates of single weights, or neurons. Knows no model."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from backend.contracts.problems import KnownError
from backend.contracts.regions import ImportForm

MAX_TEXT_BYTES = 64_000_000
"""Of a CSV, which is read line by line."""
MAX_JSON_BYTES = 8_000_000
"""Of JSON, which is read whole; a byte of it becomes up to 40 bytes of lists and numbers."""
MAX_ROWS = 200_000
"""Weights that are named one by one; more of them are a mask."""
MAX_LINE_BYTES = 10_000
_MASKS_INSTEAD = "Give so many weights as masks in a safetensors file instead."
_ACCEPTED = (
    "Accepted are safetensors of masks (bool, uint8 0/1, or packed bits), JSON of coordinates or of neurons by layer, "
    "and CSV with the columns layer, type, row, column."
)
_PICKLES = (b"PK\x03\x04", *(bytes([0x80, protocol]) for protocol in range(2, 6)))
_NEITHER = "the file is neither safetensors nor text"
_NAMES = ("matrix", "tensor", "parameter", "name")
_LAYERS = ("layer", "layer_index", "layer_idx", "no", "no.")
_KINDS = ("type", "weight", "kind", "projection")
_INDICES = ("index", "coordinates", "coordinate", "coords", "position")
_ROWS, _COLUMNS = ("row", "out", "row_index"), ("column", "col", "in", "column_index")


class Coordinate(NamedTuple):
    """One weight as a file names it."""

    entry: str
    """Where it stands in the file, for messages."""
    name: str
    """Of a matrix of the atlas or of a parameter of the model; '' where layer and kind are given."""
    layer: int | None
    kind: str
    """`mlp.down_proj`, `down_proj`, `mlp.down`."""
    at: tuple[int, ...]
    """Along each axis, from 0."""


Neurons = dict[int, list[int]]
"""Indices of neurons by layer."""


def form_of(path: Path) -> ImportForm:
    """What the file holds; a problem for a pickle, for what is neither, and for text that cannot be read."""
    if _is_safetensors(path):
        return "masks"
    found = _entries(path)
    if isinstance(found, dict):
        return "neurons"
    deque(found, maxlen=0)  # each entry is looked at, none is kept
    return "coordinates"


def read_text(path: Path) -> list[Coordinate] | Neurons:
    """The coordinates or the neurons of a JSON or CSV file; none at all is a problem."""
    found = _entries(path)
    return found if isinstance(found, dict) else list(found)


def lists_that_ask(path: Path) -> list[list[int]] | None:
    """Lists that are all pairs or all triples, which could mean two things; None for a file that means one."""
    if _is_safetensors(path) or _head(path)[:1] not in (b"[", b"{"):
        return None
    given = _unwrapped(_json(path))
    return given if _are_lists(given) and _is_ambiguous(given) else None


def _entries(path: Path) -> Iterator[Coordinate] | Neurons:
    """Neurons by layer, or coordinates one after the other as they are read; the first is read already."""
    head = _head(path)
    if head[:1] in (b"[", b"{"):
        found = _of_json(_json(path))
        if isinstance(found, dict):
            if not any(found.values()):
                raise _empty()
            return found
        entries = iter(found)
    else:
        entries = _records(_rows(path)) if head else iter(())
    first = next(entries, None)
    if first is None:
        raise _empty()
    return _bounded(chain([first], entries))


def _bounded(entries: Iterator[Coordinate]) -> Iterator[Coordinate]:
    for number, entry in enumerate(entries, 1):
        if number > MAX_ROWS:
            raise bad_import(f"the file names more than {MAX_ROWS:,} weights one by one", _MASKS_INSTEAD)
        yield entry


def _empty() -> KnownError:
    return KnownError("empty_import", "the file names no weight and no neuron", hint=_ACCEPTED)


def bad_import(detail: str, hint: str = _ACCEPTED) -> KnownError:
    """A file that cannot be taken as a region."""
    return KnownError("bad_import", detail, hint=hint, field="file")


def _is_safetensors(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(9)
    return len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") <= path.stat().st_size - 8


def _head(path: Path) -> bytes:
    """The first bytes after a mark of byte order and white space; a pickle is refused."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(_PICKLES):
        raise KnownError(
            "pickle_refused",
            "the file is a pickle, and opening one can run any code that its author put there",
            hint="Where you trust it, load it with torch.load(FILE, weights_only=True) and save masks with "
            'safetensors.torch.save_file, or the neurons of one language as JSON: {"LAYER": [index, ...]}.',
            field="file",
        )
    return head.removeprefix(codecs.BOM_UTF8).strip()


def _json(path: Path) -> Any:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise bad_import(f"the JSON is larger than {MAX_JSON_BYTES:,} bytes", _MASKS_INSTEAD)
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise bad_import(_NEITHER) from None
    except (ValueError, RecursionError) as error:
        raise bad_import(f"the file looks like JSON but is none: {error}") from None


def _of_json(given: Any) -> list[Coordinate] | Neurons:
    given = _unwrapped(given)
    if isinstance(given, dict) and all(_is_number(key) for key in given):
        return {int(layer): _indices(f"layer {layer}", neurons) for layer, neurons in given.items()}
    if isinstance(given, dict):
        return [
            Coordinate(name, name, None, "", _index(name, index))
            for name, indices in given.items()
            for index in _list(name, indices)
        ]
    if _are_lists(given):
        if _is_ambiguous(given):
            raise _question(given)
        return {layer: _indices(f"layer {layer}", neurons) for layer, neurons in enumerate(given)}
    return list(_records(given))


def _unwrapped(given: Any) -> Any:
    """What one word stands around: `{"super_weights": [...]}`; a weight has no three axes, so triples are entries."""
    if not isinstance(given, dict) or len(given) != 1 or _is_number(next(iter(given))):
        return given
    (inner,) = given.values()
    is_records = isinstance(inner, list) and bool(inner) and isinstance(inner[0], dict)
    is_triples = _are_lists(inner) and {len(one) for one in inner} == {3}
    return inner if isinstance(inner, dict) or is_records or is_triples else given


def _are_lists(given: Any) -> bool:
    """Whether these are lists of whole numbers, one at least."""
    return (
        isinstance(given, list)
        and bool(given)
        and all(isinstance(entry, list) and all(isinstance(one, int) for one in entry) for entry in given)
    )


def _is_ambiguous(lists: list[list[int]]) -> bool:
    """Lists that are all pairs or all triples may be neurons, or (layer, neuron) or (layer, row, column)."""
    return {len(one) for one in lists} in ({2}, {3})


def _question(lists: list[list[int]]) -> KnownError:
    length = len(lists[0])
    meant = "layer, row and column of a weight" if length == 3 else "layer and neuron"
    layer, *rest = lists[0]
    weight = {"layer": layer, "type": "mlp.down_proj", "row": rest[0], "column": rest[-1]}
    pair = f'layer and neuron as {{"{layer}": [{rest[0]}]}}'
    return KnownError(
        "ambiguous_import",
        f"every entry is a list of {length} numbers: is {_shown(lists[0])} the neurons of layer 0, or {meant}?",
        hint="Upload it again with form=neurons, or with form=coordinates"
        + (", which reads them as weights of mlp.down_proj" if length == 3 else "")
        + f"; or write it in full: neurons of each layer as {json.dumps({'0': lists[0]})}; "
        + (f"weights as [{json.dumps(weight)}]." if length == 3 else f"{pair}."),
        field="file",
    )


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a table, each a line of its own: a cell that goes on in the next line is refused."""
    lines = _lines(path)
    header = next(lines, "")
    separator = next((one for one in "\t;," if one in header), None)
    if separator is None:
        raise bad_import("the file is neither safetensors, JSON nor a table with a head line")
    try:
        names = next(csv.reader([header], delimiter=separator, strict=True))
        for line in lines:
            cells = next(csv.reader([line], delimiter=separator, strict=True))
            yield dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise bad_import(f"the table cannot be read: {error}") from None


def _lines(path: Path) -> Iterator[str]:
    """Lines that are not blank, decoded; bounded in length each and altogether."""
    with path.open("rb") as file:
        n_bytes = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            n_bytes += len(line)
            if len(line) > MAX_LINE_BYTES:
                raise bad_import(f"a line of the text is longer than {MAX_LINE_BYTES:,} bytes")
            if n_bytes > MAX_TEXT_BYTES:
                raise bad_import(f"the text is larger than {MAX_TEXT_BYTES:,} bytes", _MASKS_INSTEAD)
            try:
                text = line.decode("utf-8-sig" if n_bytes == len(line) else "utf-8").strip("\r\n")
            except UnicodeDecodeError:
                raise bad_import(_NEITHER) from None
            if text.strip():
                yield text


def _records(entries: Iterable[Any]) -> Iterator[Coordinate]:
    for number, entry in enumerate(entries, 1):
        place = f"entry {number}"
        if isinstance(entry, list) and len(entry) > 1 and isinstance(entry[0], str):
            index = entry[1] if len(entry) == 2 else entry[1:]
            yield Coordinate(place, entry[0], None, "", _index(place, index))
        elif isinstance(entry, dict):
            yield _record(place, {str(key).strip().lower(): value for key, value in entry.items()})
        else:
            raise bad_import(f"{place} is {_shown(entry)}, which names no weight")


def _record(place: str, given: Mapping[str, Any]) -> Coordinate:
    name, layer, index = _first(given, _NAMES), _first(given, _LAYERS), _first(given, _INDICES)
    row, column = _first(given, _ROWS), _first(given, _COLUMNS)
    if index is None:
        index = [row] if column is None else [row, column]
    if name:
        return Coordinate(place, str(name), None, "", _index(place, index))
    kinds = [str(given[word]).strip() for word in _KINDS if given.get(word)]
    if layer is None or not kinds:
        raise bad_import(f"{place} names no weight: it has {', '.join(map(str, given)) or 'nothing'}")
    return Coordinate(place, "", _whole(place, layer), ".".join(kinds), _index(place, index))


def _first(given: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((given[name] for name in names if given.get(name) not in (None, "")), None)


def _index(place: str, given: Any) -> tuple[int, ...]:
    parts = re.findall(r"-?\d+", given) if isinstance(given, str) else given
    values = tuple(_whole(place, one) for one in (parts if isinstance(parts, list) else [parts]))
    if not 1 <= len(values) <= 2:
        raise bad_import(f"{place} has the index {_shown(given)}; a weight has one index, or row and column")
    return values


def _indices(place: str, given: Any) -> list[int]:
    return [_whole(place, one) for one in _list(place, given)]


def _list(place: str, given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise bad_import(f"{place} holds {_shown(given)}, not a list")
    return given


def _whole(place: str, given: Any) -> int:
    if isinstance(given, bool) or not _is_number(str(given)):
        raise bad_import(f"{place} has {_shown(given)} where a whole number from 0 is expected")
    return int(given)


def _is_number(text: str) -> bool:
    return text.strip().isdecimal() and len(text) < 19


def _shown(value: Any) -> str:
    return repr(value)[:60]
