"""What a leader group gives to the department: one of them sees exactly what goes, and presses.

Written within the group, a status is the group's. It leaves the group only as a copy of what was shown on the page, by somebody
who is in that group now; what is written later stays inside until it is handed over anew. Any of the group can take it back, at
any time: the words are deleted, the line that somebody did stays. What stands in a document that was fetched meanwhile cannot be
called back, and the page says so (`used_at`). It is signed by the group, never by a person, and nothing is counted of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from bot.errors import Refused
from bot.services import logbook, roles, sharing
from bot.services.departments import CENTRE, GROUP, MEMBER
from bot.services.person_row import PERSON, PersonRow
from bot.store.secrets import keyed_hash, sealed, unsealed
from bot.store.tables import Entry, Handover

HANDOVER, ENTRY = Handover.__table__, Entry.__table__
Answers = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Goes:
    """What would go, as it stands now. `handed`: the hand-over of this very text, where there is one; `is_newer`: an earlier wording
    was handed over."""

    entry: str
    flow: str
    beacon: str
    group: str
    group_name: str
    centre: str
    centre_name: str
    answers: tuple[dict[str, Any], ...]
    digest: str
    handed: str = ""
    is_newer: bool = False


@dataclass(frozen=True)
class HandedRow:
    """A hand-over as the group sees it; none of its words. `by`: a name, empty where they are gone."""

    id: str
    entry: str
    beacon: str
    group_name: str
    by: str
    at: datetime
    taken_back_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True)
class Status:
    """A text as it was handed over, signed by its group."""

    id: str
    centre: str
    centre_name: str
    group_name: str
    beacon: str
    at: datetime
    title: dict[str, str]
    answers: tuple[dict[str, Any], ...]


# ---- in the group ----------------------------------------------------------------------------------------


def goes(db: Connection, person: PersonRow, entry: str, now: datetime) -> Goes:
    """Exactly what would go, for one of the group. `entry`: its id, or (one's own) the run it came of.

    Raises `Refused`: handover.not_yours (not in the group, or it is shared with none); handover.no_centre.
    """
    own = logbook.entry(db, person, entry) or logbook.entry_of_run(db, person, entry)
    found: Any = own or sharing.access_shared_entry(db, person, entry, now)
    if found is None or (own is not None and own.visibility != "leader_group"):
        raise Refused("handover.not_yours")
    group = _group(db, person, found.id)
    digest = _digest(db, found.answers)
    handed = _current(db, person.organisation, found.id)
    return Goes(
        entry=found.id,
        flow=found.flow,
        beacon=found.beacon,
        group=group.id,
        group_name=group.name,
        centre=group.centre,
        centre_name=group.centre_name,
        answers=tuple(found.answers),
        digest=digest,
        handed=handed.id if handed and handed.digest == digest else "",
        is_newer=bool(handed and handed.digest != digest),
    )


def hand_over(db: Connection, person: PersonRow, id: str, entry: str, digest: str, title: dict[str, str], now: datetime) -> None:
    """Give the text to the department, as it was shown (`digest`); an earlier wording of it is taken back. Twice is once.

    Raises `Refused`: as `goes`; handover.changed, where the text is not the one that was shown any more.
    """
    shown = goes(db, person, entry, now)
    db.execute(select(ENTRY.c.id).where(ENTRY.c.id == shown.entry).with_for_update())
    if shown.digest != digest:
        raise Refused("handover.changed")
    before = _current(db, person.organisation, shown.entry)
    if before is not None and before.digest == digest:
        return
    if before is not None:
        _blank(db, before.id, now)
    kept = {"title": title, "group": shown.group_name, "answers": list(shown.answers)}
    db.execute(
        insert(HANDOVER).values(
            id=id,
            organisation=person.organisation,
            centre=shown.centre,
            leader_group=shown.group,
            beacon=shown.beacon,
            entry=shown.entry,
            by=person.id,
            at=now,
            digest=digest,
            sealed=sealed(db, kept, id),
        )
    )


def take_back(db: Connection, person: PersonRow, id: str, now: datetime) -> bool:
    """Delete the words of a hand-over of one's group; True also where that was done before.

    Raises `Refused` (handover.not_yours).
    """
    mine = and_(HANDOVER.c.id == id, HANDOVER.c.organisation == person.organisation)
    row = db.execute(select(HANDOVER).where(mine).with_for_update()).first()
    if row is None or row.leader_group not in _groups(db, person):
        raise Refused("handover.not_yours")
    if row.taken_back_at is None:
        _blank(db, id, now)
    return True


def of_groups(db: Connection, person: PersonRow) -> list[HandedRow]:
    """What the person's leader groups have handed over, the newest first, also what was taken back."""
    name = select(PERSON.c.name).where(PERSON.c.id == HANDOVER.c.by, PERSON.c.organisation == person.organisation).scalar_subquery()
    h = HANDOVER.c
    rows = db.execute(
        select(h.id, h.entry, h.beacon, GROUP.c.name, name, h.at, h.taken_back_at, h.used_at)
        .join(GROUP, GROUP.c.id == h.leader_group)
        .where(h.organisation == person.organisation, h.leader_group.in_(_groups(db, person)))
        .order_by(h.at.desc(), h.id)
    )
    return [HandedRow(r[0], r[1], r[2], r[3], r[4] or "", *r[5:]) for r in rows]


def given_by(db: Connection, person: PersonRow) -> list[dict[str, Any]]:
    """What this person has handed over and when, the oldest first, without the group's words: for what is handed out to them."""
    h = HANDOVER.c
    mine = and_(h.organisation == person.organisation, h.by == person.id)
    rows = db.execute(select(h.at, h.beacon, h.taken_back_at, h.used_at).where(mine).order_by(h.at, h.id))
    return [dict(row) for row in rows.mappings()]


# ---- in the department -----------------------------------------------------------------------------------


def statuses(db: Connection, reader: PersonRow, since: datetime, until: datetime) -> list[Status]:
    """What was handed over in [since, until) and not taken back, by centre, the newest first: of the centres the reader coordinates.

    Raises `Refused` (roles.not_coordinator).
    """
    reach = roles.need_coordinator(db, reader)
    h = HANDOVER.c
    rows = db.execute(
        select(HANDOVER, CENTRE.c.name.label("centre_name"))
        .join(CENTRE, CENTRE.c.id == h.centre)
        .where(h.organisation == reader.organisation, h.taken_back_at.is_(None), h.at >= since, h.at < until)
        .order_by(CENTRE.c.name, h.at.desc(), h.id)
    ).all()
    return [_status(db, row) for row in rows if reach.covers(row.centre)]


def mark_used(db: Connection, reader: PersonRow, ids: Iterable[str], now: datetime) -> None:
    """A document with these was fetched; the first time is remembered, and the group can see it."""
    mine = and_(HANDOVER.c.organisation == reader.organisation, HANDOVER.c.id.in_(list(ids)))
    db.execute(update(HANDOVER).where(mine, HANDOVER.c.used_at.is_(None)).values(used_at=now))


# ---- inside ----------------------------------------------------------------------------------------------


def _group(db: Connection, person: PersonRow, entry: str) -> Any:
    """The group it was written in: one that it was shared with, and that the person is in, with its centre."""
    named = db.scalar(select(ENTRY.c.shared_to).where(ENTRY.c.id == entry)) or []
    mine = [id for id in _groups(db, person) if id in named]
    found = db.execute(
        select(GROUP.c.id, GROUP.c.name, GROUP.c.centre, CENTRE.c.name.label("centre_name"))
        .join(CENTRE, CENTRE.c.id == GROUP.c.centre)
        .where(GROUP.c.id.in_(mine), GROUP.c.organisation == person.organisation)
        .order_by(GROUP.c.name)
    ).first()
    if found is None:
        raise Refused("handover.no_centre" if mine else "handover.not_yours")
    return found


def _groups(db: Connection, person: PersonRow) -> list[str]:
    if person.state == "left":
        return []
    mine = and_(MEMBER.c.person == person.id, MEMBER.c.organisation == person.organisation)
    return list(db.scalars(select(MEMBER.c.leader_group).where(mine)))


def _current(db: Connection, organisation: str, entry: str) -> Any | None:
    h = HANDOVER.c
    here = and_(h.organisation == organisation, h.entry == entry, h.taken_back_at.is_(None))
    return db.execute(select(h.id, h.digest).where(here)).first()


def _digest(db: Connection, answers: Answers) -> str:
    return keyed_hash(db, f"handover:{json.dumps(list(answers), sort_keys=True, ensure_ascii=False)}")


def _blank(db: Connection, id: str, now: datetime) -> None:
    db.execute(update(HANDOVER).where(HANDOVER.c.id == id).values(taken_back_at=now, sealed=None))


def _status(db: Connection, row: Any) -> Status:
    kept = unsealed(db, row.sealed, row.id)
    return Status(row.id, row.centre, row.centre_name, kept["group"], row.beacon, row.at, kept["title"], tuple(kept["answers"]))
