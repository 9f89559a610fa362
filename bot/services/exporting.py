"""Everything kept about a person, as data and as a page that opens anywhere.

Every table that knows people is named in `SECTIONS`; a test sees to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import ColumnElement, Connection, Table, select

from bot.clock import local
from bot.errors import ContentError
from bot.services import beacons, departments, group_notes, handovers, people, rooms
from bot.services.consents import named
from bot.services.person_row import PersonRow
from bot.services.sharing import who_opened
from bot.store.secrets import Unreadable, unsealed
from bot.store.tables import (
    Absence,
    Access,
    Action,
    Conversation,
    DialogRun,
    Email,
    Entry,
    Identity,
    JoinCode,
    LoginLink,
    Occurrence,
    OutboxItem,
    Programme,
    Role,
    RoleLog,
    Schedule,
    WebSession,
)
from bot.yamlfile import read_yaml

SECTIONS: dict[str, str] = {
    "beacon_change": "beacon_changes",
    "handover": "handed_over",
    "person": "profile",
    "leader_group_member": "leader_groups",
    "entry": "entries",
    "action": "actions",
    "dialog_run": "drafts",
    "schedule": "rhythm",
    "absence": "leave",
    "programme": "planned_for_others",
    "occurrence": "asked",
    "access": "opened_by_others",
    "outbox": "messages",
    "identity": "identities",
    "conversation": "conversations",
    "role": "roles",
    "role_log": "role_log",
    "web_session": "signed_in",
    "login_link": "sign_in_links",
    "join_code": "join_codes",
    "email": "emails",
}
"""Where each table is found in what a person gets."""

PAGE_NEEDS = {"title", "lead", "mind", "json", "nothing", "refused", "opened", "gone", "ledger"}
"""What `content/export/page.html` itself says. `ledger`: what the guard of numbers keeps, which holds others as well and is not handed out."""

NOT_SHOWN = {"organisation", "person", "owner", "about", "digest", "sealed", "audience", "created_by", "reached", "gone"}
"""Columns that say what is clear already, or only make sense to us."""

LOCALES = {"da": "da_DK", "en": "en_GB"}
EXPORT = Path(__file__).parent.parent / "content" / "export"


def everything(db: Connection, person: PersonRow, now: datetime) -> dict[str, Any]:
    """Everything kept about `person`, as plain JSON data, what they wrote included."""
    return _plain(
        {
            "made_at": now,
            "organisation": dict(departments.organisations(db)).get(person.organisation, ""),
            "profile": _profile(db, person),
            "leader_groups": [name for _, name in departments.groups_of(db, person)],
            "entries": _rows(db, person, Entry.__table__),
            "actions": _rows(db, person, Action.__table__),
            "drafts": _rows(db, person, DialogRun.__table__),
            "rhythm": _rows(db, person, Schedule.__table__),
            "leave": _rows(db, person, Absence.__table__),
            "planned_for_others": _rows(db, person, Programme.__table__, Programme.created_by == person.id),
            "asked": _rows(db, person, Occurrence.__table__),
            "opened_by_others": [vars(one) for one in who_opened(db, person)],
            "opened_by_me": _rows(db, person, Access.__table__, Access.reader == person.id),
            "messages": _rows(db, person, OutboxItem.__table__),
            "identities": _rows(db, person, Identity.__table__),
            "conversations": _rows(db, person, Conversation.__table__),
            "roles": _rows(db, person, Role.__table__),
            "role_log": _rows(db, person, RoleLog.__table__, RoleLog.about == person.id),
            "signed_in": _rows(db, person, WebSession.__table__),
            "sign_in_links": _rows(db, person, LoginLink.__table__),
            "join_codes": _rows(db, person, JoinCode.__table__),
            "emails": _rows(db, person, Email.__table__),
            "beacon_changes": beacons.changes_by(db, person),
            "handed_over": handovers.given_by(db, person),
            "rooms": [{"name": one.name} for one in rooms.rooms_of(db, person)],
            "agreed_in_groups": group_notes.agreed_by(db, person.organisation, person.id),
            "in_numbers": {"counted": person.counted, "told": _words()["page"]["ledger"]},
        }
    )


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


def readable(data: dict[str, Any], language: str, titles: Mapping[str, str] | None = None) -> str:
    """What `everything` gave as one HTML page with nothing outside it. `titles`: flow id → its title in that language."""
    environment = Environment(
        loader=FileSystemLoader(EXPORT), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    language = "en" if language == "en" else "da"
    words = _words()

    def say(section: str, key: Any) -> str:
        """A word of ours for a section, field or value; empty where we have none."""
        return words[section].get(str(key), {}).get(language, "")

    def moment(text: str | None) -> str:
        return _spoken_moment(text, data["profile"]["timezone"], language)

    page = environment.get_template("page.html")
    return page.render(
        data=data, language=language, say=say, moment=moment, titles=titles or {}, fields=words["fields"]
    )


# ---- inside ----------------------------------------------------------------------------------------------


def _profile(db: Connection, person: PersonRow) -> dict[str, Any]:
    centre = next((one.name for one in departments.centres(db, person.organisation) if one.id == person.centre), "")
    leader = people.person(db, person.organisation, person.leader) if person.leader else None
    kept = {name: value for name, value in vars(person).items() if name not in ("organisation", "conversation")}
    return {**kept, "centre": centre, "leader": leader.name if leader else ""}


def _rows(
    db: Connection, person: PersonRow, table: Table, of: ColumnElement[bool] | None = None
) -> list[dict[str, Any]]:
    """The person's rows of a table, oldest first; sealed columns opened under "words"."""
    of = table.c.person == person.id if of is None else of
    rows = db.execute(select(table).where(of, table.c.organisation == person.organisation).order_by(*_order(table)))
    return [_row(db, person, dict(row)) for row in rows.mappings()]


def _order(table: Table) -> list[ColumnElement[Any]]:
    by_time = [table.c[name] for name in ("created_at", "moment", "at", "given_at") if name in table.c]
    return [*by_time, *table.primary_key.columns]


def _row(db: Connection, person: PersonRow, row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in NOT_SHOWN}
    if "shared_to" in row:
        shown["shared_to"] = ", ".join(named(db, person.organisation, row["shared_to"]))
    if row.get("programme"):
        shown["planned_as"] = _programme_title(db, person.organisation, row["programme"])
    if row.get("sealed"):
        shown["words"] = _programme_words(db, row) if "audience" in row else _opened(db, person.id, row["sealed"])
    return shown


def _programme_words(db: Connection, row: dict[str, Any]) -> str:
    """A programme's words belong to the programme, not to who wrote them."""
    words = _opened(db, row["id"], row["sealed"])
    return "\n".join(filter(None, words.values())) if isinstance(words, dict) else words


def _programme_title(db: Connection, organisation: str, id: str) -> str:
    """What those read whom a programme is for."""
    blob = db.scalar(select(Programme.sealed).where(Programme.id == id, Programme.organisation == organisation))
    words = _opened(db, id, blob) if blob else ""
    return words["title"] if isinstance(words, dict) else words


def _opened(db: Connection, owner: str, blob: bytes) -> Any:
    """A value no key opens any more is said to be there, and does not stand in the way of the rest."""
    try:
        return unsealed(db, blob, owner)
    except Unreadable:
        return "?"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, (date, datetime, time)) else value


def _spoken_moment(text: str | None, timezone: str, language: str) -> str:
    """A kept date or moment as it is read in the person's own time and language."""
    if not text:
        return ""
    if len(text) == len("2027-03-01"):
        return format_date(date.fromisoformat(text), "long", locale=LOCALES[language])
    at = local(datetime.fromisoformat(text), timezone)
    return f"{format_date(at, 'long', locale=LOCALES[language])} {format_time(at, 'HH:mm', locale=LOCALES[language])}"


@cache
def _words() -> dict[str, Any]:
    return read_words(EXPORT / "words.yaml")


def read_words(path: Path) -> dict[str, Any]:
    """What the page calls things. Raises ContentError: it is not da and en, or lacks a word that the page needs."""
    where = f"export/{path.name}"
    raw = read_yaml(path, where)
    for section in ("page", "sections", "fields", "values"):
        words = raw.get(section) if isinstance(raw, dict) else None
        if not isinstance(words, dict):
            raise ContentError(f"{where}, {section}", "it is not a mapping", "write key: {da: …, en: …} lines")
        for key, said in words.items():
            is_whole = isinstance(said, dict) and said.keys() == {"da", "en"}
            if not (is_whole and all(isinstance(text, str) and text.strip() for text in said.values())):
                raise ContentError(f"{where}, {section}, {key}", "it is not said in both languages", "write {da: …, en: …}")
    missing = [*(PAGE_NEEDS - raw["page"].keys()), *(set(SECTIONS.values()) - {"opened_by_me"} - raw["sections"].keys())]
    if missing:
        raise ContentError(where, f"{', '.join(sorted(missing))} is missing", "add it in both languages")
    if any("{when}" not in text for text in raw["page"]["lead"].values()):
        raise ContentError(f"{where}, page, lead", "it does not say {when}", "let it say when this was made")
    return raw

