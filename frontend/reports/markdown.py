"""A report as Markdown: figures in words, tables as GitHub has them, texts quoted, sources, links. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backend.contracts.jobs import title_of
from backend.contracts.reports import Report
from frontend.exports.sources import atlas_version, lines
from frontend.reports import notes
from frontend.reports.html import cell_text, is_numeric
from frontend.reports.shown import Shown, command, python
from frontend.views import Passage, Picture, Table, View

_SPECIAL = frozenset("\\`*_{}[]<>#|!&~")


def written(report: Report, views: Sequence[Shown], *, origin: str = "") -> str:
    """The whole text. `origin` is the atlas its links lead to; without it addresses are written as they are."""
    parts = [f"# {escaped(report.title)}", notes.markdown(report.lead)]
    for number, shown in enumerate(views, 1):
        parts += [f"## {number}. {escaped(shown.item.title)}", notes.markdown(shown.item.note)]
        parts += _view(shown.view, origin + shown.item.address) if shown.view else _problem(shown)
        parts += _origin(shown, origin)
    changed = f"{report.changed_at:%Y-%m-%d %H:%M} UTC"
    parts.append(f"---\n\nReport `{report.name}`, changed {changed}, exported by Lingua Atlas {atlas_version()}.")
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """Text that stays the characters it is, on one line."""
    one_line = " ".join(text.split())
    plain = "".join(f"\\{character}" if character in _SPECIAL else character for character in one_line)
    return f"\\{plain}" if plain[:1] in ("-", "+", "=") else plain


def _view(view: View, place: str) -> Iterator[str]:
    yield f"*{escaped(view.lead)}*"
    for picture in view.pictures:
        yield _picture(picture, place)
    for table in view.tables:
        yield f"**{escaped(table.title)}**"
        yield _table(table)
    for passage in view.passages:
        yield f"**{escaped(passage.title)}**"
        yield _passage(passage)
    if view.missing:
        yield "Not computed yet: " + "; ".join(escaped(title_of(request)) for request in view.missing)


def _problem(shown: Shown) -> Iterator[str]:
    if problem := shown.problem:
        yield f"**{escaped(problem.title)}.** {escaped(problem.detail)} {escaped(problem.hint)}".strip()


def _picture(picture: Picture, place: str) -> str:
    told = picture.told
    where = f"The picture: [the view]({_target(place)}), or the HTML export of this report."
    return f"**Figure: {escaped(told.title)}.** {escaped(told.description)} {where}"


def _table(table: Table) -> str:
    head = _row([escaped(column) for column in table.columns])
    rule = _row(["---:" if is_numeric(table, place) else "---" for place in range(len(table.columns))])
    return "\n".join([head, rule, *(_row([escaped(cell_text(cell)) for cell in row]) for row in table.rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _passage(passage: Passage) -> str:
    """A quotation; line ends stay, and no character of it is markup."""
    return "\n".join(f"> {escaped(line)}  ".rstrip(" ") + "  " for line in passage.text.splitlines() or [""]).rstrip()


def _origin(shown: Shown, origin: str) -> Iterator[str]:
    address = shown.item.address
    yield f"[Open this view]({_target(origin + address)})" if origin else f"View: `{address}`"
    yield f"```bash\n{command(address)}\n```"
    yield f"```python\n{python(address)}\n```"
    if shown.view and shown.view.sources:
        yield "\n".join(["Sources:", "", *(f"- {escaped(line)}" for line in lines(shown.view))])


def _target(address: str) -> str:
    """A link's target: brackets and blanks would end it."""
    for sign, code in (("(", "%28"), (")", "%29"), (" ", "%20")):
        address = address.replace(sign, code)
    return address
