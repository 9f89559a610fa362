"""Beacons as rows: what an organisation and its centres gather around, with who did what, when and why.

What came with Pejling stands in its content; a row is made here once something becomes of it. Whoever coordinates a centre may
change that centre's own beacons; the common ones belong to those who coordinate all of the organisation, and to
administrators. Every function that changes something asks for that itself, in the unit of work that changes it, so that a role
that was taken back meanwhile counts. The document (`own`) is checked before it comes here (`bot.dialogs.beacons.own`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.clock import local
from bot.errors import Refused
from bot.services import roles
from bot.services.departments import centres
from bot.services.person_row import PERSON, PersonRow
from bot.store.secrets import sealed, unsealed
from bot.store.tables import Beacon, BeaconChange, Organisation

BEACON, CHANGE, ORGANISATION = Beacon.__table__, BeaconChange.__table__, Organisation.__table__

FROM = {
    "designate": ("proposed", "closed"),
    "extend": ("active", "extended"),
    "close": ("active", "extended"),
    "withdraw": ("proposed",),
}
"""What may be done to a beacon, and in which states. One that was closed may be taken up again: it did not hold."""
INTO = {"designate": "active", "extend": "extended", "close": "closed", "withdraw": "withdrawn"}
SAID = {"designate": "designated", "extend": "extended", "close": "closed", "withdraw": "withdrawn"}
LONGEST_WHY = 2000

_EDITION = select(ORGANISATION.c.edition).where(ORGANISATION.c.id == bindparam("organisation"))


@dataclass(frozen=True)
class BeaconRow:
    """`centre`: the only one it is for, empty: common. `own`: what was written, None where it came with Pejling."""

    beacon: str
    centre: str
    state: str
    since: date
    until: date | None
    closed: date | None
    own: dict[str, Any] | None
    revision: int


@dataclass(frozen=True)
class ChangeRow:
    """`by`: the name of who did it; empty where they are gone."""

    at: datetime
    by: str
    what: str
    until: date | None
    why: str


@dataclass(frozen=True)
class Bundled:
    """How a beacon that came with Pejling stands in the content, for the first time something becomes of it here."""

    beacon: str
    state: str
    since: date
    closed: date | None


# ---- reading ---------------------------------------------------------------------------------------------


def edition(db: Connection, organisation: str) -> str:
    """The name of what this organisation's people are asked now; empty: what came with Pejling. Asked for every event."""
    return db.scalar(_EDITION, {"organisation": organisation}) or ""


def beacons(db: Connection, organisation: str) -> list[BeaconRow]:
    """Every beacon something became of in this organisation, the oldest first: of all its centres, proposals too."""
    rows = db.execute(select(BEACON).where(BEACON.c.organisation == organisation).order_by(BEACON.c.since, BEACON.c.id))
    return [_row(db, row) for row in rows]


def beacon(db: Connection, organisation: str, id: str) -> BeaconRow | None:
    row = db.execute(select(BEACON).where(BEACON.c.organisation == organisation, BEACON.c.beacon == id)).first()
    return _row(db, row) if row else None


def history(db: Connection, organisation: str, beacon: str) -> list[ChangeRow]:
    """What was done to a beacon, the newest first."""
    name = select(PERSON.c.name).where(PERSON.c.id == CHANGE.c.by, PERSON.c.organisation == organisation).scalar_subquery()
    rows = db.execute(
        select(CHANGE, name.label("name"))
        .where(CHANGE.c.organisation == organisation, CHANGE.c.beacon == beacon)
        .order_by(CHANGE.c.at.desc(), CHANGE.c.revision.desc())
    )
    return [ChangeRow(r.at, r.name or "", r.what, r.until, unsealed(db, r.sealed, r.id)["why"]) for r in rows]


def changes_by(db: Connection, person: PersonRow) -> list[dict[str, Any]]:
    """What this person has done to beacons and why, the oldest first: for what is handed out to them."""
    mine = (CHANGE.c.organisation == person.organisation, CHANGE.c.by == person.id)
    rows = db.execute(select(CHANGE).where(*mine).order_by(CHANGE.c.at, CHANGE.c.revision))
    return [
        {"at": r.at, "beacon": r.beacon, "what": r.what, "until": r.until, "why": unsealed(db, r.sealed, r.id)["why"]} for r in rows
    ]


def may_change(db: Connection, person: PersonRow, centre: str) -> bool:
    """Whether the person may change the beacons of that centre (empty: the common ones) now."""
    found = roles.reach(db, person)
    return found.covers(centre or None) or (not centre and found.is_administrator)


def scopes(db: Connection, person: PersonRow) -> list[tuple[str, str]]:
    """(centre, its name) of everything whose beacons the person may change; ("", "") stands for the common ones, first."""
    common = [("", "")] if may_change(db, person, "") else []
    return common + [(one.id, one.name) for one in centres(db, person.organisation) if may_change(db, person, one.id)]


# ---- changing --------------------------------------------------------------------------------------------


def propose(
    db: Connection, person: PersonRow, *, centre: str, own: dict[str, Any], why: str, now: datetime, id: str = ""
) -> str:
    """A new beacon, not yet in use; returns its id (`id`, or a new one). Raises `Refused` (roles.other_centre)."""
    _check(db, person, centre)
    name, id = id or f"{'own' if centre else 'common'}-{uuid4().hex[:12]}", uuid4().hex
    today = local(now, person.timezone).date()
    db.execute(
        insert(BEACON).values(
            id=id,
            organisation=person.organisation,
            beacon=name,
            centre=centre or None,
            state="proposed",
            since=today,
            sealed=sealed(db, own, id),
            revision=1,
        )
    )
    _remember(db, person, name, "proposed", 1, now, why)
    return name


def write(db: Connection, person: PersonRow, beacon: str, own: dict[str, Any], revision: int, now: datetime) -> None:
    """Write an own beacon's name, line and questions anew. `revision`: the one it was made from.

    Raises `Refused`: roles.other_centre; beacons.changed_meanwhile, where somebody else has written since.
    """
    row = _locked(db, person, beacon)
    if row is None or row.sealed is None:
        raise Refused("roles.other_centre")
    if row.revision != revision:
        raise Refused("beacons.changed_meanwhile")
    values = {"sealed": sealed(db, own, row.id), "revision": revision + 1}
    db.execute(update(BEACON).where(BEACON.c.id == row.id).values(**values))
    _remember(db, person, beacon, "written", revision + 1, now)


def change(
    db: Connection,
    person: PersonRow,
    beacon: str,
    what: str,
    *,
    why: str,
    now: datetime,
    until: date | None = None,
    own: dict[str, Any] | None = None,
    bundled: Bundled | None = None,
) -> None:
    """Designate, extend, close or withdraw a beacon. `own`: its document as it is from now on; `bundled`: how it stands in
    the content, where it came with Pejling.

    Raises `Refused`: roles.other_centre; beacons.changed_meanwhile, where its state does not allow it (any more).
    """
    row = _locked(db, person, beacon) or _first(db, person, beacon, bundled)
    if row.state not in FROM[what]:
        raise Refused("beacons.changed_meanwhile")
    today = local(now, person.timezone).date()
    values: dict[str, Any] = {"state": INTO[what], "until": until, "revision": row.revision + 1}
    values["closed"] = today if what in ("close", "withdraw") else None
    if what == "designate":
        values["since"] = today
    if own is not None and row.sealed is not None:
        values["sealed"] = sealed(db, own, row.id)
    db.execute(update(BEACON).where(BEACON.c.id == row.id).values(**values))
    _remember(db, person, beacon, SAID[what], row.revision + 1, now, why, until)


# ---- inside ----------------------------------------------------------------------------------------------


def _row(db: Connection, row: Any) -> BeaconRow:
    own = unsealed(db, row.sealed, row.id) if row.sealed else None
    return BeaconRow(row.beacon, row.centre or "", row.state, row.since, row.until, row.closed, own, row.revision)


def _check(db: Connection, person: PersonRow, centre: str) -> None:
    is_here = not centre or centre in {one.id for one in centres(db, person.organisation)}
    if not is_here or not may_change(db, person, centre):
        raise Refused("roles.other_centre")


def _locked(db: Connection, person: PersonRow, beacon: str) -> Any | None:
    """The row, locked, where there is one; `Refused` where it is not the person's to change."""
    here = select(BEACON).where(BEACON.c.organisation == person.organisation, BEACON.c.beacon == beacon)
    row = db.execute(here.with_for_update()).first()
    if row is not None:
        _check(db, person, row.centre or "")
    return row


def _first(db: Connection, person: PersonRow, beacon: str, bundled: Bundled | None) -> Any:
    """A row for a beacon that came with Pejling, now that something becomes of it."""
    if bundled is None or bundled.beacon != beacon:
        raise Refused("roles.other_centre")
    _check(db, person, "")
    values = {"state": bundled.state, "since": bundled.since, "closed": bundled.closed, "revision": 0}
    try:
        with db.begin_nested():
            db.execute(
                insert(BEACON).values(id=uuid4().hex, organisation=person.organisation, beacon=beacon, **values)
            )
    except IntegrityError:  # somebody else was first, and has said what becomes of it
        raise Refused("beacons.changed_meanwhile") from None
    return _locked(db, person, beacon)


def _remember(
    db: Connection,
    person: PersonRow,
    beacon: str,
    what: str,
    revision: int,
    now: datetime,
    why: str = "",
    until: date | None = None,
) -> None:
    """A line of history; from now on people are asked something else."""
    id = uuid4().hex
    line = {"id": id, "organisation": person.organisation, "beacon": beacon, "at": now, "by": person.id, "what": what}
    kept = {"until": until, "revision": revision, "sealed": sealed(db, {"why": why[:LONGEST_WHY]}, id)}
    db.execute(insert(CHANGE).values(**line, **kept))
    db.execute(update(ORGANISATION).where(ORGANISATION.c.id == person.organisation).values(edition=uuid4().hex))
