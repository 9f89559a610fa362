"""What somebody's own doing brings later: an action is asked about, a series has its days, a page left half-way is mentioned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, and_, update

from bot.clock import local
from bot.recurrence import instant
from bot.services.occurrences import UNSETTLED, occurrence, record

MORNING = time(9)
"""When a day's question comes, in the person's own time."""
DRAFT_RESTS = 7
"""Days a page may lie half-way before it is mentioned, once."""


def morning_of(day: date, timezone: str) -> datetime:
    """The moment (UTC) when a question of this local day is asked."""
    return instant(day, MORNING, timezone)


def plan_followup(
    db: Connection, *, organisation: str, person: str, action: str, due_at: datetime, now: datetime, flow: str = "F17"
) -> None:
    """Ask at `due_at` what became of an action; what was planned about it before is dropped."""
    drop_followups(db, action)
    record(
        db,
        key=f"followup:{action}:{due_at.isoformat()}:{now.isoformat()}",
        organisation=organisation,
        person=person,
        kind="followup",
        flow=flow,
        action=action,
        moment=due_at,
        due_at=due_at,
    )


def drop_followups(db: Connection, action: str) -> None:
    """Nobody asks about this action any more, until it is planned anew."""
    about = and_(occurrence.c.action == action, occurrence.c.kind == "followup", occurrence.c.state.in_(UNSETTLED))
    db.execute(update(occurrence).where(about).values(state="dropped", due_at=None))


def plan_touches(
    db: Connection,
    *,
    organisation: str,
    person: str,
    flow: str,
    days: Iterable[int],
    series: str,
    now: datetime,
    timezone: str,
) -> None:
    """The later days of a series, counted from the person's today; day 0 is now, and not planned."""
    today = local(now, timezone).date()
    for day in days:
        if day <= 0:
            continue
        due_at = morning_of(today + timedelta(days=day), timezone)
        record(
            db,
            key=f"touch:{series}:{day}",
            organisation=organisation,
            person=person,
            kind="touch",
            flow=flow,
            series=series,
            touch=day,
            moment=due_at,
            due_at=due_at,
        )


def plan_draft_reminder(
    db: Connection, *, organisation: str, person: str, run: str, flow: str, now: datetime, timezone: str
) -> None:
    """Mention this half-way page once, a week after it was last touched."""
    due_at = morning_of(local(now, timezone).date() + timedelta(days=DRAFT_RESTS), timezone)
    key = f"draft:{run}"
    ids = {"organisation": organisation, "person": person}
    if record(db, key=key, **ids, kind="draft", flow=flow, run=run, moment=due_at, due_at=due_at) is None:
        not_yet = and_(occurrence.c.key == key, occurrence.c.sent == 0, occurrence.c.state == "planned")
        db.execute(update(occurrence).where(not_yet).values(moment=due_at, due_at=due_at))


def drop_draft_reminder(db: Connection, run: str) -> None:
    """The page is finished or thrown away."""
    about = and_(occurrence.c.key == f"draft:{run}", occurrence.c.state.in_(UNSETTLED))
    db.execute(update(occurrence).where(about).values(state="dropped", due_at=None))
