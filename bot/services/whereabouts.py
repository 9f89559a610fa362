"""Where a person is: their ids on the channels, and the conversations in which they can be talked to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, case, insert, select, update

from bot.events import Sender
from bot.store.tables import Conversation, Identity

if TYPE_CHECKING:
    from bot.services.person_row import PersonRow

IDENTITY, CONVERSATION = Identity.__table__, Conversation.__table__

QUIET = "web"
"""The channel in which nothing rings."""


@dataclass(frozen=True)
class IdentityRow:
    channel: str
    external: str


@dataclass(frozen=True)
class ConversationRow:
    id: str
    organisation: str
    channel: str
    person: str | None
    address: dict[str, Any]
    reachable: bool
    language: str
    last_heard_at: datetime | None


CONVERSATION_COLUMNS = tuple(CONVERSATION.c[name] for name in ConversationRow.__dataclass_fields__)


def best_place(preferred: Any) -> tuple[Any, ...]:
    """The order in which a person's conversations are tried unasked: the channel they prefer, then one that rings – nobody
    looks at the web chat who was not told to, and a one-time link alone makes somebody heard there – then where heard last."""
    channel = CONVERSATION.c.channel
    return case((channel == preferred, 0), (channel != QUIET, 1), else_=2), CONVERSATION.c.last_heard_at.desc().nulls_last()


_TO_TALK_IN = (
    select(*CONVERSATION_COLUMNS)
    .where(
        CONVERSATION.c.person == bindparam("id"),
        CONVERSATION.c.organisation == bindparam("organisation"),
        CONVERSATION.c.reachable.is_(True),
    )
    .order_by(*best_place(bindparam("preferred")))
    .limit(1)
)


def identities(db: Connection, person: PersonRow) -> list[IdentityRow]:
    rows = db.execute(
        select(IDENTITY.c.channel, IDENTITY.c.external)
        .where(IDENTITY.c.person == person.id, IDENTITY.c.organisation == person.organisation)
        .order_by(IDENTITY.c.channel, IDENTITY.c.external)
    )
    return [IdentityRow(*row) for row in rows]


def add_identity(db: Connection, person: PersonRow, channel: str, external: str) -> None:
    """Raises `IntegrityError` where the id belongs to somebody already."""
    db.execute(
        insert(IDENTITY).values(
            channel=channel, organisation=person.organisation, external=external, person=person.id
        )
    )


def conversation_of(db: Connection, person: PersonRow) -> ConversationRow | None:
    """Where to talk to a person unasked: only reachable ones, in the order of `best_place`."""
    values = {"id": person.id, "organisation": person.organisation, "preferred": person.preferred_channel}
    row = db.execute(_TO_TALK_IN, values).first()
    return ConversationRow(*row) if row else None


def conversations(db: Connection, person: PersonRow) -> list[ConversationRow]:
    rows = db.execute(
        select(*CONVERSATION_COLUMNS)
        .where(CONVERSATION.c.person == person.id, CONVERSATION.c.organisation == person.organisation)
        .order_by(CONVERSATION.c.channel)
    )
    return [ConversationRow(*row) for row in rows]


def make_conversation(db: Connection, person: PersonRow, channel: str, address: dict[str, Any]) -> str:
    """A place to talk where nobody was heard yet (a demo, an import)."""
    return _insert_conversation(db, person, channel=channel, address=address)


def mark_unreachable(db: Connection, organisation: str, conversation: str) -> None:
    """Nothing can be sent there any more; being heard there again (`meet`) mends it."""
    db.execute(
        update(CONVERSATION)
        .where(CONVERSATION.c.id == conversation, CONVERSATION.c.organisation == organisation)
        .values(reachable=False)
    )


def open_conversation(db: Connection, person: PersonRow, sender: Sender, now: datetime) -> str:
    said = {"language": sender.language, "timezone": told_zone(sender.timezone)}
    return _insert_conversation(db, person, channel=sender.channel, address=sender.address, **said, last_heard_at=now)


def _insert_conversation(db: Connection, person: PersonRow, **values: Any) -> str:
    id = uuid4().hex
    db.execute(insert(CONVERSATION).values(id=id, organisation=person.organisation, person=person.id, **values))
    return id


def told_zone(name: str) -> str:
    """A platform's time zone, where this machine knows it; else empty, and ours will do."""
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, ValueError, OSError):
        return ""
