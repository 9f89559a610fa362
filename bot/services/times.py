"""When people can be reached: their hours and working days, their leave, and the days their centre is closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select

from bot.calendars import Span, Times, known_zone
from bot.errors import Refused
from bot.services.person_row import PERSON, PersonRow
from bot.services.roles import has_role
from bot.store.tables import Absence, ClosedDay

absence, closed_day = Absence.__table__, ClosedDay.__table__

LONGEST_LEAVE = timedelta(days=366)
TIMES_COLUMNS = tuple(PERSON.c[name] for name in "id organisation centre timezone day_from day_until working_days".split())


@dataclass(frozen=True)
class Leave:
    """From `starts` to `ends`, both included."""

    id: str
    starts: date
    ends: date


@dataclass(frozen=True)
class Closed:
    """`centre` None: everybody in the organisation."""

    id: str
    centre: str | None
    starts: date
    ends: date


# ---- for the clock ---------------------------------------------------------------------------------------


def times_of(db: Connection, people: Collection[str], since: date) -> dict[str, Times]:
    """When each of these people can be reached, from the local date `since` on. Three statements, however many they are."""
    rows = db.execute(select(*TIMES_COLUMNS).where(PERSON.c.id.in_(list(people)))).all()
    return times_of_rows(db, rows, since)


def times(db: Connection, person: PersonRow, since: date) -> Times:
    return times_of(db, [person.id], since)[person.id]


def times_of_rows(db: Connection, rows: Iterable[Row[Any]], since: date) -> dict[str, Times]:
    """As `times_of`, for rows that have `TIMES_COLUMNS` already."""
    rows = list(rows)
    since -= timedelta(days=1)  # somewhere it is still yesterday
    away = _away(db, [row.id for row in rows], since)
    closed = _closed(db, {row.organisation for row in rows}, since)
    same: dict[tuple[Any, ...], Times] = {}  # most people live alike
    found: dict[str, Times] = {}
    for row in rows:
        key = (*row[1 : len(TIMES_COLUMNS)], away.get(row.id, ()))
        if key not in same:
            same[key] = _times(row, key[-1], closed)
        found[row.id] = same[key]
    return found


def _times(row: Row[Any], away: tuple[Span, ...], closed: list[Row[Any]]) -> Times:
    return Times(
        timezone=known_zone(row.timezone),
        day_from=time.fromisoformat(row.day_from),
        day_until=time.fromisoformat(row.day_until),
        working_days=frozenset(map(int, row.working_days)),
        away=away,
        closed=tuple(
            (one.starts, one.ends)
            for one in closed
            if one.organisation == row.organisation and one.centre in (None, row.centre)
        ),
    )


def _away(db: Connection, people: list[str], since: date) -> dict[str, tuple[Span, ...]]:
    c = absence.c
    rows = db.execute(select(c.person, c.starts, c.ends).where(c.person.in_(people), c.ends >= since).order_by(c.starts))
    found: dict[str, tuple[Span, ...]] = {}
    for person, starts, ends in rows:
        found[person] = (*found.get(person, ()), (starts, ends))
    return found


def _closed(db: Connection, organisations: Collection[str], since: date) -> list[Row[Any]]:
    c = closed_day.c
    return list(db.execute(select(closed_day).where(c.organisation.in_(list(organisations)), c.ends >= since)).all())


# ---- leave -----------------------------------------------------------------------------------------------


def take_leave(db: Connection, person: PersonRow, starts: date, ends: date, now: datetime) -> str:
    """Leave for a person, both dates included; said twice it is one. Returns its id.

    Raises `Refused`: times.leave_backwards, times.leave_too_long.
    """
    if ends < starts:
        raise Refused("times.leave_backwards")
    if ends - starts > LONGEST_LEAVE:
        raise Refused("times.leave_too_long")
    same = and_(_mine(person), absence.c.starts == starts, absence.c.ends == ends)
    known = db.scalar(select(absence.c.id).where(same))
    if known:
        return known
    row = {"id": uuid4().hex, "organisation": person.organisation, "person": person.id}
    db.execute(insert(absence).values(**row, starts=starts, ends=ends, created_at=now))
    return row["id"]


def leaves(db: Connection, person: PersonRow, today: date) -> list[Leave]:
    """The leave a person is on or has ahead, the earliest first."""
    mine = and_(_mine(person), absence.c.ends >= today)
    rows = db.execute(select(absence.c.id, absence.c.starts, absence.c.ends).where(mine).order_by(absence.c.starts))
    return [Leave(*row) for row in rows]


def cancel_leave(db: Connection, person: PersonRow, starts: date, ends: date) -> bool:
    """False where there is no such leave of this person."""
    same = and_(_mine(person), absence.c.starts == starts, absence.c.ends == ends)
    return db.execute(delete(absence).where(same)).rowcount == 1


def _mine(person: PersonRow) -> Any:
    return and_(absence.c.person == person.id, absence.c.organisation == person.organisation)


# ---- closed days, for coordinators -----------------------------------------------------------------------


def close_days(db: Connection, by: PersonRow, centre: str | None, starts: date, ends: date, now: datetime) -> str:
    """Nobody in this centre (None: anywhere) is asked anything on these days; said twice it is once. Returns the id.

    Raises `Refused`: programmes.not_yours, times.closed_backwards.
    """
    _check_coordinates(db, by, centre)
    if ends < starts:
        raise Refused("times.closed_backwards")
    same = next((one for one in all_closed_days(db, by.organisation, ends) if (one.centre, one.starts, one.ends) == (centre, starts, ends)), None)
    if same is not None:
        return same.id
    row = {"id": uuid4().hex, "organisation": by.organisation, "centre": centre}
    db.execute(insert(closed_day).values(**row, starts=starts, ends=ends, created_at=now))
    return str(row["id"])


def closed_days(db: Connection, organisation: str, centre: str | None, since: date) -> list[Closed]:
    """The closed days of a centre and of everybody (centre None: only those), the earliest first."""
    c = closed_day.c
    here = and_(c.organisation == organisation, or_(c.centre.is_(None), c.centre == centre), c.ends >= since)
    rows = db.execute(select(c.id, c.centre, c.starts, c.ends).where(here).order_by(c.starts, c.id))
    return [Closed(*row) for row in rows]


def all_closed_days(db: Connection, organisation: str, since: date) -> list[Closed]:
    """The closed days of every centre and of everybody, the earliest first."""
    c = closed_day.c
    rows = db.execute(select(c.id, c.centre, c.starts, c.ends).where(c.organisation == organisation, c.ends >= since).order_by(c.starts, c.id))
    return [Closed(*row) for row in rows]


def open_days(db: Connection, by: PersonRow, id: str) -> bool:
    """The days are ordinary ones again. False where there are none such. Raises `Refused` (programmes.not_yours)."""
    here = and_(closed_day.c.id == id, closed_day.c.organisation == by.organisation)
    row = db.execute(select(closed_day.c.centre).where(here)).first()
    if row is None:
        return False
    _check_coordinates(db, by, row.centre)
    return db.execute(delete(closed_day).where(here)).rowcount == 1


def _check_coordinates(db: Connection, by: PersonRow, centre: str | None) -> None:
    if not has_role(db, by, "coordinator", centre):
        raise Refused("programmes.not_yours")
