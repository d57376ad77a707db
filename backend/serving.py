"""What `demo` and `up` do between their start and Ctrl-C: one atlas per data root, prepared if asked."""

from __future__ import annotations

import signal
import threading
import webbrowser
from collections.abc import Callable

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.demo import prepare
from backend.launcher import AlreadyRunningError, Instance, Options, Stack, running_instance

Say = Callable[[str], None]


def serve(options: Options, *, browser: bool, source: str | None, once: bool, say: Say) -> bool:
    """Serve until asked to stop; True when what was asked for was done.

    `source` is the model to prepare, `once` stops when that is over. Where an atlas of this data root
    is running already, say where, and leave it alone.
    """
    if running := running_instance(options.layout):
        _point_to(running, browser, say)
        return True
    try:
        with Stack(options, say=say) as stack:
            return _attend(stack, browser=browser, source=source, once=once)
    except AlreadyRunningError as error:
        if error.instance is None:
            raise
        _point_to(error.instance, browser, say)  # it was only just starting when we looked first
        return True


def _point_to(running: Instance, browser: bool, say: Say) -> None:
    say(f"Lingua Atlas is already running: {running.url}")
    if browser:
        webbrowser.open(running.url)


def _attend(stack: Stack, *, browser: bool, source: str | None, once: bool) -> bool:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGHUP: its terminal was closed
        signal.signal(number, lambda *_: stack.stopping.set())
    stack.say(f"Lingua Atlas: {stack.url}   (data: {stack.options.layout.root}; Ctrl-C stops everything)")
    if browser:
        webbrowser.open(stack.url)
    prepared = [not once]  # stopped before its end, `once` has not done what was asked
    if source is not None:
        threading.Thread(target=_prepare, args=(stack, source, once, prepared), daemon=True).start()
    stack.watch()
    stack.say("Stopping; results and queued runs are kept.")
    return prepared[0]


def _prepare(stack: Stack, source: str, once: bool, prepared: list[bool]) -> None:
    try:
        with Client(stack.api_url, token=stack.options.token or None) as client:
            whole = prepare(client, source, say=stack.say, stopping=stack.stopping)
        if not stack.stopping.is_set():
            prepared[0] = whole
            stack.say("Everything is prepared." if whole else "Not all of it could be prepared; see Runs on the page.")
    except KnownError as error:
        prepared[0] = False
        stack.say(f"error {error.problem.detail}\n{error.problem.hint}")
    finally:
        if once:  # whatever happened: nobody shall wait for ever
            stack.stopping.set()
