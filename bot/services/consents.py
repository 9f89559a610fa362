"""Whom a yes to sharing named.

Somebody says yes to a person, not to a position: what is shared with "my leader" is shared with whoever that is on the day, and
with "my leader group" the groups one is in then. Both are written beside what is shared. Reading it takes both: to be the
leader (or in the group) now, and to have been named (`sharing.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, String, Table, cast, literal, select, update

from bot.services.departments import GROUP, groups_of
from bot.services.person_row import PERSON, PersonRow
from bot.store.tables import Base


def named_now(db: Connection, person: PersonRow, visibility: str) -> list[str]:
    """The ids a yes given now names: the leader's, or those of the leader groups; nobody's where it is private."""
    match visibility:
        case "my_leader":
            return [person.leader] if person.leader else []
        case "leader_group":
            return sorted(id for id, _ in groups_of(db, person))
    return []


def is_current(db: Connection, person: PersonRow, visibility: str, named: Sequence[str]) -> bool:
    """Whether anybody who was named is still the leader, or still a group of the person's."""
    return not set(named).isdisjoint(named_now(db, person, visibility))


def named(db: Connection, organisation: str, ids: Sequence[str]) -> list[str]:
    """What those are called whom a yes named, as far as they are here still."""
    found: list[str] = []
    for table in (PERSON, GROUP) if ids else ():
        here = select(table.c.name).where(table.c.id.in_(ids), table.c.organisation == organisation)
        found += db.scalars(here.order_by(table.c.name))
    return found


def names(table: Table, id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a row of `table` names `id`. Our ids are hexadecimal digits, so none is a part or a pattern of another."""
    return cast(table.c.shared_to, String).contains(literal('"') + id + literal('"'))


def forget_named(db: Connection, id: str) -> None:
    """Take somebody who is deleted out of what others shared with them."""
    for table in Base.metadata.sorted_tables:
        if "shared_to" not in table.c:
            continue
        rows = db.execute(select(table.c.id, table.c.shared_to).where(names(table, literal(id)))).all()
        for row, named in rows:
            left = [one for one in named if one != id]
            db.execute(update(table).where(table.c.id == row).values(shared_to=left))
