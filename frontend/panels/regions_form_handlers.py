"""What the parts of the Regions form tell each other: shortcuts, share, cost, address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from backend.client import Client
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import ImportanceRequest
from backend.contracts.results import ImportanceSummary
from frontend import follow, score_fields, urls
from frontend.choices.regions import RegionsChoice
from frontend.choices.scores import chosen_snapshot
from frontend.fields import filled, register_share
from frontend.language_chips import Chooses, every_id, mark_id, none, paper_six, register_shortcuts
from frontend.panels import regions_form
from frontend.panels.regions_form import FIELDS, PREFIX, FormId
from frontend.shell import ShellId
from frontend.study import to_remember


def cost(choice: RegionsChoice, languages: Sequence[str], api: Client) -> tuple[str, list[str]]:
    """The note under the chips, and the class of the mark of each of `languages`."""
    try:
        spec = choice.spec()
    except KnownError:
        return "Choose at least one language.", [_mark(False)] * len(languages)
    found = {
        row.request.language: row.key
        for row in api.results(kind="importance", model=choice.model)
        if isinstance(row.request, ImportanceRequest) and row.request.scores == spec.scores
    }
    seconds: dict[str, float | None] = dict.fromkeys(found)
    if found and not set(spec.languages) <= set(found):
        language, key = next(iter(found.items()))
        summary = api.manifest(key).summary
        seconds[language] = summary.seconds if isinstance(summary, ImportanceSummary) else None
    return regions_form.cost(spec, seconds), [_mark(language in found) for language in languages]


def choice_of(model: str, values: Sequence[Any]) -> RegionsChoice:
    """The form, from the values of `FIELDS` in their order; an emptied number is None."""
    fields: dict[str, Any] = dict(zip(FIELDS, map(filled, values), strict=True))
    for name in ("languages", "evaluated", "others", "snapshots"):
        fields[name] = fields[name] or ()
    fields["snapshot"] = chosen_snapshot(fields["snapshots"], fields["snapshot"])
    return RegionsChoice(model).changed(**fields)


def other_text(choice: RegionsChoice, drawn: Mapping[str, Any], corpora: Sequence[CorpusSummary]) -> Any:
    """Address of the form for another text, with its languages and lines and all else as it is; nothing for the same.

    Another scoring text is measured too; another measured text leaves the region alone.
    """
    if (choice.scores.corpus, choice.evaluated_corpus) == (drawn["corpus"], drawn["evaluated_corpus"]):
        return no_update
    scores_change = choice.scores.corpus != drawn["corpus"]
    measured = choice.scores.corpus if scores_change else choice.evaluated_corpus
    first = RegionsChoice.first(choice.model, corpora, choice.scores.corpus, measured).state()
    renewed = (*_OF_SCORING, *_OF_MEASURING) if scores_change else _OF_MEASURING
    return urls.link("regions", **(choice.state() | {name: first[name] for name in renewed}))


_OF_SCORING = ("languages", "start", "stop", "snapshots", "snapshot")
_OF_MEASURING = ("evaluated", "evaluated_corpus", "evaluated_start", "evaluated_stop")


def _mark(is_scored: bool) -> str:
    return "chips-mark is-marked" if is_scored else "chips-mark"


def register(app: Dash, api: Client) -> None:
    """Connect the parts of the form with each other and with the address."""
    score_fields.register(app, PREFIX)
    register_share(app, FormId.SHARES, FormId.PERCENT)
    _register_languages(app)
    _register_text(app, api)
    states = [Input(element, "value") for element in FIELDS.values()]

    @app.callback(
        Output(FormId.COST, "children"),
        Output(mark_id(FormId.LANGUAGES, ALL), "className"),
        *states,
        Input(follow.CHANGED, "data"),
        State(FormId.MODEL, "data"),
        State(mark_id(FormId.LANGUAGES, ALL), "id"),
        State(mark_id(FormId.LANGUAGES, ALL), "className"),
    )
    def _cost(*values: Any) -> Any:
        *fields, _change, model, ids, drawn = values
        note, marks = cost(choice_of(model, fields), [one["language"] for one in ids], api)
        return note, [no_update if mark == old else mark for mark, old in zip(marks, drawn, strict=True)]

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        *states,
        State(FormId.DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    def _remember(*values: Any) -> Any:
        *fields, drawn, written = values
        return to_remember(choice_of(drawn["model"], fields).state(), drawn, written)


def _register_languages(app: Dash) -> None:
    """Connect the shortcuts above the chips."""

    shortcuts: dict[str, Chooses] = {FormId.PAPER: paper_six, FormId.ALL: list, FormId.NONE: none}
    register_shortcuts(app, FormId.LANGUAGES, shortcuts)

    @app.callback(
        Output(FormId.EVALUATED, "value"),
        Input(FormId.EVALUATED_SAME, "n_clicks"),
        Input(FormId.EVALUATED_ALL, "n_clicks"),
        State(FormId.LANGUAGES, "value"),
        State(every_id(FormId.EVALUATED), "data"),
        prevent_initial_call=True,
    )
    def _evaluated(_same: Any, _all: Any, chosen: list[str], every: list[str]) -> Any:
        return chosen if ctx.triggered_id == FormId.EVALUATED_SAME else every


def _register_text(app: Dash, api: Client) -> None:
    """Another text means another page: other languages, other lines."""
    corpora = (FIELDS["corpus"], FormId.EVALUATED_CORPUS)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        *(Input(element, "value") for element in corpora),
        *(State(element, "value") for element in FIELDS.values()),
        State(FormId.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _text(_corpus: str, _evaluated_corpus: str, *values: Any) -> Any:
        *fields, drawn = values
        return other_text(choice_of(drawn["model"], fields), drawn, api.corpora())
