"""People: who somebody is, who leads whom, and what is kept about them.

`person` in every service is a `PersonRow`: it carries its organisation, so that nothing is looked up without it.
`find`, `meet` and `known` run for every event; their statements are built once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, bindparam, insert, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from bot.events import Sender
from bot.services import emails, schedules, whereabouts
from bot.services.emails import EMAIL
from bot.services.person_row import PERSON, PERSON_COLUMNS, PersonRow
from bot.services.refusals import forget_refusal, is_refused
from bot.services.whereabouts import CONVERSATION, IDENTITY
from bot.store.tables import Centre, LeaderGroup, LeaderGroupMember, RoleLog

CENTRE, ROLE_LOG = Centre.__table__, RoleLog.__table__
GROUP, MEMBER = LeaderGroup.__table__, LeaderGroupMember.__table__

HEARD_AGAIN = timedelta(minutes=1)
"""How much later somebody must be heard again before it is written down; spares a write on most events."""

SETTABLE = frozenset(
    "name language timezone level centre leader state notice_version welcomed_at paused_until preferred_channel "
    "told_about_chat day_from day_until working_days most_per_week counted".split()
)
STATES = frozenset({"new", "active", "declined", "left"})


_BY_ID = select(*PERSON_COLUMNS).where(
    PERSON.c.id == bindparam("id"), PERSON.c.organisation == bindparam("organisation")
)
_BY_IDENTITY = (
    select(*PERSON_COLUMNS)
    .join(IDENTITY, IDENTITY.c.person == PERSON.c.id)
    .where(
        IDENTITY.c.channel == bindparam("channel"),
        IDENTITY.c.organisation == bindparam("organisation"),
        IDENTITY.c.external == bindparam("external"),
    )
)
_HEARD = _BY_IDENTITY.add_columns(
    CONVERSATION.c.id, CONVERSATION.c.address, CONVERSATION.c.reachable, CONVERSATION.c.last_heard_at, CONVERSATION.c.timezone
).outerjoin(
    CONVERSATION,
    and_(CONVERSATION.c.person == PERSON.c.id, CONVERSATION.c.channel == IDENTITY.c.channel),
)
_AROUND = union_all(
    select(literal("leader").label("what"), PERSON.c.name.label("name")).where(
        PERSON.c.id == bindparam("leader"),
        PERSON.c.organisation == bindparam("organisation"),
        PERSON.c.state != "left",
    ),
    select(literal("group"), GROUP.c.name)
    .join(MEMBER, MEMBER.c.leader_group == GROUP.c.id)
    .where(MEMBER.c.person == bindparam("id"), GROUP.c.organisation == bindparam("organisation")),
)


# ---- who is it -------------------------------------------------------------------------------------------


def find(db: Connection, organisation: str, channel: str, external: str) -> PersonRow | None:
    """Who an id on a channel belongs to."""
    row = db.execute(_BY_IDENTITY, {"channel": channel, "organisation": organisation, "external": external}).first()
    return PersonRow(*row) if row else None


def person(db: Connection, organisation: str, id: str) -> PersonRow | None:
    row = db.execute(_BY_ID, {"id": id, "organisation": organisation}).first()
    return PersonRow(*row) if row else None


def people(db: Connection, organisation: str) -> list[PersonRow]:
    """Everybody in the organisation, by name."""
    rows = db.execute(
        select(*PERSON_COLUMNS).where(PERSON.c.organisation == organisation).order_by(PERSON.c.name, PERSON.c.id)
    )
    return [PersonRow(*row) for row in rows]


def called(db: Connection, organisation: str, name: str, limit: int = 20) -> list[PersonRow]:
    """Who has these words in their name, whatever the case, by name; nobody where the words are empty."""
    words = name.casefold().split()
    everybody = names(db, organisation) if words else []
    ids = [id for id, theirs in everybody if all(word in theirs.casefold() for word in words)][:limit]  # SQLite knows no case of æ
    return [one for id in ids if (one := person(db, organisation, id))]


def names(db: Connection, organisation: str, centres: Collection[str] | None = None) -> list[tuple[str, str]]:
    """(id, name) of everybody who is here, by name; of those in these centres, where they are given."""
    here = [PERSON.c.organisation == organisation, PERSON.c.state != "left"]
    if centres is not None:
        here.append(PERSON.c.centre.in_(centres))
    rows = db.execute(select(PERSON.c.id, PERSON.c.name).where(*here).order_by(PERSON.c.name, PERSON.c.id))
    return [(id, name) for id, name in rows]


def meet(db: Connection, sender: Sender, now: datetime) -> PersonRow:
    """Who sent something, and where they were heard: made on first contact, the address brought up to date. Where another time zone
    is said than was said there before, they have travelled; one that is only said again changes nothing.

    Somebody who once deleted everything is met as declined, so that they are not welcomed unasked.
    Raises `IntegrityError` where the organisation is not known.
    """
    row = _heard(db, sender)
    if row is None:
        try:
            with db.begin_nested():
                _make_met(db, sender, now)
        except IntegrityError:  # somebody else met them in the same moment, or there is no such organisation
            row = _heard(db, sender)
            if row is None:
                raise
        row = row or _heard(db, sender)
    *values, conversation, address, reachable, last_heard, zone_before = row
    met = PersonRow(*values)
    if sender.language and not met.language:  # the platform did not say it the first time, and nobody has chosen yet
        met = set_person(db, met, {"language": sender.language}, now)
    if conversation is None:
        return replace(met, conversation=whereabouts.open_conversation(db, met, sender, now))
    zone = zone_before if sender.timezone == zone_before else whereabouts.told_zone(sender.timezone) or zone_before
    if zone_before and zone != zone_before:
        met = set_person(db, met, {"timezone": zone}, now)
    is_news = address != sender.address or zone != zone_before
    if is_news or not reachable or last_heard is None or now - last_heard >= HEARD_AGAIN:
        heard = {"address": sender.address, "timezone": zone, "reachable": True, "last_heard_at": now}
        db.execute(update(CONVERSATION).where(CONVERSATION.c.id == conversation).values(**heard))
    return replace(met, conversation=conversation)


def known(db: Connection, person: PersonRow) -> dict[str, Any]:
    """What a dialog may know about a person: the fields of `bot.dialogs.turn.Known`, so `Known(**known(…))`.

    `leader` and `groups` are names, empty where none is known; a leader who has left is not known.
    """
    values = {"leader": person.leader, "id": person.id, "organisation": person.organisation}
    around = db.execute(_AROUND, values).all()
    return {
        "id": person.id,
        "language": person.language or "da",
        "level": person.level,
        "centre": person.centre or "",
        "timezone": person.timezone,
        "state": person.state,
        "leader": next((name for what, name in around if what == "leader"), ""),
        "groups": tuple(sorted(name for what, name in around if what == "group")),
        "paused_until": person.paused_until,
        "told_about_chat": person.told_about_chat,
        "counted": person.counted,
    }


def _heard(db: Connection, sender: Sender) -> Row[Any] | None:
    values = {"channel": sender.channel, "organisation": sender.organisation, "external": sender.external}
    return db.execute(_HEARD, values).first()


def _make_met(db: Connection, sender: Sender, now: datetime) -> None:
    """Somebody new on this channel: known already by an address that it has verified, or new altogether."""
    state = "declined" if is_refused(db, sender.organisation, sender.channel, sender.external) else "new"
    known = _recognised(db, sender)
    if known is not None:
        whereabouts.add_identity(db, known, sender.channel, sender.external)
        values = {"state": state} if state == "declined" and known.state == "new" else {}
        values |= {"language": sender.language} if sender.language and not known.language else {}
        whereabouts.open_conversation(db, set_person(db, known, values, now), sender, now)
        return
    made = make_person(
        db,
        sender.organisation,
        now,
        name=sender.name[:200],
        state=state,
        **{k: v for k, v in (("language", sender.language), ("timezone", whereabouts.told_zone(sender.timezone))) if v},
    )
    whereabouts.add_identity(db, made, sender.channel, sender.external)
    emails.keep(db, made.organisation, made.id, sender.emails, now)
    whereabouts.open_conversation(db, made, sender, now)


def _recognised(db: Connection, sender: Sender) -> PersonRow | None:
    """The one person these addresses belong to, if they are not on this channel yet. Where the addresses are two people's, or
    the person is there already under another id, nobody is taken for anybody."""
    found = emails.whose(db, sender.organisation, sender.emails)
    if len(found) != 1:
        return None
    db.execute(select(PERSON.c.id).where(PERSON.c.id.in_(found)).with_for_update())
    one = person(db, sender.organisation, found.pop())
    is_there = one is None or one.state == "left" or any(i.channel == sender.channel for i in whereabouts.identities(db, one))
    return None if is_there else one


# ---- changing people -------------------------------------------------------------------------------------


def make_person(db: Connection, organisation: str, now: datetime, **values: Any) -> PersonRow:
    """A new person. `values`: what `set_person` takes."""
    _check(values)
    made = {"id": uuid4().hex, "organisation": organisation, "created_at": now, **values}
    db.execute(insert(PERSON).values(made))
    found = person(db, organisation, made["id"])
    assert found
    return found


def set_person(db: Connection, person: PersonRow, values: dict[str, Any], now: datetime) -> PersonRow:
    """Change what is kept about a person; returns them as they are now. Raises ValueError on what cannot be set.

    Reading a notice is dated; who begins after having said no is no longer remembered as having refused. Whoever moves to another
    time zone takes their rhythm along.
    """
    _check(values)
    changed = dict(values)
    if values.get("centre") and not _is_centre(db, person.organisation, values["centre"]):
        raise ValueError("no such centre in this organisation")
    if values.get("leader") and not _is_here(db, person.organisation, values["leader"]):
        raise ValueError("no such person in this organisation")
    if values.get("notice_version"):
        changed["noticed_at"] = now
    if values.get("state") == "left" and person.state != "left":
        _log(db, person, "left", now)
    if values.get("state") == "active":
        for identity in whereabouts.identities(db, person):
            forget_refusal(db, person.organisation, identity.channel, identity.external)
        for digest in emails.digests_of(db, person.organisation, person.id):
            forget_refusal(db, person.organisation, EMAIL, digest)
    if changed:
        db.execute(
            update(PERSON)
            .where(PERSON.c.id == person.id, PERSON.c.organisation == person.organisation)
            .values(**changed)
        )
    if changed.get("timezone", person.timezone) != person.timezone:
        schedules.move(db, person.organisation, person.id, changed["timezone"])
    return replace(person, **changed)


def _check(values: dict[str, Any]) -> None:
    if wrong := set(values) - SETTABLE:
        raise ValueError(f"cannot be set on a person: {', '.join(sorted(wrong))}")
    if values.get("state", "new") not in STATES:
        raise ValueError("no such state of a person")


def _is_here(db: Connection, organisation: str, id: str) -> bool:
    return person(db, organisation, id) is not None


def _is_centre(db: Connection, organisation: str, id: str) -> bool:
    return db.scalar(select(CENTRE.c.id).where(CENTRE.c.id == id, CENTRE.c.organisation == organisation)) is not None


def _log(db: Connection, person: PersonRow, what: str, now: datetime) -> None:
    line = {"id": uuid4().hex, "organisation": person.organisation, "at": now, "by": "", "about": person.id}
    db.execute(insert(ROLE_LOG).values(**line, what=what))
