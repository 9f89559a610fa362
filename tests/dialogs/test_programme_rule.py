"""When a programme comes: what is asked becomes a rule, and the rule is asked the same way again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.coordinating.programme_names import name_lines
from bot.dialogs.coordinating.programme_rule import HOW, When, is_skipped, read_when, suggested
from bot.recurrence import Rule, next_date

DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))


@given(st.sampled_from(HOW), DAYS, st.times().map(lambda t: t.strftime("%H:%M")), st.none() | st.integers(0, 900))
def test_it_is_read_back_as_it_was_asked(how, first, at, length):
    until = None if length is None or how == "once" else first + timedelta(days=length)
    when = When(how, first, at, until)
    rule = Rule.from_json(when.rule())
    assert read_when(rule.to_json()) == when
    assert next_date(rule, first) == first, "the first day is one of its days"


@pytest.mark.parametrize(("day", "nth"), [(3, 1), (10, 2), (24, 4), (31, -1)])
def test_which_tuesday_of_the_month_follows_from_the_first_day(day, nth):
    rule = When("monthly_weekday", date(2026, 3, day), "09:00").rule()
    assert (rule["weekdays"], rule["nth"]) == ([1], nth)


def test_quarters_are_counted_from_the_month_of_the_first_day():
    rule = Rule.from_json(When("quarterly", date(2026, 3, 10), "09:00").rule())
    assert next_date(rule, date(2026, 3, 11)) == date(2026, 6, 10)


@pytest.mark.parametrize(
    ("kind", "now", "first", "at"),
    [
        ("rotation", datetime(2026, 3, 2, 10), date(2026, 3, 3), "09:00"),
        ("rotation", datetime(2026, 3, 3, 10), date(2026, 3, 10), "09:00"),
        ("reminder", datetime(2026, 3, 6, 10), date(2026, 3, 9), "09:00"),
        ("series", datetime(2026, 3, 6, 7), date(2026, 3, 6), "09:00"),
        ("series", datetime(2026, 3, 6, 13, 20), date(2026, 3, 6), "14:00"),
        ("series", datetime(2026, 3, 6, 16), date(2026, 3, 9), "09:00"),
    ],
)
def test_what_is_suggested_lies_ahead(kind, now, first, at):
    when = suggested(kind, now.date(), now)
    assert (when.first, when.at) == (first, at)
    assert datetime.combine(when.first, time.fromisoformat(when.at)) > now


@pytest.mark.parametrize(
    ("day", "at", "zone", "skipped"),
    [
        (date(2026, 3, 29), "02:30", "Europe/Copenhagen", True),
        (date(2026, 3, 29), "03:00", "Europe/Copenhagen", False),
        (date(2026, 10, 25), "02:30", "Europe/Copenhagen", False),
        (date(2026, 3, 29), "01:30", "Atlantic/Faroe", True),
        (date(2026, 3, 29), "02:30", "UTC", False),
    ],
)
def test_a_time_the_clocks_never_show_is_noticed(day, at, zone, skipped):
    assert is_skipped(day, at, zone) == skipped


def test_names_are_one_a_line_or_apart_by_commas():
    assert name_lines(" Eva  Demo,Finn Demo;\n\nEva Demo\n") == ("Eva Demo", "Finn Demo")
