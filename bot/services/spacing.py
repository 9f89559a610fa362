"""The pace that all replicas keep together: when messages left, in rows that each takes turns to lock. PostgreSQL only.

Its own clock is the database's, so that machines whose clocks differ keep the same pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.pacing import LONGEST_WAIT, Limit, Limits, free_at, keep
from bot.store.tables import Spacing

_row = Spacing.__table__
_NOW: Any = literal_column("extract(epoch from clock_timestamp())::float8")
_MADE = insert(_row).values(moments=[], held_until=0.0, touched=0.0).on_conflict_do_nothing()
_LOCKED = (
    select(_row.c.place, _row.c.moments, _row.c.held_until, _NOW.label("now"))
    .where(_row.c.place.in_(bindparam("places", expanding=True)))
    .order_by(_row.c.place)  # the same order in every replica, so that no two wait for each other
    .with_for_update()
)
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
    rows, now = _locked(db, list(windows))
    if len(rows) < len(windows):
        db.execute(_MADE, [{"place": place, "organisation": organisation} for place in sorted(windows)])
        rows, now = _locked(db, list(windows))
    at = max([now, *(row.held_until for row in rows), *(free_at(windows[row.place], row.moments, now) for row in rows)])
    if at - now <= LONGEST_WAIT:
        db.execute(_KEEP, [_kept(row, windows[row.place], now - limits.longest, at) for row in rows])
    return at - now


def _locked(db: Connection, places: Sequence[str]) -> tuple[Sequence[Row[Any]], float]:
    """The rows, ours until the commit, and the database's time. It may have been read before a wait for a lock, so what that
    took is added: rather a little late than too early."""
    asked = monotonic()
    rows = db.execute(_LOCKED, {"places": places}).all()
    return rows, max((row.now for row in rows), default=0.0) + monotonic() - asked


def _kept(row: Row[Any], limits: Sequence[Limit], oldest: float, at: float) -> dict[str, Any]:
    moments = [moment for moment in row.moments if moment > oldest]
    keep(limits, moments, round(at, 3))
    return {"at": row.place, "kept": moments, "last": at}


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
