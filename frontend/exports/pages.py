"""A figure of a view as one HTML file that needs no network: picture, description, address, sources. Pure."""

from __future__ import annotations

from html import escape

from frontend import theme
from frontend.exports.sources import atlas_version, lines
from frontend.views.base import Picture, View

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Lingua Atlas</title>
<style>body{{font:15px/1.5 {font};max-width:1100px;margin:24px auto;padding:0 20px;color:#22262e;background:#fff}}
h1{{font-size:22px;margin:0 0 4px}}p,li{{max-width:75ch}}footer{{font-size:13px;color:#5b6472;overflow-wrap:anywhere}}
code{{font:13px ui-monospace,monospace}}</style></head>
<body><h1>{title}</h1><p>{lead}</p>
<figure style="margin:0" aria-label="{title}"><div role="img" aria-label="{title}. {description}">{figure}</div>
<figcaption><p>{description}</p></figcaption></figure>
<footer><p>View: <code>{address}</code></p><ul>{sources}</ul><p>Lingua Atlas {version}</p></footer>
</body></html>
"""
HEIGHT = 520
"""Pixels of a figure that does not say its own height."""


def figure_page(picture: Picture, view: View) -> str:
    """The whole file; about 5 MB, nearly all of it plotly.js."""
    told = picture.told
    drawn = picture.figure.to_html(
        include_plotlyjs=True,
        full_html=False,
        default_height=picture.figure.layout.height or HEIGHT,
        config={"displaylogo": False, "responsive": True, "showSendToCloud": False},
    )
    return _PAGE.format(
        font=escape(theme.FONT, quote=False),
        title=escape(told.title),
        lead=escape(view.lead),
        description=escape(told.description),
        figure=drawn,
        address=escape(view.address),
        sources="".join(f"<li>{escape(line)}</li>" for line in lines(view)),
        version=escape(atlas_version()),
    )
