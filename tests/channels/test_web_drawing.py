"""Cards and forms as HTML, without a server."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.cards import Bar, Button, Card, Choice, Field, Form, Hint, Words, plain, spoken
from bot.channels.web import drawing
from bot.channels.web.drawing import Drawing, language_of, own_path, prose, telephone, web_address
from bot.yamlfile import read_yaml

WEB = Path(drawing.__file__).parent
TEXTS = WEB.parent.parent / "content" / "texts" / "web.yaml"
HOSTILE = '<img src=x onerror=alert(1)> "\' & {{ 7 * 7 }}'
VISIT = SimpleNamespace(csrf="token", path="/chat", person=None, language="da", base="", room="", guest="", now=datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture(scope="module")
def draw(library):
    pen = Drawing(library.say)

    def drawn(template, language="da", **values):
        return pen.draw(template, language, "Europe/Copenhagen", visit=VISIT, back="/chat", **values)

    return drawn


@pytest.fixture
def draw_form(draw):
    def drawn(*fields, **values):
        form = Form("r1", "p1", plain("Titel"), tuple(fields), values.pop("buttons", (Button("next", plain("Videre"), style="primary"),)), **values)
        return draw("form_fragment.html", form=spoken(form, "da"))

    return drawn


@pytest.fixture
def draw_card(draw):
    return lambda card, language="da": draw("card_fragment.html", language, shown=spoken(card, language))


# ---- texts -----------------------------------------------------------------------------------------------


def test_prose_makes_paragraphs_and_lists_and_nothing_else():
    assert prose("Et\nTo") == "<p>Et</p><p>To</p>"
    assert prose("Før:\n– en\n- to\nEfter") == "<p>Før:</p><ul><li>en</li><li>to</li></ul><p>Efter</p>"
    assert prose("Ring **nu**") == "<p>Ring <strong>nu</strong></p>"
    assert prose("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"
    assert prose("") == ""


def test_a_telephone_number_stays_on_one_line():
    assert "70\N{NO-BREAK SPACE}201\N{NO-BREAK SPACE}201" in prose("Livslinien 70 201 201.")
    assert "12 borgere og 14 kolleger" in prose("12 borgere og 14 kolleger")


@pytest.mark.parametrize(
    ("asked", "spoken_in"),
    [("", "da"), ("en-GB,en;q=0.9", "en"), ("da", "da"), ("nb-NO, en", "da"), ("fr, en;q=0.5", "en"), ("de", "da")],
)
def test_a_browsers_language(asked, spoken_in):
    assert language_of(asked, "da") == spoken_in


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/../x", "javascript:alert(1)", "", "/a b", "\\\\evil"])
def test_a_page_button_leads_to_our_own_pages_only(to):
    assert own_path(to) == "/chat"


def test_own_pages():
    assert own_path("logbook") == "/logbook"
    assert own_path("/logbook/a1-b2") == "/logbook/a1-b2"


def test_only_addresses_on_the_web_are_links():
    assert web_address("https://whistleblower.dk") == "https://whistleblower.dk"
    assert web_address("javascript:alert(1)") == "#"
    assert telephone("+45 70 11 31 31") == "+4570113131"


# ---- every text is there, and every text is used ------------------------------------------------------------


ASKED = re.compile(r"""(?:\bt|visit\.text|\.text\(language,|self\.text)\(?\s*["']([a-z_0-9]+)["']""")
NAMED = re.compile(r"""["']web\.([a-z_0-9]+)["']""")
BEGUN = re.compile(r"""["']([a-z_]+_)["'] ~|f"([a-z_]+_)\{""")


def _asked_for():
    """The keys that templates and code ask for, the beginnings of those they put together, and all of their text."""
    text = "\n".join(path.read_text("utf-8") for path in [*(WEB / "templates").glob("*.html"), *WEB.glob("*.py")])
    beginnings = {one or other for one, other in BEGUN.findall(text)}
    return {*ASKED.findall(text), *NAMED.findall(text)} - beginnings, beginnings, text


def test_every_text_of_the_pages_is_used():
    exact, beginnings, text = _asked_for()
    unused = [
        key
        for key in read_yaml(TEXTS)
        if key not in exact and not key.startswith(tuple(beginnings)) and not re.search(rf"""["']{key}["']""", text)
    ]
    assert not unused


def test_every_text_the_pages_ask_for_is_there():
    exact, beginnings, _ = _asked_for()
    known = read_yaml(TEXTS).keys()
    assert exact - known == set()
    assert [one for one in beginnings if not any(key.startswith(one) for key in known)] == []


# ---- cards -----------------------------------------------------------------------------------------------


def test_a_card_in_both_languages(draw_card):
    card = Card((Words("Hej", "Hello"),), (Button("later", Words("Senere", "Later")),), subject="run:1")
    assert "Hej" in draw_card(card) and "Senere" in draw_card(card)
    assert "Hello" in draw_card(card, "en") and "Later" in draw_card(card, "en")
    assert 'data-subject="run:1"' in draw_card(card)


def test_a_spread_is_a_picture_of_the_numbers_beside_it(draw_card):
    bars = (Bar(plain("Vi ringer"), 6), Bar(plain("Vi venter"), 3, plain("færrest")), Bar(plain("<b>"), 0))
    html = draw_card(Card((plain("I valgte"),), spread=bars))
    assert re.findall(r'<rect width="([\d.]+)"', html) == ["100.0", "50.0", "0.0"]
    assert re.findall(r"<b>(\d+)</b>", html) == ["6", "3", "0"] and "&lt;b&gt;" in html and "færrest" in html
    assert html.count("aria-hidden") == 3 and "style=" not in html


def test_a_deadline_is_a_time_of_day_that_the_script_counts_down_to(draw_card):
    card = Card((plain("x"),), until=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    assert "Til kl. 10.30" in draw_card(card) and "Until 10:30" in draw_card(card, "en")
    far_off = Card((plain("x"),), until=datetime(2026, 3, 4, 9, 30, tzinfo=UTC))
    assert "Til onsdag den 4. marts 2026 kl. 10.30" in draw_card(far_off) and "Until Wednesday 4 March" in draw_card(far_off, "en")
    assert 'data-until="2026-03-02T09:30:00+00:00"' in draw_card(card)


def test_nothing_on_a_card_becomes_markup(draw_card):
    html = draw_card(Card((plain(HOSTILE),), (Button("a", plain(HOSTILE), HOSTILE),), plain(HOSTILE), HOSTILE))
    assert "<img" not in html and "49" not in html


def test_each_kind_of_button(draw_card):
    html = draw_card(
        Card(
            (plain("x"),),
            (
                Button("call", plain("Ring 112"), "112", does="call"),
                Button("log", plain("Logbog"), "logbook", does="page"),
                Button("w", plain("Læs"), "https://whistleblower.dk", does="link"),
                Button("bad", plain("Nej"), "javascript:alert(1)", does="link"),
                Button("drop", plain("Slet"), confirm=plain("Er du sikker?")),
            ),
        )
    )
    assert 'href="tel:112"' in html
    assert 'href="/logbook"' in html
    assert 'href="https://whistleblower.dk"' in html and 'rel="noopener noreferrer"' in html
    assert "javascript:" not in html
    assert html.index("Er du sikker?") < html.index('<button class="">')


def test_where_help_is_comes_before_everything_else_on_a_card(draw_card):
    html = draw_card(Card((plain("Læs det her"),), (Button("ok", plain("OK")), Button("call", plain("Ring"), "112", does="call"))))
    assert html.index("tel:112") < html.index("Læs det her") < html.index("OK")


def test_every_button_has_its_own_nonce(draw_card):
    html = draw_card(Card((plain("x"),), (Button("a", plain("A")), Button("b", plain("B")))))
    nonces = re.findall(r'name="nonce" value="([^"]+)"', html)
    assert len(nonces) == len(set(nonces)) == 2


# ---- forms -----------------------------------------------------------------------------------------------

CHOICES = (Choice("a", plain("Et")), Choice("b", plain("To")))


@pytest.mark.parametrize("kind", ["text", "date", "time"])
def test_a_line_has_a_label(draw_form, kind):
    html = draw_form(Field("s1", kind, plain("Spørgsmål")))
    assert '<label for="f-s1">Spørgsmål</label>' in html
    assert 'id="f-s1"' in html and 'name="v.s1"' in html


@pytest.mark.parametrize("kind", ["single", "multi", "person", "yesno"])
def test_choices_have_a_legend_and_a_label_each(draw_form, kind):
    html = draw_form(Field("s1", kind, plain("Spørgsmål"), choices=() if kind == "yesno" else CHOICES))
    assert "<legend>Spørgsmål</legend>" in html
    assert html.count('<label class="choice">') == 2
    assert ("checkbox" in html) == (kind == "multi")


def test_a_scale_says_its_ends_once_to_the_eye_and_to_the_ear(draw_form):
    choices = tuple(Choice(str(n), plain({1: "1 – Aldrig", 5: "5 – Altid"}.get(n, str(n)))) for n in range(1, 6))
    html = draw_form(Field("s1", "scale", plain("Hvor tit?"), choices=choices, value=4))
    assert '<div class="ends" aria-hidden="true"><span>Aldrig</span><span>Altid</span></div>' in html
    assert '<span class="unseen"> – Aldrig</span>' in html
    assert re.search(r'value="4" checked', html)


def test_what_was_given_stands_there(draw_form):
    assert "checked" in draw_form(Field("s1", "multi", plain("?"), choices=CHOICES, value=["b"]))
    assert 'value="Hej"' in draw_form(Field("s1", "text", plain("?"), value="Hej", short=True))
    assert ">\nHej</textarea>" in draw_form(Field("s1", "text", plain("?"), value="Hej"))
    assert 'value="2027-03-01"' in draw_form(Field("s1", "date", plain("?"), value="2027-03-01"))
    assert 'name="v.s1" value="på fredag"' in draw_form(Field("s1", "date", plain("?"), value="på fredag"))


def test_a_text_that_begins_with_a_line_break_keeps_it(draw_form):
    assert ">\n\nHej</textarea>" in draw_form(Field("s1", "text", plain("?"), value="\nHej"))


def test_own_words_never_become_markup(draw_form):
    html = draw_form(
        Field("s1", "text", plain("?"), value=HOSTILE, hints=(Hint(plain(HOSTILE), (Button("role", plain("x"), HOSTILE),)),)),
        Field("s2", "text", plain("?"), value=HOSTILE, short=True, error=plain(HOSTILE)),
        held={"typed": {"s1": HOSTILE}},
    )
    assert "<img" not in html and "49" not in html


def test_an_error_is_said_at_the_top_and_at_the_field(draw_form):
    html = draw_form(Field("s1", "single", plain("Spørgsmål"), choices=CHOICES, error=plain("vælg ét")))
    assert '<a href="#f-s1-a">Spørgsmål</a>' in html and 'id="f-s1-a"' in html
    assert 'aria-describedby="e-s1"' in html and 'id="e-s1"' in html
    assert "Vælg ét" in html


def test_what_is_required_says_so_in_words(draw_form):
    assert "skal besvares" in draw_form(Field("s1", "text", plain("?"), required=True))
    assert "skal besvares" not in draw_form(Field("s1", "text", plain("?")))


def test_our_script_is_told_what_stands_alone_and_how_many(draw_form):
    html = draw_form(Field("s1", "multi", plain("?"), choices=CHOICES, max=2, exclusive=("b",)))
    assert 'data-max="2"' in html
    assert re.search(r'value="b" data-exclusive', html)


def test_enter_presses_the_main_button(draw_form):
    html = draw_form(Field("s1", "text", plain("?"), short=True), buttons=(Button("back", plain("Tilbage")), Button("next", plain("Videre"), style="primary")))
    first = re.search(r"<button[^>]*>", html)[0]
    assert 'value="next"' in first and 'aria-hidden="true"' in first


def test_a_buttons_value_travels_with_it(draw_form):
    html = draw_form(Field("s1", "text", plain("?"), hints=(Hint(plain("Et navn?"), (Button("role", plain("en kollega"), "Karla|k"),)),)))
    assert 'name="button" value="role:Karla|k"' in html


def test_a_page_that_is_over_can_be_closed(draw_form):
    assert "data-close" in draw_form(buttons=(), closed=True)


def test_a_route_page_begins_with_whom_to_call(draw_form):
    html = draw_form(lead=(plain("Ring nu"),), buttons=(Button("stop", plain("Stop")), Button("call", plain("Ring 112"), "112", does="call")), care=True)
    assert html.index("tel:112") < html.index("Ring nu") < html.index("Stop")
