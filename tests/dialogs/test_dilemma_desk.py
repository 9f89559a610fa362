"""A dilemma alone: how one is asked for, and which comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cards import spoken
from bot.dialogs.dilemma.desk import DILEMMAS, DilemmaDesk, DilemmaFacts
from bot.dialogs.turn import Begin
from bot.events import Chose, Event, Submitted, Wrote
from tests.furniture import furnished, load

HOUSE = furnished(load())
DESK = DilemmaDesk(HOUSE)
ARRIVED = DilemmaFacts(has_arrived=True, written={})


def pressed(action: str = DILEMMAS, value: str = "") -> Chose:
    return Chose(id="e", subject="", action=action, value=value)


def sent(page: str = DILEMMAS, run: str = "", **values: object) -> Submitted:
    return Submitted(id="e", run=run, page=page, button="next", values=values)


def offered(facts: DilemmaFacts) -> list[str]:
    turn = DESK.resume(pressed(), facts)
    return [choice["id"] for choice in spoken(turn.form, "da")["fields"][0]["choices"]]


def test_the_one_written_about_longest_ago_comes_first():
    written = {"D01": datetime(2026, 3, 1, tzinfo=UTC), "D04": datetime(2026, 2, 1, tzinfo=UTC), "F01": datetime(2026, 1, 1, tzinfo=UTC)}
    listed = offered(DilemmaFacts(has_arrived=True, written=written))
    assert listed[0] == "D02" and listed[-2:] == ["D04", "D01"] and len(listed) == 12


def test_the_one_chosen_is_begun():
    assert DESK.resume(sent(dilemma="D07"), ARRIVED).effects == (Begin("D07"),)


@pytest.mark.parametrize("chosen", [None, "D99", "own_dilemma", ["D01"], {"a": 1}])
def test_what_is_not_there_is_asked_for_again(chosen: object):
    turn = DESK.resume(sent(dilemma=chosen), ARRIVED)
    assert not turn.effects and turn.form.fields[0].error


@pytest.mark.parametrize(
    "event", [Wrote(id="e", text="Dilemma"), pressed(), pressed("begin", DILEMMAS), sent(), sent("start", flow=DILEMMAS)]
)
def test_every_way_to_ask_for_one_leads_to_it_once_the_notice_is_read(event: Event):
    assert DESK.concerns(event)
    assert DESK.resume(event, DilemmaFacts(has_arrived=False, written={})) is None
    assert DESK.resume(event, ARRIVED) is not None


@pytest.mark.parametrize(
    "event", [Wrote(id="e", text="Jeg står i et dilemma"), pressed("begin", "F01"), sent("start", flow="F01"), sent("start", run="r1")]
)
def test_anything_else_is_left_to_others(event: Event):
    assert not DESK.concerns(event)


def test_where_there_are_no_dilemmas_none_is_offered():
    assert not DilemmaDesk(replace(HOUSE, dilemmas={})).concerns(pressed())


def test_the_list_fits_a_menu_on_every_platform():
    form = DESK.resume(pressed(), ARRIVED).form
    assert all(len(choice.text.spoken(language)) <= 75 for choice in form.fields[0].choices for language in ("da", "en"))
