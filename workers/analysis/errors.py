"""Failures that have a clear answer, in plain Python: the shell translates them for the outside."""

from __future__ import annotations


class AnalysisError(Exception):
    """What was given and what is accepted (`detail`), what to do next (`hint`); `code` is stable."""

    def __init__(self, code: str, detail: str, hint: str = "") -> None:
        super().__init__(f"{detail}. {hint}" if hint else detail)
        self.code = code
        self.detail = detail
        self.hint = hint

    def __reduce__(self) -> tuple[type[AnalysisError], tuple[str, str, str]]:
        """Pickled by its parts, so that it survives the way between processes."""
        return type(self), (self.code, self.detail, self.hint)
