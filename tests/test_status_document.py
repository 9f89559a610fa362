"""The yearly status: what stands in it, read back from the files themselves."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from docx import Document as read_docx
from pypdf import PdfReader

from bot.documents.charts import LABELS, WIDTH, Rect, Text, draw
from bot.documents.outline import Bar, Chart, Document, Paragraph, Span
from bot.documents.page import as_svg
from bot.documents.pdf import as_pdf
from bot.documents.word import as_word
from bot.editions import Editions
from bot.errors import Refused
from bot.services import departments, handovers, roles
from bot.status_document import compose, material
from tests.application import house, library
from tests.services.lives import NOW, department, later, write

EDITIONS = Editions(library(), house())
THEIRS = "Æblerne på gangen – Łukasz' idé\nog én linje til"
TOO_LATE = "det kom året efter"
IN_THE_GROUP = "det bliver i gruppen"


@pytest.fixture
def here(store):
    made = store.run_now(department)

    def work(db):
        roles.give_role(db, made.ea, "coordinator", by="cli", now=NOW)
        for n, (text, at) in enumerate(((THEIRS, NOW), (TOO_LATE, later(days=60)))):
            entry = write(db, made.per, text, flow="F18", beacon="implementeringsledelse", visibility="leader_group")
            handovers.hand_over(db, made.per, f"h{n}", entry, handovers.goes(db, made.per, entry, at).digest, {"da": "", "en": ""}, at)
        write(db, made.una, IN_THE_GROUP, flow="F18", beacon="implementeringsledelse", visibility="leader_group")

    store.run_now(work)
    return made


def made(store, reader, language, year=2026):
    found = store.run_now(lambda db: material(db, reader, year, EDITIONS, later(days=90)))
    return compose(found, library(), language)


def in_word(document):
    paper = read_docx(io.BytesIO(as_word(document, NOW)))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return paper, "\n".join([*(one.text for one in paper.paragraphs), *cells])


def in_pdf(document):
    reader = PdfReader(io.BytesIO(as_pdf(document)))
    return reader, "\n".join(page.extract_text() for page in reader.pages)


@pytest.mark.parametrize("language, title, signed", [("da", "Pejlemærkerne 2026", "Overleveret 23. november 2026"), ("en", "The beacons 2026", "Handed over 23 November 2026")])
def test_the_centres_own_words_stand_in_word_and_pdf_signed_by_the_group(store, here, language, title, signed):
    document = made(store, here.ea, language)
    paper, word = in_word(document)
    reader, pdf = in_pdf(document)
    for text in (word, pdf):
        assert title in text and signed in text and "Center Nord, Ledergruppen" in text
        assert "Æblerne på gangen – Łukasz' idé" in text and "og én linje til" in text
        assert TOO_LATE not in text and IN_THE_GROUP not in text and "Per" not in text.replace("Pejl", "")
    assert paper.core_properties.title == title == reader.metadata.title
    assert reader.trailer["/Root"]["/Lang"] == {"da": "da-DK", "en": "en-GB"}[language]
    assert [one.text for one in paper.paragraphs if one.style.name == "Heading 1"] == [one.title for one in reader.outline if not isinstance(one, list)]


def test_charts_have_words_beside_them_and_for_who_cannot_see_them(store, here):
    document = made(store, here.ea, "da")
    paper, word = in_word(document)
    said = [shape._inline.docPr.get("descr") for shape in paper.inline_shapes]
    assert said and all("Implementeringsledelse: siden 2023" in one and one in word for one in said)
    assert all(one in in_pdf(document)[1].replace("\n", " ") for one in said)


def test_a_number_the_guard_refuses_is_said_and_drawn_as_nothing():
    chart = Chart("Tal", "1. kvartal: for få svar", (Bar("1. kvartal", None, "for få svar"), Bar("2. kvartal", 14, "14 af 31")), 31)
    drawing = draw(chart)
    bars = [one for one in drawing.shapes if isinstance(one, Rect)]
    assert len(bars) == 2 and bars[1].width < bars[0].width
    assert "for få svar" in {one.text for one in drawing.shapes if isinstance(one, Text)}
    document = Document("T", "", "da", (chart,))
    assert "for få svar" in in_pdf(document)[1] and "0 af" not in in_pdf(document)[1]


def test_only_what_the_reader_coordinates_is_in_it(store, here):
    def work(db):
        other = departments.make_centre(db, here.id, "Center Syd")
        roles.give_role(db, here.liv, "coordinator", by="cli", now=NOW, centre=other)
        roles.give_role(db, here.max, "coordinator", by="cli", now=NOW)

    store.run_now(work)
    for reader in (here.liv, here.max):
        assert "Æblerne" not in in_pdf(made(store, reader, "da"))[1]
    with pytest.raises(Refused):
        made(store, here.per, "da")


def test_a_year_with_nothing_in_it_is_a_document_too(store, here):
    _, text = in_pdf(made(store, here.ea, "da", year=2024))
    assert "Pejlemærkerne 2024" in text and "Ingen status er overleveret" in text


def test_what_somebody_wrote_cannot_break_the_page_or_the_file():
    hard = "<script>alert(1)</script> & \x07 \N{GRINNING FACE} " + "x" * 3000
    document = Document(hard[:80], "", "en", (Paragraph(hard), Chart(hard[:60], hard[:60], (Bar(hard[:90], 1, hard[:30]),))))
    assert "alert(1)" in in_word(document)[1] and "alert(1)" in in_pdf(document)[1]
    assert "<script>" not in as_svg(document.blocks[1])


@pytest.mark.parametrize("years", [(2019.0, 2026.9), (2026.0, 2026.01), (2000.5, 2026.9)])
def test_spans_stay_on_the_paper(years):
    drawing = draw(Chart("", "", spans=(Span("Et pejlemærke med et ganske langt navn, som ikke kan stå på to linjer", *years, True, ""),)))
    for shape in drawing.shapes:
        if isinstance(shape, Rect):
            assert LABELS <= shape.x and shape.x + shape.width <= WIDTH + 1.3


def test_what_makes_documents_is_not_loaded_before_one_is_made():
    code = "import sys, bot.cli.serving; print({'fpdf', 'docx', 'PIL', 'lxml'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
