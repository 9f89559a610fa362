"""The document as Word (python-docx): real headings, so that it can be read aloud, jumped about in and edited."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from bot.documents.outline import Chart, Document, Heading, Paragraph, Said, Table, printable
from bot.documents.picture import as_png

FONT = "Calibri"
"""What Word itself has; the letters of the PDF are not in everybody's Word."""
INK, SOFT, ACCENT = "20292C", "545F63", "1D5B66"
LANGUAGES = {"da": "da-DK", "en": "en-GB"}
CHART_WIDTH = 16.4  # centimetres


def as_word(document: Document, made_at: datetime) -> bytes:
    """The file. Call it off the event loop."""
    from docx import Document as new

    document = printable(document)
    paper = new()
    _set_up(paper, document, made_at)
    paper.add_paragraph(document.title, style="Title")
    paper.add_paragraph(document.subtitle, style="Subtitle")
    for block in document.blocks:
        _add(paper, block)
    kept = io.BytesIO()
    paper.save(kept)
    return kept.getvalue()


def _set_up(paper: Any, document: Document, made_at: datetime) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin, section.bottom_margin = Cm(2), Cm(2.2)
    paper.core_properties.title, paper.core_properties.author = document.title, document.author
    paper.core_properties.created = paper.core_properties.modified = made_at
    paper.core_properties.language = LANGUAGES[document.language]
    looks = {
        "Normal": (10.5, INK, False, 0, 4),
        "Title": (26, ACCENT, True, 0, 2),
        "Subtitle": (12.5, SOFT, False, 0, 10),
        "Heading 1": (17, ACCENT, True, 20, 4),
        "Heading 2": (13.5, ACCENT, True, 16, 3),
        "Heading 3": (11, INK, True, 12, 2),
    }
    for name, (size, colour, bold, before, after) in looks.items():
        style = paper.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        _plain(style, qn)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    _set_language(paper, LANGUAGES[document.language], qn)
    _foot(section, document)


def _plain(style: Any, qn: Any) -> None:
    """The template's theme fonts, spread letters and lines under the title would win over ours."""
    fonts = style.element.rPr.rFonts
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(name), None)
    fonts.set(qn("w:hAnsi"), FONT)
    spread = style.element.rPr.find(qn("w:spacing"))
    if spread is not None:
        style.element.rPr.remove(spread)
    properties = style.element.pPr
    borders = properties.find(qn("w:pBdr")) if properties is not None else None
    if borders is not None:
        properties.remove(borders)


def _set_language(paper: Any, language: str, qn: Any) -> None:
    """So that Word spells, and a screen reader speaks, in the right one."""
    defaults = paper.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    known = defaults.find(qn("w:lang"))
    if known is not None:
        known.set(qn("w:val"), language)


def _foot(section: Any, document: Document) -> None:
    from docx.shared import Pt, RGBColor

    foot = section.footer.paragraphs[0]
    foot.add_run(f"{document.foot}\t\t")  # the style of footers has a stop in the middle and one at the right
    before, between, after = _around(document.page_of)
    foot.add_run(before)
    _field(foot, "PAGE")
    foot.add_run(between)
    _field(foot, "NUMPAGES")
    foot.add_run(after)
    for run in foot.runs:
        run.font.size, run.font.color.rgb = Pt(8.5), RGBColor.from_string(SOFT)


def _around(page_of: str) -> tuple[str, str, str]:
    before, _, rest = page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    return before, between, after


def _field(paragraph: Any, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, text in (("begin", ""), ("", name), ("separate", ""), ("end", "")):
        run = paragraph.add_run()
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)


# ---- blocks ----------------------------------------------------------------------------------------------


def _add(paper: Any, block: Any) -> None:
    match block:
        case Heading(text, level):
            paper.add_paragraph(text, style=f"Heading {level}").paragraph_format.keep_with_next = True
        case Paragraph(text, tone):
            size, colour = {"lead": (12.5, INK), "soft": (9.5, SOFT), "plain": (10.5, INK)}[tone]
            _written(paper, text, size, colour)
        case Said(question, answer):
            asked = _written(paper, question, 9, SOFT)
            asked.paragraph_format.keep_with_next, asked.paragraph_format.space_after = True, 0
            asked.paragraph_format.space_before = _points(6)
            _written(paper, answer, 10.5, INK)
        case Table():
            _table(paper, block)
        case Chart():
            _chart(paper, block)


def _written(paper: Any, text: str, size: float, colour: str) -> Any:
    from docx.shared import RGBColor

    paragraph = paper.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = _points(size), RGBColor.from_string(colour)
    return paragraph


def _points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def _table(paper: Any, table: Table) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    drawn = paper.add_table(rows=0, cols=len(table.head), style="Table Grid")
    drawn.autofit = False
    share = 16.6 / sum(table.widths)
    for column, width in zip(drawn.columns, table.widths, strict=True):
        column.width = Cm(width * share)
    for n, cells in enumerate((table.head, *table.rows)):
        row = drawn.add_row()
        for cell, text, width in zip(row.cells, cells, table.widths, strict=True):
            cell.width = Cm(width * share)
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.font.bold = _points(9.5), n == 0
        if n == 0:  # repeated on the next page, and read aloud as the head of each column
            head = OxmlElement("w:tblHeader")
            head.set(qn("w:val"), "true")
            row._tr.get_or_add_trPr().append(head)
    _only_lines_between(drawn, OxmlElement, qn)
    paper.add_paragraph().paragraph_format.space_after = _points(2)


def _only_lines_between(drawn: Any, element: Any, qn: Any) -> None:
    borders = element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = element(f"w:{side}")
        line.set(qn("w:val"), "single" if side in ("insideH", "bottom") else "nil")
        line.set(qn("w:sz"), "4")
        line.set(qn("w:color"), "DCD7CB")
        borders.append(line)
    drawn._tbl.tblPr.append(borders)


def _chart(paper: Any, chart: Chart) -> None:
    from docx.shared import Cm

    title = _written(paper, chart.title, 10, INK)
    title.runs[0].font.bold = True
    title.paragraph_format.keep_with_next = True
    title.paragraph_format.space_before = _points(8)
    paragraph = paper.add_paragraph()
    picture = paragraph.add_run().add_picture(io.BytesIO(as_png(chart)), width=Cm(CHART_WIDTH))
    paragraph.paragraph_format.keep_with_next = True
    about = picture._inline.docPr
    about.set("descr", chart.alt)
    about.set("title", chart.title)
    _written(paper, chart.alt, 9, SOFT).runs[0].font.italic = True
