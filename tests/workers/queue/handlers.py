"""A registry without models: what a prompt says is what the handler does. Told to a worker by its settings."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import sys
import time
import types
from pathlib import Path

from backend.contracts.jobs import Ticket, Token
from backend.contracts.requests import GenerationRequest, ImportanceRequest
from backend.contracts.results import (
    GenerationSummary,
    ImportanceShardSummary,
    ImportanceSummary,
    PerplexitySummary,
    RegionSummary,
    RemovalSummary,
    Summary,
)
from backend.contracts.vocabulary import AnalysisKind
from workers.analysis.errors import AnalysisError
from workers.cancellation import shield
from workers.context import Context, Handler, HostReport, Outcome
from workers.settings import WorkerSettings

STEP_SECONDS = 0.02


class FakeHost:
    """Holds "weights" that must come back bit-identical."""

    def __init__(self) -> None:
        self.weights = bytearray(random.Random(0).randbytes(1_000_000))
        self.released = 0

    def report(self) -> HostReport:
        return HostReport(
            device="cpu", dtype="float32", memory_bytes=1, memory_free_bytes=1, n_threads=1, versions={"fake": "1"}
        )

    def release(self) -> None:
        self.released += 1


def open_host(settings: WorkerSettings) -> FakeHost:
    del settings
    return FakeHost()


def _generate(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    assert isinstance(ticket.request, GenerationRequest)
    (folder / "pid.txt").write_text(str(os.getpid()))
    command, *arguments = ticket.request.prompts[0].text.split()
    _COMMANDS[command](context, *arguments)
    (folder / "weights.txt").write_text(str(hash(bytes(context.host.weights))))
    return _outcome(GenerationSummary(base=()))


def _sleep(context: Context, seconds: str) -> None:
    steps = round(float(seconds) / STEP_SECONDS)
    for _ in context.progress.track(range(steps), steps, "steps", note="sleeping"):
        time.sleep(STEP_SECONDS)


def _sleep_in_c(context: Context, seconds: str) -> None:
    """A call that does not come back for a signal: the interpreter gets no turn."""
    del context
    libc = ctypes.PyDLL(None)
    libc.usleep.argtypes = [ctypes.c_uint]
    end = time.monotonic() + float(seconds)
    blocked = {signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    while time.monotonic() < end:
        libc.usleep(100_000)


def _edit(context: Context, seconds: str) -> None:
    """Perturb the weights, as a handler would: short writes under the shield, restored in `finally`."""
    weights = context.host.weights
    saved = bytes(weights[:1000])
    try:
        with shield():
            weights[:1000] = bytes(1000)
        _sleep(context, seconds)
    finally:
        with shield():
            weights[:1000] = saved


def _crash(context: Context, times: str, counter: str) -> None:
    """Die by kill -9 the first `times` times."""
    del context
    seen = int(Path(counter).read_text()) if Path(counter).exists() else 0
    Path(counter).write_text(str(seen + 1))
    if seen < int(times):
        os.kill(os.getpid(), signal.SIGKILL)


def _poison(context: Context) -> None:
    del context
    raise ValueError("poisoned")


def _known(context: Context) -> None:
    del context
    raise AnalysisError("not_finite", "the loss is not a number", "Check the model's weights.")


def _out_of_memory(context: Context) -> None:
    del context
    bytearray(2**60)


def _swallow(context: Context) -> None:
    """Code that catches every Exception must not stop a cancel."""
    while True:
        try:
            _sleep(context, "1")
        except Exception:
            continue


def _speak(context: Context, n_tokens: str, *_: str) -> None:
    for index in range(int(n_tokens)):
        token = Token(id=index, text=f"w{index} ", bytes_hex="", log_probability=-1.0)
        context.progress.tokens(side="base", prompt=0, language="en", offset=index, tokens=[token])


def _lose_device(context: Context) -> None:
    """What torch says after an illegal memory access: this error, and again at every later call."""
    del context
    lost = RuntimeError("CUDA error: an illegal memory access was encountered")

    def synchronize() -> None:
        raise lost

    cuda = types.SimpleNamespace(is_initialized=lambda: True, synchronize=synchronize, empty_cache=lambda: None)
    sys.modules["torch"] = types.SimpleNamespace(cuda=cuda)  # type: ignore[assignment]
    raise lost


_COMMANDS = {
    "lose-device": _lose_device,
    "sleep": _sleep,
    "sleep-in-c": _sleep_in_c,
    "edit": _edit,
    "crash": _crash,
    "poison": _poison,
    "known": _known,
    "out-of-memory": _out_of_memory,
    "swallow": _swallow,
    "speak": _speak,
}


def _score(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """French is poisoned, German takes its time."""
    del folder
    assert isinstance(ticket.request, ImportanceRequest)
    if ticket.request.language == "fr":
        raise AnalysisError("not_finite", "the loss is not a number", "Check the model's weights.")
    _sleep(context, "1.5" if ticket.request.language == "de" else "0.1")
    return _outcome(ImportanceSummary(n_samples=1, n_tokens=1, mean_loss=1.0, seconds=0.1))


def _sum(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    del ticket, context, folder
    return _outcome(ImportanceShardSummary(n_samples=1, n_tokens=1, summed_loss=1.0, seconds=0.1, pieces=(1,)))


def _select(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    del folder
    _read_inputs(ticket, context)
    return _outcome(RegionSummary(n_selected=1, n_total=100, matrices=()))


def _measure(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    del folder
    _read_inputs(ticket, context)
    _sleep(context, "0.3")
    return _outcome(PerplexitySummary(rows=(), n_changed=1, n_total=100))


def _collect(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    del folder
    _read_inputs(ticket, context)
    return _outcome(RemovalSummary(conditions=(), fraction=0.01, n_total=100))


def _read_inputs(ticket: Ticket, context: Context) -> None:
    """As real handlers do: each must be there, whole."""
    for key in ticket.inputs.values():
        context.store.manifest(key)


def _outcome(summary: Summary) -> Outcome:
    return Outcome(summary=summary, model="fake", seed=0, rules={}, device="cpu", dtype="float32")


HANDLERS: dict[AnalysisKind, Handler] = {
    AnalysisKind.GENERATION: _generate,
    AnalysisKind.IMPORTANCE: _score,
    AnalysisKind.IMPORTANCE_SHARD: _sum,
    AnalysisKind.REGION: _select,
    AnalysisKind.PERPLEXITY: _measure,
    AnalysisKind.REMOVAL: _collect,
}
