"""Places where several people talk: a channel of a team, a group chat. Kept so that they can be spoken to; nobody is known by them."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from bot.services import outbox
from bot.services.people import CONVERSATION
from bot.store.tables import OutboxItem

OUTBOX = OutboxItem.__table__


def meet_place(db: Connection, organisation: str, channel: str, external: str, address: dict[str, Any], now: datetime) -> tuple[str, bool]:
    """(our id, whether it is new) of the place a channel calls `external`; its address is brought up to date."""
    id = sha256(f"{channel}\n{organisation}\n{external}".encode()).hexdigest()[:40]
    here = {"address": address, "reachable": True, "last_heard_at": now}
    known = db.execute(update(CONVERSATION).where(CONVERSATION.c.id == id).values(**here)).rowcount
    if not known:
        db.execute(insert(CONVERSATION).values(id=id, organisation=organisation, channel=channel, person=None, **here))
    return id, not known


def leave_place(db: Connection, organisation: str, channel: str, external: str) -> None:
    """We were removed from there: the place is forgotten, and with it whatever was still to be said."""
    id = sha256(f"{channel}\n{organisation}\n{external}".encode()).hexdigest()[:40]
    db.execute(delete(OUTBOX).where(OUTBOX.c.conversation == id))
    db.execute(delete(CONVERSATION).where(CONVERSATION.c.id == id, CONVERSATION.c.organisation == organisation))


def say_there(db: Connection, organisation: str, place: str, card: dict[str, Any], now: datetime, expires_at: datetime) -> None:
    """Put a card, spoken already, in the outbox. It holds nobody's words, and is sealed as the place's own."""
    outbox.put(
        db,
        organisation=organisation,
        person=None,  # type: ignore[arg-type]
        conversation=place,
        card=card,
        subject=card["subject"],
        kind="reply",
        now=now,
        expires_at=expires_at,
    )
