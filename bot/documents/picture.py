"""A chart as a picture, for Word, which takes no drawing of ours."""

from __future__ import annotations

import io
from typing import Any

from bot.documents.charts import TEXT, Line, Rect, Text, draw
from bot.documents.outline import FONTS, Chart

DOTS = 10
"""Dots a millimetre: about 250 an inch as it stands on the page."""
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def as_png(chart: Chart) -> bytes:
    """The picture, on white."""
    from PIL import Image, ImageDraw, ImageFont

    drawing = draw(chart)
    picture = Image.new("RGB", (round(drawing.width * DOTS), round(drawing.height * DOTS)), "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(FONTS / "SourceSansPro-Regular.ttf"), round(TEXT * DOTS))
    for shape in drawing.shapes:
        _put(pen, font, shape)
    kept = io.BytesIO()
    picture.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _put(pen: Any, font: Any, shape: Any) -> None:
    match shape:
        case Rect(x, y, width, height, colour):
            pen.rectangle([x * DOTS, y * DOTS, (x + width) * DOTS, (y + height) * DOTS], fill=colour)
        case Line(x1, y1, x2, y2, colour):
            pen.line([x1 * DOTS, y1 * DOTS, x2 * DOTS, y2 * DOTS], fill=colour, width=2)
        case Text(x, y, text, colour, anchor):
            pen.text((x * DOTS, y * DOTS), text, fill=colour, font=font, anchor=ANCHORS[anchor])
