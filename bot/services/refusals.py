"""Who said no and deleted everything, remembered by nothing but a keyed hash of their id on a channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store.secrets import keyed_hash, keyed_hashes
from bot.store.tables import Refusal

REFUSAL = Refusal.__table__


def is_refused(db: Connection, organisation: str, channel: str, external: str) -> bool:
    """Whether this id said no before: such a person is not welcomed unasked, but may always come back."""
    digest = _digest(db, organisation, channel, external)
    return db.scalar(select(REFUSAL.c.digest).where(REFUSAL.c.digest == digest)) is not None


def refused_among(db: Connection, organisation: str, channel: str, ids: Mapping[str, str]) -> set[str]:
    """Of many, given as key → id on that channel, the keys of those who said no before."""
    known = set(db.scalars(select(REFUSAL.c.digest).where(REFUSAL.c.organisation == organisation)))
    if not known:
        return set()
    digests = keyed_hashes(db, (f"refusal:{organisation}:{channel}:{id}" for id in ids.values()))
    return {key for key, digest in zip(ids, digests) if digest in known}


def remember_refusal(db: Connection, organisation: str, channel: str, external: str, now: datetime) -> None:
    if not is_refused(db, organisation, channel, external):
        digest = _digest(db, organisation, channel, external)
        db.execute(insert(REFUSAL).values(digest=digest, organisation=organisation, at=now))


def forget_refusal(db: Connection, organisation: str, channel: str, external: str) -> None:
    db.execute(delete(REFUSAL).where(REFUSAL.c.digest == _digest(db, organisation, channel, external)))


def _digest(db: Connection, organisation: str, channel: str, external: str) -> str:
    return keyed_hash(db, f"refusal:{organisation}:{channel}:{external}")
