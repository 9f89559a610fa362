"""The next good moment: when something planned for a local day and time may reach a person who has a life beside it.

Pure. A good day is one of the person's working days, no Danish day off, not a day on which their centre is closed, and no
leave. A good moment is on a good day, from `day_from` until before `day_until` on the person's own clock. Where `day_until` is
the earlier of the two, they work at night: the working day goes over midnight, and belongs to the date on which it begins.
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

    @property
    def is_night(self) -> bool:
        return self.day_from > self.day_until

    def sleeps_at(self, clock: time) -> bool:
        """Whether a time of day lies between the nights of who works at night."""
        return self.is_night and not self.holds(clock)

    def holds(self, clock: time) -> bool:
        """Whether a time of day is within their hours."""
        if self.is_night:
            return clock >= self.day_from or clock < self.day_until
        return self.day_from <= clock < self.day_until


def good_moment(day: date, at: time, times: Times, *, moves: bool = True) -> datetime | None:
    """When (UTC) what is planned for `day` at `at` goes out: then, or at the next good moment.

    Before the working day begins it waits for that. On a day that is not good it moves to the next good day, at the same time;
    after the working day it moves to the next good one's beginning. `moves` False: then None instead. None as well where no
    good moment comes within `LONGEST` days.
    """
    is_too_late = not times.is_night and max(at, times.day_from) >= times.day_until
    if is_too_late and not moves:
        return None
    days = range(1 if is_too_late else 0, LONGEST if moves else 1)
    found = (_moment_on(day + n * DAY, at, times) for n in days)
    return next((moment for moment in found if moment is not None), None)


def last_good(day: date, at: time, times: Times, within: int) -> datetime | None:
    """The last good moment (UTC) for what must not come after `day`, where it is planned at `at`: then, or on the last good day
    before; None: there is none within so many days. On `day` itself it may wait for the working day to begin – unless that is an
    evening: then it comes the night before. After the working day it comes at its beginning."""
    if times.sleeps_at(at):
        day, at = day - DAY, times.day_from
    found = (_moment_on(day - n * DAY, at, times) for n in range(within + 1))
    return next((moment for moment in found if moment is not None), None)


def good_from(moment: datetime, times: Times) -> datetime | None:
    """The first good moment (UTC) from `moment` on: that one where it is good, else when the next good working day begins."""
    working_day = _working_day(moment, times)
    if working_day is not None and not why_not(working_day, times):
        return moment
    today = moment.astimezone(ZoneInfo(times.timezone)).date()
    found = good_moment(today, times.day_from, times)
    return found if found is None or found > moment else good_moment(today + DAY, times.day_from, times)


def day_of(moment: datetime, times: Times) -> date:
    """The day a moment belongs to: the one on the clock; for who works at night until their hours end, the day before."""
    there = moment.astimezone(ZoneInfo(times.timezone))
    is_morning_after = times.is_night and there.time() < times.day_until
    return there.date() - DAY if is_morning_after else there.date()


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


def _moment_on(date_: date, at: time, times: Times) -> datetime | None:
    """The good moment on this date for what is wanted at `at`, or when the working day begins where `at` is outside it; None:
    it is no good day. What is wanted in the small hours of who works at night belongs to the day before."""
    clock = at if times.holds(at) else times.day_from
    working_day = date_ - DAY if times.is_night and clock < times.day_until else date_
    if why_not(working_day, times):
        return None
    moment = instant(date_, clock, times.timezone)
    return moment if _working_day(moment, times) == working_day else None  # a clock may skip an hour, or a day


def _working_day(moment: datetime, times: Times) -> date | None:
    """The day whose hours hold the moment, whether it is a good one or not; None: it is outside all hours."""
    clock = moment.astimezone(ZoneInfo(times.timezone)).time()
    return day_of(moment, times) if times.holds(clock) else None


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


