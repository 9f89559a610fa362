"""What is kept about a person, as one line of a script: for a play to show what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.library import Library
from bot.services import actions, logbook, sharing
from bot.services.person_row import PersonRow

NOTHING = "nothing"


def as_kept(db: Connection, what: str, person: PersonRow, library: Library, now: datetime) -> str:
    """`what`: "log" (the newest entry), "agreements" (all of them, newest first), "shared" (what others share with them)."""
    said = {"log": _log, "agreements": _agreements, "shared": _shared}
    return said[what](db, person, library, now) or NOTHING


def _log(db: Connection, person: PersonRow, library: Library, now: datetime) -> str:
    found = logbook.entries(db, person, limit=1)
    return _entry(found[0], library, person.language) if found else ""


def _entry(entry: Any, library: Library, language: str) -> str:
    given = "; ".join(f"{a['question'][language]} = {a['shown'][language]}" for a in entry.answers)
    return f"{library.title_of(entry.flow).spoken(language)} ({entry.visibility}): {given}"


def _agreements(db: Connection, person: PersonRow, library: Library, now: datetime) -> str:
    return "; ".join(_agreement(one) for one in actions.all_actions(db, person))


def _agreement(one: Any) -> str:
    return f"{one.what} ({one.state}, {one.who}, {one.by or 'no date'}, {one.evaluator}, {one.visibility})"


def _shared(db: Connection, person: PersonRow, library: Library, now: datetime) -> str:
    return "; ".join(_opened(db, person, one, library, now) for one in sharing.shared_with(db, person))


def _opened(db: Connection, person: PersonRow, one: Any, library: Library, now: datetime) -> str:
    if one.kind == "action":
        opened = sharing.access_shared_action(db, person, one.id, now)
        return f"{one.owner_name}: {opened.what}" if opened else NOTHING
    entry = sharing.access_shared_entry(db, person, one.id, now)
    return f"{one.owner_name}: {library.title_of(entry.flow).spoken(person.language)}" if entry else NOTHING
