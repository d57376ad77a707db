"""Whether a manifest is the answer to the question that its folder is named by, and what is said when it is not.

A manifest is *sealed* with a hash of all it says, and says what its key was made from (`identity`, the hashes of the
texts, the keys of the inputs). Manifests of older atlases have neither: of these only key and version count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from pydantic import ValidationError

from backend.artifacts.keys import key_of, text_name
from backend.contracts.base import canonical_json
from backend.contracts.building import own_texts
from backend.contracts.problems import KnownError
from backend.contracts.requests import ANALYSIS_VERSIONS
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import AnalysisKind

AGAIN = "Delete the result and submit the request again."


def sealed(manifest: Manifest) -> Manifest:
    """The same manifest with the hash of all that it says."""
    return manifest.model_copy(update={"seal": _seal(json.loads(manifest.model_dump_json()))})


def read_manifest(raw: bytes, key: str) -> Manifest:
    """The manifest of the result `key`.

    Raises `damaged_result`, `other_version`, `unreadable_result`, or `misplaced_result` when it answers another
    question than its folder says.
    """
    told = _parsed(raw, key)
    if told.get("seal") and told["seal"] != _seal(told):
        raise damaged(key, "its manifest is not what was written")
    _require_version(told, key)
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError:
        raise _unreadable(key) from None
    if manifest.key != key:
        raise _misplaced(key, f"its manifest says that it is result {manifest.key}")
    if manifest.identity is not None and question_key(manifest) != key:
        raise _misplaced(key, "what its manifest says was asked has another key")
    return manifest


def question_key(manifest: Manifest) -> str | None:
    """The key that follows from what a manifest says was asked and read; None where it does not say all of it."""
    names = [text_name(*text) for text in own_texts(manifest.request)]
    hashes = manifest.provenance.corpus_hashes
    if manifest.identity is None or not set(names) <= set(hashes):
        return None
    texts = {name: hashes[name] for name in names}
    return key_of(manifest.request, identity=manifest.identity, corpus_hashes=texts, inputs=manifest.inputs)


def damaged(key: str, why: str) -> KnownError:
    """A stored result is not what was stored."""
    return KnownError("damaged_result", f"result {key} is damaged: {why}", hint=AGAIN, status=409)


def _parsed(raw: bytes, key: str) -> dict[str, object]:
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        raise _unreadable(key) from None
    if not isinstance(told, dict):
        raise _unreadable(key)
    return told


def _require_version(told: Mapping[str, object], key: str) -> None:
    """Before anything else is read: what another version wrote need not have the form of this one."""
    request = told.get("request")
    kind = request.get("kind") if isinstance(request, dict) else None
    version = told.get("analysis_version")
    if kind not in list(AnalysisKind) or type(version) is not int:
        raise _unreadable(key)
    current = ANALYSIS_VERSIONS[AnalysisKind(kind)]
    if version != current:
        whose = "an older" if version < current else "a newer"
        raise KnownError(
            "other_version",
            f"result {key} was made by {whose} version of the analysis {kind} ({version}; here it is {current}), "
            "and its numbers may mean something else",
            hint="Submit the request again; the old result may be deleted.",
            status=409,
        )


def _seal(told: Mapping[str, object]) -> str:
    said = {name: value for name, value in told.items() if name != "seal"}
    return hashlib.sha256(canonical_json(said).encode("utf-8", "surrogatepass")).hexdigest()


def _unreadable(key: str) -> KnownError:
    return KnownError(
        "unreadable_result", f"the manifest of result {key} cannot be read by this version", hint=AGAIN, status=409
    )


def _misplaced(key: str, why: str) -> KnownError:
    return KnownError(
        "misplaced_result", f"the folder of result {key} holds another one: {why}", hint=AGAIN, status=409
    )
