"""Where a model goes and in which dtype: one CPU, one GPU, or all GPUs of the host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import psutil
import torch

from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Dtype

_CONTROL_GROUP = Path("/sys/fs/cgroup")
_ROOM = 1.05
"""Weights, and a little for what else comes with them."""


class Placement(NamedTuple):
    """What `from_pretrained` is told, and what people are told."""

    device_map: str | dict[str, str]
    device: str
    """`cpu`, `cuda:0`, or `cuda:0,1` for a model across several GPUs."""


def dtype_of(asked: Dtype, device: str) -> torch.dtype:
    """The computation dtype; `auto` is float32 on a CPU, bfloat16 on a GPU that has it."""
    if asked is not Dtype.AUTO:
        return {
            Dtype.FLOAT32: torch.float32,
            Dtype.BFLOAT16: torch.bfloat16,
            Dtype.FLOAT16: torch.float16,
        }[asked]
    on_gpu = device.startswith("cuda")
    has_bfloat16 = on_gpu and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if has_bfloat16 else torch.float32


def candidates(setting: str) -> tuple[str, ...]:
    """Devices that the setting allows; a clear error for one that is not there."""
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    gpus = tuple(f"cuda:{index}" for index in range(n_gpus))
    if setting == "auto":
        return gpus or ("cpu",)
    chosen = "cuda:0" if setting == "cuda" else setting
    if chosen == "cpu" or chosen in gpus:
        return (chosen,)
    raise KnownError(
        "unknown_device",
        f"device {setting!r} is not on this machine; there are: {', '.join(('cpu', *gpus))}",
        hint="Set LINGUA_ATLAS_DEVICE to one of these, or to auto.",
    )


def memory(device: str) -> tuple[int, int]:
    """(free, total) bytes of one device; a container has no more than it is given."""
    if device == "cpu":
        told = psutil.virtual_memory()
        limits = _control_group()
        return (min(told.available, limits[0]), min(told.total, limits[1])) if limits else (told.available, told.total)
    free, total = torch.cuda.mem_get_info(device)
    return int(free), int(total)


def _control_group() -> tuple[int, int] | None:
    """(free, total) bytes that the kernel allows this container; None without a limit. Cached files can give way."""
    try:
        total, used = (int((_CONTROL_GROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        told = dict(line.split() for line in (_CONTROL_GROUP / "memory.stat").read_text().splitlines())
        return max(0, total - used + int(told["inactive_file"])), total
    except (OSError, ValueError, KeyError):  # no limit is `max`
        return None


def place(setting: str, n_bytes: int, *, held: Mapping[str, int] = MappingProxyType({})) -> Placement:
    """The device with the most room; all GPUs together when none alone has enough; else `model_too_big`.

    `held`: bytes by device that models held now would give back.
    """
    free = {device: memory(device)[0] + held.get(device, 0) for device in candidates(setting)}
    best = max(free, key=lambda device: free[device])
    if n_bytes * _ROOM <= free[best]:
        return Placement({"": best}, best)
    if len(free) > 1 and n_bytes * _ROOM <= sum(free.values()):
        return Placement("auto", "cuda:" + ",".join(device.removeprefix("cuda:") for device in free))
    told = ", ".join(f"{device} has {n_free / 1e9:.1f} GB free" for device, n_free in free.items())
    raise KnownError(
        "model_too_big",
        f"the weights take {n_bytes / 1e9:.1f} GB in this dtype, but {told}",
        hint="Choose a smaller model, or bfloat16, or a worker with more memory.",
        status=507,
        field="model",
    )
