"""Charts as shapes: rectangles, lines and texts on a plane of millimetres. Each maker draws the same shapes its own way. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

from bot.documents.outline import Bar, Chart, Span

WIDTH = 165.0
LABELS = 52.0
"""Where the bars begin; labels stand to the left, broken where they are long."""
ROW = 10.0
BAR = 5.0
TEXT = 3.4
"""Height of a text, in millimetres."""
NOTES = 34.0
"""Room to the right of the longest bar."""
LABEL_SIGNS = 24
INK, SOFT, LINE, ACCENT, WASH = "#20292c", "#545f63", "#dcd7cb", "#1d5b66", "#e6eeed"


@dataclass(frozen=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    colour: str


@dataclass(frozen=True)
class Text:
    """`y` is where the letters stand."""

    x: float
    y: float
    text: str
    colour: str = INK
    anchor: Literal["start", "middle", "end"] = "start"


Shape = Rect | Line | Text


@dataclass(frozen=True)
class Drawing:
    height: float
    shapes: tuple[Shape, ...]
    width: float = WIDTH


def draw(chart: Chart) -> Drawing:
    if chart.spans:
        return _spans(chart.spans)
    return Drawing(ROW * len(chart.bars), tuple(_bars(chart)))


# ---- bars ------------------------------------------------------------------------------------------------


def _bars(chart: Chart) -> Iterator[Shape]:
    room = WIDTH - LABELS - NOTES
    longest = chart.most or max((bar.value or 0 for bar in chart.bars), default=0) or 1
    for n, bar in enumerate(chart.bars):
        top = n * ROW
        yield from _label(bar.label, top)
        yield from _bar(bar, top, room, longest)
    yield Line(LABELS, 0, LABELS, ROW * len(chart.bars), LINE)


def _bar(bar: Bar, top: float, room: float, longest: float) -> Iterator[Shape]:
    """What cannot be shown is no bar of nothing: it is said."""
    base = top + ROW / 2 + TEXT / 3
    if bar.value is None:
        yield Text(LABELS + 2, base, bar.note, SOFT)
        return
    length = room * bar.value / longest
    yield Rect(LABELS, top + (ROW - BAR) / 2, room, BAR, WASH)
    yield Rect(LABELS, top + (ROW - BAR) / 2, length, BAR, ACCENT)
    yield Text(LABELS + room + 2, base, bar.note)


# ---- spans -----------------------------------------------------------------------------------------------


def _spans(spans: tuple[Span, ...]) -> Drawing:
    first, last = floor(min(one.start for one in spans)), max(ceil(max(one.end for one in spans)), floor(min(one.start for one in spans)) + 1)
    scale = (WIDTH - LABELS) / (last - first)
    bottom = ROW * len(spans)
    shapes: list[Shape] = []
    for year in range(first, last + 1):
        x = LABELS + (year - first) * scale
        shapes.append(Line(x, 0, x, bottom, LINE))
    shapes += [Text(LABELS + (year - first + 0.5) * scale, bottom + TEXT + 2, str(year), SOFT, "middle") for year in _years(first, last)]
    for n, span in enumerate(spans):
        top = n * ROW
        shapes += _label(span.label, top)
        length = max((span.end - span.start) * scale, 1.2)
        shapes.append(Rect(LABELS + (span.start - first) * scale, top + (ROW - BAR) / 2, length, BAR, ACCENT if span.is_open else "#9fb3b4"))
    return Drawing(bottom + TEXT + 5, tuple(shapes))


def _years(first: int, last: int) -> range:
    """Every year, or every second where they would stand too close."""
    return range(first, last, 1 if last - first <= 10 else 2)


# ---- shared ----------------------------------------------------------------------------------------------


def _label(text: str, top: float) -> Iterator[Text]:
    """On one line, or on two."""
    lines = _broken(text)
    first = top + ROW / 2 + TEXT / 3 - (len(lines) - 1) * TEXT * 0.62
    for n, line in enumerate(lines):
        yield Text(LABELS - 3, first + n * TEXT * 1.24, line, anchor="end")


def _broken(text: str) -> list[str]:
    if len(text) <= LABEL_SIGNS:
        return [text]
    cut = text.rfind(" ", 0, LABEL_SIGNS)
    first, rest = (text[:cut], text[cut + 1 :]) if cut > 0 else (text[:LABEL_SIGNS], text[LABEL_SIGNS:])
    return [first, rest if len(rest) <= LABEL_SIGNS else f"{rest[: LABEL_SIGNS - 1]}…"]
