"""Whom something is for: everybody, or some people, levels, centres and leader groups, minus exceptions.

    {"everyone": true, "except": {"people": ["…"], "levels": ["dir"]}}
    {"levels": ["lm"], "centres": ["…"], "groups": ["…"], "people": ["…"]}       any of them is enough

A centre's own programme never reaches beyond the centre, whatever its audience says. Who has left is in no audience; whether
somebody said no, holds a pause or never answers is not asked here, so that nobody can tell from a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, not_, or_, select, true

from bot.errors import Refused
from bot.services.departments import CENTRE, GROUP, MEMBER
from bot.services.person_row import PERSON

PARTS = ("people", "levels", "centres", "groups")


@dataclass(frozen=True)
class Group:
    """People who are any of these."""

    people: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    centres: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, part) for part in PARTS)

    def to_json(self) -> dict[str, list[str]]:
        return {part: list(getattr(self, part)) for part in PARTS if getattr(self, part)}


@dataclass(frozen=True)
class Audience:
    """`everyone`, or those in `some`; never those in `but`."""

    everyone: bool = False
    some: Group = field(default_factory=Group)
    but: Group = field(default_factory=Group)

    def to_json(self) -> dict[str, Any]:
        some: dict[str, Any] = {"everyone": True} if self.everyone else dict(self.some.to_json())
        return some | ({"except": self.but.to_json()} if self.but else {})


def read_audience(raw: Mapping[str, Any]) -> Audience:
    """Raises `Refused` (programmes.audience_unclear) where it is not one."""
    known = {"everyone", "except", *PARTS}
    but = raw.get("except") or {}
    if raw.keys() - known or not isinstance(but, Mapping) or but.keys() - set(PARTS):
        raise Refused("programmes.audience_unclear")
    return Audience(raw.get("everyone") is True, _group(raw), _group(but))


def _group(raw: Mapping[str, Any]) -> Group:
    parts = {part: raw.get(part) or () for part in PARTS}
    for given in parts.values():
        if isinstance(given, str) or not isinstance(given, Iterable) or not all(isinstance(one, str) for one in given):
            raise Refused("programmes.audience_unclear")
    return Group(**{part: tuple(dict.fromkeys(given)) for part, given in parts.items()})


def is_in(audience: Audience, organisation: str, centre: str | None) -> ColumnElement[bool]:
    """The condition on a person's row: they are in the audience of something of this centre (None: of all)."""
    here = and_(PERSON.c.organisation == organisation, PERSON.c.state != "left")
    if centre is not None:
        here = and_(here, PERSON.c.centre == centre)
    some = true() if audience.everyone else _any_of(audience.some)
    return and_(here, some, not_(_any_of(audience.but))) if audience.but else and_(here, some)


def _any_of(group: Group) -> ColumnElement[bool]:
    any_of = [
        column.in_(ids)
        for column, ids in ((PERSON.c.id, group.people), (PERSON.c.level, group.levels))
        if ids
    ]
    if group.centres:
        any_of.append(and_(PERSON.c.centre.is_not(None), PERSON.c.centre.in_(group.centres)))
    if group.groups:
        any_of.append(PERSON.c.id.in_(select(MEMBER.c.person).where(MEMBER.c.leader_group.in_(group.groups))))
    return or_(*any_of) if any_of else false()


def people_in(db: Connection, audience: Audience, organisation: str, centre: str | None) -> list[tuple[str, str]]:
    """(id, name) of everybody in it, by name; whoever has said no or holds a pause stands here like everybody else."""
    rows = db.execute(
        select(PERSON.c.id, PERSON.c.name)
        .where(is_in(audience, organisation, centre))
        .order_by(PERSON.c.name, PERSON.c.id)
    )
    return [(id, name) for id, name in rows]


def check_known(db: Connection, audience: Audience, organisation: str, centre: str | None) -> None:
    """Raises `Refused` (programmes.not_addressable): it names people, centres or groups that are not there, or not theirs."""
    ours = [PERSON.c.organisation == organisation, *([PERSON.c.centre == centre] if centre else [])]
    for group in (audience.some, audience.but):
        _check_ids(db, select(PERSON.c.id).where(*ours), PERSON.c.id, group.people)
        centres = [CENTRE.c.organisation == organisation, *([CENTRE.c.id == centre] if centre else [])]
        _check_ids(db, select(CENTRE.c.id).where(*centres), CENTRE.c.id, group.centres)
        groups = select(GROUP.c.id).where(GROUP.c.organisation == organisation)
        _check_ids(db, groups, GROUP.c.id, group.groups)


def _check_ids(db: Connection, among: Any, column: Any, ids: tuple[str, ...]) -> None:
    if ids and len(set(db.scalars(among.where(column.in_(ids))))) < len(ids):
        raise Refused("programmes.not_addressable")


def forget_in(raw: Mapping[str, Any], person: str) -> dict[str, Any]:
    """The audience without somebody who is deleted."""
    audience = read_audience(raw)
    some, but = (_without(group, person) for group in (audience.some, audience.but))
    return Audience(audience.everyone, some, but).to_json()


def _without(group: Group, person: str) -> Group:
    return Group(tuple(one for one in group.people if one != person), group.levels, group.centres, group.groups)
