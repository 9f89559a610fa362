"""Joining a second identity to a person: a code made on the one channel, typed on the other.

The codes are short enough to read aloud, so they last a quarter of an hour, work once, and may be mistyped a few times
only. Somebody who has things of their own is never joined to another: whoever made the code would see them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from bot.events import Sender
from bot.services import departments, groups, people, rooms, whereabouts
from bot.services.emails import EMAILS
from bot.services.erasing import remove
from bot.services.person_row import PERSON, PersonRow
from bot.services.whereabouts import CONVERSATION, IDENTITY
from bot.store.secrets import keyed_hash
from bot.store.tables import Action, DialogRun, Entry, JoinCode, Role

CODE = JoinCode.__table__

LASTS = timedelta(minutes=15)
MISSES = 5
"""How many wrong codes somebody may type within `LASTS`."""
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Nothing that is read as something else (no I, L, O, 0, 1): 31 letters, eight of them are 39 bits."""
LENGTH = 8
MISS = "miss:"
"""A wrong code is kept as a used row with a digest of its own, under the person who typed it, until it is too old."""

Why = Literal["unknown", "too_many", "same", "has_own", "has_channel"]


@dataclass(frozen=True)
class Joining:
    """What came of a code. `person` is who both identities belong to now; None, and `why`, where they were not joined.

    unknown: no such code, used or too old · too_many: too many wrong ones, wait a quarter of an hour · same: it is their
    own code · has_own: they have entries, actions, drafts or roles of their own · has_channel: the other one is on this
    channel already.
    """

    person: PersonRow | None
    why: Why | None = None


def join_code(db: Connection, person: PersonRow, now: datetime) -> str:
    """A code such as "K7MX-2PQR" that joins another identity to `person`; earlier ones stop working."""
    db.execute(delete(CODE).where(CODE.c.person == person.id, CODE.c.digest.not_like(f"{MISS}%")))
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    _keep(db, person, _digest(db, code), now, used_at=None)
    return f"{code[:4]}-{code[4:]}"


def join(db: Connection, code: str, sender: Sender, now: datetime) -> Joining:
    """Join `sender`, who has been met, to whoever made the code; what is known about them and missing there comes along.

    Never raises for a wrong code, so that the attempt is counted when the unit of work is committed.
    """
    joins = people.find(db, sender.organisation, sender.channel, sender.external)
    if joins is None:
        return Joining(None, "unknown")
    if _misses(db, joins, now) >= MISSES:
        return Joining(None, "too_many")
    maker = _maker(db, sender.organisation, code, now)
    if maker is None:
        _keep(db, joins, f"{MISS}{uuid4().hex}", now, used_at=now)
        return Joining(None, "unknown")
    if why := _obstacle(db, joins, maker, sender.channel):
        return Joining(None, why)
    used = db.execute(
        update(CODE).where(CODE.c.digest == _digest(db, code), CODE.c.used_at.is_(None)).values(used_at=now)
    )
    if used.rowcount != 1:
        return Joining(None, "unknown")
    return Joining(_merge(db, joins, maker, now))


def is_code(text: str) -> bool:
    """Whether a line looks like a code."""
    plain = _plain(text)
    return len(plain) == LENGTH and set(plain) <= set(LETTERS) and len(text.split()) == 1


def _obstacle(db: Connection, joins: PersonRow, maker: PersonRow, channel: str) -> Why | None:
    if joins.id == maker.id:
        return "same"
    if any(one.channel == channel for one in whereabouts.identities(db, maker)):
        return "has_channel"
    own = [exists().where(of.person == joins.id) for of in (Entry, Action, Role)]
    own.append(exists().where(DialogRun.person == joins.id, DialogRun.status == "open", DialogRun.dialog.regexp_match("^F[0-9]")))
    return "has_own" if any(db.scalar(select(one)) for one in own) else None


def _merge(db: Connection, joins: PersonRow, maker: PersonRow, now: datetime) -> PersonRow:
    for table in (IDENTITY, CONVERSATION, EMAILS):
        db.execute(update(table).where(table.c.person == joins.id).values(person=maker.id))
    db.execute(update(PERSON).where(PERSON.c.leader == joins.id).values(leader=maker.id))
    for group, _ in departments.groups_of(db, joins):
        departments.enter_group(db, maker, group)
    missing = {
        name: getattr(joins, name)
        for name in ("name", "language", "level", "centre", "leader")
        if getattr(joins, name) and not getattr(maker, name) and getattr(joins, name) != maker.id
    }
    rooms.now_as(db, joins.organisation, joins.id, maker.id)
    groups.now_as(db, joins.organisation, joins.id, maker.id)
    remove(db, joins)
    return people.set_person(db, maker, missing, now)


def _maker(db: Connection, organisation: str, code: str, now: datetime) -> PersonRow | None:
    id = db.scalar(
        select(CODE.c.person).where(
            CODE.c.digest == _digest(db, code),
            CODE.c.organisation == organisation,
            CODE.c.used_at.is_(None),
            CODE.c.expires_at > now,
        )
    )
    found = people.person(db, organisation, id) if id else None
    return found if found and found.state != "left" else None


def _misses(db: Connection, joins: PersonRow, now: datetime) -> int:
    recent = (CODE.c.person == joins.id, CODE.c.digest.like(f"{MISS}%"), CODE.c.expires_at > now)
    return db.scalar(select(func.count()).select_from(CODE).where(*recent)) or 0


def _keep(db: Connection, person: PersonRow, digest: str, now: datetime, *, used_at: datetime | None) -> None:
    row = {"digest": digest, "organisation": person.organisation, "person": person.id}
    db.execute(insert(CODE).values(**row, expires_at=now + LASTS, used_at=used_at))


def _digest(db: Connection, code: str) -> str:
    return keyed_hash(db, f"join:{_plain(code)}")


def _plain(code: str) -> str:
    return "".join(c for c in code.upper() if c.isalnum())
