"""The logbook: what a person wrote in their flows, kept sealed, found again by nobody but themselves.

Ownership is part of every statement. How others may read what was shared is in `sharing.py`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, bindparam, case, delete, func, insert, literal, or_, select, update

from bot.clock import local
from bot.services.consents import named_now
from bot.services.person_row import PersonRow
from bot.store.secrets import sealed, unsealed
from bot.store.tables import Action, DialogRun, Entry

ENTRY, ACTION, RUN = Entry.__table__, Action.__table__, DialogRun.__table__

LOOK_BACK = 20
"""How many earlier entries of the same flow are opened to find what was written to the same question."""
AT_ONCE = 50


@dataclass(frozen=True)
class EntryRow:
    """A logbook entry. `answers`: {"step", "kind", "question": {"da", "en"}, "answer", "shown": {"da", "en"}} each,
    as worded on the day."""

    id: str
    run: str
    flow: str
    beacon: str
    release: str
    visibility: str
    created_at: datetime
    updated_at: datetime
    answers: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Earlier:
    """What was written to a question before. `on` is the person's own date."""

    on: date
    shown: dict[str, str]


@dataclass(frozen=True)
class Filters:
    """What a person's logbook can be narrowed down to. `months` are "YYYY-MM", newest first."""

    flows: tuple[str, ...]
    beacons: tuple[str, ...]
    months: tuple[str, ...]


_COLUMNS = tuple(ENTRY.c[name] for name in EntryRow.__dataclass_fields__ if name != "answers") + (ENTRY.c.sealed,)
_MINE = and_(ENTRY.c.person == bindparam("owner"), ENTRY.c.organisation == bindparam("organisation"))
_OF_RUN = select(ENTRY.c.id).where(_MINE, ENTRY.c.run == bindparam("run"))
_OF_ID = select(ENTRY.c.id).where(_MINE, ENTRY.c.id == bindparam("entry"))


# ---- writing ---------------------------------------------------------------------------------------------


def save_entry(
    db: Connection,
    person: PersonRow,
    run: str,
    *,
    flow: str,
    release: str,
    beacon: str,
    visibility: str,
    answers: Sequence[dict[str, Any]],
    now: datetime,
    edits: str = "",
) -> str:
    """Keep a run's answers; returns the entry's id. Saving the same run again replaces what it saved.

    `answers`: see `EntryRow`. `edits`: the entry that is being edited; it keeps its id and its day.
    Whom sharing names is settled when it is shared: saving again for the same eyes names nobody new.
    """
    values = {
        "flow": flow,
        "release": release,
        "beacon": beacon,
        "visibility": visibility,
        "sealed": sealed(db, list(answers), person.id),
        "updated_at": now,
    }
    mine = {"owner": person.id, "organisation": person.organisation}
    found = db.scalar(_OF_ID, {**mine, "entry": edits}) if edits else None
    found = found or db.scalar(_OF_RUN, {**mine, "run": run})
    shared_to = named_now(db, person, visibility)
    if found:
        named = case((ENTRY.c.visibility == visibility, ENTRY.c.shared_to), else_=literal(shared_to, ENTRY.c.shared_to.type))
        db.execute(update(ENTRY).where(ENTRY.c.id == found).values(**values, shared_to=named))
        return found
    id = uuid4().hex
    owned = {"id": id, "organisation": person.organisation, "person": person.id, "run": run, "created_at": now}
    db.execute(insert(ENTRY), {**owned, **values, "shared_to": shared_to})
    return id


def delete_entry(db: Connection, person: PersonRow, id: str) -> bool:
    """Delete an entry and any draft that edits it; False where the person has no such entry.

    An action agreed in it stays, and no longer points anywhere: it is deleted on its own.
    """
    if db.scalar(_OF_ID, {"owner": person.id, "organisation": person.organisation, "entry": id}) is None:
        return False
    db.execute(update(ACTION).where(ACTION.c.entry == id, ACTION.c.person == person.id).values(entry=None))
    db.execute(
        update(RUN)
        .where(RUN.c.edits == id, RUN.c.person == person.id, RUN.c.status == "open")
        .values(status="dropped", sealed=None)
    )
    db.execute(delete(ENTRY).where(ENTRY.c.id == id, ENTRY.c.person == person.id))
    return True


def withdraw_entry(db: Connection, person: PersonRow, id: str, now: datetime) -> bool:
    """Share an entry with nobody any more. (There is no way to widen it here: a locked flow's entries stay private.)"""
    done = db.execute(
        update(ENTRY)
        .where(ENTRY.c.id == id, ENTRY.c.person == person.id, ENTRY.c.organisation == person.organisation)
        .values(visibility="private", shared_to=[], updated_at=now)
    )
    return done.rowcount == 1


# ---- reading ---------------------------------------------------------------------------------------------


def entry(db: Connection, person: PersonRow, id: str) -> EntryRow | None:
    """One of the person's own entries."""
    row = db.execute(_mine(person).where(ENTRY.c.id == id)).first()
    return _opened(db, person, row) if row else None


def entry_of_run(db: Connection, person: PersonRow, run: str) -> EntryRow | None:
    row = db.execute(_mine(person).where(ENTRY.c.run == run)).first()
    return _opened(db, person, row) if row else None


def last_written(db: Connection, person: PersonRow) -> dict[str, datetime]:
    """Flow → when the person's newest entry of it was begun (UTC)."""
    mine = and_(ENTRY.c.person == person.id, ENTRY.c.organisation == person.organisation)
    rows = db.execute(select(ENTRY.c.flow, func.max(ENTRY.c.created_at)).where(mine).group_by(ENTRY.c.flow))
    return {flow: moment for flow, moment in rows}


def entries(
    db: Connection,
    person: PersonRow,
    *,
    beacon: str = "",
    flow: str = "",
    month: str = "",
    search: str = "",
    before: str = "",
    limit: int = 20,
) -> list[EntryRow]:
    """The person's own entries, newest first.

    `month`: "YYYY-MM" in the person's own time; ValueError where it is none. `before`: the id of the last entry seen.
    `search`: all of its words must occur somewhere in what was answered; case and accents do not matter.
    """
    statement = _mine(person)
    if beacon:
        statement = statement.where(ENTRY.c.beacon == beacon)
    if flow:
        statement = statement.where(ENTRY.c.flow == flow)
    if month:
        begins, ends = _month(month, person.timezone)
        statement = statement.where(ENTRY.c.created_at >= begins, ENTRY.c.created_at < ends)
    if before:
        statement = _after(db, person, statement, before)
    words = folded(search).split()
    found: list[EntryRow] = []
    for one in _read(db, person, statement, at_once=AT_ONCE if words else limit):
        if not words or has_words(words, one):
            found.append(one)
        if len(found) == limit:
            break
    return found


def filters(db: Connection, person: PersonRow) -> Filters:
    """What there is to narrow down to; reads no words."""
    rows = db.execute(
        select(ENTRY.c.flow, ENTRY.c.beacon, ENTRY.c.created_at).where(
            ENTRY.c.person == person.id, ENTRY.c.organisation == person.organisation
        )
    ).all()
    months = {f"{local(row.created_at, person.timezone):%Y-%m}" for row in rows}
    return Filters(
        flows=tuple(sorted({row.flow for row in rows})),
        beacons=tuple(sorted({row.beacon for row in rows if row.beacon})),
        months=tuple(sorted(months, reverse=True)),
    )


def earlier_answers(db: Connection, person: PersonRow, flow: str, before: datetime) -> dict[str, Earlier]:
    """For each step of a flow what the person wrote to it the last time before `before`; steps never answered are absent."""
    statement = _mine(person).where(ENTRY.c.flow == flow, ENTRY.c.created_at < before).limit(LOOK_BACK)
    found: dict[str, Earlier] = {}
    for row in db.execute(statement).all():
        one = _opened(db, person, row)
        on = local(one.created_at, person.timezone).date()
        for answer in one.answers:
            found.setdefault(answer["step"], Earlier(on, answer["shown"]))
    return found


# ---- searching -------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """A text as it is compared: no case, no accents; å, aa and a are one, as are ø and o, æ and ae."""
    text = text.casefold().replace("ø", "o").replace("æ", "ae")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.replace("aa", "a")


def has_words(words: Sequence[str], one: EntryRow) -> bool:
    """Whether all of `words` (folded) occur in what was answered."""
    text = folded(" ".join(spoken for answer in one.answers for spoken in answer["shown"].values()))
    return all(word in text for word in words)


# ---- inside ----------------------------------------------------------------------------------------------


def _mine(person: PersonRow) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(ENTRY.c.person == person.id, ENTRY.c.organisation == person.organisation)
        .order_by(ENTRY.c.created_at.desc(), ENTRY.c.id.desc())
    )


def _after(db: Connection, person: PersonRow, statement: Select[Any], id: str) -> Select[Any]:
    """What comes after the entry `id` in the list; an entry deleted meanwhile begins the list anew."""
    at = db.scalar(
        select(ENTRY.c.created_at).where(
            ENTRY.c.id == id, ENTRY.c.person == person.id, ENTRY.c.organisation == person.organisation
        )
    )
    if at is None:
        return statement
    return statement.where(or_(ENTRY.c.created_at < at, and_(ENTRY.c.created_at == at, ENTRY.c.id < id)))


def _read(db: Connection, person: PersonRow, statement: Select[Any], *, at_once: int) -> Iterator[EntryRow]:
    """Entries one by one, fetched in pages, so that a search that is over early has not opened everything."""
    seen = 0
    while rows := db.execute(statement.limit(at_once).offset(seen)).all():
        for row in rows:
            yield _opened(db, person, row)
        if len(rows) < at_once:
            return
        seen += len(rows)


def _opened(db: Connection, person: PersonRow, row: Any) -> EntryRow:
    *values, blob = row
    return EntryRow(*values, answers=tuple(unsealed(db, blob, person.id)))


def _month(month: str, timezone: str) -> tuple[datetime, datetime]:
    zone = ZoneInfo(timezone)
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.astimezone(UTC), following.astimezone(UTC)
