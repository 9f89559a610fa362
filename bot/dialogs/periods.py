"""Periods as people say them: "6.–24. juli", "fra fredag til mandag", "uge 28", "6–24 July", "next week".

Danish and English are both listened for, as with dates. What is not sure is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.dialogs.date_words import date_words
from bot.dialogs.dates import EVERY_WEEKDAY, LONGEST, read_date, read_days
from bot.dialogs.word_lists import fold

Period = tuple[date, date]

DASH = re.compile(r" ?[-–—] ?")
BARE_DAY = re.compile(r"(?:[a-z]{1,3} )?([0-9]{1,2})(?:\.|st|nd|rd|th)?")
UNDER_WAY = timedelta(days=90)
"""A leave said without a year may have begun so long ago."""
DAY, SUNDAY = timedelta(days=1), timedelta(days=6)


def read_period(text: str, today: date) -> Period | None:
    """The first and the last day that `text` means when it is said on `today`, both included; None: it is not understood.

    One day is a period of one; a length ("two weeks") begins today; "uge 28" is Monday to Sunday. The last day may come out
    before the first where that is what was said; the caller judges.
    """
    if len(text) > LONGEST:
        return None
    said = fold(text).strip(" .,!?…")
    words = date_words().periods
    said = words.without_from(said)
    return (
        _weeks(said, today)
        or next((found for left, right in _splits(said) if (found := _between(left, right, today))), None)
        or _until(said, today)
        or _one(said, today)
    )


def is_period(text: str) -> bool:
    """Whether `text` names a period at all, on whatever day it is said."""
    return any(read_period(text, date(year, 1, 1)) is not None for year in EVERY_WEEKDAY)


def _splits(said: str) -> Iterator[tuple[str, str]]:
    """Wherever there is a "to", and then wherever there is a dash."""
    for pattern in (date_words().periods.to, DASH):
        for match in pattern.finditer(said):
            left, right = said[: match.start()].strip(), said[match.end() :].strip()
            if left and right:
                yield left, right


def _between(left: str, right: str, today: date) -> Period | None:
    first, last = BARE_DAY.fullmatch(left), BARE_DAY.fullmatch(right)
    try:
        if first and last:
            start = _next_such(today, int(first[1]))
            return start, _next_such(start, int(last[1]))
        if first:
            end = read_date(right, today)
            return (_last_such(end, int(first[1])), end) if end else None
        if last:
            start_ = read_date(left, today)
            return (start_, _next_such(start_, int(last[1]))) if start_ else None
    except ValueError:  # no such day in that month
        return None
    return _dates(left, right, today)


def _dates(left: str, right: str, today: date) -> Period | None:
    """Both said in full. The last day is looked for from the first on; a first day that would lie a year ahead has been."""
    start, end = read_date(left, today), read_date(right, today)
    if start is None or end is None:
        return None
    if end < start:
        began = _a_year_earlier(start)
        if began is not None and began <= end and today - began <= UNDER_WAY:
            return began, end
        end = read_date(right, start) or end
    return start, end


def _a_year_earlier(day: date) -> date | None:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return None


def _weeks(said: str, today: date) -> Period | None:
    """ "uge 28", "week 28 to 30", "next week", "the rest of this week"."""
    words = date_words().periods
    monday = today - timedelta(days=today.weekday())
    if said in words.next_week:
        return monday + timedelta(days=7), monday + timedelta(days=7) + SUNDAY
    if said in words.this_week:
        return today, monday + SUNDAY
    match = words.weeks.fullmatch(said)
    if match is None:
        return None
    start = _week(int(match["first"]), today)
    last = _week(int(match["last"]), start) if match["last"] and start else start
    return (start, last + SUNDAY) if start and last else None


def _week(number: int, today: date) -> date | None:
    """The Monday of that ISO week that is not over yet."""
    for year in range(today.isocalendar().year, today.isocalendar().year + 8):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday + SUNDAY >= today:
            return monday
    return None


def _until(said: str, today: date) -> Period | None:
    """ "til 24. juli": from today on."""
    match = date_words().periods.to.match(f" {said}")
    end = read_date(said[match.end() - 1 :], today) if match else None
    return (today, end) if end else None


def _one(said: str, today: date) -> Period | None:
    days = read_days(said)
    if days:
        return today, today + timedelta(days=days) - DAY
    day = read_date(said, today)
    return (day, day) if day else None


def _next_such(day: date, number: int) -> date:
    """The day of that number, this month or, where it has passed, next."""
    if number >= day.day:
        return day.replace(day=number)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=number)


def _last_such(day: date, number: int) -> date:
    """The day of that number, this month or, where it would come later, the month before."""
    if number <= day.day:
        return day.replace(day=number)
    return (day.replace(day=1) - DAY).replace(day=number)
