"""What a list of people makes of what is there: everything resolved to ids, or a mistake with its line. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select

from bot.services import emails
from bot.services.emails import EMAILS
from bot.services.departments import CENTRE, GROUP, MEMBER
from bot.services.person_row import PERSON
from bot.services.people_file import Line, Mistake, PeopleFile

CHANGES = ("name", "level", "centre", "leader", "language", "timezone")


@dataclass(frozen=True)
class Prepared:
    """For each address of the file: the id somebody new would get, its hash (of leaders' addresses too), and the address sealed
    for that id."""

    ids: Mapping[str, str]
    digests: Mapping[str, str]
    sealed: Mapping[str, bytes]


@dataclass
class Here:
    """What is in the organisation now."""

    people: dict[str, Any]
    by_digest: dict[str, str]
    by_name: dict[str, set[str]]
    centres: dict[str, str]
    groups: dict[str, str]
    members: dict[str, set[str]]


@dataclass
class Work:
    """What is to be written."""

    new: dict[str, dict[str, Any]] = field(default_factory=dict)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    leaders: dict[str, str] = field(default_factory=dict)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    to_seal: dict[str, str] = field(default_factory=dict)
    groups_of: dict[str, set[str]] = field(default_factory=dict)
    centres: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    group_centres: dict[str, set[str | None]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    what: dict[int, str] = field(default_factory=dict)


def look_here(db: Connection, organisation: str) -> Here:
    """Everybody, and how they are known: a list may name them all. Read row by row, since nothing else of the process moves while
    a driver makes a whole list of them."""
    columns = [PERSON.c[name] for name in ("id", "state", *CHANGES)]
    people = {row.id: row for row in db.execute(select(*columns).where(PERSON.c.organisation == organisation))}
    by_name: dict[str, set[str]] = {}
    for row in people.values():
        if row.state != "left":
            by_name.setdefault(row.name.casefold(), set()).add(row.id)
    addresses = db.execute(select(EMAILS.c.digest, EMAILS.c.person).where(EMAILS.c.organisation == organisation))
    members: dict[str, set[str]] = {}
    for group, person in db.execute(select(MEMBER.c.leader_group, MEMBER.c.person).where(MEMBER.c.organisation == organisation)):
        members.setdefault(person, set()).add(group)
    return Here(
        people=people,
        by_digest={digest: person for digest, person in addresses},
        by_name=by_name,
        centres=_named(db, CENTRE, organisation),
        groups=_named(db, GROUP, organisation),
        members=members,
    )


def _named(db: Connection, table: Any, organisation: str) -> dict[str, str]:
    rows = db.execute(select(table.c.name, table.c.id).where(table.c.organisation == organisation))
    return {name: id for name, id in rows}


class Resolver:
    """Resolves one file against what is there. `makes_new`: centres and leader groups that are not there are made."""

    def __init__(self, here: Here, file: PeopleFile, prepared: Prepared, *, makes_new: bool):
        self.here, self.file, self.prepared = here, file, prepared
        self.work = Work()
        self.centres = _Names(here.centres, "centre_unknown", makes_new)
        self.groups = _Names(here.groups, "group_unknown", makes_new)
        self.whose = {line.email: self._known(line.email) or prepared.ids[line.email] for line in file.lines}
        self.named = {name: set(ids) for name, ids in here.by_name.items()}
        for line in file.lines:
            self.named.setdefault(line.name.casefold(), set()).add(self.whose[line.email])

    def resolve(self) -> Work:
        first: dict[str, int] = {}
        for line in self.file.lines:
            id = self.whose[line.email]
            if id in first:  # two addresses of one person
                self._wrong(line, "doubled", said=line.email, first=first[id])
                continue
            first[id] = line.number
            self._resolve(line, id)
        self.work.centres, self.work.groups = self.centres.made, self.groups.made
        self._refuse_circles(first)
        return self.work

    def _known(self, address: str) -> str:
        return self.here.by_digest.get(self.prepared.digests.get(address, ""), "")

    def _wrong(self, line: Line, key: str, **values: Any) -> None:
        self.work.mistakes.append(Mistake(line.number, key, values))

    def _resolve(self, line: Line, id: str) -> None:
        before = len(self.work.mistakes)
        centre = self._of(self.centres, line, line.centre) if line.centre else ""
        groups = {self._of(self.groups, line, one) for one in line.groups}
        leader = self._leader(line, id) if line.leader else ""
        if len(self.work.mistakes) > before:
            return
        given = {"name": line.name, "level": line.level, "centre": centre, "language": line.language, "timezone": line.timezone}
        known = self.here.people.get(id)
        self._belongs(id, groups, centre or (known.centre if known else None))
        if leader and (known is None or known.leader != leader):
            self.work.leaders[id] = leader
        self._person(line, id, known, {key: value for key, value in given.items() if value})

    def _belongs(self, id: str, groups: set[str], centre: str | None) -> None:
        for group in groups:
            self.work.group_centres.setdefault(group, set()).add(centre)
        if groups and groups != self.here.members.get(id, set()):
            self.work.groups_of[id] = groups

    def _person(self, line: Line, id: str, known: Any, given: dict[str, str]) -> None:
        work = self.work
        if known is None:
            work.new[id] = given
            address = {"person": id, "digest": self.prepared.digests[line.email], "sealed": self.prepared.sealed[line.email]}
            work.addresses.append(address)
            work.what[line.number] = "new"
            return
        changed = {key: value for key, value in given.items() if getattr(known, key) != value}
        changed |= {"state": "new"} if known.state == "left" else {}
        if changed:
            work.changed[id] = changed
        work.to_seal[id] = line.email
        is_changed = changed or id in work.leaders or id in work.groups_of
        work.what[line.number] = "changed" if is_changed else "same"

    def _of(self, names: _Names, line: Line, said: str) -> str:
        found = names.id(said)
        if not found:
            near = names.near(said)
            self._wrong(line, f"{names.key}_near" if near else names.key, said=said[:100], **({"near": near} if near else {}))
        return found

    def _leader(self, line: Line, id: str) -> str:
        """A leader by address, or by a name that only one person has."""
        address = emails.plain(line.leader)
        known = self.whose.get(address) or self._known(address)
        found = ({known} if known else set()) if address else self.named.get(line.leader.casefold(), set())
        if len(found) != 1:
            self._wrong(line, "leader_unclear" if found else "leader_unknown", said=line.leader[:100])
            return ""
        (leader,) = found
        if leader == id:
            self._wrong(line, "leader_self")
            return ""
        return leader

    def _refuse_circles(self, lines: Mapping[str, int]) -> None:
        """Nobody leads, through others, themselves."""
        leads = {id: one.leader for id, one in self.here.people.items() if one.leader} | self.work.leaders
        settled: set[str] = set()
        for id in self.work.leaders:
            path: dict[str, None] = {}
            at: str | None = id
            while at and at not in settled and at not in path:
                path[at] = None
                at = leads.get(at)
            if at in path:
                self.work.mistakes.append(Mistake(lines[id], "leader_circle"))
            settled.update(path)


class _Names:
    """Centres, or leader groups, by name. `key`: what is said where there is none of that name."""

    def __init__(self, known: Mapping[str, str], key: str, makes_new: bool):
        self.ids = {name.casefold(): id for name, id in known.items()}
        self.names = {name.casefold(): name for name in known}
        self.key, self.makes_new = key, makes_new
        self.made: dict[str, str] = {}

    def id(self, said: str) -> str:
        """Empty: there is none of that name, and none is to be made."""
        found = self.ids.get(said.casefold(), "")
        if not found and self.makes_new:
            found = self.made[said] = self.ids[said.casefold()] = uuid4().hex
        return found

    def near(self, said: str) -> str:
        """A name that may have been meant."""
        close = get_close_matches(said.casefold(), self.names, n=1, cutoff=0.75)
        return self.names[close[0]] if close else ""
