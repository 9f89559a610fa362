"""Rooms on the web: places that a leader makes, shares by a link, and closes.

Who has come in with a profile is remembered inside the seal; a guest carries their own sealed ticket (`ticket`), and is no row.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from bot.services import groups, places
from bot.services.person_row import PersonRow
from bot.services.whereabouts import CONVERSATION
from bot.store.secrets import Unreadable, digest_of, sealed, unsealed
from bot.store.tables import Room

ROOM = Room.__table__

CHANNEL = "web"
LONGEST_NAME = 80
TICKET_LASTS = timedelta(hours=12)
KNOWN_AGAIN = timedelta(days=40)
"""How long the browser keeps a ticket that lets nobody in any more: longer than anything that goes on over days."""
TICKET = "ticket"


@dataclass(frozen=True)
class RoomRow:
    """`made_by` and `members` are ids of people; `token` is what the link holds. `is_open`: not closed."""

    id: str
    organisation: str
    name: str
    language: str
    token: str
    made_by: str
    members: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True)
class Guest:
    """Somebody without a profile, as their ticket says. `id` names them in this room alone."""

    room: str
    id: str
    name: str
    language: str


def make(db: Connection, person: PersonRow, name: str, language: str, now: datetime) -> str:
    """A new room; returns its id."""
    external, token = uuid4().hex, secrets.token_urlsafe(24)
    address = {"room": places.place_id(CHANNEL, person.organisation, external), "name": name[:LONGEST_NAME]}
    id, _ = places.meet_place(db, person.organisation, CHANNEL, external, address, now, language)
    row = {"id": id, "organisation": person.organisation, "digest": _digest(token), "created_at": now}
    kept = {"token": token, "by": person.id, "members": [person.id]}
    db.execute(insert(ROOM).values(**row, sealed=sealed(db, kept, id)))
    return id


def room(db: Connection, id: str) -> RoomRow | None:
    """By its id. Reads only; what may be done with it is for the caller to ask."""
    row = db.execute(_found().where(ROOM.c.id == id)).first()
    return _opened(db, row) if row else None


def by_token(db: Connection, token: str) -> RoomRow | None:
    row = db.execute(_found().where(ROOM.c.digest == _digest(token), ROOM.c.closed_at.is_(None))).first()
    return _opened(db, row) if row else None


def rooms_of(db: Connection, person: PersonRow) -> list[RoomRow]:
    """The open rooms somebody has made or come into, by name."""
    here = _found().where(ROOM.c.organisation == person.organisation, ROOM.c.closed_at.is_(None))
    found = [_opened(db, row) for row in db.execute(here).all()]
    return sorted((one for one in found if person.id in one.members), key=lambda one: (one.name.casefold(), one.id))


def enter(db: Connection, person: PersonRow, id: str, now: datetime) -> None:
    """Somebody with a profile came in by the link, and may come again without it."""
    heard(db, id, now)
    row = db.execute(select(ROOM.c.sealed).where(ROOM.c.id == id, ROOM.c.organisation == person.organisation).with_for_update()).first()
    kept = unsealed(db, row.sealed, id) if row else None
    if kept and person.id not in kept["members"]:
        _keep(db, id, kept | {"members": [*kept["members"], person.id]})


def heard(db: Connection, id: str, now: datetime) -> None:
    """The room is in use; one that nobody comes into any more is forgotten in time (`retention.py`)."""
    db.execute(update(CONVERSATION).where(CONVERSATION.c.id == id).values(last_heard_at=places.hour_of(now)))


def close(db: Connection, id: str, now: datetime) -> None:
    """Nobody comes in any more, what went on is over, and the place is forgotten like any that we have left."""
    for run in groups.open_here(db, id):
        groups.finish(db, run, now, dropped=True)
    db.execute(update(ROOM).where(ROOM.c.id == id).values(closed_at=now))
    db.execute(update(CONVERSATION).where(CONVERSATION.c.id == id).values(reachable=False, last_heard_at=places.hour_of(now)))


def forget(db: Connection, organisation: str, person: str) -> None:
    """Take somebody out of every room; one they made stays open to the others."""
    for row in db.execute(select(ROOM.c.id, ROOM.c.sealed).where(ROOM.c.organisation == organisation)).all():
        kept = unsealed(db, row.sealed, row.id)
        if person in (kept["by"], *kept["members"]):
            others = [one for one in kept["members"] if one != person]
            _keep(db, row.id, kept | {"members": others, "by": "" if kept["by"] == person else kept["by"]})


def now_as(db: Connection, organisation: str, before: str, person: str) -> None:
    """Somebody turned out to be a person known already: what was theirs stays theirs."""
    for row in db.execute(select(ROOM.c.id, ROOM.c.sealed).where(ROOM.c.organisation == organisation)).all():
        kept = unsealed(db, row.sealed, row.id)
        if before in (kept["by"], *kept["members"]):
            members = dict.fromkeys(person if one == before else one for one in kept["members"])
            _keep(db, row.id, kept | {"members": [*members], "by": person if kept["by"] == before else kept["by"]})


# ---- guests ----------------------------------------------------------------------------------------------


def ticket(db: Connection, room: str, name: str, language: str, now: datetime, *, before: str = "") -> str:
    """What a guest's browser keeps: sealed, so that it can be made by nobody else. `before`: the one it had. Whoever comes again
    under the same name is the same guest, so that nobody chooses twice."""
    heard(db, room, now)
    had = _read_ticket(db, before)
    is_again = had.get("room") == room and str(had.get("name")).casefold() == name.casefold()
    said = {"room": room, "id": had["id"] if is_again else uuid4().hex, "name": name, "language": language, "until": (now + TICKET_LASTS).isoformat()}
    return sealed(db, said, TICKET).decode()


def guest_of(db: Connection, ticket: str, room: str, now: datetime) -> Guest | None:
    """Who comes with this ticket; None: it is none, too old, or another room's."""
    said = _read_ticket(db, ticket)
    if said.get("room") != room or datetime.fromisoformat(said["until"]) <= now:
        return None
    return Guest(room, said["id"], said["name"], said["language"])


def taking_part(db: Connection, room: str, external: str) -> list[str]:
    """In which of the runs that go on in a room a guest takes part."""
    digest = digest_of(db)
    return [run.id for run in groups.open_here(db, room) if groups.member_id(digest, run.id, CHANNEL, external) in run.members]


def _read_ticket(db: Connection, ticket: str) -> dict[str, Any]:
    """What a ticket says, however old; nothing where it is none."""
    try:
        return dict(unsealed(db, ticket.encode(), TICKET))
    except (Unreadable, ValueError):
        return {}


# ---- inside ----------------------------------------------------------------------------------------------


def _found() -> Any:
    columns = (ROOM.c.id, ROOM.c.organisation, ROOM.c.sealed, ROOM.c.closed_at, CONVERSATION.c.address, CONVERSATION.c.language)
    return select(*columns).join(CONVERSATION, CONVERSATION.c.id == ROOM.c.id)


def _opened(db: Connection, row: Row[Any]) -> RoomRow:
    kept = unsealed(db, row.sealed, row.id)
    about = (str(row.address.get("name") or ""), row.language or "da", kept["token"], kept["by"], tuple(kept["members"]))
    return RoomRow(row.id, row.organisation, *about, is_open=row.closed_at is None)


def _keep(db: Connection, id: str, kept: dict[str, Any]) -> None:
    db.execute(update(ROOM).where(ROOM.c.id == id).values(sealed=sealed(db, kept, id)))


def _digest(token: str) -> str:
    """The tokens are long and random, so that a plain hash gives nothing away."""
    return sha256(token.encode()).hexdigest()
