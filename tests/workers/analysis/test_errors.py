"""A known failure keeps its parts on every way it travels."""

from __future__ import annotations

import pickle

from workers.analysis.errors import AnalysisError


def test_the_message_is_detail_and_hint():
    assert str(AnalysisError("code", "what was given", hint="what to do")) == "what was given. what to do"
    assert str(AnalysisError("code", "what was given")) == "what was given"


def test_it_survives_pickling():
    error = pickle.loads(pickle.dumps(AnalysisError("code", "detail", hint="hint")))
    assert (error.code, error.detail, error.hint) == ("code", "detail", "hint")
