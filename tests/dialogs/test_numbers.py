"""How many took part, said in the chat: numbers or words, never a nought in the place of a few."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogs.coordinating.numbers import Numbers, NumbersFacts, ProgrammeNumbers
from bot.events import Chose, Sender, Wrote

COMES_ON = date(2027, 4, 1)
SENDER = Sender(channel="web", organisation="o", external="p")


def said(house, language, *programmes):
    turn = Numbers(house).resume(Chose(id="1", sender=SENDER, subject="", action="numbers"), NumbersFacts(tuple(programmes)))
    (say,) = turn.effects
    return [line.spoken(language) for line in say.card.text]


def of(people):
    return ProgrammeNumbers("Tidlige tegn", (2027, 1), COMES_ON, people)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("da", "Tidlige tegn, 1. kvartal 2027: 11 er blevet færdige, 18 er begyndt."),
        ("en", "Tidlige tegn, first quarter of 2027: 11 have finished, 18 have begun."),
    ],
)
def test_what_may_be_shown_is_said_and_the_rest_left_out(house, language, line):
    assert said(house, language, of({"finished": 11, "begun": 18, "delivered": None, "sent": None}))[0] == line


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("da", "Tidlige tegn, 1. kvartal 2027: For få til, at tallet kan vises uden at vise enkeltpersoner."),
        ("en", "Tidlige tegn, first quarter of 2027: Too few to show the number without showing individuals."),
    ],
)
def test_too_few_is_said_in_words(house, language, line):
    assert said(house, language, of({"finished": None, "begun": None}))[0] == line


def test_before_it_is_over_the_day_is_said(house):
    assert said(house, "da", of({}))[0] == "Tidlige tegn, 1. kvartal 2027: Tallene kommer torsdag den 1. april 2027."


def test_the_card_stays_short(house):
    assert len(said(house, "da", *[of({"begun": 12})] * 9)) == 5


def test_it_is_not_for_everybody(house):
    assert Numbers(house).resume(Wrote(id="1", sender=SENDER, text="tal"), NumbersFacts(None)) is None
