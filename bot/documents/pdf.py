"""The document as PDF (fpdf2, which is pure Python), with its own letters in it, so that æ, ø and å look the same everywhere."""

from __future__ import annotations

import logging
from typing import Any

from bot.documents.charts import Line, Rect, Text, draw
from bot.documents.outline import FONTS, Chart, Document, Heading, Paragraph, Said, Table, printable

MARGIN = 22.0
FAMILY = "Source"
FACES = (("", "SourceSansPro-Regular.ttf"), ("B", "SourceSansPro-Semibold.ttf"), ("I", "SourceSansPro-It.ttf"))
INK, SOFT, ACCENT, LINE = "#20292c", "#545f63", "#1d5b66", "#dcd7cb"
SIZES = {1: 17, 2: 13.5, 3: 11}
"""Of headings, in points."""
BEFORE = {1: 9, 2: 7, 3: 5}
KEEP = {1: 60, 2: 42, 3: 30}
"""Room that must be left on a page for a heading to stand on it, in millimetres."""
POINTS_PER_MM = 72 / 25.4


def as_pdf(document: Document) -> bytes:
    """The file. Takes some tens of milliseconds a page: call it off the event loop."""
    from fpdf import FPDF, XPos, YPos

    for chatty in ("fpdf", "fontTools"):  # they tell of every letter they look at
        logging.getLogger(chatty).setLevel(logging.ERROR)
    document = printable(document)

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-16)
            self.set_font(FAMILY, "", 8.5)
            self.set_text_color(SOFT)
            self.cell(0, 5, document.foot, align="L")
            self.set_x(MARGIN)
            number = document.page_of.replace("{page}", str(self.page_no())).replace("{pages}", "{nb}")
            self.cell(0, 5, number, align="R")

    paper = Paper(format="A4")
    paper.set_lang("da-DK" if document.language == "da" else "en-GB")
    paper.set_title(document.title)
    paper.set_author(document.author)
    paper.set_margins(MARGIN, 20, MARGIN)
    paper.set_auto_page_break(True, 24)
    for style, file in FACES:
        paper.add_font(FAMILY, style, str(FONTS / file))
    paper.add_page()
    _Pen(paper, XPos.LMARGIN, YPos.NEXT).write(document)
    return bytes(paper.output())


class _Pen:
    """Writes blocks one under the other."""

    def __init__(self, paper: Any, left: Any, below: Any):
        self.paper, self.next = paper, {"new_x": left, "new_y": below}

    def write(self, document: Document) -> None:
        self._text(document.title, "B", 26, ACCENT, 10.5)
        self._text(document.subtitle, "", 12.5, SOFT, 6.2)
        self.paper.ln(2)
        self._rule()
        for block in document.blocks:
            self._block(block)

    def _block(self, block: Any) -> None:
        match block:
            case Heading(text, level):
                self._heading(text, level)
            case Paragraph(text, tone):
                size, colour = {"lead": (12.5, INK), "soft": (9.5, SOFT), "plain": (10.5, INK)}[tone]
                self.paper.ln(1.5)
                self._text(text, "", size, colour, size * 0.51)
            case Said(question, answer):
                self._said(question, answer)
            case Table():
                self._table(block)
            case Chart():
                self._chart(block)

    def _heading(self, text: str, level: int) -> None:
        if self.paper.will_page_break(KEEP[level]):
            self.paper.add_page()
        else:
            self.paper.ln(BEFORE[level])
        self.paper.start_section(text, level=level - 1, strict=False)
        self._text(text, "B", SIZES[level], ACCENT if level < 3 else INK, SIZES[level] * 0.5)
        self.paper.ln(0.8)

    def _said(self, question: str, answer: str) -> None:
        if self.paper.will_page_break(16):
            self.paper.add_page()
        self.paper.ln(2.2)
        self._text(question, "", 9, SOFT, 4.6)
        self._text(answer, "", 10.5, INK, 5.4)

    def _text(self, text: str, style: str, size: float, colour: str, height: float) -> None:
        self.paper.set_font(FAMILY, style, size)
        self.paper.set_text_color(colour)
        self.paper.multi_cell(0, height, text, align="L", **self.next)

    def _rule(self) -> None:
        y = self.paper.get_y()
        self.paper.set_draw_color(LINE)
        self.paper.line(MARGIN, y, self.paper.w - MARGIN, y)
        self.paper.ln(2)

    def _table(self, table: Table) -> None:
        self.paper.ln(2)
        self.paper.set_font(FAMILY, "", 9.5)
        self.paper.set_text_color(INK)
        self.paper.set_draw_color(LINE)
        with self.paper.table(
            borders_layout="HORIZONTAL_LINES",
            col_widths=table.widths,
            line_height=5.2,
            text_align="LEFT",
            padding=(1.2, 1.5, 1.2, 0),
            width=self.paper.epw,
        ) as drawn:
            for cells in (table.head, *table.rows):
                row = drawn.row()
                for cell in cells:
                    row.cell(cell)

    def _chart(self, chart: Chart) -> None:
        """Drawn as lines and letters, not as a picture; what it shows stands in words in the paragraph that goes with it."""
        drawing = draw(chart)
        if self.paper.will_page_break(drawing.height + 14):
            self.paper.add_page()
        self.paper.ln(3)
        self._text(chart.title, "B", 10, INK, 5.2)
        self.paper.ln(1.5)
        left, top = MARGIN, self.paper.get_y()
        scale = self.paper.epw / drawing.width
        for shape in drawing.shapes:
            self._shape(shape, left, top, scale)
        self.paper.set_xy(MARGIN, top + drawing.height * scale + 1.5)
        self._text(chart.alt, "I", 9, SOFT, 4.6)

    def _shape(self, shape: Any, left: float, top: float, scale: float) -> None:
        match shape:
            case Rect(x, y, width, height, colour):
                self.paper.set_fill_color(colour)
                self.paper.rect(left + x * scale, top + y * scale, width * scale, height * scale, style="F")
            case Line(x1, y1, x2, y2, colour):
                self.paper.set_draw_color(colour)
                self.paper.line(left + x1 * scale, top + y1 * scale, left + x2 * scale, top + y2 * scale)
            case Text(x, y, text, colour, anchor):
                self.paper.set_font(FAMILY, "", 3.4 * POINTS_PER_MM)
                self.paper.set_text_color(colour)
                width = self.paper.get_string_width(text)
                back = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
                self.paper.text(left + x * scale - back, top + y * scale, text)
