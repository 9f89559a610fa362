"""Deleting everything kept about a person.

What there is to delete is read from the tables themselves: every column that points at a person. The few places where an
id stands without pointing are listed in `LOOSE`. A test fills every table and then looks for what is left.

The caller runs `Store.scrub` after the commit: only then are the words out of the files as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Column, Connection, Table, and_, delete, func, insert, or_, select, update

from bot.services import emails, group_notes, groups, rooms
from bot.services.audiences import forget_in
from bot.services.consents import forget_named
from bot.services.emails import EMAIL
from bot.services.person_row import PersonRow
from bot.services.whereabouts import identities
from bot.services.refusals import remember_refusal
from bot.store.secrets import keyed_hash
from bot.store.tables import (
    Access,
    Action,
    Base,
    BeaconChange,
    Conversation,
    DialogRun,
    Entry,
    Handover,
    InboxItem,
    Occurrence,
    OutboxItem,
    Person,
    Programme,
    RoleLog,
    Schedule,
)

PERSON, ACCESS, ROLE_LOG = Person.__table__, Access.__table__, RoleLog.__table__
PROGRAMME, BEACON_CHANGE, HANDOVER = Programme.__table__, BeaconChange.__table__, Handover.__table__
INBOX, OUTBOX, CONVERSATION = InboxItem.__table__, OutboxItem.__table__, Conversation.__table__

LOOSE = {
    "access.reader": "blanked: the owner still sees that somebody opened it",
    "role_log.about": "replaced by a keyed hash: the log outlives the person",
    "role_log.by": "replaced by a keyed hash: the log outlives the person",
    "handover.by": "replaced by a keyed hash: what was handed over is the leader group's, signed by the group",
    "beacon_change.by": "replaced by a keyed hash: a beacon's history outlives the person",
    "entry.shared_to": "taken out of the list: whom somebody shared it with",
    "action.shared_to": "taken out of the list: whom somebody shared it with",
    "programme.created_by": "blanked: what was planned for others goes on, signed by nobody",
    "programme.audience": "taken out of the list: whom it was for by name",
    "inbox.event": "rows whose event id holds the person's id or their id on a channel are deleted",
}
"""Where a person's id may stand in a column that does not point at the person, and what becomes of it."""

LONG_ENOUGH = 6
"""An id on a channel shorter than this may be part of anything, so events are not looked through for it."""


@dataclass(frozen=True)
class WhatGoes:
    """How much there is of everything, shown before it is deleted. `shared`: what others can see now. `goes_on`: what they planned
    for others and is under way, which is not deleted."""

    entries: int
    actions: int
    shared: int
    drafts: int
    rhythms: int
    planned: int
    waiting: int
    goes_on: int = 0


def what_goes(db: Connection, person: PersonRow) -> WhatGoes:
    def count(of: type[Base], *where: object) -> int:
        table = of.__table__
        mine = and_(table.c.person == person.id, table.c.organisation == person.organisation, *where)
        return db.scalar(select(func.count()).select_from(table).where(mine)) or 0

    shared = [count(of, of.visibility != "private") for of in (Entry, Action)]
    return WhatGoes(
        entries=count(Entry),
        actions=count(Action),
        shared=sum(shared),
        drafts=count(DialogRun, DialogRun.status == "open"),
        rhythms=count(Schedule),
        planned=count(Occurrence, Occurrence.state.in_(("planned", "open"))),
        waiting=count(OutboxItem, OutboxItem.state.in_(("queued", "sending", "ambiguous"))),
        goes_on=_under_way(db, person),
    )


def _under_way(db: Connection, person: PersonRow) -> int:
    theirs = and_(PROGRAMME.c.created_by == person.id, PROGRAMME.c.organisation == person.organisation)
    running = PROGRAMME.c.state.in_(("active", "paused"))
    return db.scalar(select(func.count()).select_from(PROGRAMME).where(theirs, running)) or 0


def erase(db: Connection, person: PersonRow, now: datetime, *, by: str = "self", is_refusal: bool = True) -> None:
    """Delete everything kept about a person, also from what others see.

    What stays: a keyed hash per id on a channel, so that the refusal is remembered (`is_refusal`), and one line in the
    role log under a hash. `by`: "self", "retention", "cli", or the id of whoever did it.
    """
    known_as = identities(db, person)
    if is_refusal:
        for identity in known_as:
            remember_refusal(db, person.organisation, identity.channel, identity.external, now)
        for digest in emails.digests_of(db, person.organisation, person.id):  # a list may name them again
            remember_refusal(db, person.organisation, EMAIL, digest, now)
    remove(db, person)
    stand_in = f"gone:{keyed_hash(db, f'person:{person.id}')[:32]}"
    for column in (ROLE_LOG.c.about, ROLE_LOG.c.by, BEACON_CHANGE.c.by, HANDOVER.c.by):
        db.execute(update(column.table).where(column == person.id).values({column: stand_in}))
    db.execute(update(ACCESS).where(ACCESS.c.reader == person.id).values(reader=""))
    marks = [person.id, *(one.external for one in known_as if len(one.external) >= LONG_ENOUGH)]
    db.execute(delete(INBOX).where(or_(*(INBOX.c.event.contains(mark, autoescape=True) for mark in marks))))
    line = {"id": uuid4().hex, "organisation": person.organisation, "at": now, "what": "erased"}
    whose = stand_in if by == person.id else by
    db.execute(insert(ROLE_LOG).values(**line, by=whose, about=stand_in))


def remove(db: Connection, person: PersonRow) -> None:
    """Delete the person's row and every row that points at it, the farthest first, so that nothing ever points nowhere."""
    theirs = select(CONVERSATION.c.id).where(CONVERSATION.c.person == person.id)
    db.execute(delete(OUTBOX).where(OUTBOX.c.conversation.in_(theirs)))
    db.execute(update(PERSON).where(PERSON.c.leader == person.id).values(leader=None))
    forget_named(db, person.id)
    _forget_in_programmes(db, person)
    groups.forget(db, person.organisation, person.id)
    group_notes.forget(db, person.organisation, person.id)
    rooms.forget(db, person.organisation, person.id)
    for table, column in pointing_at_people():
        if table is not PERSON:
            db.execute(delete(table).where(column == person.id))
    db.execute(delete(PERSON).where(PERSON.c.id == person.id, PERSON.c.organisation == person.organisation))


def _forget_in_programmes(db: Connection, person: PersonRow) -> None:
    db.execute(update(PROGRAMME).where(PROGRAMME.c.created_by == person.id).values(created_by=""))
    rows = db.execute(select(PROGRAMME.c.id, PROGRAMME.c.audience).where(PROGRAMME.c.organisation == person.organisation))
    for id, audience in rows.all():
        left = forget_in(audience, person.id)
        if left != audience:
            db.execute(update(PROGRAMME).where(PROGRAMME.c.id == id).values(audience=left))


def pointing_at_people() -> Iterator[tuple[Table, Column[str]]]:
    """Every column that points at a person, in the order in which rows can be deleted."""
    for table in reversed(Base.metadata.sorted_tables):
        for column in table.columns:
            if any(key.references(PERSON) for key in column.foreign_keys):
                yield table, column
