"""GGUF files that are whole but not read: a part of several, the other byte order, a version of the future."""

from __future__ import annotations

import struct

from backend.contracts.problems import KnownError

VERSIONS = (2, 3)


def require_version(start: bytes) -> None:
    """Refuse what the first eight bytes tell; raises ValueError where they are no GGUF file's."""
    magic, version = struct.unpack("<4sI", start)
    (swapped,) = struct.unpack(">I", start[4:])
    if magic != b"GGUF":
        raise ValueError(f"starts with {magic!r}")
    if version in VERSIONS:
        return
    if swapped in VERSIONS:
        raise _refused(
            "is written for big-endian machines",
            "Convert it (gguf: gguf-convert-endian FILE little), or download the little-endian file.",
        )
    if version == 1:
        raise _refused("is of version 1, which is no longer read", "Download a newer conversion of the model.")
    raise _refused(
        f"is of version {version}; read are {VERSIONS[0]} and {VERSIONS[1]}", "Update the atlas, or give a folder."
    )


def require_whole(n_parts: object) -> None:
    """Refuse one part of a model that lies in several files (`split.count`)."""
    if isinstance(n_parts, int) and n_parts > 1:
        raise _refused(
            f"is one of {n_parts} parts of a model",
            "Join them first: llama-gguf-split --merge FIRST-PART OUTPUT.gguf; or give a folder of safetensors.",
        )


def _refused(what: str, hint: str) -> KnownError:
    return KnownError("unreadable_gguf", f"the GGUF file {what}", hint=hint, field="source")
