"""A chart as SVG, for a page on the web or to print. What a screen reader says of it is its `alt`."""

from __future__ import annotations

from html import escape
from typing import Any

from bot.documents.charts import TEXT, Line, Rect, Text, draw
from bot.documents.outline import Chart, printable


def as_svg(chart: Chart) -> str:
    """Markup that can stand in a page; everything in it that somebody wrote is escaped."""
    drawing = draw(printable(chart))
    box = f"0 0 {drawing.width:g} {drawing.height:g}"
    shapes = "".join(_put(shape) for shape in drawing.shapes)
    return f'<svg class="shapes" viewBox="{box}" role="img" aria-label="{escape(chart.alt, quote=True)}">{shapes}</svg>'


def _put(shape: Any) -> str:
    match shape:
        case Rect(x, y, width, height, colour):
            return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"/>'
        case Line(x1, y1, x2, y2, colour):
            return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="0.2"/>'
        case Text(x, y, text, colour, anchor):
            return f'<text x="{x:g}" y="{y:g}" font-size="{TEXT:g}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'
    return ""
