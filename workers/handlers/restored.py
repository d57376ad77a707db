"""The proof that a change of weights was undone: checksums of the touched parameters before and after."""

from __future__ import annotations

from collections.abc import Iterable

from backend.contracts.problems import KnownError
from workers.analysis.checksum import checksum
from workers.context import Context
from workers.model_host import Loaded


def checksums(loaded: Loaded, tensors: Iterable[str], *, known: bool = True) -> dict[str, str]:
    """Checksum of each named parameter; those taken since the model was loaded count when `known`.

    A parameter that an earlier job failed to restore would differ from what is known, and show here.
    """
    parameters = dict(loaded.model.named_parameters())
    found = {
        name: loaded.checksums[name] if known and name in loaded.checksums else checksum([parameters[name]])
        for name in sorted(set(tensors))
    }
    if known:
        loaded.checksums.update(found)
    return found


def is_restored(loaded: Loaded, before: dict[str, str], context: Context) -> bool:
    """Whether the parameters have the bits they had; if not, the model is given up, and nobody computes with it."""
    restored = checksums(loaded, before, known=False) == before
    if not restored:
        context.host.release()
    return restored


def require_restored(loaded: Loaded, before: dict[str, str], context: Context, *, change: str) -> None:
    """Raise `weights_not_restored`, naming the change, unless the parameters have the bits they had."""
    if not is_restored(loaded, before, context):
        raise KnownError(
            "weights_not_restored",
            f"the weights of {loaded.description.name} were not what they had been after this change: {change}",
            hint="The model was given up and is loaded anew; retry this run. If it comes again, check the memory.",
            status=500,
        )
