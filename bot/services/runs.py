"""Dialogs going on: begun, read, kept, ended. `load` locks the row, so that two events of one run follow each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.services.person_row import PersonRow
from bot.store.secrets import sealed, unsealed
from bot.store.tables import DialogRun, Person

RUN = DialogRun.__table__
PERSON = Person.__table__


@dataclass(frozen=True)
class RunRow:
    """A run, its state opened; `state` is None when it is over."""

    id: str
    dialog: str
    release: str
    status: str
    occurrence: str
    action: str
    edits: str
    series: str
    touch: int | None
    state: dict[str, Any] | None

    @property
    def is_open(self) -> bool:
        return self.status == "open"


_COLUMNS = tuple(RUN.c[name] for name in RunRow.__dataclass_fields__ if name != "state")
_OWN = select(*_COLUMNS, RUN.c.sealed).where(
    RUN.c.id == bindparam("id"),
    RUN.c.person == bindparam("person"),
    RUN.c.organisation == bindparam("organisation"),
)
_LOAD = _OWN.with_for_update()
_SAVE = (
    update(RUN)
    .where(RUN.c.id == bindparam("run"))
    .values(sealed=bindparam("blob"), page=bindparam("at_page"), release=bindparam("of_release"), updated_at=bindparam("now"))
)


def start(
    db: Connection,
    person: PersonRow,
    now: datetime,
    *,
    dialog: str,
    release: str,
    state: dict[str, Any],
    id: str,
    **about: Any,
) -> None:
    """`about`: any of occurrence, action, edits, series, touch. `id` comes from `new_id`: the dialog has seen it."""
    row = {
        "id": id,
        "organisation": person.organisation,
        "person": person.id,
        "dialog": dialog,
        "release": release,
        "sealed": sealed(db, state, person.id),
        "page": state["page"],
        "created_at": now,
        "updated_at": now,
    }
    db.execute(insert(RUN).values(row | about))


def new_id() -> str:
    return uuid4().hex


def load(db: Connection, person: PersonRow, id: str) -> RunRow | None:
    """One of the person's own runs, locked until the commit."""
    return _read(db, person, id, _LOAD)


def look_at(db: Connection, person: PersonRow, id: str) -> RunRow | None:
    """The same, without the lock: for reading only."""
    return _read(db, person, id, _OWN)


def _read(db: Connection, person: PersonRow, id: str, statement: Any) -> RunRow | None:
    row = db.execute(statement, {"id": id, "person": person.id, "organisation": person.organisation}).first()
    if row is None:
        return None
    *values, blob = row
    return RunRow(*values, state=unsealed(db, blob, person.id) if blob is not None else None)


def save(db: Connection, person: PersonRow, id: str, state: dict[str, Any], release: str, now: datetime) -> None:
    blob = sealed(db, state, person.id)
    db.execute(_SAVE, {"run": id, "blob": blob, "at_page": state["page"], "of_release": release, "now": now})


def finish(db: Connection, id: str, now: datetime, *, dropped: bool) -> None:
    """The run is over and its draft is wiped."""
    status = "dropped" if dropped else "finished"
    db.execute(update(RUN).where(RUN.c.id == id).values(status=status, sealed=None, wake_at=None, updated_at=now))


def wake_at(db: Connection, id: str, at: datetime | None) -> None:
    """When the run is woken; None: not at all."""
    db.execute(update(RUN).where(RUN.c.id == id).values(wake_at=at))


def owner(db: Connection, id: str) -> tuple[str, str] | None:
    """(organisation, person) of a run: for a deadline, which comes from nobody."""
    row = db.execute(select(RUN.c.organisation, RUN.c.person).where(RUN.c.id == id)).first()
    return (row.organisation, row.person) if row else None


def open_run(db: Connection, person: PersonRow, **about: Any) -> tuple[str, str] | None:
    """(id, dialog) of the run left half-way last, if any. `about`: dialog, edits, action, series, touch narrow it down."""
    mine = select(RUN.c.id, RUN.c.dialog).where(RUN.c.person == person.id, RUN.c.status == "open")
    for name, value in about.items():
        mine = mine.where(RUN.c[name] == value if value is not None else RUN.c[name].is_(None))
    row = db.execute(mine.order_by(RUN.c.updated_at.desc(), RUN.c.id).limit(1)).first()
    return (row.id, row.dialog) if row else None


def run_about(db: Connection, person: PersonRow, occurrence: str) -> str | None:
    """The last run that came of an occurrence."""
    about = select(RUN.c.id).where(RUN.c.person == person.id, RUN.c.occurrence == occurrence)
    return db.scalar(about.order_by(RUN.c.created_at.desc()).limit(1))


def lock_person(db: Connection, person: PersonRow) -> None:
    """Beginnings of one person follow each other, so that a double click begins one run."""
    db.execute(select(PERSON.c.id).where(PERSON.c.id == person.id).with_for_update())


