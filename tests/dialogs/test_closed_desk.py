"""Closed days in a line: whose they are is asked, and nothing that is not one's own is closed or opened."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogs.coordinating.closed import ClosedDesk, ClosedFacts, ClosedSeen
from bot.dialogs.turn import CloseDays, OpenDays, Say
from bot.events import Chose, Wrote
from tests.application import house

DESK = ClosedDesk(house())
TODAY = date(2026, 3, 2)
CENTRES = tuple((f"c{n}", f"Center {n}") for n in range(7))
AHEAD = (ClosedSeen("1", "c1", date(2026, 3, 10), date(2026, 3, 10), True), ClosedSeen("2", None, date(2026, 4, 1), date(2026, 4, 2), False))
FACTS = ClosedFacts(True, TODAY, CENTRES, frozenset({"c1", "c2"}), AHEAD)


def wrote(text, facts=FACTS):
    return DESK.resume(Wrote(id="1", text=text), facts)


def chose(action, value, facts=FACTS):
    return DESK.resume(Chose(id="1", subject="", action=action, value=value), facts)


def card(turn):
    return next(effect.card for effect in turn.effects if isinstance(effect, Say))


def test_it_is_asked_whose_days_they_are_and_the_rest_is_on_the_page():
    assert [button.value.partition("|")[0] for button in card(wrote("lukket 10. marts")).buttons] == ["c1", "c2"]
    everywhere = card(wrote("lukket 10. marts", ClosedFacts(True, TODAY, CENTRES, None))).buttons
    assert [button.action for button in everywhere] == ["close_days"] * 5 + ["page"]
    alone = wrote("closed 24 December - 1 January", ClosedFacts(True, TODAY, CENTRES, frozenset({"c3"})))
    assert alone.effects[0] == CloseDays("c3", date(2026, 12, 24), date(2027, 1, 1))


@pytest.mark.parametrize(
    "value", ["c5|2026-03-10/2026-03-10", "all|2026-03-10/2026-03-10", "c1|2026-03-10/2026-03-09", "c1|snart", "", "|/"]
)
def test_what_is_not_ones_own_or_makes_no_sense_is_not_closed(value):
    assert [type(effect) for effect in chose("close_days", value).effects] == [Say]


def test_only_ones_own_days_are_opened_again():
    assert chose("open_days", "c1|2026-03-10/2026-03-10").effects[0] == OpenDays("1")
    for value in ("all|2026-04-01/2026-04-02", "c1|2026-03-11/2026-03-11", ""):
        assert [type(effect) for effect in chose("open_days", value).effects] == [Say]
    assert [button.action for button in card(wrote("lukkedage")).buttons] == ["open_days", "page"]


def test_from_others_it_is_a_word_like_any_other():
    others = ClosedFacts(False, TODAY)
    assert wrote("lukket 10. marts", others) is None
    assert "koordinator" in card(chose("close_days", "c1|2026-03-10/2026-03-10", others)).text[0].da
