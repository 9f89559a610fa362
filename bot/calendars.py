"""The next good moment: when something planned for a local day and time may reach a person who has a life beside it.

Pure. A good day is one of the person's working days, no Danish day off, not a day on which their centre is closed, and no
leave. A good moment is on a good day, from `day_from` until before `day_until` on the person's own clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.cards import Words
from bot.recurrence import instant

OUR_ZONE = "Europe/Copenhagen"
"""Where a person's time zone is not known to this machine."""
LONGEST = 120
"""Days ahead in which a good one is looked for; longer than that nobody waits for a prompt."""
HALF_OFFICIAL = frozenset({(6, 5), (12, 24), (12, 31)})
"""Constitution day and the two eves: no public holidays by law, and days off in a municipality all the same."""
DAY = timedelta(days=1)

Span = tuple[date, date]
"""The first and the last day, both included."""


@dataclass(frozen=True)
class Times:
    """When somebody can be reached. `away` is their leave, `closed` when their centre is closed."""

    timezone: str = OUR_ZONE
    day_from: time = time(7)
    day_until: time = time(17)
    working_days: frozenset[int] = frozenset(range(5))
    away: tuple[Span, ...] = ()
    closed: tuple[Span, ...] = ()


def good_moment(day: date, at: time, times: Times, *, moves: bool = True) -> datetime | None:
    """When (UTC) what is planned for `day` at `at` goes out: then, or at the next good moment.

    Too early in the day it waits for `day_from`. On a day that is not good it moves to the next good day, at the same time;
    too late in the day it moves to the next good morning. `moves` False: then None instead. None as well where no good
    moment comes within `LONGEST` days.
    """
    first = max(at, times.day_from)
    for days in range(LONGEST if moves else 1):
        then = day + days * DAY
        clock = first if first < times.day_until else times.day_from
        if (days or first < times.day_until) and not why_not(then, times):
            moment = instant(then, clock, times.timezone)
            if _is_in_hours(moment, then, times):
                return moment
    return None


def good_from(moment: datetime, times: Times) -> datetime | None:
    """The first good moment (UTC) from `moment` on: that one where it is good, else the next good morning's `day_from`."""
    there = moment.astimezone(ZoneInfo(times.timezone))
    if _is_in_hours(moment, there.date(), times) and not why_not(there.date(), times):
        return moment
    found = good_moment(there.date(), times.day_from, times)
    return found if found is None or found > moment else good_moment(there.date() + DAY, times.day_from, times)


def next_good_day(day: date, times: Times) -> date | None:
    """The first good day on or after `day`; None: none within `LONGEST` days."""
    days = (day + n * DAY for n in range(LONGEST))
    return next((one for one in days if not why_not(one, times)), None)


def why_not(day: date, times: Times) -> str:
    """Why `day` is no good: leave, closed, holiday, not_working; "" where it is good."""
    if day.weekday() not in times.working_days:
        return "not_working"
    if is_day_off(day):
        return "holiday"
    if any(first <= day <= last for first, last in times.closed):
        return "closed"
    return "leave" if any(first <= day <= last for first, last in times.away) else ""


def is_day_off(day: date) -> bool:
    """Whether it is a Danish public holiday, constitution day, Christmas Eve or New Year's Eve."""
    return day in _days_off(day.year)


def day_off(day: date) -> Words | None:
    """What a day off is called."""
    return _days_off(day.year).get(day)


def known_zone(name: str) -> str:
    """The time zone, where this machine knows it; else ours."""
    return name if _is_zone(name) else OUR_ZONE


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        return False
    return True


def _is_in_hours(moment: datetime, day: date, times: Times) -> bool:
    """A clock that skips an hour, or a day, may put a moment somewhere else than it was meant for."""
    there = moment.astimezone(ZoneInfo(times.timezone))
    return there.date() == day and times.day_from <= there.time() < times.day_until


@lru_cache(maxsize=64)
def _days_off(year: int) -> dict[date, Words]:
    danish, english = dict(_named(year, "da")), dict(_named(year, "en_US"))
    return {day: Words(name, english[day]) for day, name in danish.items()}


def _named(year: int, language: str) -> Iterator[tuple[date, str]]:
    from holidays.countries.denmark import Denmark  # here, because it is dear and not needed at start

    public = Denmark(years=[year], language=language)
    optional = Denmark(years=[year], language=language, categories=("optional",))
    yield from public.items()
    yield from ((day, name) for day, name in optional.items() if (day.month, day.day) in HALF_OFFICIAL)


