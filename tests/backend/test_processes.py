"""Children of the launcher: what they are told before their program runs."""

import os
import sys

import psutil

from backend import processes


def test_a_nice_child_lets_others_go_first():
    child = processes.start((sys.executable, "-c", "import time; time.sleep(60)"), niceness=7)
    try:
        assert psutil.Process(child.pid).nice() == os.nice(0) + 7
    finally:
        processes.stop([child])
