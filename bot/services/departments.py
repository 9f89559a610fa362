"""Organisations, their centres and their leader groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from bot.services.person_row import PersonRow
from bot.store.tables import Centre, LeaderGroup, LeaderGroupMember, Organisation

ORGANISATION, CENTRE = Organisation.__table__, Centre.__table__
GROUP, MEMBER = LeaderGroup.__table__, LeaderGroupMember.__table__


@dataclass(frozen=True)
class CentreRow:
    id: str
    name: str


@dataclass(frozen=True)
class GroupRow:
    """A leader group. `centre`: None where it is of several, or of none."""

    id: str
    name: str
    centre: str | None


def organisations(db: Connection) -> list[tuple[str, str]]:
    """(id, name) of every organisation here, oldest first."""
    rows = db.execute(select(ORGANISATION.c.id, ORGANISATION.c.name).order_by(ORGANISATION.c.created_at))
    return [(id, name) for id, name in rows]


def make_organisation(
    db: Connection, name: str, now: datetime, *, id: str | None = None, is_demo: bool = False
) -> str:
    made = id or uuid4().hex
    db.execute(insert(ORGANISATION).values(id=made, name=name, is_demo=is_demo, created_at=now))
    return made


def centres(db: Connection, organisation: str) -> list[CentreRow]:
    rows = db.execute(
        select(CENTRE.c.id, CENTRE.c.name).where(CENTRE.c.organisation == organisation).order_by(CENTRE.c.name)
    )
    return [CentreRow(*row) for row in rows]


def make_centre(db: Connection, organisation: str, name: str) -> str:
    id = uuid4().hex
    db.execute(insert(CENTRE).values(id=id, organisation=organisation, name=name))
    return id


def make_group(db: Connection, organisation: str, name: str, centre: str | None = None) -> str:
    id = uuid4().hex
    db.execute(insert(GROUP).values(id=id, organisation=organisation, name=name, centre=centre))
    return id


def groups(db: Connection, organisation: str) -> list[GroupRow]:
    """The leader groups, by name."""
    rows = db.execute(select(GROUP.c.id, GROUP.c.name, GROUP.c.centre).where(GROUP.c.organisation == organisation).order_by(GROUP.c.name))
    return [GroupRow(*row) for row in rows]


def groups_of(db: Connection, person: PersonRow) -> list[tuple[str, str]]:
    """(id, name) of the leader groups a person is in, by name."""
    rows = db.execute(
        select(GROUP.c.id, GROUP.c.name)
        .join(MEMBER, MEMBER.c.leader_group == GROUP.c.id)
        .where(MEMBER.c.person == person.id, GROUP.c.organisation == person.organisation)
        .order_by(GROUP.c.name)
    )
    return [(id, name) for id, name in rows]


def enter_group(db: Connection, person: PersonRow, group: str) -> None:
    """Raises ValueError where there is no such group in the person's organisation; twice is once."""
    here = db.scalar(select(GROUP.c.id).where(GROUP.c.id == group, GROUP.c.organisation == person.organisation))
    if here is None:
        raise ValueError("no such leader group in this organisation")
    if group not in {id for id, _ in groups_of(db, person)}:
        db.execute(insert(MEMBER).values(leader_group=group, person=person.id, organisation=person.organisation))


def leave_group(db: Connection, person: PersonRow, group: str) -> None:
    db.execute(delete(MEMBER).where(MEMBER.c.leader_group == group, MEMBER.c.person == person.id))
