"""Taking in a list of people, all of it or nothing: who is new, who changes, which centres and leader groups come with them.

Who is known by an address is changed and never doubled; an empty cell changes nothing; who is not in the list is left alone.
What is dear – hashing and sealing thousands of addresses – is made ready beforehand (`prepare`), outside the one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.errors import Refused
from bot.services import emails, schedules
from bot.services.emails import EMAIL, EMAILS
from bot.services.import_plan import CHANGES, Here, Prepared, Resolver, Work, look_here
from bot.services.departments import CENTRE, GROUP, MEMBER, ORGANISATION
from bot.services.people import ROLE_LOG
from bot.services.person_row import PERSON
from bot.services.people_file import Line, Mistake, PeopleFile
from bot.services.refusals import refused_among
from bot.store.many import write_many
from bot.store.secrets import sealed


@dataclass(frozen=True)
class Outlook:
    """What an import does. `untouched`: how many are here and not in the list; `first`: the first lines with what they do
    ("new", "changed", "same")."""

    mistakes: tuple[Mistake, ...] = ()
    new: int = 0
    changed: int = 0
    same: int = 0
    untouched: int = 0
    centres: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    first: tuple[tuple[Line, str], ...] = ()
    unused: tuple[str, ...] = ()


SHOWN = 12
"""How many lines a preview shows."""


def prepare(db: Connection, organisation: str, file: PeopleFile) -> Prepared:
    """Reads only; takes seconds for tens of thousands, so it is done before the transaction that writes."""
    ids = {line.email: uuid4().hex for line in file.lines}
    addresses = list(ids | dict.fromkeys(filter(None, (emails.plain(line.leader) for line in file.lines))))
    digests = dict(zip(addresses, emails.digests(db, organisation, addresses)))
    return Prepared(ids, digests, {address: sealed(db, address, id) for address, id in ids.items()})


def look(db: Connection, organisation: str, file: PeopleFile, prepared: Prepared, *, makes_new: bool) -> Outlook:
    """What an import would do; reads only. `makes_new`: centres and leader groups that are not there are made."""
    here = look_here(db, organisation)
    return _outlook(here, file, Resolver(here, file, prepared, makes_new=makes_new).resolve())


def carry_out(
    db: Connection, organisation: str, file: PeopleFile, prepared: Prepared, *, makes_new: bool, by: str, now: datetime
) -> Outlook:
    """Take the list in. `by`: a person's id, or "cli". What is there now is looked at anew.

    Raises `Refused`: "import.has_mistakes" where there is any, "import.demo" in a demo, where nobody real belongs.
    """
    if db.scalar(select(ORGANISATION.c.is_demo).where(ORGANISATION.c.id == organisation)):
        raise Refused("import.demo")
    here = look_here(db, organisation)
    work = Resolver(here, file, prepared, makes_new=makes_new).resolve()
    if work.mistakes or file.mistakes:
        raise Refused("import.has_mistakes", count=len(work.mistakes) + len(file.mistakes))
    _write(db, organisation, here, work, now)
    outlook = _outlook(here, file, work)
    what = f"imported: {outlook.new} new, {outlook.changed} changed"
    line = {"id": uuid4().hex, "organisation": organisation, "at": now, "by": by, "about": by, "what": what}
    db.execute(insert(ROLE_LOG).values(line))
    return outlook


def _outlook(here: Here, file: PeopleFile, work: Work) -> Outlook:
    found = [one for one in work.mistakes if not (file.mistakes and one.key == "leader_unknown")]  # theirs may be such a line
    mistakes = sorted((*file.mistakes, *found), key=lambda mistake: mistake.line)
    known = sum(what != "new" for what in work.what.values())
    return Outlook(
        mistakes=tuple(mistakes),
        new=len(work.new),
        changed=sum(what == "changed" for what in work.what.values()),
        same=sum(what == "same" for what in work.what.values()),
        untouched=sum(one.state != "left" for one in here.people.values()) - known,
        centres=tuple(sorted(work.centres)),
        groups=tuple(sorted(work.groups)),
        first=tuple((line, work.what[line.number]) for line in file.lines[:SHOWN] if line.number in work.what),
        unused=file.unused,
    )


# ---- writing ---------------------------------------------------------------------------------------------


def _write(db: Connection, organisation: str, here: Here, work: Work, now: datetime) -> None:
    _insert(db, CENTRE, ({"id": id, "organisation": organisation, "name": name} for name, id in work.centres.items()))
    _insert(db, GROUP, (_group(organisation, name, id, work) for name, id in work.groups.items()))
    _write_people(db, organisation, work, now)
    _write_addresses(db, organisation, work, now)
    _write_members(db, organisation, here, work)


def _group(organisation: str, name: str, id: str, work: Work) -> dict[str, Any]:
    """A group whose members are all in one centre is that centre's."""
    centres = work.group_centres.get(id, set())
    return {"id": id, "organisation": organisation, "name": name, "centre": next(iter(centres)) if len(centres) == 1 else None}


def _write_people(db: Connection, organisation: str, work: Work, now: datetime) -> None:
    """Leaders last: somebody may stand above them in the list who is not there yet."""
    refused = refused_among(db, organisation, EMAIL, {row["person"]: row["digest"] for row in work.addresses})
    rows = []
    for id, given in work.new.items():
        row = {"id": id, "organisation": organisation, "created_at": now, "state": "declined" if id in refused else "new"}
        rows.append(row | {key: given.get(key, PERSON.c[key].default.arg if PERSON.c[key].default else None) for key in CHANGES})
    _insert(db, PERSON, ({**row, "leader": None} for row in rows))
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for id, changed in work.changed.items():
        by_columns.setdefault(frozenset(changed), []).append({"of": id, **{f"to_{key}": value for key, value in changed.items()}})
    for columns, changes in by_columns.items():
        write = update(PERSON).where(PERSON.c.id == bindparam("of"), PERSON.c.organisation == organisation)
        write_many(db, write.values({key: bindparam(f"to_{key}") for key in columns}), changes)
    for id, changed in work.changed.items():
        if "timezone" in changed:
            schedules.move(db, organisation, id, changed["timezone"])
    if work.leaders:
        write = update(PERSON).where(PERSON.c.id == bindparam("of"), PERSON.c.organisation == organisation)
        write_many(db, write.values(leader=bindparam("to")), ({"of": id, "to": leader} for id, leader in work.leaders.items()))


def _write_addresses(db: Connection, organisation: str, work: Work, now: datetime) -> None:
    """An address a channel named first is only a hash until a list brings the address itself."""
    _insert(db, EMAILS, ({**row, "id": uuid4().hex, "organisation": organisation, "created_at": now} for row in work.addresses))
    bare = select(EMAILS.c.id, EMAILS.c.person, EMAILS.c.digest).where(EMAILS.c.organisation == organisation, EMAILS.c.sealed.is_(None))
    for row in db.execute(bare).all():
        address = work.to_seal.get(row.person)
        if address and emails.digests(db, organisation, [address]) == [row.digest]:
            db.execute(update(EMAILS).where(EMAILS.c.id == row.id).values(sealed=sealed(db, address, row.person)))


def _write_members(db: Connection, organisation: str, here: Here, work: Work) -> None:
    """Where the list says which leader groups somebody is in, they are in those and no others."""
    gone = [(person, group) for person, groups in work.groups_of.items() for group in here.members.get(person, set()) - groups]
    come = [(person, group) for person, groups in work.groups_of.items() for group in groups - here.members.get(person, set())]
    leave = delete(MEMBER).where(MEMBER.c.leader_group == bindparam("of_group"), MEMBER.c.person == bindparam("of"))
    write_many(db, leave, ({"of": person, "of_group": group} for person, group in gone))
    _insert(db, MEMBER, ({"leader_group": group, "person": person, "organisation": organisation} for person, group in come))


def _insert(db: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    write_many(db, insert(table), rows)
