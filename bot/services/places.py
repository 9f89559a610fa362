"""Places where several people talk: a channel of a team, a group chat. Kept so that they can be spoken to; nobody is known by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.services import outbox
from bot.services.whereabouts import CONVERSATION
from bot.store.tables import GroupNote, GroupRun, OutboxItem

OUTBOX = OutboxItem.__table__
REPLY_LIVES = timedelta(hours=1)
"""What answers a line in a place answers nothing any more after so long."""
KEPT = ("name", "threads")
"""What is known about a place and stays known when a channel does not say it again."""

_KNOWN = select(CONVERSATION).where(CONVERSATION.c.id == bindparam("id"))
_PLACE = select(CONVERSATION).where(
    CONVERSATION.c.id == bindparam("id"),
    CONVERSATION.c.organisation == bindparam("organisation"),
    CONVERSATION.c.person.is_(None),
)


@dataclass(frozen=True)
class PlaceRow:
    """A place as kept. `name`: what people call it, where the platform says; `has_threads`: one can talk beside a message."""

    id: str
    organisation: str
    channel: str
    language: str
    reachable: bool
    name: str
    has_threads: bool


def meet_place(
    db: Connection, organisation: str, channel: str, external: str, address: dict[str, Any], now: datetime, language: str = ""
) -> tuple[str, bool]:
    """(our id, whether it is new) of the place a channel calls `external`; its address is brought up to date.

    In the address, "name" is what people call the place and "threads" whether one can talk beside a message there; what is
    left out stays as it was. `language`: what the bot speaks there, where it is met for the first time.
    """
    id = place_id(channel, organisation, external)
    known = db.execute(_KNOWN, {"id": id}).first()
    if known is None:
        row = {"id": id, "organisation": organisation, "channel": channel, "person": None, "language": language}
        known = _made(db, row | {"address": address, "reachable": True, "last_heard_at": hour_of(now)})
    if known is None:
        return id, True
    kept = {key: known.address[key] for key in KEPT if key in known.address}
    here = {"address": kept | address, "reachable": True, "last_heard_at": hour_of(now)}
    same = known.reachable and (known.address, known.last_heard_at) == (here["address"], here["last_heard_at"])
    if not same:
        db.execute(update(CONVERSATION).where(CONVERSATION.c.id == id).values(**here))
    return id, False


def _made(db: Connection, row: dict[str, Any]) -> Row[Any] | None:
    """None: it was made; else how somebody else, who met it in the same moment, made it. Raises IntegrityError for an unknown organisation."""
    try:
        with db.begin_nested():
            db.execute(insert(CONVERSATION).values(**row))
    except IntegrityError:
        known = db.execute(_KNOWN, {"id": row["id"]}).first()
        if known is None:
            raise
        return known
    return None


def place_id(channel: str, organisation: str, external: str) -> str:
    return sha256(f"{channel}\n{organisation}\n{external}".encode()).hexdigest()[:40]


def place(db: Connection, organisation: str, id: str) -> PlaceRow | None:
    row = db.execute(_PLACE, {"id": id, "organisation": organisation}).first()
    if row is None:
        return None
    name, threads = str(row.address.get("name") or ""), bool(row.address.get("threads"))
    return PlaceRow(row.id, row.organisation, row.channel, row.language or "da", row.reachable, name, threads)


def addresses(db: Connection, organisation: str, channel: str) -> list[dict[str, Any]]:
    """Of all the places that are known on a channel."""
    c = CONVERSATION.c
    return list(db.scalars(select(c.address).where(c.organisation == organisation, c.channel == channel, c.person.is_(None))))


def lock_place(db: Connection, id: str) -> None:
    """Beginnings in one place follow each other, so that a double click begins one dialog."""
    db.execute(select(CONVERSATION.c.id).where(CONVERSATION.c.id == id).with_for_update())


def hour_of(now: datetime) -> datetime:
    """The hour is enough to know whether a place is in use; the minute would say when somebody chose in secret."""
    return now.replace(minute=0, second=0, microsecond=0)


def leave_place(db: Connection, organisation: str, channel: str, external: str, now: datetime) -> None:
    """We were removed from there: the place is forgotten, and with it whatever was still to be said.

    One where a group has something going on, or keeps something, waits for us to come back, until retention forgets it.
    """
    id = place_id(channel, organisation, external)
    db.execute(delete(OUTBOX).where(OUTBOX.c.conversation == id))
    here = (CONVERSATION.c.id == id, CONVERSATION.c.organisation == organisation)
    if any(db.scalar(select(of.id).where(of.place == id).limit(1)) for of in (GroupRun, GroupNote)):
        db.execute(update(CONVERSATION).where(*here).values(reachable=False, last_heard_at=hour_of(now)))
        db.execute(update(GroupRun).where(GroupRun.place == id, GroupRun.status == "open").values(silent_at=now, posted=""))
    else:
        db.execute(delete(CONVERSATION).where(*here))


def say_there(db: Connection, organisation: str, place: str, card: dict[str, Any], now: datetime, expires_at: datetime) -> None:
    """Put a card, spoken already, in the outbox. It holds nobody's words, and is sealed as the place's own."""
    outbox.put(
        db,
        organisation=organisation,
        person=None,
        conversation=place,
        card=card,
        subject=card["subject"],
        kind="reply",
        now=now,
        expires_at=expires_at,
    )
