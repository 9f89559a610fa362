"""A list that was sent in and waits for a yes: kept sealed, for a day at most, under an id only the page that asks knows."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from bot.store.secrets import sealed, unsealed
from bot.store.tables import Upload

UPLOAD = Upload.__table__


def keep(db: Connection, organisation: str, raw: bytes, now: datetime) -> str:
    """Keep it; returns its id."""
    id = uuid4().hex
    blob = sealed(db, raw.decode("latin-1"), id)  # a byte is a sign: nothing is lost, whatever the file is written in
    db.execute(insert(UPLOAD).values(id=id, organisation=organisation, sealed=blob, created_at=now))
    return id


def read(db: Connection, organisation: str, id: str) -> bytes | None:
    """What was kept; None: it is not there any more."""
    blob = db.scalar(select(UPLOAD.c.sealed).where(UPLOAD.c.id == id, UPLOAD.c.organisation == organisation))
    return unsealed(db, blob, id).encode("latin-1") if blob else None


def forget(db: Connection, organisation: str, id: str) -> bool:
    """False where it was gone already."""
    return bool(db.execute(delete(UPLOAD).where(UPLOAD.c.id == id, UPLOAD.c.organisation == organisation)).rowcount)
