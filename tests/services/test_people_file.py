"""A list of people as a file: what Excel and others make of it, and every mistake with its line."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services import people_file
from bot.services.people_file import read_people

HEADS = "navn;e-mail;niveau;center;leder;ledergruppe;sprog;tidszone\n"


def mistakes(text: str | bytes, heads: str = HEADS):
    raw = text if isinstance(text, bytes) else (heads + text).encode()
    return [(one.line, one.key) for one in read_people(raw).mistakes]


def only(raw: bytes):
    (line,) = read_people(raw).lines
    return line


@pytest.mark.parametrize(
    "raw",
    [
        "navn;e-mail;center\nBjørn Åby;bjorn@by.dk;Center Ærø\n".encode(),
        codecs.BOM_UTF8 + "navn;e-mail;center\nBjørn Åby;bjorn@by.dk;Center Ærø\n".encode(),
        "navn;e-mail;center\r\nBjørn Åby;bjorn@by.dk;Center Ærø\r\n".encode("cp1252"),
        "navn\te-mail\tcenter\r\nBjørn Åby\tbjorn@by.dk\tCenter Ærø\r\n".encode("utf-16"),
        'Name,E-mail address,Unit\n"Bjørn Åby",BJORN@by.dk,"Center Ærø"\n'.encode(),
        "sep=;\r\n Navn ; E-MAIL:;Center\r\nBjørn  Åby; bjorn@by.dk ;Center Ærø".encode("cp1252"),
        "Fornavn;Efternavn;Mail;Center;Løn\nBjørn;Åby;bjorn@by.dk;Center Ærø;100\n".encode(),
    ],
)
def test_it_is_read_whatever_wrote_it(raw):
    line = only(raw)
    assert (line.name, line.email, line.centre) == ("Bjørn Åby", "bjorn@by.dk", "Center Ærø")


def test_levels_groups_language_and_zone_are_read():
    line = only((HEADS + "A;a@by.dk;Leder af medarbejdere;;B;En|To;Engelsk;Atlantic/Faroe\n").encode())
    assert (line.level, line.groups, line.language, line.timezone) == ("lm", ("En", "To"), "en", "Atlantic/Faroe")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", [(0, "empty")]),
        (b"\xef\xbb\xbf\r\n;;\r\n", [(0, "empty")]),
        (b"PK\x03\x04\x14\x00", [(0, "workbook")]),
        (b"a;b\0\nc;d", [(0, "not_text")]),
        (b"\xff\xfe\x00", [(0, "not_text")]),
        (b"fornavn;mail\nA;a@by.dk\n", [(1, "columns")]),
        (b"1;2;3\n4;5;6\n", [(1, "columns")]),
        (b"navn;navn;mail\nA;B;a@by.dk\n", [(1, "column_twice")]),
        (HEADS.encode(), [(0, "nobody")]),
        (b"\nnavn;mail\n\nA;a@by.dk;for;meget\n", [(4, "too_many_cells")]),
        (b'navn;mail\nA;a@by.dk\n"B;b@by.dk\nC;c@by.dk\n', [(3, "quotes")]),
    ],
)
def test_a_file_that_is_none(text, found):
    assert mistakes(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (";a@by.dk\n", [(2, "name_missing")]),
        ("A;\n", [(2, "email_missing")]),
        ("A;a(at)by.dk\n", [(2, "email_unclear")]),
        ("A;a@by\n", [(2, "email_unclear")]),
        (f"{'A' * 201};a@by.dk\n", [(2, "name_unreadable")]),
        ("A;a@by.dk\n\nB;A@BY.dk\n", [(4, "doubled")]),
        ("A;a@by.dk;konge\n", [(2, "level_unknown")]),
        ("A;a@by.dk;;;;;svensk\n", [(2, "language_unknown")]),
        ("A;a@by.dk;;;;;;Mars/Phobos\n", [(2, "timezone_unknown")]),
        ("A;a@by.dk;;;;;;../etc\n", [(2, "timezone_unknown")]),
        (";x;konge\n", [(2, "name_missing"), (2, "email_unclear"), (2, "level_unknown")]),
    ],
)
def test_a_line_that_is_wrong(text, found):
    assert mistakes(text) == found


def test_a_cell_over_two_lines_does_not_move_the_numbers():
    text = 'A;a@by.dk;;"Center\nNord"\nB;;\n'
    assert mistakes(text) == [(4, "email_missing")]
    assert read_people((HEADS + 'A;a@by.dk;;"Center\nNord"\n').encode()).lines[0].centre == "Center Nord"


def test_there_is_an_end_to_it(monkeypatch):
    monkeypatch.setattr(people_file, "MOST_LINES", 2)
    assert mistakes("A;a@by.dk\nB;b@by.dk\nC;c@by.dk\n") == [(4, "too_many_lines")]
    monkeypatch.setattr(people_file, "MOST_BYTES", 10)
    assert mistakes(HEADS) == [(0, "too_large")]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HEADS + text).encode("utf-8", "surrogatepass")))
def test_anything_at_all_may_be_sent_in(raw):
    file = read_people(raw)
    assert file.lines or file.mistakes
    assert len({line.email for line in file.lines}) == len(file.lines)
