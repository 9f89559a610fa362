"""What a coordinator sees before a programme starts: for whom, the next dates, what moves or falls out, how it is spread.

Nothing in it depends on what anybody has chosen for themselves: the dates are those of somebody on ordinary days and hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection

from bot.calendars import OUR_ZONE, Times, good_moment, known_zone, why_not
from bot.clock import local
from bot.recurrence import instant
from bot.services.audiences import people_in, read_audience
from bot.services.departments import centres
from bot.services.person_row import PersonRow
from bot.services.plans import Flows
from bot.services.programmes import ProgrammeRow, check
from bot.services.rounds import Rounds
from bot.services.times import Closed, closed_days

DATES = 5
PER_MINUTE = 300
"""Prompts of one programme that are let go in a minute: what Slack takes from a workspace (`bot.pacing.SLACK`)."""


@dataclass(frozen=True)
class PreviewDate:
    """A date of the rule. `to`: when it comes instead, local; None with a `reason`: it falls out.

    `reason`: holiday, closed, not_working, late (outside ordinary hours), or "" where it comes as planned.
    `closed`: the centres that are closed that day, where not everybody is; there it moves or falls out.
    """

    day: date
    at: time
    reason: str
    to: datetime | None
    closed: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """`people`: (id, name) of everybody it is for. `minutes`: over how many the sending is spread, from the planned time on."""

    people: list[tuple[str, str]]
    dates: list[PreviewDate]
    minutes: int

    @property
    def size(self) -> int:
        return len(self.people)


def preview(db: Connection, by: PersonRow, programme: ProgrammeRow, now: datetime, *, flows: Flows) -> Preview:
    """Look at a programme before it starts, or under way. Raises `Refused` where it could not be started as it is."""
    rounds = check(db, by, programme.plan, now, flows, programme.started_at)
    people = people_in(db, read_audience(programme.audience), programme.organisation, programme.centre)
    zone = known_zone(by.timezone)
    first = rounds.next_after(now, zone)
    days = rounds.dates(local(first, zone).date(), DATES) if first else []
    closed = _closed_for(db, programme, local(now, OUR_ZONE).date())
    names = {one.id: one.name for one in centres(db, programme.organisation)}
    dates = [_date(day, rounds, zone, closed, names, programme, now) for day in days]
    return Preview(people, dates, spread_minutes(len(people)))


def spread_minutes(size: int) -> int:
    """Over how many minutes so many prompts are spread; 0: they all go at once."""
    return (size - 1) // PER_MINUTE if size else 0


def _closed_for(db: Connection, programme: ProgrammeRow, since: date) -> list[Closed]:
    if programme.centre is not None:
        return closed_days(db, programme.organisation, programme.centre, since)
    everybody = closed_days(db, programme.organisation, None, since)
    each = (closed_days(db, programme.organisation, one.id, since) for one in centres(db, programme.organisation))
    return [*everybody, *(one for days in each for one in days if one.centre is not None)]


def _date(
    day: date, rounds: Rounds, zone: str, closed: list[Closed], names: dict[str, str], programme: ProgrammeRow, now: datetime
) -> PreviewDate:
    for_all = tuple((one.starts, one.ends) for one in closed if one.centre in (None, programme.centre))
    times = Times(timezone=zone, closed=for_all)
    to = _comes(day, rounds, times, programme.holidays == "move", now)
    is_as_planned = to == instant(day, rounds.at, zone)
    reason = "" if is_as_planned else why_not(day, times) or "late"
    some = (one.centre for one in closed if one.centre not in (None, programme.centre) and one.starts <= day <= one.ends)
    return PreviewDate(day, rounds.at, reason, None if is_as_planned else to, tuple(names[one] for one in some if one in names))


def _comes(day: date, rounds: Rounds, times: Times, moves: bool, now: datetime) -> datetime | None:
    if rounds.early:
        return rounds.early_moment(day, times, now)
    to = good_moment(day, rounds.at, times, moves=moves)
    return None if to is not None and rounds.overtakes(day, to, times.timezone) else to
