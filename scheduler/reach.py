"""When somebody can be reached with something: on a good day and in good hours, with prompts not twice a day nor too often."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, select

from bot.calendars import DAY, LONGEST, Times, day_of, good_from, good_moment
from bot.clock import local
from bot.services import occurrences
from bot.services.times import times_of
from bot.store.tables import Person

person = Person.__table__

LOOK_BACK = timedelta(days=8)
"""A week, wherever in the world it begins."""


@dataclass(frozen=True)
class Reach:
    """What is known of the people in a batch: their times, when prompts reached them lately, and how many a week they want."""

    times: dict[str, Times]
    prompted: dict[str, list[datetime]]
    most: dict[str, int]

    @classmethod
    def read(cls, db: Connection, people: Collection[str], now: datetime) -> Reach:
        times = times_of(db, people, now.date())
        prompted = occurrences.prompted_since(db, people, now - LOOK_BACK)
        most = db.execute(select(person.c.id, person.c.most_per_week).where(person.c.id.in_(list(people))))
        return cls(times, prompted, {id: number for id, number in most})

    def went(self, who: str, now: datetime) -> None:
        """A prompt has just been put on its way to them."""
        self.prompted.setdefault(who, []).append(now)

    def day_of(self, who: str, moment: datetime) -> date:
        """Their day: at night, the one on which the night began."""
        return day_of(moment, self.times[who])

    def wait(self, who: str, now: datetime, at: time) -> datetime | None:
        """None: this is a good moment. Else when the next one is, on a later day at `at`."""
        times = self.times[who]
        if good_from(now, times) == now:
            return None
        return self._next_good(times, local(now, times.timezone).date(), at, now)

    def wait_to_prompt(
        self, who: str, now: datetime, at: time, taken: Collection[date] = (), *, is_new: bool = True
    ) -> datetime | None:
        """As `wait`, for a prompt: on a day without one (nor in `taken`), in a week with room for one – for one that is no
        more than a reminder (`is_new` False) there always is."""
        times = self.times[who]
        busy = [day_of(moment, times) for moment in self.prompted.get(who, ())]
        today = day_of(now, times)
        most = self.most[who] if is_new else LONGEST
        if good_from(now, times) == now and today not in taken and _has_room(today, busy, most):
            return None
        day = today
        while (day - today).days < LONGEST:
            found = self._next_good(times, day, at, now)
            then = day_of(found, times)
            if then not in taken and _has_room(then, busy, most):
                return found
            day = local(found, times.timezone).date() + DAY
        return now + timedelta(days=LONGEST)

    def _next_good(self, times: Times, day: date, at: time, now: datetime) -> datetime:
        """The first good moment after `now`, on `day` or later. Somebody without any is looked at again much later."""
        found = good_moment(day, at, times)
        if found is not None and found <= now:
            found = good_moment(day + DAY, at, times)
        return found or now + timedelta(days=LONGEST)


def _has_room(day: date, busy: list[date], most: int) -> bool:
    this_week = [one for one in busy if one.isocalendar()[:2] == day.isocalendar()[:2]]
    return day not in busy and len(this_week) < most
