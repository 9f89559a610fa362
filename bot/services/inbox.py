"""Which events have been handled: what makes a second delivery of one harmless."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from bot.store.tables import Utc

CLAIM = text("INSERT INTO inbox (event, at) VALUES (:event, :at) ON CONFLICT DO NOTHING").bindparams(
    bindparam("at", type_=Utc())
)


def claim(db: Connection, event_id: str, now: datetime) -> bool:
    """Whether this event is ours to handle; False: it has been handled before.

    The first statement of a turn. Two that come with the same id at once: the second waits here for the first, and is
    told False if that one commits.
    """
    return db.execute(CLAIM, {"event": event_id, "at": now}).rowcount == 1
