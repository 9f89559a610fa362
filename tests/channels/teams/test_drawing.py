"""Everything there is to show, drawn for Teams in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.cards import Button, Card, Choice, Field, Form, plain, spoken
from bot.channels.teams import cards, dialogs, package
from bot.channels.teams.conversations import texts
from bot.channels.teams.fields import PICKED, kinds, read_values
from bot.channels.teams.presses import OURS
from tests.channels.slack.test_drawing import CARDS, FORMS, LIBRARY
from tests.channels.teams.judging import broken, parts
from tests.channels.teams.node import judged

LANGUAGES = ("da", "en")
SECRET = "Karla fra nr. 3 græd i vagten"


def drawn_cards(language: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, card in CARDS:
        yield name, cards.card(spoken(card, language), "key")


def drawn_forms(language: str) -> Iterator[tuple[str, dict[str, Any]]]:
    say = texts(LIBRARY, language)
    for name, form in FORMS:
        yield name, dialogs.form_card(spoken(form, language), "key", say)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_is_one_that_teams_takes(language):
    assert {name: found for name, card in drawn_cards(language) if (found := broken(card, in_chat=True))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_one_that_teams_takes(language):
    """Filled with the longest there is, a page may be larger than a message: it is an answer, not a message."""
    found = {name: wrong for name, card in drawn_forms(language) if (wrong := broken(card, in_chat=False, most=dialogs.MOST_BYTES))}
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_a_message_before_anything_is_written_on_it(language):
    say = texts(LIBRARY, language)
    for name, form in FORMS:
        empty = Form(**{**form.__dict__, "fields": tuple(_empty(field) for field in form.fields), "held": {}})
        assert broken(dialogs.form_card(spoken(empty, language), "key", say), in_chat=False) == [], name


def _empty(field: Field) -> Field:
    return Field(**{**field.__dict__, "value": None, "hints": ()})


@pytest.mark.parametrize("language", LANGUAGES)
def test_microsofts_own_renderer_has_nothing_to_say(language):
    drawn = {f"card {n} {name}": card for n, (name, card) in enumerate(drawn_cards(language))}
    drawn |= {f"page {n} {name}": card for n, (name, card) in enumerate(drawn_forms(language))}
    assert judged("validate.js", drawn) == {}


def test_microsofts_own_renderer_would_say_so():
    wrong = {"type": "TextBlock", "text": "x", "wrapp": True}, {"type": "TextBlok", "text": "x"}, {"type": "Input.Text", "id": "i", "labl": "x"}
    drawn = {str(n): {"type": "AdaptiveCard", "version": "1.5", "body": [one]} for n, one in enumerate(wrong)}
    drawn["3"] = cards.adaptive([], [{"type": "Action.ShowCard", "title": "x", "card": drawn["0"]}])
    assert judged("validate.js", drawn).keys() == drawn.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_of_a_card_can_be_pressed(language):
    for name, card in CARDS:
        shown = spoken(card, language)
        pressable = [one for one in parts(cards.card(shown, "key")) if one["type"] in ("Action.Execute", "Action.Submit") and OURS in one["data"]]
        asked = {(one["data"][OURS].get("action"), one["data"][OURS].get("value")) for one in pressable}
        for button in shown["buttons"]:
            if button["does"] in ("act", "form"):
                assert (button["action"], button["value"]) in asked, name


def test_no_telephone_number_is_lost_with_its_button():
    """Where there is no room for the button, the number stands in the text."""
    for name, card in CARDS:
        shown = spoken(card, "da")
        links = [one["url"] for one in parts(cards.card(shown, "key")) if one["type"] == "Action.OpenUrl"]
        for button in shown["buttons"]:
            if button["does"] == "call":
                assert f"tel:{button['value'].replace(' ', '')}" in links or button["value"] in " ".join(shown["text"]), name


def test_a_message_is_a_card_or_a_line_and_never_both():
    for name, card in CARDS:
        said = cards.message(spoken(card, "da"), "key")
        assert ("text" in said) != ("attachments" in said), name
        assert "text" in said or said["summary"], name


def test_a_lock_screen_shows_the_notice():
    for name, card in CARDS:
        if card.notice is not None:
            assert cards.message(spoken(card, "da"), "key")["summary"] == card.notice.da[:150], name


def test_what_a_person_wrote_becomes_no_link_and_no_picture():
    written = f"[{SECRET}](https://stranger.example) ![x](https://stranger.example/x.png) <b>fed</b>"
    form = Form("r", "p", plain("Titel"), (Field("s1", "text", plain("Hvad?"), value=written),), lead=(plain(f"Du skrev: {written}"),))
    drawn = dialogs.form_card(spoken(form, "da"), "key", texts(LIBRARY, "da"))
    read = [one for one in parts(drawn) if one["type"] == "TextBlock" and SECRET in one["text"]]
    assert read == []  # only a TextBlock knows Markdown
    assert any(run["text"] == f"Du skrev: {written}" for one in parts(drawn) if one["type"] == "RichTextBlock" for run in one["inlines"])


def test_strong_words_of_ours_stay_strong():
    runs = cards.card(spoken(Card((plain("Ring **112** nu"),), title=plain("T")), "da"), "k")["body"][1]["inlines"]
    assert [(run["text"], run.get("weight")) for run in runs] == [("Ring ", None), ("112", "Bolder"), (" nu", None)]


def test_a_button_that_asks_first():
    drawn = cards.card(spoken(Card((plain("x"),), (Button("drop", plain("Slet"), "r1", style="danger", confirm=plain("Sikker?")),), subject="run:r1"), "da"), "k")
    (asks,) = drawn["actions"]
    assert asks["type"] == "Action.ShowCard"
    (deletes,) = asks["card"]["actions"]
    assert (deletes["type"], deletes["title"], deletes["style"]) == ("Action.Execute", "Slet", "destructive")
    assert deletes["data"][OURS] == {"action": "drop", "value": "r1", "subject": "run:r1", "key": "k"}


# ---- fields there and back -------------------------------------------------------------------------------

CHOICES = (Choice("a", plain("A")), Choice("b", plain("B")))
FIELDS = (
    Field("t", "text", plain("Tekst"), value="linje 1\nlinje 2"),
    Field("s", "single", plain("En"), choices=CHOICES, value="b"),
    Field("m", "multi", plain("Flere"), choices=CHOICES, value=["a", "b"]),
    Field("k", "scale", plain("Skala"), choices=tuple(Choice(str(n), plain(str(n))) for n in range(1, 6)), value=4),
    Field("y", "yesno", plain("Ja?"), value="no"),
    Field("d", "date", plain("Dag"), value="2026-12-01"),
    Field("w", "date", plain("Dag"), value="om to uger"),
    Field("c", "time", plain("Tid"), value="08:30"),
)


def given(drawn: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one.get("value", "") for one in parts(drawn) if one["type"].startswith("Input.")}


def test_what_stands_in_the_fields_comes_back_as_it_is():
    form = Form("r", "p", plain("Titel"), FIELDS)
    drawn = dialogs.form_card(spoken(form, "da"), "key", texts(LIBRARY, "da"))
    read = read_values(kinds(spoken(form, "da")["fields"]), given(drawn))
    assert read == {field.id: field.value for field in FIELDS}


@pytest.mark.parametrize(
    ("was", "said", "picked", "read"),
    [
        ("om to uger", "om to uger", "2026-12-24", "2026-12-24"),  # the calendar was used after
        ("om to uger", "fredag", "2026-12-24", "fredag"),  # something new was written
        ("", "", "2026-12-24", "2026-12-24"),
        ("", "fredag", "", "fredag"),
        ("om to uger", "", "", ""),
    ],
)
def test_a_date_is_what_was_said_last(was, said, picked, read):
    assert read_values({"d": ["date", was]}, {"d": said, "d" + PICKED: picked}) == {"d": read}


@pytest.mark.parametrize("sent", [{}, {"k": None}, {"k": []}, {"k": {"x": 1}}, {"k": 4}, {"k": "nine"}, {"t": 7}])
def test_values_of_the_wrong_kind_are_left_out(sent):
    read = read_values({"k": "scale", "t": "text", "m": "multi", "x": None, "d": ["date"]}, sent)
    assert read["k"] in (None, "nine") and read["t"] == "" and read["m"] == []


@pytest.mark.parametrize("sent", [None, 7, "x", [], ["a"]])
def test_kinds_of_the_wrong_kind_are_no_fields(sent):
    assert read_values(sent, {"a": "b"}) == {}


# ---- what is required ------------------------------------------------------------------------------------


def page(*fields: Field) -> dict[str, Any]:
    buttons = (Button("next", plain("Videre"), style="primary"), Button("back", plain("Tilbage")), Button("later", plain("Senere")))
    return dialogs.form_card(spoken(Form("r", "p", plain("Titel"), fields, buttons), "da"), "key", texts(LIBRARY, "da"))


def test_back_and_later_work_with_nothing_chosen():
    """Teams insists on required inputs for every button that sends them; where only choices stand on a page, those do not."""
    drawn = page(Field("s", "single", plain("En"), choices=CHOICES, required=True))
    (input,) = [one for one in parts(drawn) if one["type"] == "Input.ChoiceSet"]
    assert input["isRequired"] and input["errorMessage"] and "skal udfyldes" in input["label"]
    assert [one["associatedInputs"] for one in cards.buttons_of(drawn)] == ["auto", "none", "none"]


def test_nothing_typed_is_lost_by_going_back():
    drawn = page(Field("s", "single", plain("En"), choices=CHOICES, required=True), Field("t", "text", plain("Tekst")))
    assert not any(one.get("isRequired") for one in parts(drawn))
    assert {one["associatedInputs"] for one in cards.buttons_of(drawn)} == {"auto"}


def test_a_chosen_answer_lets_every_button_send_all():
    drawn = page(Field("s", "single", plain("En"), choices=CHOICES, required=True, value="a"), Field("t", "text", plain("Tekst")))
    assert any(one.get("isRequired") for one in parts(drawn))
    assert {one["associatedInputs"] for one in cards.buttons_of(drawn)} == {"auto"}


def test_every_text_of_teams_is_used():
    source = "\n".join(path.read_text("utf-8") for path in (Path(dialogs.__file__).parent).rglob("*.py"))
    commands = {f"command_{one}{end}" for one in (*package.COMMANDS, *package.TOGETHER) for end in ("", "_means")}
    known = [key.removeprefix("teams.") for key in LIBRARY.texts if key.startswith("teams.")]
    asked = partial(str.__contains__, source)
    assert [key for key in known if key not in commands and not (asked(f'"{key}"') or asked(f"'{key}'")) and not asked(f"teams.{key}")] == []
