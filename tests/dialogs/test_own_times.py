"""What a person says about when they may be disturbed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.dialogs.facts import LeaveFacts, RhythmFacts, TimesFacts
from bot.dialogs.own_times import OwnTimes
from bot.dialogs.turn import CancelLeave, SetPerson, TakeLeave
from bot.events import Submitted
from tests.application import house
from tests.dialogs.test_desk import ANA

TODAY = date(2026, 3, 2)
HOME = "Europe/Copenhagen"
TIMES = OwnTimes(house())
FACTS = replace(ANA, rhythm=None, today=TODAY, leaves=(LeaveFacts(date(2026, 7, 6), date(2026, 7, 24)),), times=TimesFacts())
FILLED = {"day_from": "8", "day_until": "16.30", "working_days": ["0", "1", "3"], "most_per_week": "1", "leaves": ["2026-07-06/2026-07-24"]}


def submit(facts=FACTS, **changed):
    return TIMES.submitted(Submitted(id="1", run="", page="times", button="save", values=FILLED | changed), facts)


def test_what_is_chosen_is_kept_and_leave_stays():
    turn = submit()
    assert turn.effects == (SetPerson({"day_from": "08:00", "day_until": "16:30", "working_days": "013", "most_per_week": 1}),)
    assert turn.form.closed and "08.00 og 16.30" in turn.form.lead[0].spoken("da")


def test_leave_is_taken_and_cancelled_on_the_page():
    turn = submit(leave="uge 12", leaves=[])
    assert turn.effects[1:] == (CancelLeave(date(2026, 7, 6), date(2026, 7, 24)), TakeLeave(date(2026, 3, 16), date(2026, 3, 22)))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day_from": "sent"}, "day_from"),
        ({"day_until": "7.30"}, "day_until"),
        ({"working_days": []}, "working_days"),
        ({"leave": "snart"}, "leave"),
        ({"leave": "1.-3. februar 2026"}, "leave"),
        ({"leave": "24.7.2026 - 6.7.2026"}, "leave"),
    ],
)
def test_what_makes_no_sense_is_asked_again_and_nothing_is_lost(changed, field):
    turn = submit(**changed)
    assert turn.effects == () and [one.id for one in turn.form.fields if one.error] == [field]
    assert next(one for one in turn.form.fields if one.id == "most_per_week").value == "1"


def test_whoever_is_away_may_choose_the_clock_at_home_and_nobody_else_is_asked():
    away = replace(FACTS, person=replace(FACTS.person, timezone="America/Nuuk"))
    [field] = [one for one in TIMES.form(away).fields if one.id == "timezone"]
    assert [(one.id, one.text.spoken("da")) for one in field.choices] == [("America/Nuuk", "Uret i Nuuk"), (HOME, "Uret i Danmark")]
    assert field.value == "America/Nuuk" and "timezone" not in [one.id for one in TIMES.form(FACTS).fields]
    [kept], [home] = submit(away, timezone="America/Nuuk").effects, submit(away, timezone=HOME).effects
    assert "timezone" not in kept.values and home.values["timezone"] == HOME
    assert [submit(away, timezone=zone).effects[0] for zone in ("Asia/Tokyo", None)] == [kept, kept]


@pytest.mark.parametrize(("rhythm", "field"), [(RhythmFacts(0, "16:45", 1), "day_until"), (RhythmFacts(2, "09:00", 1), "working_days")])
def test_a_rhythm_that_could_never_come_is_said(rhythm, field):
    assert [one.id for one in submit(replace(FACTS, rhythm=rhythm)).form.fields if one.error] == [field]


@pytest.mark.parametrize(
    ("start", "end", "is_kept"),
    [("21", "6", True), ("15.30", "0.30", True), ("22", "14", True), ("22", "14.01", False), ("9", "8", False), ("8", "8", False), ("0", "23.59", True)],
)
def test_a_working_day_may_go_over_midnight_but_not_all_around(start, end, is_kept):
    assert bool(submit(day_from=start, day_until=end).effects) == is_kept


def test_at_night_the_day_is_the_one_it_begins_on():
    turn = submit(day_from="21", day_until="6")
    assert "fra kl. 21.00 til kl. 06.00 næste morgen" in turn.form.lead[0].spoken("da")
    small_hours, day = (replace(FACTS, rhythm=RhythmFacts(2, at, 1)) for at in ("02:30", "14:00"))
    assert submit(small_hours, day_from="21", day_until="6").effects  # Wednesday, 02:30: Tuesday's night
    assert [one.id for one in submit(small_hours, day_from="21", day_until="6", working_days=["2"]).form.fields if one.error] == ["working_days"]
    assert [one.id for one in submit(day, day_from="21", day_until="6").form.fields if one.error] == ["day_until"]


def test_a_posted_choice_that_is_none_changes_nothing():
    turn = submit(most_per_week="99", working_days=["0", "8", "x"])
    assert turn.effects[0].values["most_per_week"] == 2 and turn.effects[0].values["working_days"] == "0"
