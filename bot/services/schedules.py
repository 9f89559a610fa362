"""Rhythms: when a person is prompted. A rhythm is a row; what it gives next is worked out from its rule.

Prompts that are not answered are counted. After three in a row the clock asks once whether to come less often, and then the
rhythm rests (`resting`, no next moment) until the person answers or is heard from again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

from bot.clock import local
from bot.recurrence import Rule, RuleError, instant, next_after
from bot.store.tables import Occurrence, Person, Schedule

if TYPE_CHECKING:
    from bot.services.person_row import PersonRow  # who takes rhythms along when somebody moves

schedule = Schedule.__table__
person_ = Person.__table__
occurrence = Occurrence.__table__

LAST_MINUTE = "23:59"
JUST_BEFORE = timedelta(microseconds=1)
LARGEST_CHANGE = timedelta(hours=3)
"""By how much a law moves clocks; what lies further off was put to another hour for a reason."""

_MINE = select(schedule).where(
    schedule.c.person == bindparam("person"), schedule.c.organisation == bindparam("organisation")
)
_IS_ASKED = (
    select(occurrence.c.id)
    .where(occurrence.c.person == bindparam("person"), occurrence.c.kind == "less", occurrence.c.state == "open")
    .exists()
)
_WAITING = (
    select(schedule, _IS_ASKED.label("is_asked"))
    .select_from(person_)
    .outerjoin(schedule, and_(schedule.c.person == person_.c.id, or_(schedule.c.unanswered > 0, schedule.c.resting.is_(True))))
    .where(person_.c.id == bindparam("person"), person_.c.organisation == bindparam("organisation"))
    .where(or_(schedule.c.id.is_not(None), _IS_ASKED))
)
"""The rhythms that wait for an answer, and whether "less often?" stands open; one empty row where only that does."""


@dataclass(frozen=True)
class Rhythm:
    """A person's rhythm as they know it. `time` is "HH:MM", `every` weeks; `next_run_at` None: it rests."""

    id: str
    weekday: int
    time: str
    every: int
    next_run_at: datetime | None
    unanswered: int
    resting: bool


# ---- what a person decides -------------------------------------------------------------------------------


def set_rhythm(
    db: Connection,
    *,
    organisation: str,
    person: str,
    weekday: int | None,
    time: str,
    every: int,
    timezone: str,
    now: datetime,
) -> datetime | None:
    """Give a person this rhythm and no other; returns the next moment. `weekday` None: none at all.

    `weekday` 0–6 (Monday 0), `time` local "HH:MM", `every` weeks, counted from the last prompt they had, else from the
    coming one: "every other week", said to a prompt, is in two weeks. A pause goes on.
    A time outside the person's hours, or a day that is none of theirs, widens those: they asked for it.
    Raises `recurrence.RuleError` where these make no sense.
    """
    mine = and_(schedule.c.person == person, schedule.c.organisation == organisation)
    if weekday is None:
        db.execute(delete(schedule).where(mine))
        return None
    rule = _weekly(weekday, time, every, timezone, now, _last_prompted(db, person))
    _make_room(db, person, rule)
    next_run_at = after_pause(rule, _paused_until(db, person), timezone, now)
    values = {
        "rule": rule.to_json(),
        "timezone": timezone,
        "next_run_at": next_run_at,
        "unanswered": 0,
        "asked_less_at": None,
        "resting": False,
    }
    if db.execute(update(schedule).where(mine).values(**values)).rowcount == 0:
        row = {"id": uuid4().hex, "organisation": organisation, "person": person, "flow": "", "created_at": now}
        db.execute(insert(schedule), row | values)
    _settle_question(db, person)
    return next_run_at


def pause(db: Connection, person: PersonRow, until: date | None, now: datetime) -> None:
    """No prompts before `until` (the person's own date); then they come again by themselves. None: the pause is over."""
    db.execute(update(person_).where(person_.c.id == person.id).values(paused_until=until))
    for row in db.execute(_MINE, _ids(person)).all():
        rule = Rule.from_json(row.rule)
        values = {"next_run_at": after_pause(rule, until, row.timezone, now), "unanswered": 0, "resting": False}
        db.execute(update(schedule).where(schedule.c.id == row.id).values(asked_less_at=None, **values))
    _settle_question(db, person.id)


def answered(db: Connection, person: PersonRow, now: datetime) -> None:
    """A prompt was begun, or the person was heard from: nothing is counted as unanswered, and a rhythm at rest goes on."""
    rows = db.execute(_WAITING, _ids(person)).all()
    for row in rows:
        if row.id is None:
            continue
        values: dict[str, Any] = {"unanswered": 0, "resting": False, "asked_less_at": None}
        if row.next_run_at is None:
            values["next_run_at"] = after_pause(Rule.from_json(row.rule), person.paused_until, row.timezone, now)
        db.execute(update(schedule).where(schedule.c.id == row.id).values(**values))
    if rows:
        _settle_question(db, person.id)


def move(db: Connection, organisation: str, person: str, timezone: str) -> None:
    """The person is in another time zone: what comes next comes on the same day at the same time, by the clock there. So nothing
    is left out, or comes a second time, because they went east or west; what has passed there already comes at once."""
    for row in db.execute(_MINE, {"person": person, "organisation": organisation}).all():
        values: dict[str, Any] = {"timezone": timezone}
        if row.next_run_at is not None:
            there = local(row.next_run_at, row.timezone)
            values["next_run_at"] = instant(there.date(), there.time(), timezone)
        db.execute(update(schedule).where(schedule.c.id == row.id).values(**values))


def rhythm_of(db: Connection, person: PersonRow) -> Rhythm | None:
    """The person's rhythm, None where they are on none."""
    row = db.execute(_MINE, _ids(person)).first()
    if row is None:
        return None
    rule = Rule.from_json(row.rule)
    at = rule.at.strftime("%H:%M")
    return Rhythm(row.id, rule.weekdays[0], at, rule.every, row.next_run_at, row.unanswered, row.resting)


def after_pause(rule: Rule, until: date | None, timezone: str, now: datetime) -> datetime | None:
    """The first moment the rule gives from now on, but not before the local date `until`."""
    start = now if until is None else max(now, instant(until, time.min, timezone) - JUST_BEFORE)
    return next_after(rule, start, timezone)


# ---- for the clock ---------------------------------------------------------------------------------------

_DUE = (
    select(
        schedule,
        person_.c.state,
        person_.c.level,
        person_.c.centre,
        person_.c.language,
        person_.c.paused_until,
        person_.c.preferred_channel,
    )
    .join(person_, person_.c.id == schedule.c.person)
    .where(schedule.c.next_run_at <= bindparam("now"))
    .order_by(schedule.c.next_run_at, schedule.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=schedule, skip_locked=True)
)


def due_schedules(db: Connection, now: datetime, limit: int) -> list[Row[Any]]:
    """Schedules whose moment has come, each with what the clock must know of its person, earliest first.

    The rows are ours until the commit: another clock skips them.
    """
    return list(db.execute(_DUE, {"now": now, "most": limit}).all())


def look_again(db: Connection, after: str, now: datetime, limit: int) -> str:
    """The clock has jumped back: rhythms that would come too late are reckoned anew, at most `limit` of them, those after the id
    `after`. Returns the last id, "" when there are no more."""
    ahead = select(schedule, person_.c.paused_until).join(person_, person_.c.id == schedule.c.person)
    ahead = ahead.where(schedule.c.id > after, schedule.c.next_run_at > now).order_by(schedule.c.id).limit(limit)
    rows = db.execute(ahead).all()
    for row in rows:
        try:
            sooner = after_pause(Rule.from_json(row.rule), row.paused_until, row.timezone, now)
        except RuleError:
            continue
        if sooner is not None and sooner < row.next_run_at:
            db.execute(update(schedule).where(schedule.c.id == row.id).values(next_run_at=sooner))
    return rows[-1].id if rows else ""


def follow_law(db: Connection, zone: str, after: str, now: datetime, limit: int) -> str:
    """The clocks of a zone go by other rules now: what was to come at a rhythm's time of day still does, whatever day it was put to.
    At most `limit` rhythms, those after the id `after`; returns the last id, "" when there are no more."""
    ahead = select(schedule).where(schedule.c.timezone == zone, schedule.c.id > after, schedule.c.next_run_at > now)
    rows = db.execute(ahead.order_by(schedule.c.id).limit(limit)).all()
    for row in rows:
        try:
            at = Rule.from_json(row.rule).at
            near = [local(row.next_run_at + timedelta(days=n), zone).date() for n in (-1, 0, 1)]
            moment = min((instant(day, at, zone) for day in near), key=lambda one: abs(one - row.next_run_at))
        except RuleError:
            continue
        if moment != row.next_run_at and abs(moment - row.next_run_at) <= LARGEST_CHANGE:
            db.execute(update(schedule).where(schedule.c.id == row.id).values(next_run_at=moment))
    return rows[-1].id if rows else ""


def advance(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Write what became of due schedules: `id`, `next_run_at`, `unanswered`, `asked_less_at`, `resting` of each."""
    if not rows:
        return
    names = ("next_run_at", "unanswered", "asked_less_at", "resting")
    statement = update(schedule).where(schedule.c.id == bindparam("of"))
    statement = statement.values({name: bindparam(f"new_{name}") for name in names})
    db.execute(statement, [{"of": row["id"]} | {f"new_{name}": row[name] for name in names} for row in rows])


def _ids(person: PersonRow) -> dict[str, str]:
    return {"person": person.id, "organisation": person.organisation}


def _weekly(weekday: int, time_: str, every: int, timezone: str, now: datetime, last: datetime | None) -> Rule:
    weekly = Rule.from_json({"kind": "weekly", "weekdays": [weekday], "at": time_})
    first = next_after(weekly, now, timezone)
    if every == 1 or first is None:
        return weekly
    anchor = local(first, timezone).date()
    if last is not None and first - last < timedelta(weeks=every):
        prompted = local(last, timezone).date()
        anchor = prompted - timedelta(days=(prompted.weekday() - weekday) % 7)
    return replace(weekly, every=every, anchor=anchor)


def _make_room(db: Connection, person: str, rule: Rule) -> None:
    """The person can be reached when they have chosen to be."""
    theirs = select(person_.c.day_from, person_.c.day_until, person_.c.working_days).where(person_.c.id == person)
    now = db.execute(theirs).first()
    if now is None:
        return
    at = rule.at.strftime("%H:%M")
    start, end = with_room(at, now.day_from, now.day_until)
    is_morning_after = at < end < start
    days = {str((day - is_morning_after) % 7) for day in rule.weekdays}
    wider = (start, end, "".join(sorted({*now.working_days, *days})))
    if wider != tuple(now):
        values = dict(zip(("day_from", "day_until", "working_days"), wider, strict=True))
        db.execute(update(person_).where(person_.c.id == person).values(**values))


def with_room(at: str, start: str, end: str) -> tuple[str, str]:
    """Hours ("HH:MM") that hold `at`, widened where they must be; those of a night from the end that is nearer."""
    hour_after = f"{int(at[:2]) + 1:02}{at[2:]}"
    if start <= end:
        return min(at, start), end if at < end else max(end, min(hour_after, LAST_MINUTE))
    if not end <= at < start:
        return start, end
    if at == end and hour_after >= start:  # they can be reached at nearly any hour already
        return "00:00", LAST_MINUTE
    is_nearer_to_start = _minutes(start) - _minutes(at) <= _minutes(at) - _minutes(end)
    return (at, end) if is_nearer_to_start or hour_after >= start else (start, hour_after)


def _minutes(at: str) -> int:
    return int(at[:2]) * 60 + int(at[3:])


def _last_prompted(db: Connection, person: str) -> datetime | None:
    mine = and_(occurrence.c.person == person, occurrence.c.kind == "prompt", occurrence.c.sent > 0)
    return db.scalar(select(func.max(occurrence.c.moment)).where(mine))


def _paused_until(db: Connection, person: str) -> date | None:
    return db.scalar(select(person_.c.paused_until).where(person_.c.id == person))


def _settle_question(db: Connection, person: str) -> None:
    """"Less often?" has been answered, by whatever the person did."""
    asked = and_(occurrence.c.person == person, occurrence.c.kind == "less", occurrence.c.state == "open")
    db.execute(update(occurrence).where(asked).values(state="done", due_at=None))
