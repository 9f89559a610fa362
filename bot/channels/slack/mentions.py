"""Answering where we were mentioned and others read along: through the outbox, once, to the place and to no person."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.services import inbox, outbox
from bot.services.people import CONVERSATION

LIVES = timedelta(minutes=10)
"""An answer that could not be delivered for so long answers nothing any more."""


def answer(
    db: Connection, organisation: str, event: str, address: dict[str, Any], card: dict[str, Any], now: datetime
) -> bool:
    """Put the spoken card in the outbox for the place; False where the event was handled before."""
    if not inbox.claim(db, event, now):
        return False
    where = sha256(f"{address['team']}:{address['channel']}:{address['thread']}".encode()).hexdigest()[:40]
    if db.scalar(select(CONVERSATION.c.id).where(CONVERSATION.c.id == where)) is None:
        row = {"id": where, "organisation": organisation, "channel": "slack", "person": None, "address": address}
        db.execute(insert(CONVERSATION).values(**row, last_heard_at=now))
    key = sha256(event.encode()).hexdigest()[:32]
    said = {"card": card, "subject": "", "kind": "reply", "key": key, "expires_at": now + LIVES}
    outbox.put(db, organisation=organisation, person=None, conversation=where, now=now, **said)  # type: ignore[arg-type]
    return True
