"""What an operator may see of the clock and the outbox: how late, how many, how old. Nobody in particular.

Counts are rounded down to fives, so that none of them is about one person: "one message could not be delivered" would be. How long
the oldest has waited is exact, and is what an alarm should listen to: it also sees a single message that is stuck.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from bot.services import replicas
from bot.services.outbox import IN_FLIGHT
from bot.store.tables import Conversation, DialogRun, Occurrence, OutboxItem, Programme, Schedule

SMALLEST = 5

_DUE: tuple[tuple[Any, ...], ...] = (
    (Schedule.__table__.c.next_run_at,),
    (Occurrence.__table__.c.due_at,),
    (Programme.__table__.c.next_run_at,),
    (DialogRun.__table__.c.wake_at, DialogRun.__table__.c.status == "open"),
)
_OLDEST_DUE = [select(func.min(column)).where(column <= bindparam("now"), *only) for column, *only in _DUE]
_o, _c = OutboxItem.__table__.c, Conversation.__table__.c
_WAITING = (
    select(_c.channel, _o.state, func.count(), func.min(func.coalesce(_o.next_try, _o.created_at)).filter(
        _o.state != "ambiguous", or_(_o.next_try.is_(None), _o.next_try <= bindparam("now"))
    ))
    .join(Conversation.__table__, _c.id == _o.conversation)
    .where(_o.state.in_(IN_FLIGHT))
    .group_by(_c.channel, _o.state)
)


@dataclass(frozen=True)
class Measures:
    """`lag`: seconds since the oldest thing that is due fell due. `waiting`: messages by (channel, state), rounded down to fives.
    `oldest`: by channel, seconds for which the oldest message that may go has waited. `replicas`: that live; 0 on SQLite."""

    lag: float
    waiting: dict[tuple[str, str], int]
    oldest: dict[str, float]
    replicas: int


def measure(db: Connection, now: datetime, dead_after: timedelta | None) -> Measures:
    """`dead_after` None: there is only one process."""
    due = [moment for statement in _OLDEST_DUE if (moment := db.scalar(statement, {"now": now}))]
    waiting: dict[tuple[str, str], int] = {}
    oldest: dict[str, float] = {}
    for channel, state, many, since in db.execute(_WAITING, {"now": now}).all():
        waiting[channel, state] = in_fives(many)
        oldest[channel] = max(oldest.get(channel, 0.0), _seconds(now, since))
    alive = replicas.count(db, dead_after) if dead_after is not None else 0
    return Measures(max((_seconds(now, moment) for moment in due), default=0.0), waiting, oldest, alive)


def in_fives(many: int) -> int:
    """Rounded down, so that a difference of one shows nothing about anybody."""
    return many - many % SMALLEST


def _seconds(now: datetime, since: datetime | None) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
