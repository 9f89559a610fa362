"""Recurrence against an independent, slow and simple implementation: walk day by day, look at the clock."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.recurrence import Rule, RuleError, instant, next_after, next_date

COPENHAGEN = "Europe/Copenhagen"
FAR = timedelta(days=3 * 366)


# ---- the independent implementation ----------------------------------------------------------------------


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def slow_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Minute by minute through two days of UTC around the date: the first minute whose wall clock shows it, else the
    first minute whose wall clock has jumped past it."""
    wanted = datetime.combine(day, at)
    start = wanted.replace(tzinfo=UTC) - timedelta(hours=28)
    hours = [start + timedelta(hours=hour) for hour in range(0, 56)]
    close = [hour for hour in hours if abs(wall(hour, zone) - wanted) <= timedelta(hours=26)]
    minutes = (hour + timedelta(minutes=minute) for hour in close for minute in range(60))
    jumped = None
    previous = None
    for minute in minutes:
        shown = wall(minute, zone)
        if shown == wanted:
            return minute
        if jumped is None and previous is not None and previous < wanted < shown:
            jumped = minute
        previous = shown
    assert jumped is not None
    return jumped


def fits(rule: Rule, day: date) -> bool:
    if (rule.from_ and day < rule.from_) or (rule.until and day > rule.until):
        return False
    last = calendar.monthrange(day.year, day.month)[1]
    on_the_day = day.day == min(rule.day, last)
    match rule.kind:
        case "weekly":
            if day.weekday() not in rule.weekdays:
                return False
            anchor = rule.anchor or rule.from_ or day
            weeks = (day - timedelta(day.weekday()) - (anchor - timedelta(anchor.weekday()))).days // 7
            return weeks % rule.every == 0
        case "monthly_date":
            return on_the_day
        case "monthly_weekday":
            if day.weekday() != rule.weekdays[0]:
                return False
            return day.day > last - 7 if rule.nth == -1 else (day.day - 1) // 7 == rule.nth - 1
        case "quarterly":
            return on_the_day and (day.month - 1) % 3 == rule.month - 1
        case "yearly":
            return on_the_day and day.month == rule.month
        case _:
            return day == rule.on


def slow_next(rule: Rule, moment: datetime, timezone: str) -> datetime | None:
    zone = ZoneInfo(timezone)
    day = wall(moment, zone).date() - timedelta(days=2)
    while day < moment.date() + FAR:
        if fits(rule, day):
            at = slow_instant(day, rule.at, zone)
            if at > moment:
                return at
        day += timedelta(days=1)
    return None


# ---- what is tried ---------------------------------------------------------------------------------------

DATES = st.dates(date(2009, 1, 1), date(2036, 12, 31))
TIMES = st.one_of(
    st.times(max_value=time(3, 59)).map(lambda at: at.replace(second=0, microsecond=0)),  # where clocks change
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
SOMETIMES = st.one_of(st.none(), st.none(), DATES)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    fields = {"at": draw(TIMES), "from_": draw(SOMETIMES)}
    if fields["from_"] and draw(st.booleans()):
        fields["until"] = fields["from_"] + timedelta(days=draw(st.integers(400, 1500)))
    match draw(st.sampled_from(["weekly", "monthly_date", "monthly_weekday", "quarterly", "yearly", "once"])):
        case "weekly":
            fields |= {"weekdays": draw(WEEKDAYS), "every": draw(st.integers(1, 9)), "anchor": draw(DATES)}
            return Rule(kind="weekly", **fields)
        case "monthly_date":
            return Rule(kind="monthly_date", day=draw(st.integers(1, 31)), **fields)
        case "monthly_weekday":
            weekday = (draw(st.integers(0, 6)),)
            return Rule(kind="monthly_weekday", weekdays=weekday, nth=draw(st.sampled_from([1, 2, 3, 4, -1])), **fields)
        case "quarterly":
            return Rule(kind="quarterly", month=draw(st.integers(1, 3)), day=draw(st.integers(1, 31)), **fields)
        case "yearly":
            month = draw(st.integers(1, 12))
            day = draw(st.integers(1, calendar.monthrange(2024, month)[1]))
            return Rule(kind="yearly", month=month, day=day, **fields)
        case _:
            return Rule(kind="once", at=fields["at"], on=draw(DATES))


DAILY = tuple(range(7))


def utc(at: str, minutes: int) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=UTC) + timedelta(minutes=minutes)


CHANGES = {  # a moment shortly before the clocks change, by zone
    COPENHAGEN: ["2027-03-27T22:00", "2027-10-30T22:00"],
    "America/Nuuk": ["2023-03-26T00:00", "2027-03-28T00:00", "2027-10-31T00:00"],
    "Asia/Kathmandu": ["2027-03-01T00:00"],
    "Australia/Lord_Howe": ["2027-04-03T13:00", "2027-10-02T14:00"],
    "Pacific/Apia": ["2011-12-29T09:00", "2011-12-30T09:59", "2012-03-31T00:00"],
    "America/St_Johns": ["2009-11-01T01:00", "2010-03-14T02:00"],
    "Africa/Casablanca": ["2027-02-06T22:00"],
    "Europe/Dublin": ["2027-03-27T22:00", "2027-10-30T22:00"],
}
ZONES = list(CHANGES)
NEAR_A_CHANGE = st.sampled_from([(zone, at) for zone, ats in CHANGES.items() for at in ats]).flatmap(
    lambda pair: st.tuples(st.just(pair[0]), st.integers(-1500, 1500).map(lambda minutes: utc(pair[1], minutes)))
)
MOMENTS = st.datetimes(datetime(2009, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))
ANYWHERE = st.tuples(st.sampled_from(ZONES), MOMENTS)


@settings(max_examples=120, deadline=None)
@given(rule=rules(), place=st.one_of(ANYWHERE, NEAR_A_CHANGE))
@example(Rule(kind="weekly", at=time(0), weekdays=DAILY), ("Pacific/Apia", datetime(2011, 12, 30, 9, 59, tzinfo=UTC)))
@example(Rule(kind="weekly", at=time(8), weekdays=DAILY), ("Pacific/Apia", datetime(2011, 12, 30, 9, 59, tzinfo=UTC)))
@example(Rule(kind="weekly", at=time(0), weekdays=DAILY), ("America/St_Johns", datetime(2009, 11, 1, 2, 35, tzinfo=UTC)))
@example(Rule(kind="weekly", at=time(2, 30), weekdays=DAILY), (COPENHAGEN, datetime(2027, 10, 31, 0, 30, tzinfo=UTC)))
@example(Rule(kind="yearly", at=time(8), month=2, day=29), (COPENHAGEN, datetime(2027, 2, 28, 8, tzinfo=UTC)))
def test_it_agrees_with_walking_day_by_day(rule: Rule, place: tuple[str, datetime]) -> None:
    zone, moment = place
    expected = slow_next(rule, moment, zone)
    found = next_after(rule, moment, zone)
    if expected is None:
        assert found is None or found >= moment + FAR - timedelta(days=3)
    else:
        assert found == expected and found.tzinfo is UTC


@settings(max_examples=60, deadline=None)
@given(place=st.one_of(NEAR_A_CHANGE, NEAR_A_CHANGE, ANYWHERE), at=TIMES)
def test_every_local_time_has_its_moment(place: tuple[str, datetime], at: time) -> None:
    zone, moment = place
    day = moment.astimezone(ZoneInfo(zone)).date()
    assert instant(day, at, zone) == slow_instant(day, at, ZoneInfo(zone))


@settings(max_examples=60, deadline=None)
@given(rule=rules(), place=st.one_of(ANYWHERE, NEAR_A_CHANGE))
def test_going_on_from_each_moment_skips_and_doubles_nothing(rule: Rule, place: tuple[str, datetime]) -> None:
    zone, start = place
    one_by_one, moment = [], start
    while len(one_by_one) < 6 and (moment := next_after(rule, moment, zone)) is not None:
        one_by_one.append(moment)
    assert one_by_one == sorted(set(one_by_one))
    for earlier, later in zip([start, *one_by_one], one_by_one, strict=False):
        between = earlier + (later - earlier) / 2
        assert next_after(rule, between, zone) == later


@settings(max_examples=100, deadline=None)
@given(rule=rules())
def test_a_rule_survives_json(rule: Rule) -> None:
    assert Rule.from_json(rule.to_json()) == rule


# ---- known days ------------------------------------------------------------------------------------------


def test_eight_in_the_morning_stays_eight_over_both_changes() -> None:
    rule = Rule(kind="weekly", at=time(8), weekdays=(0,))
    assert next_after(rule, datetime(2027, 3, 22, 7, tzinfo=UTC), COPENHAGEN) == datetime(2027, 3, 29, 6, tzinfo=UTC)
    assert next_after(rule, datetime(2027, 10, 25, 6, tzinfo=UTC), COPENHAGEN) == datetime(2027, 11, 1, 7, tzinfo=UTC)


def test_a_time_that_does_not_exist_is_the_first_moment_after() -> None:
    assert instant(date(2027, 3, 28), time(2, 30), COPENHAGEN) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert instant(date(2027, 10, 3), time(2, 15), "Australia/Lord_Howe") == datetime(2027, 10, 2, 15, 30, tzinfo=UTC)
    assert instant(date(2011, 12, 30), time(8), "Pacific/Apia") == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_time_that_comes_twice_is_the_first_and_comes_once() -> None:
    second = time(2, 30, fold=1)
    assert instant(date(2027, 10, 31), second, COPENHAGEN) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    rule = Rule(kind="weekly", at=time(2, 30), weekdays=DAILY)
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert next_after(rule, first - timedelta(hours=1), COPENHAGEN) == first
    assert next_after(rule, first, COPENHAGEN) == datetime(2027, 11, 1, 1, 30, tzinfo=UTC)


def test_months_that_are_too_short_end_on_their_last_day() -> None:
    rule = Rule(kind="monthly_date", at=time(8), day=31)
    days = [next_date(rule, date(2028, month, 1)) for month in (1, 2, 4)]
    assert days == [date(2028, 1, 31), date(2028, 2, 29), date(2028, 4, 30)]


def test_first_tuesday_and_last_friday() -> None:
    first_tuesday = Rule(kind="monthly_weekday", at=time(8), weekdays=(1,), nth=1)
    last_friday = Rule(kind="monthly_weekday", at=time(8), weekdays=(4,), nth=-1)
    assert next_date(first_tuesday, date(2027, 3, 3)) == date(2027, 4, 6)
    assert next_date(last_friday, date(2027, 4, 1)) == date(2027, 4, 30)


def test_every_third_week_is_counted_from_its_anchor_also_backwards() -> None:
    rule = Rule(kind="weekly", at=time(8), weekdays=(0, 3), every=3, anchor=date(2027, 1, 6))
    days, day = [], date(2026, 12, 1)
    while len(days) < 4:
        days.append(next_date(rule, day))
        day = days[-1] + timedelta(days=1)
    assert days == [date(2026, 12, 14), date(2026, 12, 17), date(2027, 1, 4), date(2027, 1, 7)]


def test_it_ends() -> None:
    rule = Rule(kind="weekly", at=time(8), weekdays=(0,), from_=date(2027, 1, 1), until=date(2027, 1, 11))
    assert next_after(rule, datetime(2020, 1, 1, tzinfo=UTC), COPENHAGEN) == datetime(2027, 1, 4, 7, tzinfo=UTC)
    assert next_after(rule, datetime(2027, 1, 11, 7, tzinfo=UTC), COPENHAGEN) is None
    once = Rule(kind="once", at=time(8), on=date(2027, 1, 1))
    assert next_after(once, datetime(2027, 1, 1, 7, tzinfo=UTC), COPENHAGEN) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", COPENHAGEN])
def test_the_ends_of_the_calendar_are_not_a_crash(zone: str) -> None:
    rule = Rule(kind="weekly", at=time(0), weekdays=DAILY)
    assert next_after(rule, datetime.max.replace(tzinfo=UTC), zone) is None
    assert next_after(rule, datetime.min.replace(tzinfo=UTC), zone) is not None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "hourly"}, "kind"),
        ({"kind": "weekly"}, "weekdays"),
        ({"kind": "weekly", "weekdays": [7]}, "weekdays"),
        ({"kind": "weekly", "weekdays": [3, 1]}, "weekdays"),
        ({"kind": "weekly", "weekdays": [True]}, "weekdays"),
        ({"kind": "weekly", "weekdays": 1}, "weekdays"),
        ({"kind": "weekly", "weekdays": [1], "every": 0}, "every"),
        ({"kind": "weekly", "weekdays": [1], "every": 2}, "anchor"),
        ({"kind": "weekly", "weekdays": [1], "day": 3}, "day"),
        ({"kind": "monthly_date", "day": 32}, "day"),
        ({"kind": "monthly_weekday", "weekdays": [1, 2], "nth": 1}, "weekdays"),
        ({"kind": "monthly_weekday", "weekdays": [1], "nth": 5}, "nth"),
        ({"kind": "quarterly", "month": 4, "day": 1}, "month"),
        ({"kind": "yearly", "month": 2, "day": 30}, "day"),
        ({"kind": "once"}, "on"),
        ({"kind": "once", "on": "soon"}, "on"),
        ({"kind": "once", "on": "2027-01-01", "until": "2026-01-01"}, "never"),
        ({"kind": "yearly", "month": 3, "day": 1, "from": "2027-03-02", "until": "2028-02-29"}, "never"),
        ({"kind": "weekly", "weekdays": [1], "from": "2027-01-02", "until": "2027-01-01"}, "until"),
        ({"kind": "weekly", "weekdays": [1], "colour": "red"}, "unknown"),
        ({"kind": "weekly", "weekdays": [1], "at": "25:00"}, "at"),
        ({"kind": "weekly", "weekdays": [1], "at": "08:00:30"}, "at"),
        ({"kind": "weekly", "weekdays": [1], "at": 8}, "at"),
        ({"weekdays": [1]}, "kind"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_reason(fields: dict, reason: str) -> None:
    with pytest.raises(RuleError) as refused:
        Rule.from_json({"at": "08:00"} | fields)
    assert refused.value.reason == reason


def test_an_unknown_zone_and_a_moment_without_one_are_refused() -> None:
    rule = Rule(kind="weekly", at=time(8), weekdays=(0,))
    for zone in ("Europe/Atlantis", "", "../etc/passwd"):
        with pytest.raises(RuleError, match="timezone"):
            next_after(rule, datetime(2027, 1, 1, tzinfo=UTC), zone)
    with pytest.raises(RuleError, match="moment"):
        next_after(rule, datetime(2027, 1, 1), COPENHAGEN)
