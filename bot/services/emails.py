"""Addresses by which somebody is recognised: kept sealed, looked up by a keyed hash.

An address joins nobody to anybody by itself. A list names it, a channel that has verified it is met with it (`people.meet`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from bot.store.secrets import keyed_hashes
from bot.store.tables import Email

EMAILS = Email.__table__
EMAIL = "email"
"""What a refusal is remembered under, beside the channels."""

ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}")
LONGEST = 254


def plain(address: str) -> str:
    """An address as it is compared: without spaces around, in lower case. Empty where it is none."""
    said = address.strip().removeprefix("mailto:").casefold()
    return said if len(said) <= LONGEST and ADDRESS.fullmatch(said) else ""


def digests(db: Connection, organisation: str, addresses: Iterable[str]) -> list[str]:
    """The keyed hash of each; two organisations' are never the same."""
    return keyed_hashes(db, (f"email:{organisation}:{plain(one)}" for one in addresses))


def whose(db: Connection, organisation: str, addresses: Collection[str]) -> set[str]:
    """The ids of the people who are known by any of these."""
    real = [one for one in addresses if plain(one)]
    if not real:
        return set()
    known = EMAILS.c.digest.in_(digests(db, organisation, real))
    return set(db.scalars(select(EMAILS.c.person).where(EMAILS.c.organisation == organisation, known)))


def keep(db: Connection, organisation: str, person: str, addresses: Collection[str], now: datetime) -> None:
    """Recognise somebody by these from now on, by their hashes alone; what is another's stays theirs."""
    real = sorted({plain(one) for one in addresses} - {""})
    if not real:
        return
    wanted = digests(db, organisation, real)
    taken = set(db.scalars(select(EMAILS.c.digest).where(EMAILS.c.organisation == organisation, EMAILS.c.digest.in_(wanted))))
    rows = [
        {"id": uuid4().hex, "organisation": organisation, "person": person, "digest": one, "sealed": None, "created_at": now}
        for one in wanted
        if one not in taken
    ]
    if rows:
        db.execute(insert(EMAILS), rows)


def digests_of(db: Connection, organisation: str, person: str) -> list[str]:
    theirs = select(EMAILS.c.digest).where(EMAILS.c.organisation == organisation, EMAILS.c.person == person)
    return list(db.scalars(theirs))
