"""A programme's rounds: the dates it comes on, and the moment a round falls due for each time zone.

A round is a local date. Everybody is recorded in a round at most once, whatever happens to the programme's rule, to the
clock, or to the zone they are in: the key of an occurrence is programme, person and date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from bot.calendars import Times, day_of, good_from, last_good
from bot.clock import local
from bot.recurrence import Rule, instant, next_date

NONE, DAY, WEEK = timedelta(0), timedelta(days=1), timedelta(days=7)
AROUND_THE_WORLD = timedelta(hours=26)
"""The longest time between a local moment in the first zone and in the last (UTC+14 to UTC−12)."""
AHEAD = timedelta(days=14)
"""How long before its day a round may come that must not come after it. What is said earlier than that is forgotten again."""


@dataclass(frozen=True)
class Rounds:
    """`days`: those of a series, counted from the rule's one date; empty where the rule says it all. `early`: a round that cannot
    come on its day comes before it, never after."""

    rule: Rule
    days: tuple[int, ...] = ()
    early: bool = False

    @property
    def at(self) -> time:
        return self.rule.at

    @cached_property
    def _dates(self) -> tuple[date, ...]:
        start = self.rule.on or next_date(self.rule, date.min)
        return tuple(start + timedelta(days=day) for day in self.days) if start else ()

    def next_date(self, day: date) -> date | None:
        """The first round on or after `day`; None: there are no more."""
        if not self.days:
            return next_date(self.rule, day)
        return next((one for one in self._dates if one >= day), None)

    def day_of(self, round: date) -> int | None:
        """Which day of the series a round is; None: it is no series."""
        return self.days[self._dates.index(round)] if self.days and round in self._dates else None

    def next_after(self, moment: datetime, zone: str) -> datetime | None:
        """The first moment (UTC) after `moment` at which a round falls due in `zone`; None: never again."""
        round = self.next_date(local(moment, zone).date())
        while round is not None:
            at = instant(round, self.at, zone)
            if at > moment:
                return at
            round = self.next_date(round + DAY)
        return None

    def next_look(self, moment: datetime, zone: str) -> datetime | None:
        """The first moment (UTC) after `moment` at which somebody in `zone` may be due: when a round falls due, and where it may
        come before its day, at the same time on each day on which it might; None: never again."""
        if not self.early:
            return self.next_after(moment, zone)
        day = local(moment, zone).date()
        round = self.next_date(day)
        while round is not None:
            day = max(day, round - AHEAD)
            at = instant(day, self.at, zone)
            if at > moment:
                return at
            day += DAY
            round = self.next_date(day)
        return None

    def first_after(self, moment: datetime, zones: Iterable[str]) -> datetime | None:
        """The earliest of these over several zones."""
        found = (self.next_look(moment, zone) for zone in zones)
        return min((one for one in found if one is not None), default=None)

    def last_due(self, after: datetime, until: datetime, zone: str) -> tuple[date, datetime] | None:
        """The latest round that fell due in `zone` after `after` and by `until`, and when; None: none did."""
        found = None
        round = self.next_date(local(after, zone).date())
        while round is not None:
            at = instant(round, self.at, zone)
            if at > until:
                break
            found = (round, at) if at > after else found
            round = self.next_date(round + DAY)
        return found

    def overtakes(self, round: date, moment: datetime, zone: str) -> bool:
        """Whether a round that is moved to `moment` comes no earlier than the next one would, or, where rounds lie a week or
        more apart, the day before it: then it falls out."""
        after = self.next_date(round + DAY)
        if after is None:
            return False
        close = DAY if after - round >= WEEK else NONE
        return local(moment, zone).date() + close >= after

    def early_moment(self, round: date, times: Times, now: datetime) -> datetime | None:
        """When (UTC, perhaps passed) a round that must not come after its day reaches somebody; None: it falls out, because no day
        before it is good, because that moment has passed and the day with it, or because it would come with the round before."""
        moment = last_good(round, self.at, times, AHEAD.days)
        if moment is not None and moment < now:
            late, last = good_from(now, times), day_of(moment, times)
            moment = late if late is not None and day_of(late, times) <= last else None
        if moment is None or local(moment, times.timezone).date() > round:
            return None
        on = local(moment, times.timezone).date() + (DAY if times.sleeps_at(self.at) else NONE)
        return moment if self.next_date(min(on, round)) == round else None

    def dates(self, first: date, count: int) -> list[date]:
        """The next `count` rounds from `first` on; fewer where there are no more."""
        found: list[date] = []
        round = self.next_date(first)
        while round is not None and len(found) < count:
            found.append(round)
            round = self.next_date(round + DAY)
        return found
