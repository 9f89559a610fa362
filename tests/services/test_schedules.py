"""Rhythms: set, paused, at rest, and through both changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import NOW, department
from sqlalchemy import update

from bot.calendars import Times
from bot.recurrence import RuleError
from bot.services import people, schedules
from bot.store.tables import Schedule

TZ = "Europe/Copenhagen"


@pytest.fixture
def here(store):
    return store.run_now(department)


def set_rhythm(store, who, weekday=0, time="08:00", every=1, now=NOW, timezone=TZ):
    ids = {"organisation": who.organisation, "person": who.id}
    what = {"weekday": weekday, "time": time, "every": every, "timezone": timezone}
    return store.run_now(lambda db: schedules.set_rhythm(db, **ids, **what, now=now))


def rhythm(store, who):
    return store.read_now(lambda db: schedules.rhythm_of(db, who))


def again(store, who):
    return store.read_now(lambda db: people.person(db, who.organisation, who.id))


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_rhythm_is_local_time_and_replaces_the_one_before(store, here):
    assert set_rhythm(store, here.ea) == at(2026, 11, 30, 7)  # NOW is a Monday, 10:30 in Copenhagen
    assert set_rhythm(store, here.ea, 2, "16:15") == at(2026, 11, 25, 15, 15)
    kept = rhythm(store, here.ea)
    assert (kept.weekday, kept.time, kept.every) == (2, "16:15", 1)
    assert rhythm(store, here.per) is None
    assert len(store.run_now(lambda db: schedules.due_schedules(db, at(2027, 1, 1), 10))) == 1


CLOCK = st.times().map(lambda at: at.strftime("%H:%M"))


@given(CLOCK, CLOCK, CLOCK)
def test_hours_make_room_for_a_rhythm_and_a_night_stays_a_night(at, start, end):
    if start == end:
        return
    wider = Times("UTC", *map(time.fromisoformat, schedules.with_room(at, start, end)))
    before = Times("UTC", time.fromisoformat(start), time.fromisoformat(end))
    assert wider.holds(time.fromisoformat(at)) or at == "23:59"
    assert wider.holds(before.day_from) and (wider.is_night == before.is_night or at == end)


def test_a_rhythm_in_the_small_hours_is_the_night_before(store, here):
    store.run_now(lambda db: people.set_person(db, here.ea, {"day_from": "21:00", "day_until": "06:00", "working_days": "0"}, NOW))
    set_rhythm(store, here.ea, 3, "02:30")
    assert again(store, here.ea).working_days == "02"
    set_rhythm(store, here.ea, 3, "06:30")
    kept = again(store, here.ea)
    assert (kept.day_from, kept.day_until, kept.working_days) == ("21:00", "07:30", "02")


def test_no_rhythm_takes_it_away(store, here):
    set_rhythm(store, here.ea)
    assert set_rhythm(store, here.ea, None) is None
    assert rhythm(store, here.ea) is None


def test_every_other_week_counts_from_the_coming_one(store, here):
    assert set_rhythm(store, here.ea, 3, "08:00", 2) == at(2026, 11, 26, 7)
    after = store.run_now(lambda db: schedules.due_schedules(db, at(2026, 11, 26, 7), 1))[0]
    next_ = schedules.after_pause(schedules.Rule.from_json(after.rule), None, TZ, at(2026, 11, 26, 7))
    assert next_ == at(2026, 12, 10, 7)


def test_summer_time_moves_the_moment_and_not_the_hour(store, here):
    before = at(2027, 3, 23, 12)
    assert set_rhythm(store, here.ea, 0, "08:00", now=before) == at(2027, 3, 29, 6)
    assert set_rhythm(store, here.ea, 6, "02:30", now=before) == at(2027, 3, 28, 1)  # 02:30 is not there that day


@pytest.mark.parametrize("wrong", [{"weekday": 7}, {"time": "25:00"}, {"every": 0}, {"timezone": "Mars/Olympus"}])
def test_what_makes_no_sense_is_refused_and_nothing_is_changed(store, here, wrong):
    set_rhythm(store, here.ea)
    with pytest.raises(RuleError):
        set_rhythm(store, here.ea, **{"weekday": 1, **wrong})
    assert rhythm(store, here.ea).weekday == 0


def test_a_pause_moves_the_next_prompt_past_it_and_ends_by_itself(store, here):
    set_rhythm(store, here.ea)
    store.run_now(lambda db: schedules.pause(db, here.ea, date(2026, 12, 14), NOW))
    assert again(store, here.ea).paused_until == date(2026, 12, 14)
    assert rhythm(store, here.ea).next_run_at == at(2026, 12, 14, 7)  # the first day after it is a Monday
    store.run_now(lambda db: schedules.pause(db, here.ea, None, NOW))
    assert again(store, here.ea).paused_until is None
    assert rhythm(store, here.ea).next_run_at == at(2026, 11, 30, 7)


def test_a_new_rhythm_in_a_pause_waits_for_its_end(store, here):
    store.run_now(lambda db: schedules.pause(db, here.ea, date(2026, 12, 15), NOW))
    assert set_rhythm(store, here.ea) == at(2026, 12, 21, 7)


def test_being_heard_from_wakes_a_rhythm_at_rest(store, here):
    set_rhythm(store, here.ea)
    rest = {"unanswered": 3, "resting": True, "next_run_at": None, "asked_less_at": NOW}
    store.run_now(lambda db: db.execute(update(Schedule).values(**rest)))
    store.run_now(lambda db: schedules.answered(db, here.ea, at(2026, 12, 25, 12)))
    woken = rhythm(store, here.ea)
    assert (woken.resting, woken.unanswered, woken.next_run_at) == (False, 0, at(2026, 12, 28, 7))


def test_an_answer_resets_the_count_and_leaves_the_next_moment(store, here):
    first = set_rhythm(store, here.ea)
    set_rhythm(store, here.per)
    store.run_now(lambda db: db.execute(update(Schedule).values(unanswered=2)))
    store.run_now(lambda db: schedules.answered(db, here.ea, NOW))
    assert (rhythm(store, here.ea).unanswered, rhythm(store, here.ea).next_run_at) == (0, first)
    assert rhythm(store, here.per).unanswered == 2
