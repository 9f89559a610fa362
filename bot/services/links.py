"""Signing in to the web pages: one-time links, and who is signed in. Only hashes are kept, never a link or a cookie.

Opening a link uses nothing up (`look_at`), so that link scanners do no harm; pressing its button does (`use`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update

from bot.services.person_row import PERSON, PERSON_COLUMNS, PersonRow
from bot.store.tables import LoginLink, WebSession

LINK, SESSION = LoginLink.__table__, WebSession.__table__

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=12)
"""How long one stays signed in without coming back."""
SESSION_ENDS = timedelta(days=7)
"""How long one stays signed in at most."""
RENEWED_AFTER = timedelta(hours=1)
"""A session is prolonged at most this often, so that looking at a page is seldom a write."""
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Link:
    person: PersonRow
    goes_to: str


@dataclass(frozen=True)
class SignedIn:
    """`token` is what the cookie holds."""

    token: str
    person: PersonRow
    goes_to: str


# ---- one-time links --------------------------------------------------------------------------------------


def make_link(db: Connection, person: PersonRow, goes_to: str, now: datetime) -> str:
    """The token of a link that signs `person` in once, within ten minutes, and leads to one of our own pages."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.execute(
        insert(LINK).values(
            digest=_digest(token),
            organisation=person.organisation,
            person=person.id,
            goes_to=own_path(goes_to),
            expires_at=now + LINK_LASTS,
        )
    )
    return token


def look_at(db: Connection, token: str, now: datetime) -> Link | None:
    """Whom a link would sign in, and where it leads; None: unknown, used or too old. Reads only."""
    row = db.execute(
        select(*PERSON_COLUMNS, LINK.c.goes_to)
        .join(LINK, LINK.c.person == PERSON.c.id)
        .where(
            LINK.c.digest == _digest(token),
            LINK.c.used_at.is_(None),
            LINK.c.expires_at > now,
            PERSON.c.organisation == LINK.c.organisation,
            PERSON.c.state != "left",
        )
    ).first()
    return Link(PersonRow(*row[:-1]), row[-1]) if row else None


def use(db: Connection, token: str, now: datetime) -> SignedIn | None:
    """Use a link up and sign in; None: unknown, too old, or somebody was first."""
    link = look_at(db, token, now)
    if link is None:
        return None
    taken = db.execute(update(LINK).where(LINK.c.digest == _digest(token), LINK.c.used_at.is_(None)).values(used_at=now))
    if taken.rowcount != 1:
        return None
    return SignedIn(open_session(db, link.person, now), link.person, link.goes_to)


def own_path(path: str) -> str:
    """`path` if it is a path on our own pages, else "/": no link leads anywhere else."""
    is_plain = path.isascii() and path.isprintable() and "\\" not in path and " " not in path
    if not is_plain or not path.startswith("/") or path.startswith("//") or len(path) > LINK.c.goes_to.type.length:
        return "/"
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else path


# ---- who is signed in ------------------------------------------------------------------------------------


def open_session(db: Connection, person: PersonRow, now: datetime) -> str:
    """Sign somebody in; returns what the cookie holds."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.execute(
        insert(SESSION).values(
            digest=_digest(token),
            organisation=person.organisation,
            person=person.id,
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    return token


def session_person(db: Connection, token: str, now: datetime) -> PersonRow | None:
    """Who is signed in with this cookie, if anybody. Reads only."""
    row = db.execute(
        select(*PERSON_COLUMNS)
        .join(SESSION, SESSION.c.person == PERSON.c.id)
        .where(
            SESSION.c.digest == _digest(token),
            SESSION.c.expires_at > now,
            SESSION.c.created_at > now - SESSION_ENDS,
            PERSON.c.organisation == SESSION.c.organisation,
            PERSON.c.state != "left",
        )
    ).first()
    return PersonRow(*row) if row else None


def is_renewal_due(db: Connection, token: str, now: datetime) -> bool:
    """Whether `renew_session` would prolong it. Reads only."""
    soon = now + SESSION_LASTS - RENEWED_AFTER
    expires = db.scalar(select(SESSION.c.expires_at).where(SESSION.c.digest == _digest(token)))
    return expires is not None and now < expires <= soon


def renew_session(db: Connection, token: str, now: datetime) -> None:
    """Somebody came back: stay signed in from now on. A session that is over stays over."""
    db.execute(
        update(SESSION)
        .where(SESSION.c.digest == _digest(token), SESSION.c.expires_at > now)
        .values(expires_at=now + SESSION_LASTS)
    )


def close_session(db: Connection, token: str) -> None:
    db.execute(delete(SESSION).where(SESSION.c.digest == _digest(token)))


def close_sessions(db: Connection, person: PersonRow) -> int:
    """Sign somebody out everywhere; returns from how many places."""
    gone = db.execute(
        delete(SESSION).where(SESSION.c.person == person.id, SESSION.c.organisation == person.organisation)
    )
    db.execute(delete(LINK).where(LINK.c.person == person.id, LINK.c.used_at.is_(None)))
    return gone.rowcount


def _digest(token: str) -> str:
    """The tokens are long and random, so that a plain hash gives nothing away."""
    return sha256(token.encode()).hexdigest()
