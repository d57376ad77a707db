"""Fields of forms by the id of their element: a label with its explanation, segments, numbers, a corpus, a share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, ctx, html, no_update

from backend.contracts.models import CorpusSummary
from frontend.shell import hint

SHARES = {"1": "1 %", "3": "3 %", "5": "5 %"}
"""The paper's shares, as buttons."""


def label(text: str, explanation: str, right: Sequence[Any] = ()) -> dmc.Group:
    """A field's name with its explanation on hover, and small buttons beside it."""
    return dmc.Group(
        [html.Div(hint(text, explanation), className="study-label"), dmc.Group(list(right), gap=0)],
        justify="space-between",
        gap=4,
        className="study-label-row",
    )


def segments(segments_id: Any, value: object, options: Mapping[Any, str], **settings: Any) -> dmc.SegmentedControl:
    """One of a few options, all of them visible."""
    data = [{"value": str(option), "label": words} for option, words in options.items()]
    wide = {"size": "xs", "fullWidth": True, "flex": 1}
    return dmc.SegmentedControl(id=segments_id, value=str(value), data=data, **(wide | settings))


def number(number_id: Any, words: Any, value: float | None, **props: Any) -> dmc.NumberInput:
    """A number, whole unless `allowDecimal`; out of range it is told when asked for, not changed while it is typed."""
    settings: dict[str, Any] = {"allowDecimal": False, "clampBehavior": "none", "size": "xs", "debounce": True}
    return dmc.NumberInput(id=number_id, label=words, value=value, **(settings | props))


def share_percent(number_id: Any, value: float | None) -> dmc.NumberInput:
    """A share of the parameters in percent."""
    settings = {"suffix": " %", "decimalScale": 6, "step": 0.5, "w": 92, "aria-label": "Share in percent"}
    return dmc.NumberInput(id=number_id, value=value, clampBehavior="none", size="xs", debounce=True, **settings)


def shown_share(percent: object) -> str:
    """Value of the share buttons that says the same as a typed percentage; '' when none does."""
    typed = f"{percent:g}" if isinstance(percent, int | float) else ""
    return typed if typed in SHARES else ""


def share(trigger: str | None, chosen: str | None, percent: object, *, buttons: str) -> tuple[Any, Any]:
    """Buttons and number say the same: the one that was touched decides."""
    if trigger == buttons:
        return no_update, float(chosen) if chosen else no_update
    return shown_share(percent), no_update


def register_share(app: Dash, buttons: str, typed: str) -> None:
    """Connect the buttons of the paper's shares with the number beside them."""

    @app.callback(
        Output(buttons, "value"),
        Output(typed, "value"),
        Input(buttons, "value"),
        Input(typed, "value"),
        prevent_initial_call=True,
    )
    def _share(chosen: str | None, percent: Any) -> Any:
        return share(ctx.triggered_id, chosen, percent, buttons=buttons)


def corpus_options(corpora: Sequence[CorpusSummary]) -> list[dict[str, Any]]:
    """One option for each name: a corpus that cannot be used says why and cannot be chosen."""
    options: dict[str, dict[str, Any]] = {}
    for corpus in corpora:
        why = corpus.problem if len(corpus.problem) <= 90 else f"{corpus.problem[:90]}…"
        label = f"{corpus.name} ({why})" if why else corpus.name
        options.setdefault(corpus.name, {"value": corpus.name, "label": label, "disabled": bool(why)})
    return list(options.values())


def corpus_select(select_id: Any, words: Any, corpora: Sequence[CorpusSummary], value: str | None) -> dmc.Select:
    """One of the known corpora; those with a problem are shown and cannot be chosen.

    A result may come from a text that this machine lacks: it stays chosen, for a field that falls back to another
    would ask another question and rewrite the address.
    """
    names = corpus_options(corpora)
    if value and all(corpus.name != value for corpus in corpora):
        names.append({"value": value, "label": f"{value} (not on this machine)", "disabled": True})
    return dmc.Select(id=select_id, data=names, value=value, label=words, size="xs", allowDeselect=False)


def more(title: str, content: Any, *, is_open: bool = False) -> dmc.Accordion:
    """What most people leave as it is, folded away."""
    item = dmc.AccordionItem([dmc.AccordionControl(title), dmc.AccordionPanel(content)], value="more")
    value = "more" if is_open else None
    return dmc.Accordion([item], value=value, variant="default", chevronPosition="left", className="study-more")


def filled(value: Any) -> Any:
    """What a field holds: an emptied number is None, a list a tuple; for a field of free text use `filled_text`."""
    return typed_number(filled_text(value))


def filled_text(value: Any) -> Any:
    """What a field of text or a list holds: None when it is empty, a list as a tuple."""
    if isinstance(value, list):
        return tuple(value)
    return None if value == "" else value


def typed_number(value: Any) -> Any:
    """A number that the browser gives as it was typed (`2.50`, `007`, one of 16 digits and more), as the number.

    What is not a number yet (`-`, `.`) is None; every other word is left as it is.
    """
    if not isinstance(value, str) or not _AS_TYPED.fullmatch(value):
        return value
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        return None


_AS_TYPED = re.compile(r"-?\d*\.\d*|-|-?0\d+|-?\d{16,}")
