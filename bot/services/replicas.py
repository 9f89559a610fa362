"""Which Pejlings run on this database, by the beat of each (PostgreSQL; on SQLite there is only ever one)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from bot.store.tables import Replica

FORGOTTEN_AFTER = timedelta(days=1)

replica = Replica.__table__
_BEAT = (
    insert(replica)
    .values(id=bindparam("me"), beat_at=func.clock_timestamp())
    .on_conflict_do_update(index_elements=["id"], set_={"beat_at": func.clock_timestamp()})
)


def beat(db: Connection, id: str) -> None:
    """This replica lives. By the database's clock, so that the machines' own may differ."""
    db.execute(_BEAT, {"me": id})


def leave(db: Connection, id: str) -> None:
    """This replica stops. What stopped without saying so is forgotten after a day."""
    db.execute(delete(replica).where((replica.c.id == id) | (replica.c.beat_at < func.clock_timestamp() - FORGOTTEN_AFTER)))


def lives(owner: ColumnElement[Any], dead_after: timedelta) -> ColumnElement[bool]:
    """Whether the replica that a column names has beaten within `dead_after`."""
    beaten = replica.c.beat_at > func.clock_timestamp() - dead_after
    return select(replica.c.id).where(replica.c.id == owner, beaten).exists()


def count(db: Connection, dead_after: timedelta) -> int:
    """How many live."""
    alive = select(func.count()).select_from(replica).where(replica.c.beat_at > func.clock_timestamp() - dead_after)
    return db.scalar(alive) or 0
