"""The next good moment, against an implementation that is slow and obvious: it looks at every minute there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.calendars import OUR_ZONE, Times, day_off, good_from, good_moment, is_day_off, known_zone, last_good
from bot.recurrence import Rule, next_date
from bot.services.rounds import AHEAD, Rounds

ZONES = (
    "Europe/Copenhagen", "America/Nuuk", "Atlantic/Faroe", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Pacific/Apia", "Africa/Casablanca", "America/Caracas", "Pacific/Kiritimati", "Pacific/Pago_Pago",
)  # fmt: skip
TURNS = (
    date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 28), date(2024, 2, 28), date(2026, 12, 22), date(2027, 3, 23),
    date(2011, 12, 28), date(2016, 4, 30), date(2007, 12, 8), date(2026, 4, 4), date(2026, 10, 3), date(2023, 3, 24), date(2025, 1, 30),
)  # fmt: skip
"""Days around which clocks change (Samoa leaves one out, Caracas moves by half an hour by law), months end, or Easter falls."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

days = st.builds(lambda day, by: day + by * DAY, st.sampled_from(TURNS), st.integers(-3, 3))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
spans = st.builds(lambda day, long: (day, day + long * DAY), days, st.integers(0, 3))


@st.composite
def lives(draw) -> Times:
    start = draw(st.builds(time, st.integers(0, 12), st.sampled_from((0, 30))))
    end = draw(st.builds(time, st.integers(start.hour + 1, 23), st.sampled_from((0, 30, 59))))
    if draw(st.integers(0, 2)) == 0:  # a third of them work at night
        start, end = end, start
    return Times(
        timezone=draw(st.sampled_from(ZONES)),
        day_from=start,
        day_until=end,
        working_days=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        away=tuple(draw(st.lists(spans, max_size=2))),
        closed=tuple(draw(st.lists(spans, max_size=1))),
    )


# ---- slow and obvious ------------------------------------------------------------------------------------


def is_good_day(day: date, times: Times) -> bool:
    covered = [*times.away, *times.closed]
    return day.weekday() in times.working_days and not is_day_off(day) and not any(a <= day <= b for a, b in covered)


def slow_moment(day: date, at: time, times: Times) -> datetime | None:
    """Walk through the minutes from before the day began anywhere; the first that shows a good day, in hours, and late enough."""
    zone = ZoneInfo(times.timezone)
    moment = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    end = moment + timedelta(days=130)
    while moment < end:
        there = moment.astimezone(zone)
        if times.day_from > times.day_until:
            if _is_good_at_night(there, day, at, times):
                return moment
            moment += MINUTE
            continue
        if there.date() < day or not is_good_day(there.date(), times):
            moment += _to_the_next_day(there)
            continue
        if _is_late_enough(there, day, at, times):
            return moment
        moment += MINUTE
    return None


def _is_late_enough(there: datetime, day: date, at: time, times: Times) -> bool:
    wanted = max(at, times.day_from)
    if wanted >= times.day_until:
        if there.date() == day:
            return False
        wanted = times.day_from
    return wanted <= there.time().replace(second=0) < times.day_until


def _is_good_at_night(there: datetime, day: date, at: time, times: Times) -> bool:
    """Whether it is in a night that begins on a good date, no earlier in it than wanted, and no earlier night than wanted."""
    clock = there.time().replace(second=0)
    if times.day_until <= clock < times.day_from:
        return False
    is_wanted_by_day = times.day_until <= at < times.day_from
    night = there.date() if clock >= times.day_from else there.date() - DAY
    first = day - DAY if at < times.day_until else day
    return night >= first and is_good_day(night, times) and (is_wanted_by_day or _into(clock, times) >= _into(at, times))


def _into(clock: time, times: Times) -> int:
    """Minutes since the night began."""
    return (clock.hour * 60 + clock.minute - times.day_from.hour * 60 - times.day_from.minute) % (24 * 60)


def _to_the_next_day(there: datetime) -> timedelta:
    """Nearly to midnight; the last two hours in minutes, for clocks that change there."""
    left = datetime.combine(there.date(), time(23, 59)) - there.replace(tzinfo=None)
    return max(MINUTE, left - timedelta(hours=2))


@settings(max_examples=50, deadline=None)
@given(days, clocks, lives())
def test_it_is_the_first_minute_that_is_good(day, at, times):
    assert good_moment(day, at, times) == slow_moment(day, at, times)


@settings(max_examples=50, deadline=None)
@given(days, clocks, lives())
def test_what_may_not_move_comes_on_its_day_or_not_at_all(day, at, times):
    found, moved = good_moment(day, at, times, moves=False), good_moment(day, at, times)
    there = moved.astimezone(ZoneInfo(times.timezone)).date() if moved else None
    assert found == (moved if there == day else None)


@settings(max_examples=50, deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)), lives())
def test_from_a_moment_on_it_is_the_first_that_is_good(moment, times):
    moment = moment.replace(tzinfo=UTC, second=0, microsecond=0)
    there = moment.astimezone(ZoneInfo(times.timezone))
    found = good_from(moment, times)
    if times.day_from > times.day_until:
        is_good = _is_good_at_night(there, date.min + DAY, times.day_from, times)
    else:
        is_good = is_good_day(there.date(), times) and times.day_from <= there.time() < times.day_until
    assert found == moment if is_good else found is None or found > moment


@settings(max_examples=50, deadline=None)
@given(days, clocks, lives(), st.integers(0, 20))
def test_what_must_not_come_after_its_day_comes_on_the_last_good_one(day, at, times, within):
    """It is where a reminder planned for that very day would have gone, and no such day lies between."""
    found = last_good(day, at, times, within)
    by_day = times.is_night and times.day_until <= at < times.day_from
    last, at = (day - DAY, times.day_from) if by_day else (day, at)
    for n in range(within + 1):
        wanted = at if times.is_night or at < times.day_until else times.day_from
        one = slow_on(last - n * DAY, wanted, times)
        if one is not None:
            assert found == one and found.astimezone(ZoneInfo(times.timezone)).date() <= day
            return
    assert found is None


def slow_on(day: date, at: time, times: Times) -> datetime | None:
    """The first good minute for what is wanted then, if it is on the same date (or, at night, in the same night)."""
    found = slow_moment(day, at, times)
    return found if found is not None and found.astimezone(ZoneInfo(times.timezone)).date() == day else None


ALWAYS = Times(day_from=time(0), day_until=time(23, 59), working_days=frozenset(range(7)))


@pytest.mark.parametrize(
    ("day", "at", "times"),
    [
        (date(2011, 12, 30), time(8), replace(ALWAYS, timezone="Pacific/Apia")),  # a day that Samoa left out
        (date(2028, 3, 26), time(2, 30), replace(ALWAYS, day_from=time(2), day_until=time(2, 45))),  # an hour that is left out
    ],
)
def test_what_is_left_out_is_no_good(day, at, times):
    found = good_moment(day, at, times)
    assert found == slow_moment(day, at, times) and found.astimezone(ZoneInfo(times.timezone)).date() > day
    assert good_moment(day, at, times, moves=False) is None


# ---- rounds ----------------------------------------------------------------------------------------------

rules = st.one_of(
    st.builds(
        lambda days, at, every, anchor: Rule(kind="weekly", weekdays=tuple(sorted(days)), at=at, every=every, anchor=anchor),
        st.sets(st.integers(0, 6), min_size=1), clocks, st.integers(1, 4), days,
    ),
    st.builds(lambda day, at: Rule(kind="monthly_date", day=day, at=at), st.integers(1, 31), clocks),
    st.builds(lambda n, day, at: Rule(kind="monthly_weekday", nth=n, weekdays=(day,), at=at), st.sampled_from((1, 2, 3, 4, -1)), st.integers(0, 6), clocks),
    st.builds(lambda day, at: Rule(kind="yearly", month=2, day=day, at=at), st.integers(1, 29), clocks),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rules, st.sampled_from(ZONES), days, st.integers(0, 60))
def test_what_has_fallen_due_is_what_would_have_been_next(rule, zone, day, long):
    """Whether one ticks every round or sleeps through many, the last that fell due is the same."""
    rounds = Rounds(rule)
    start = datetime.combine(day, time(), UTC)
    end = start + long * DAY
    due, moment = None, start
    while (moment := rounds.next_after(moment, zone)) is not None and moment <= end:
        due = moment
    found = rounds.last_due(start, end, zone)
    assert (found[1] if found else None) == due
    assert found is None or next_date(rule, found[0]) == found[0]


@settings(max_examples=60, deadline=None)
@given(rules, lives(), days, st.integers(0, 24 * 20))
def test_what_must_not_come_late_is_never_past_nor_late_nor_with_the_one_before(rule, times, day, hours):
    """Whenever it is looked for; and looked for each time the clock looks, it is met exactly once, before the clock looks again."""
    rounds, zone = Rounds(rule, early=True), ZoneInfo(times.timezone)
    now = datetime.combine(day, time(), UTC)
    round = rounds.next_date(day + DAY)
    found = rounds.early_moment(round, times, now + hours * MINUTE * 60)
    if found is not None:
        on = found.astimezone(zone).date()
        assert found >= now + hours * MINUTE * 60 and on <= round and good_from(found, times) == found
        assert rounds.next_date(min(round, on + DAY * times.sleeps_at(rule.at))) == round
    wanted = rounds.early_moment(round, times, now - AHEAD)
    looks, moment = [now - AHEAD], now - AHEAD
    while len(looks) < 40 and (moment := rounds.next_look(moment, times.timezone)) is not None:
        looks.append(moment)
    met = [at for at, after in zip(looks, looks[1:]) if wanted is not None and at <= wanted < after]
    assert len(met) == (wanted is not None and looks[0] <= wanted < looks[-1])


@settings(max_examples=40, deadline=None)
@given(rules, st.sampled_from(ZONES), st.sampled_from(ZONES), days)
def test_who_travels_has_each_round_once_in_whatever_zone(rule, before, after, day):
    """The rounds of two zones are the same dates: a round recorded in one is the same in the other."""
    rounds = Rounds(rule)
    assert rounds.dates(day, 4) == [one for one in rounds.dates(day, 4) if next_date(rule, one) == one]
    moments = [rounds.next_after(datetime.combine(day, time(), UTC), zone) for zone in (before, after)]
    assert all(moments) and abs(moments[0] - moments[1]) < timedelta(days=366 * 8)


# ---- what is known ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 4, 2), "Skærtorsdag"), (date(2026, 5, 25), "Anden pinsedag"), (date(2026, 6, 5), "Grundlovsdag"),
        (date(2026, 12, 24), "Juleaftensdag"), (date(2026, 12, 31), "Nytårsaften"), (date(2023, 5, 5), "Store bededag"),
    ],
)  # fmt: skip
def test_danish_days_off(day, name):
    assert is_day_off(day) and day_off(day).da == name and day_off(day).en


@pytest.mark.parametrize("day", [date(2026, 5, 1), date(2024, 4, 26), date(2026, 12, 23)])
def test_ordinary_days(day):
    assert not is_day_off(day) and day_off(day) is None


def test_an_unknown_zone_is_ours():
    assert [known_zone(name) for name in ("Asia/Tokyo", "Mars/Base", "", "../etc")] == ["Asia/Tokyo", *[OUR_ZONE] * 3]
