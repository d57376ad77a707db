"""A problem as the user sees it: what happened, in which words of the request, what to do next."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc

from backend.contracts.problems import Problem


def problem_alert(problem: Problem, **alert: Any) -> dmc.Alert:
    """Alert with title, detail and hint; further props (`id`, `withCloseButton`) go to the alert."""
    lines = [dmc.Text(problem.detail, size="sm", className="atlas-wrap")]
    if problem.hint:
        lines.append(dmc.Text(problem.hint, size="sm", c="dimmed", className="atlas-wrap"))
    if problem.field:
        lines.append(dmc.Text(["Field: ", dmc.Code(problem.field)], size="xs", c="dimmed"))
    settings: dict[str, Any] = {
        "title": problem.title,
        "color": "red",
        "variant": "light",
        "radius": "md",
        "className": "atlas-problem",
    }
    return dmc.Alert(dmc.Stack(lines, gap=4), **(settings | alert))
