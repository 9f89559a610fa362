"""How something moved, drawn for all three channels: a picture, and the same in words beside it."""

from __future__ import annotations

import re

from bot.cards import Form, Strip, Words, plain, spoken
from bot.channels.slack.modals import draw_form
from bot.channels.teams import dialogs
from bot.channels.teams.conversations import texts as teams_texts
from bot.channels.web.drawing import Drawing
from tests.channels.slack.rules import broken_view
from tests.channels.slack.test_drawing import LIBRARY, texts
from tests.channels.teams.judging import broken, parts
from tests.channels.test_web_drawing import VISIT

LINE = plain("koncentreret: få 2. februar; for få svar 9. februar; de fleste <16. februar>.")
STRIP = Strip(LINE, plain("koncentreret"), tuple(map(plain, ("2/2", "9/2", "16/2"))), (1, None, 3), tuple(map(plain, ("få", "nogle", "de fleste"))))
FORM = Form("group:r", "own", plain("Over tid"), lead=(plain("Runde for runde."), LINE), closed=True, strips=(STRIP,))


def test_a_page_without_pictures_says_nothing_of_them():
    assert "strips" not in spoken(Form("r", "p", Words("x", "x")), "da")


def test_on_the_web_it_is_a_drawing_with_the_words_as_its_text():
    html = Drawing(LIBRARY.say).draw("form_fragment.html", "da", "Europe/Copenhagen", visit=VISIT, back="/chat", form=spoken(FORM, "da"))
    assert html.count("<circle") == 2 and "<line" not in html, "a gap is not bridged"
    assert [float(y) for y in re.findall(r'cy="([\d.]+)"', html)] == [60.0, 12.0]
    assert 'role="img" aria-label="koncentreret: få' in html and html.count("de fleste &lt;16. februar&gt;") == 2
    assert "style=" not in html


def test_slack_and_teams_take_as_much_of_it_as_there_can_be():
    moments, levels = tuple(plain(f"{n}/12") for n in range(8)), (1, None, 3, 2, 1, None, 3, 3)
    strips = tuple(Strip(plain(f"{n} {'ø' * 300}"), plain("x"), moments, levels, STRIP.names) for n in range(8))
    said = spoken(Form("group:r", "own", plain("Over tid"), lead=tuple(one.words for one in strips), closed=True, strips=strips), "da")
    view = draw_form(said, texts("da"))
    assert broken_view(view) == []
    assert [block["elements"][0]["text"] for block in view["blocks"] if block["type"] == "context"] == ["`▂ · █ ▅ ▂ · █ █`"] * 8
    card = dialogs.form_card(said, "key", teams_texts(LIBRARY, "da"))
    assert broken(card, in_chat=False) == []
    columns = [part for part in parts(card) if part.get("type") == "Column"]
    assert [part["items"][0]["text"] for part in columns[:4]] == ["▂", "·", "█", "▅"] and columns[2]["items"][1]["text"] == "2/12"
