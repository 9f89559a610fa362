"""What people share with each other, as it is shared now.

A list says only that something is shared and by whom. An agreement never says which flow it comes from: some flows nobody
else may know about. An entry does, and no locked flow's entry is ever shared. Somebody else's words are reached through the two
`access_…` functions and nothing else: they check, and they record who opened what, also where it was refused. They write,
so they belong in a unit of work that is committed; they answer None rather than raise, so that a refusal is recorded too.

"My leader" is whoever led the owner when it was shared and still does; "leader group" is whoever is now in a group that
the owner shared it with and is still in (`consents.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, insert, literal, or_, select

from bot.services.consents import names
from bot.services.person_row import PersonRow
from bot.store.secrets import unsealed
from bot.store.tables import Access, Action, Entry, LeaderGroup, LeaderGroupMember, Person

ACCESS, ACTION, ENTRY, PERSON = Access.__table__, Action.__table__, Entry.__table__, Person.__table__
GROUP, MEMBER = LeaderGroup.__table__, LeaderGroupMember.__table__

Kind = Literal["action", "entry"]
REFUSED = "refused "
"""What stands before the kind in the access log where somebody was not let in."""


@dataclass(frozen=True)
class Shared:
    """That something is shared with the reader; none of its words. `flow` and `beacon` are empty for an action."""

    kind: Kind
    id: str
    owner: str
    owner_name: str
    visibility: str
    created_at: datetime
    updated_at: datetime
    flow: str = ""
    beacon: str = ""


@dataclass(frozen=True)
class SharedAction:
    id: str
    owner_name: str
    what: str
    who: str
    by: date | None
    evaluator: str
    state: str
    created_at: datetime


@dataclass(frozen=True)
class SharedEntry:
    """`answers`: as in the logbook, see `EntryRow`."""

    id: str
    owner_name: str
    flow: str
    beacon: str
    answers: tuple[dict[str, Any], ...]
    created_at: datetime


@dataclass(frozen=True)
class Opened:
    """Somebody opened, or tried to open, something of the owner's. `reader_name` is empty where they are gone."""

    at: datetime
    reader_name: str
    kind: Kind
    subject: str
    flow: str
    is_refused: bool


def shared_with(db: Connection, reader: PersonRow) -> list[Shared]:
    """What others share with `reader` now, newest first."""
    found = [*_shared(db, reader, ACTION, "action"), *_shared(db, reader, ENTRY, "entry")]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def access_shared_action(db: Connection, reader: PersonRow, id: str, now: datetime) -> SharedAction | None:
    """Open somebody's shared action, and record it. None: it is not there, or not for `reader` (recorded too)."""
    row = _access(db, reader, ACTION, "action", id, now)
    if row is None:
        return None
    what = unsealed(db, row.sealed, row.person)["what"]
    return SharedAction(row.id, row.name, what, row.who, row.by, row.evaluator, row.state, row.created_at)


def access_shared_entry(db: Connection, reader: PersonRow, id: str, now: datetime) -> SharedEntry | None:
    """Open somebody's shared logbook entry, and record it. None: it is not there, or not for `reader` (recorded too)."""
    row = _access(db, reader, ENTRY, "entry", id, now)
    if row is None:
        return None
    answers = tuple(unsealed(db, row.sealed, row.person))
    return SharedEntry(row.id, row.name, row.flow, row.beacon, answers, row.created_at)


def is_shared(db: Connection, reader: PersonRow, kind: Kind, id: str) -> bool:
    """Whether it is shared with `reader` now. Opens nothing, so nothing is recorded."""
    table = ACTION if kind == "action" else ENTRY
    here = select(table.c.id).join(PERSON, PERSON.c.id == table.c.person)
    is_there = and_(table.c.id == id, _is_for(reader, table))
    return reader.state != "left" and db.scalar(here.where(is_there)) is not None


def who_opened(db: Connection, owner: PersonRow) -> list[Opened]:
    """Who opened what of `owner`'s, newest first."""
    rows = db.execute(
        select(ACCESS.c.at, PERSON.c.name, ACCESS.c.what, ACCESS.c.subject, ACTION.c.flow, ENTRY.c.flow)
        .outerjoin(PERSON, and_(PERSON.c.id == ACCESS.c.reader, PERSON.c.organisation == ACCESS.c.organisation))
        .outerjoin(ACTION, and_(ACTION.c.id == ACCESS.c.subject, ACTION.c.person == ACCESS.c.owner))
        .outerjoin(ENTRY, and_(ENTRY.c.id == ACCESS.c.subject, ENTRY.c.person == ACCESS.c.owner))
        .where(ACCESS.c.owner == owner.id, ACCESS.c.organisation == owner.organisation)
        .order_by(ACCESS.c.at.desc(), ACCESS.c.id)
    )
    return [
        Opened(
            at, name or "", what.removeprefix(REFUSED), subject, action or entry or "", what.startswith(REFUSED)
        )
        for at, name, what, subject, action, entry in rows
    ]


# ---- inside ----------------------------------------------------------------------------------------------


def _shared(db: Connection, reader: PersonRow, table: Table, kind: Kind) -> list[Shared]:
    comes_from = (table.c.flow, table.c.beacon) if kind == "entry" else ()
    rows = db.execute(
        select(
            table.c.id,
            PERSON.c.id,
            PERSON.c.name,
            table.c.visibility,
            table.c.created_at,
            table.c.updated_at,
            *comes_from,
        )
        .join(PERSON, PERSON.c.id == table.c.person)
        .where(_is_for(reader, table))
    )
    return [Shared(kind, *row) for row in rows]


def _is_for(reader: PersonRow, table: Table) -> ColumnElement[bool]:
    """Whether a row of `table` (joined with its owner) was shared with `reader`, and still is as things stand now."""
    mine, theirs = MEMBER.alias(), MEMBER.alias()
    same_group = exists().where(
        mine.c.person == reader.id,
        theirs.c.leader_group == mine.c.leader_group,
        theirs.c.person == PERSON.c.id,
        GROUP.c.id == mine.c.leader_group,
        GROUP.c.organisation == reader.organisation,
        names(table, mine.c.leader_group),
    )
    return and_(
        table.c.organisation == reader.organisation,
        PERSON.c.organisation == reader.organisation,
        PERSON.c.id != reader.id,
        PERSON.c.state != "left",
        or_(
            and_(table.c.visibility == "my_leader", PERSON.c.leader == reader.id, names(table, literal(reader.id))),
            and_(table.c.visibility == "leader_group", same_group),
        ),
    )


def _access(db: Connection, reader: PersonRow, table: Table, kind: Kind, id: str, now: datetime) -> Any | None:
    """The row, if `reader` may see it; what came of it is recorded. Nobody goes this way to what is their own."""
    is_here = and_(table.c.id == id, table.c.organisation == reader.organisation)
    owner = db.scalar(select(table.c.person).where(is_here))
    if owner is None or owner == reader.id:
        return None
    row = None
    if reader.state != "left":
        joined = select(table, PERSON.c.name).join(PERSON, PERSON.c.id == table.c.person)
        row = db.execute(joined.where(is_here, _is_for(reader, table))).first()
    db.execute(
        insert(ACCESS).values(
            id=uuid4().hex,
            organisation=reader.organisation,
            owner=owner,
            reader=reader.id,
            what=kind if row else REFUSED + kind,
            subject=id,
            at=now,
        )
    )
    return row
