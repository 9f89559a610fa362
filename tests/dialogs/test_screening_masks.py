"""What is replaced before it is saved, and what holds for any text whatever."""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.dialogs.screening import Screen, clean, load_rules
from bot.dialogs.screening.spelling import even

SAFETY = Path(__file__).parents[2] / "bot" / "content" / "safety"
SCREEN = Screen(load_rules(SAFETY), frozenset({"karla"}))

NBSP, THIN, DASH, HARD_DASH, SOFT, ZERO = "\u00a0", "\u202f", "\u2013", "\u2011", "\u00ad", "\u200b"


@pytest.mark.parametrize(
    "number",
    [
        "010136-4003",
        "010136-4000",
        "0101364000",
        "01 01 36 4003",
        "010136 4003",
        "010136-\n4003",
        "010136\n4003",
        "010136\r\n- 4003",
        "01 01 36 40 03",
        "01-01-36-4003",
        "01.01.36-4003",
        "010136 - 4003",
        f"010136{NBSP}4003",
        f"01{THIN}01{THIN}36{NBSP}4003",
        f"010136{DASH}4003",
        f"010136{HARD_DASH}4003",
        f"0101{SOFT}36-40{ZERO}03",
        "610136-4003",
        "910136-4003",
        "010136-1AB2",
        "010136AB12",
        "010136-ABCD",
        "０１０１３６-４００３",
    ],
)
def test_cpr_numbers_are_masked(number):
    screened = SCREEN.read(f"Det var {number}, tror jeg")
    assert screened.text == "Det var [CPR fjernet], tror jeg"
    assert screened.masked == ("cpr",)
    assert SCREEN.read(f"cpr{number}.", language="en").text == "cpr[CPR removed]."


@pytest.mark.parametrize(
    "text",
    [
        "320136-4003",
        "011336-4003",
        "Vi mødtes 010124 kl. 1400",
        "600136-4003",
        "920136-4003",
        "10101364003",
        "010136-40031",
        "I 2024-2025 kom 12 nye",
        "Den 12.05.2024 og 2024-05-12 og 12052024",
        "010124 TRIO mødtes",
        "Vi sparede 12.345.678 kr.",
        "Det kostede 25000000 kr",
        "Se https://www.example.org/retningslinjer",
        "Vi er på vej 2 dage, og sagen er lukket",
        "Sagen fra 2024 er afsluttet",
        "Der er 3 store beslutninger og 4 små",
        "undervejs 3 gange",
    ],
)
def test_dates_years_and_plain_numbers_are_left_alone(text):
    screened = SCREEN.read(text)
    assert (screened.text, screened.masked) == (text, ())


@pytest.mark.parametrize(
    ("text", "masked", "fired"),
    [
        ("Ring 70 11 31 31 i dag", "Ring [telefon fjernet] i dag", "phone"),
        ("Ring 70113131", "Ring [telefon fjernet]", "phone"),
        ("Ring +45 7011 3131", "Ring [telefon fjernet]", "phone"),
        ("Ring 0045 70113131", "Ring [telefon fjernet]", "phone"),
        ("Ring 70 201 201", "Ring [telefon fjernet]", "phone"),
        ("Ring 20 12 20 24", "Ring [telefon fjernet]", "phone"),
        ("Call +46 70 123 45 67 now", "Call [telefon fjernet] now", "phone"),
        ("Skriv til t.test-1@post.example.dk.", "Skriv til [e-mail fjernet].", "email"),
        ("Se https://www.example.dk/ansatte/karla-t", "Se [link fjernet]", "url"),
        ("Se www.linkedin.com/in/xyz her", "Se [link fjernet] her", "url"),
        ("Hun bor på Testvej 12, 2. tv", "Hun bor på [adresse fjernet]", "address"),
        ("på testgade 4b bor hun", "på [adresse fjernet] bor hun", "address"),
        ("I Store Torv 4 er der koldt", "I [adresse fjernet] er der koldt", "address"),
        ("He lives at 12 Test Street", "He lives at [adresse fjernet]", "address"),
        ("at Flat 3, 14 High Road", "at [adresse fjernet]", "address"),
        ("Det er sagsnr. 2024-12345", "Det er [sagsnr. fjernet]", "caseno"),
        ("Sag: AB-123456 venter", "[sagsnr. fjernet] venter", "caseno"),
        ("case number 24/123456", "[sagsnr. fjernet]", "caseno"),
    ],
)
def test_other_masks(text, masked, fired):
    screened = SCREEN.read(text)
    assert (screened.text, screened.masked) == (masked, (fired,))


def test_a_cpr_number_is_not_taken_for_a_telephone_number():
    assert SCREEN.read("010136-4003 og 70 11 31 31").text == "[CPR fjernet] og [telefon fjernet]"


@pytest.mark.parametrize("language", ["da", "en"])
def test_what_stands_in_place_of_a_mask_says_nothing_itself(language):
    text = "010136-4003 70113131 a@b.dk www.facebook.com/x Testvej 1 sagsnr. 2024-12345"
    screened = SCREEN.read(text, language=language, listen=frozenset("ABCWPS"))
    assert set(screened.masked) == {"cpr", "phone", "email", "url", "address", "caseno"}
    assert (screened.suspects, screened.routes) == ((), ())


def test_what_was_masked_is_kept_nowhere_in_the_answer():
    assert "4003" not in repr(SCREEN.read("karla på 4, 010136-4003, født 1.1.36"))


def test_masks_do_not_touch_what_stands_around_them():
    text = "“Det er svært” – sagde hun … 👨‍👩‍👧 og 010136-4003"
    assert SCREEN.read(text).text == text.replace("010136-4003", "[CPR fjernet]")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x07c", "abc"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\tb", "a b"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffbom", "softhyphen zerowidth bom"),
        ("a\u030a", "å"),
        ("\ud800x", "x"),
        ("👨‍👩‍👧 ❤️", "👨‍👩‍👧 ❤️"),
        ("to\n\nlinjer", "to\n\nlinjer"),
    ],
)
def test_clean_takes_away_what_cannot_be_seen(text, cleaned):
    assert clean(text) == cleaned


# -- any text ---------------------------------------------------------------------------------------------------------

_PIECES = st.one_of(
    st.text(alphabet=st.characters(), max_size=8),
    st.text(alphabet="0123456789 -./\n+" + NBSP + DASH + SOFT + ZERO, max_size=14),
    st.sampled_from(["010136-4003", "karla", "Thyra", "sag ", "Testvej 1", "a@b.dk", "www.", "slog ", "en borger", "kniv", "nu", "født ", "værelse 1", ". ", "[CPR fjernet]"]),
)
ANY_TEXT = st.lists(_PIECES, max_size=12).map("".join)

# Written apart from the code it checks: ten digits in the usual ways of writing, a possible day and month.
_TEN = re.compile(r"(?<!\d)(\d\d)[ ]?(\d\d)[ ]?\d\d[ -]?\n?\d{4}(?!\d)")


@settings(max_examples=400, deadline=None)
@given(ANY_TEXT)
@example("01 01 01 36 4003")
@example("0101010136400301013640030")
@example("\ud800")
def test_any_text_is_read_without_harm(text):
    screened = SCREEN.read(text)
    for found in _TEN.finditer(even(screened.text)):
        day, month = int(found[1]), int(found[2])
        assert not ((1 <= day <= 31 or 61 <= day <= 91) and 1 <= month <= 12), screened.text
    for suspect in screened.suspects:
        assert 0 <= suspect.start < suspect.end <= len(screened.text)
        assert screened.text[suspect.start : suspect.end] == suspect.word
    again = SCREEN.read(screened.text)
    assert again.text == screened.text
    assert again.masked == ()


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_clean_is_done_after_once_and_its_shadow_keeps_every_place(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert len(even(cleaned)) == len(cleaned)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in cleaned)


# -- long texts -------------------------------------------------------------------------------------------------------

_LONG = {
    "one word": "a",
    "digits": "1",
    "spaced digits": "1 ",
    "pairs": "01 ",
    "half a cpr": "010136-",
    "spaces": " ",
    "dots": ".",
    "dots and a letter": "...........x",
    "ats": "a@",
    "verbs": "slog ",
    "threats": "truer ",
    "life": "livet ",
    "held": "holdt fast ",
    "never enough": "jeg vil ikke ",
    "weapons": "kniv ",
    "names": "Karla ",
    "names and sentences": "Karla er sygemeldt. ",
    "capitals": "Aa Bb ",
    "cases": "sag ",
    "case dashes": "sag -",
    "hosts": "www.",
    "births": "født 1.1.20 ",
    "rooms": "ham på ",
    "streets": "12 Aa ",
    "roads": "testvej ",
    "hidden": "\u200b",
    "marks": "a\u0301",
    "lines": "\n",
}


@pytest.mark.parametrize("piece", _LONG.values(), ids=_LONG.keys())
def test_work_grows_with_the_length_and_no_faster(piece):
    short, long = (piece * (length // len(piece)) for length in (2_500, 10_000))
    assert _steps(long) <= 5 * _steps(short) + 500


def _steps(text: str) -> int:
    """Lines of ours that run while `text` is read: the same on every machine."""
    steps = 0

    def count(frame, event, arg):
        nonlocal steps
        if "screening" not in frame.f_code.co_filename:
            return None
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        SCREEN.read(text)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("mask", [*load_rules(SAFETY).masks, *load_rules(SAFETY).warnings], ids=lambda m: m.id)
def test_no_pattern_can_repeat_without_end(mask):
    for pattern in mask.patterns:
        bare = re.sub(r"\\.|\[[^\]]*\]", "x", pattern.pattern)
        assert not re.search(r"(?:[*+]|\{\d+,\})(?!\+)(?<!\+\+)", bare), pattern.pattern
