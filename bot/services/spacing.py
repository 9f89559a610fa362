"""The pace that all replicas keep together: when messages left, in rows that each takes turns to lock. PostgreSQL only.

Its own clock is the database's, so that machines whose clocks differ keep the same pace.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.pacing import LONGEST_WAIT, Limits, free_at, keep
from bot.store.tables import Spacing

_row = Spacing.__table__
_NOW: Any = literal_column("extract(epoch from clock_timestamp())::float8")
_MADE = insert(_row).values(moments=[], held_until=0.0, touched=0.0).on_conflict_do_nothing()
_LOCKED = (
    select(_row.c.place, _row.c.moments, _row.c.held_until)
    .where(_row.c.place.in_(bindparam("places", expanding=True)))
    .order_by(_row.c.place)  # the same order in every replica, so that no two wait for each other
    .with_for_update()
)
_CLOCK = select(_NOW)
_KEEP = update(_row).where(_row.c.place == bindparam("at")).values(moments=bindparam("kept"), touched=bindparam("last"))
_HOLD = (
    update(_row)
    .where(_row.c.place == bindparam("at"))
    .values(held_until=func.greatest(_row.c.held_until, _NOW + bindparam("seconds")), touched=_NOW + bindparam("seconds"))
)
_HELD = select(_row.c.held_until - _NOW).where(_row.c.place == bindparam("at"))


def reserve(db: Connection, channel: str, limits: Limits, organisation: str, conversation: str) -> float:
    """The seconds to wait before a message to this conversation may leave. Its place in the row is taken, unless that is more
    than `LONGEST_WAIT`."""
    whole = place_of(channel, organisation)
    windows = {place: found for place, found in ((conversation, limits.conversation), (whole, limits.organisation)) if found}
    if not windows:
        return 0.0
    db.execute(_MADE, [{"place": place, "organisation": organisation} for place in sorted(windows)])
    rows = db.execute(_LOCKED, {"places": list(windows)}).all()
    now = db.scalar(_CLOCK)  # after the locks, which may have taken a while
    at = max([now, *(row.held_until for row in rows), *(free_at(windows[row.place], row.moments, now) for row in rows)])
    if at - now > LONGEST_WAIT:
        return at - now
    for row in rows:
        recent = [moment for moment in row.moments if moment > now - limits.longest]
        keep(windows[row.place], recent, round(at, 3))
        db.execute(_KEEP, {"at": row.place, "kept": recent, "last": at})
    return at - now


def hold(db: Connection, channel: str, organisation: str, seconds: float) -> None:
    """Nothing more to this organisation for so long."""
    place = place_of(channel, organisation)
    db.execute(_MADE, {"place": place, "organisation": organisation})
    db.execute(_HOLD, {"at": place, "seconds": seconds})


def held(db: Connection, channel: str, organisation: str) -> float:
    """The seconds for which nothing may go to this organisation."""
    return max(0.0, db.scalar(_HELD, {"at": place_of(channel, organisation)}) or 0.0)


def forget(db: Connection, longest: float) -> int:
    """Delete what is older than the longest window of all, in seconds; returns how many rows."""
    return db.execute(delete(_row).where(_row.c.touched < _NOW - longest)).rowcount


def place_of(channel: str, organisation: str) -> str:
    return f"{channel}:{organisation}"
