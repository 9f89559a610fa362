"""What people may do beyond their own things: coordinator (of one centre, or of all) and administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from bot.errors import Refused
from bot.services.person_row import PERSON, PersonRow
from bot.store.tables import Role, RoleLog

ROLE, ROLE_LOG = Role.__table__, RoleLog.__table__
ROLES = ("coordinator", "administrator")


@dataclass(frozen=True)
class RoleRow:
    """`centre` is None for all of the organisation."""

    role: str
    centre: str | None
    given_at: datetime


@dataclass(frozen=True)
class Holder:
    """Somebody with a role. `centre` is None for all of the organisation."""

    person: str
    name: str
    role: str
    centre: str | None
    given_at: datetime


@dataclass(frozen=True)
class RoleLogRow:
    at: datetime
    by: str
    about: str
    what: str


def roles_of(db: Connection, person: PersonRow) -> list[RoleRow]:
    rows = db.execute(
        select(ROLE.c.role, ROLE.c.centre, ROLE.c.given_at)
        .where(ROLE.c.person == person.id, ROLE.c.organisation == person.organisation)
        .order_by(ROLE.c.role, ROLE.c.given_at)
    )
    return [RoleRow(*row) for row in rows]


def has_role(db: Connection, person: PersonRow, role: str, centre: str | None = None) -> bool:
    """Whether the person has the role for that centre (or for all)."""
    return any(r.role == role and r.centre in (None, centre) for r in roles_of(db, person))


@dataclass(frozen=True)
class Reach:
    """What somebody may do for others now. `centres`: those they coordinate; None: all of them, also people in none."""

    is_administrator: bool
    is_coordinator: bool
    centres: frozenset[str] | None = frozenset()

    def covers(self, centre: str | None) -> bool:
        """Whether a coordinator's programmes, beacons and numbers may be about this centre; None: about more than one, or none."""
        return self.is_coordinator and (self.centres is None or centre is not None and centre in self.centres)


def reach(db: Connection, person: PersonRow) -> Reach:
    """Read anew for every request: a role that was taken away is gone at once, also from a page that is open."""
    given = roles_of(db, person)
    coordinated = [r.centre for r in given if r.role == "coordinator"]
    is_administrator = any(r.role == "administrator" for r in given)
    centres = None if None in coordinated else frozenset(filter(None, coordinated))
    return Reach(is_administrator, bool(coordinated), centres)


def need_coordinator(db: Connection, person: PersonRow, centre: str | None = None) -> Reach:
    """Raises `Refused`: no coordinator ("roles.not_coordinator"), or not of that centre ("roles.other_centre")."""
    found = reach(db, person)
    if not found.is_coordinator:
        raise Refused("roles.not_coordinator")
    if centre is not None and not found.covers(centre):
        raise Refused("roles.other_centre")
    return found


def need_administrator(db: Connection, person: PersonRow) -> None:
    """Raises `Refused` ("roles.not_administrator")."""
    if not reach(db, person).is_administrator:
        raise Refused("roles.not_administrator")


def give_role(
    db: Connection, person: PersonRow, role: str, *, by: str, now: datetime, centre: str | None = None
) -> bool:
    """Give a role and write it in the role log; False where they had it. `by`: a person's id, or "cli".

    Raises ValueError where there is no such role.
    """
    if role not in ROLES:
        raise ValueError(f"no such role; there are {', '.join(ROLES)}")
    if any((r.role, r.centre) == (role, centre) for r in roles_of(db, person)):
        return False
    db.execute(
        insert(ROLE).values(
            id=uuid4().hex,
            organisation=person.organisation,
            person=person.id,
            role=role,
            centre=centre,
            given_at=now,
        )
    )
    _log(db, person, by, f"given: {_spelt(role, centre)}", now)
    return True


def take_role(
    db: Connection, person: PersonRow, role: str, *, by: str, now: datetime, centre: str | None = None
) -> bool:
    """Take a role away and write it in the role log; False where they had none.

    Raises `Refused` ("roles.last_administrator") where nobody would be left to give roles.
    """
    if not any((r.role, r.centre) == (role, centre) for r in roles_of(db, person)):
        return False
    if role == "administrator" and not administrators(db, person.organisation, lock=True) - {person.id}:
        raise Refused("roles.last_administrator")
    same_centre = ROLE.c.centre.is_(None) if centre is None else ROLE.c.centre == centre
    db.execute(
        delete(ROLE).where(
            ROLE.c.person == person.id,
            ROLE.c.organisation == person.organisation,
            ROLE.c.role == role,
            same_centre,
        )
    )
    _log(db, person, by, f"taken: {_spelt(role, centre)}", now)
    return True


def first_administrator(db: Connection, person: PersonRow, now: datetime, *, by: str = "cli") -> None:
    """Make somebody the first administrator, which nobody inside could do.

    Raises `Refused` ("roles.has_administrator") where there is one already.
    """
    if administrators(db, person.organisation, lock=True):
        raise Refused("roles.has_administrator")
    give_role(db, person, "administrator", by=by, now=now)


def holders(db: Connection, organisation: str) -> list[Holder]:
    """Everybody with a role, administrators first."""
    rows = db.execute(
        select(ROLE.c.person, PERSON.c.name, ROLE.c.role, ROLE.c.centre, ROLE.c.given_at)
        .join(PERSON, PERSON.c.id == ROLE.c.person)
        .where(ROLE.c.organisation == organisation, PERSON.c.organisation == organisation)
        .order_by(ROLE.c.role, PERSON.c.name, ROLE.c.given_at)
    )
    return [Holder(*row) for row in rows]


def role_log(db: Connection, organisation: str, limit: int | None = None) -> list[RoleLogRow]:
    """Who was given or lost a role, newest first; the `limit` newest."""
    rows = db.execute(
        select(ROLE_LOG.c.at, ROLE_LOG.c.by, ROLE_LOG.c.about, ROLE_LOG.c.what)
        .where(ROLE_LOG.c.organisation == organisation)
        .order_by(ROLE_LOG.c.at.desc(), ROLE_LOG.c.id)
        .limit(limit)
    )
    return [RoleLogRow(*row) for row in rows]


def administrators(db: Connection, organisation: str, *, lock: bool = False) -> set[str]:
    """The ids of those who are here. `lock`: the rows, so that two who take each other's role at once do not both succeed."""
    theirs = select(ROLE.c.person).join(PERSON, PERSON.c.id == ROLE.c.person)
    here = theirs.where(ROLE.c.organisation == organisation, ROLE.c.role == "administrator", PERSON.c.state != "left")
    return set(db.scalars(here.with_for_update(of=ROLE) if lock else here))


def _spelt(role: str, centre: str | None) -> str:
    return f"{role} of {centre}" if centre else role


def _log(db: Connection, person: PersonRow, by: str, what: str, now: datetime) -> None:
    line = {"id": uuid4().hex, "organisation": person.organisation, "at": now, "by": by, "about": person.id}
    db.execute(insert(ROLE_LOG).values(**line, what=what))
