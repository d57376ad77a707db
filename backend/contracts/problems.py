"""Known failures as data: RFC 9457 problem details, on the wire, in a failed job and on the page."""

from __future__ import annotations

from pydantic import Field

from backend.contracts.base import Contract


class Problem(Contract):
    """What was given, what is accepted, what to do next. `code` is stable; texts may improve."""

    type: str = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    hint: str = ""
    """What to do next, one sentence."""
    field: str | None = None
    """Path of the offending request field, where there is one."""


class KnownError(Exception):
    """A failure that has a clear answer. Raised by the backend and by worker shells alike."""

    def __init__(
        self, code: str, detail: str, *, hint: str = "", status: int = 422, title: str = "", field: str | None = None
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            code=code,
            detail=detail,
            hint=hint,
            status=status,
            title=title or code.replace("_", " ").capitalize(),
            field=field,
        )

    @classmethod
    def of(cls, problem: Problem) -> KnownError:
        """The error that carries an existing problem."""
        error = cls(problem.code, problem.detail)
        error.problem = problem
        return error
