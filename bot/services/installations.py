"""Where Pejling is installed: workspaces and tenants, each an organisation of its own here.

What lets us talk there is sealed. A place that took it back keeps its organisation, so that it finds its people again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from bot.services.departments import make_organisation
from bot.services.whereabouts import CONVERSATION
from bot.store.secrets import Unreadable, sealed, unsealed
from bot.store.tables import Installation

INSTALLATION = Installation.__table__


@dataclass(frozen=True)
class Installed:
    """One place. `secret` is empty where nothing is kept, was taken back, or cannot be opened any more."""

    id: str
    channel: str
    external: str
    organisation: str
    name: str
    secret: dict[str, Any] = field(default_factory=dict, repr=False)  # never in a log


def find(db: Connection, channel: str, external: str) -> Installed | None:
    """The place a channel calls `external`."""
    c = INSTALLATION.c
    row = db.execute(select(INSTALLATION).where(c.channel == channel, c.external == external)).first()
    if row is None:
        return None
    return Installed(row.id, row.channel, row.external, row.organisation, row.name, _secret(db, row))


def keep(
    db: Connection,
    channel: str,
    external: str,
    name: str,
    secret: dict[str, Any],
    now: datetime,
    *,
    organisation: str = "",
) -> Installed:
    """Installed there, for the first time or again. A known place keeps its organisation; a new one gets `organisation`
    where that has no place on this channel yet, else one of its own: people of two places never meet."""
    known = find(db, channel, external)
    id = known.id if known else uuid4().hex
    values = {"name": name[:200], "sealed": sealed(db, secret, id) if secret else None, "updated_at": now}
    if known:
        db.execute(update(INSTALLATION).where(INSTALLATION.c.id == id).values(**values))
        return Installed(id, channel, external, known.organisation, name, secret)
    if not organisation or _is_taken(db, channel, organisation):
        organisation = make_organisation(db, name[:200], now)
    row = {"id": id, "channel": channel, "external": external, "organisation": organisation, "created_at": now}
    db.execute(insert(INSTALLATION).values(**row, **values))
    return Installed(id, channel, external, organisation, name, secret)


def take_back(db: Connection, channel: str, external: str, now: datetime) -> bool:
    """It was uninstalled: what let us talk there is forgotten, and nobody there can be reached. False: not known."""
    known = find(db, channel, external)
    if known is None:
        return False
    db.execute(update(INSTALLATION).where(INSTALLATION.c.id == known.id).values(sealed=None, updated_at=now))
    there = (CONVERSATION.c.organisation == known.organisation, CONVERSATION.c.channel == channel)
    db.execute(update(CONVERSATION).where(*there).values(reachable=False))
    return True


def _is_taken(db: Connection, channel: str, organisation: str) -> bool:
    c = INSTALLATION.c
    return db.scalar(select(c.id).where(c.channel == channel, c.organisation == organisation)) is not None


def _secret(db: Connection, row: Any) -> dict[str, Any]:
    try:
        return unsealed(db, row.sealed, row.id) if row.sealed else {}
    except Unreadable:
        return {}
