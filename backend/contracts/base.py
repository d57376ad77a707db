"""The base of every shared schema and the canonical hash that names a result."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from backend.contracts.language_codes import CODE, normalised

KEY_LENGTH = 20
"""Hexadecimal characters of a result key: 80 bits, no collision in any library of results."""

Key = Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{KEY_LENGTH}}}$")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,119}$")]
CorpusName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Language = Annotated[
    str,
    BeforeValidator(lambda given: normalised(given) if isinstance(given, str) else given),
    StringConstraints(pattern=CODE),
]
"""BCP 47; `eng_Latn` and `en_US` are read as `en` and `en-US`."""


class Contract(BaseModel):
    """Frozen, closed schema: an unknown field is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """Key of any JSON value: the first `KEY_LENGTH` hexadecimal digits of its SHA-256."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:KEY_LENGTH]
