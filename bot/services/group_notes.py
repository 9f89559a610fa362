"""What a group keeps between its dialogs. Sealed as the place's own; never who said what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.store.secrets import sealed, unsealed
from bot.store.tables import Action, GroupNote

NOTE, ACTION = GroupNote.__table__, Action.__table__

AGREEMENT = "agreement"
NEWEST = 100
"""How many notes a dialog is given."""
OURS = ("person", "action")
"""What only we need to know of an agreement: whose it is, and which of their actions it became."""


_NOTES = (
    select(NOTE)
    .where(NOTE.c.place == bindparam("here"), NOTE.c.organisation == bindparam("of"))
    .order_by(NOTE.c.at.desc(), NOTE.c.id)
    .limit(NEWEST)
)


@dataclass(frozen=True)
class NoteRow:
    id: str
    run: str
    dialog: str
    kind: str
    at: datetime
    data: dict[str, Any]


def keep(
    db: Connection,
    organisation: str,
    place: str,
    data: dict[str, Any],
    now: datetime,
    *,
    run: str,
    dialog: str,
    kind: str,
    id: str = "",
    replaces: str = "",
) -> str:
    """Keep a note; returns its id. `id`: the same again takes the place of the first; `replaces`: so does another's."""
    gone = [one for one in (id, replaces) if one]
    db.execute(delete(NOTE).where(NOTE.c.id.in_(gone), NOTE.c.place == place))
    made = id or uuid4().hex
    row = {"id": made, "organisation": organisation, "place": place, "run": run, "dialog": dialog, "kind": kind, "at": now}
    db.execute(insert(NOTE).values(**row, sealed=sealed(db, data, place)))
    return made


def notes(db: Connection, organisation: str, place: str) -> list[NoteRow]:
    """The newest first, a hundred at the most."""
    rows = db.execute(_NOTES, {"here": place, "of": organisation}).all()
    return [NoteRow(r.id, r.run, r.dialog, r.kind, r.at, unsealed(db, r.sealed, place)) for r in rows]


def states(db: Connection, kept: list[NoteRow]) -> dict[str, str]:
    """How agreements stand now, by the id the dialog gave them with its run before it ("<run>:<id>")."""
    found = {note.data["action"]: note.data["id"] for note in kept if note.kind == AGREEMENT and note.data.get("action")}
    if not found:
        return {}
    rows = db.execute(select(ACTION.c.id, ACTION.c.state).where(ACTION.c.id.in_(list(found))))
    return {found[row.id]: row.state for row in rows}


def told(note: NoteRow) -> dict[str, Any]:
    """What a dialog may know of a note."""
    return {key: value for key, value in note.data.items() if note.kind != AGREEMENT or key not in OURS}


def agreed_by(db: Connection, organisation: str, person: str) -> list[dict[str, Any]]:
    """What groups keep of agreements that somebody took on, oldest first."""
    agreed = select(NOTE).where(NOTE.c.organisation == organisation, NOTE.c.kind == AGREEMENT).order_by(NOTE.c.at, NOTE.c.id)
    rows = [(row.at, unsealed(db, row.sealed, row.place)) for row in db.execute(agreed).all()]
    return [{"created_at": at, "words": {"what": data["what"]}} for at, data in rows if data.get("person") == person]


def forget(db: Connection, organisation: str, person: str) -> None:
    """What a group agreed stays agreed; that it was this person goes."""
    agreed = select(NOTE).where(NOTE.c.organisation == organisation, NOTE.c.kind == AGREEMENT)
    for row in db.execute(agreed).all():
        data = unsealed(db, row.sealed, row.place)
        if data.get("person") == person:
            blank = data | {"person": "", "action": "", "name": ""}
            db.execute(update(NOTE).where(NOTE.c.id == row.id).values(sealed=sealed(db, blank, row.place)))
