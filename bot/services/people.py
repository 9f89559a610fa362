"""Organisations, centres, people, where they can be reached, and who leads whom.

`person` in every service is a `PersonRow`: it carries its organisation, so that nothing is looked up without it.
`find`, `meet`, `known` and `conversation_of` run for every event; their statements are built once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, insert, literal, select, union_all, update
from sqlalchemy.exc import IntegrityError

from bot.events import Sender
from bot.services import emails, schedules
from bot.services.emails import EMAIL
from bot.services.refusals import forget_refusal, is_refused
from bot.store.tables import (
    Centre,
    Conversation,
    Identity,
    LeaderGroup,
    LeaderGroupMember,
    Organisation,
    Person,
    RoleLog,
)

ORGANISATION, CENTRE, PERSON = Organisation.__table__, Centre.__table__, Person.__table__
IDENTITY, CONVERSATION = Identity.__table__, Conversation.__table__
GROUP, MEMBER, ROLE_LOG = LeaderGroup.__table__, LeaderGroupMember.__table__, RoleLog.__table__

QUIET = "web"
"""The channel in which nothing rings."""
HEARD_AGAIN = timedelta(minutes=1)
"""How much later somebody must be heard again before it is written down; spares a write on most events."""

SETTABLE = frozenset(
    "name language timezone level centre leader state notice_version welcomed_at paused_until preferred_channel "
    "told_about_chat day_from day_until working_days most_per_week counted".split()
)
STATES = frozenset({"new", "active", "declined", "left"})


@dataclass(frozen=True)
class PersonRow:
    """The human, as kept. `conversation` is where they were just heard, empty unless they come from `meet`."""

    id: str
    organisation: str
    name: str
    language: str
    timezone: str
    level: str
    centre: str | None
    leader: str | None
    state: str
    notice_version: str
    noticed_at: datetime | None
    welcomed_at: datetime | None
    paused_until: date | None
    preferred_channel: str
    told_about_chat: bool
    day_from: str
    day_until: str
    working_days: str
    most_per_week: int
    counted: bool
    created_at: datetime
    conversation: str = ""


@dataclass(frozen=True)
class ConversationRow:
    id: str
    organisation: str
    channel: str
    person: str | None
    address: dict[str, Any]
    reachable: bool
    language: str
    last_heard_at: datetime | None


@dataclass(frozen=True)
class CentreRow:
    id: str
    name: str


@dataclass(frozen=True)
class GroupRow:
    """A leader group. `centre`: None where it is of several, or of none."""

    id: str
    name: str
    centre: str | None


@dataclass(frozen=True)
class IdentityRow:
    channel: str
    external: str


PERSON_COLUMNS = tuple(PERSON.c[name] for name in PersonRow.__dataclass_fields__ if name != "conversation")
CONVERSATION_COLUMNS = tuple(CONVERSATION.c[name] for name in ConversationRow.__dataclass_fields__)

def best_place(preferred: Any) -> tuple[Any, ...]:
    """The order in which a person's conversations are tried unasked: the channel they prefer, then one that rings – nobody
    looks at the web chat who was not told to, and a one-time link alone makes somebody heard there – then where heard last."""
    channel = CONVERSATION.c.channel
    return case((channel == preferred, 0), (channel != QUIET, 1), else_=2), CONVERSATION.c.last_heard_at.desc().nulls_last()


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
_TO_TALK_IN = (
    select(*CONVERSATION_COLUMNS)
    .where(
        CONVERSATION.c.person == bindparam("id"),
        CONVERSATION.c.organisation == bindparam("organisation"),
        CONVERSATION.c.reachable.is_(True),
    )
    .order_by(*best_place(bindparam("preferred")))
    .limit(1)
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
        return replace(met, conversation=_make_conversation(db, met, sender, now))
    zone = zone_before if sender.timezone == zone_before else _known_zone(sender.timezone) or zone_before
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
        add_identity(db, known, sender.channel, sender.external)
        values = {"state": state} if state == "declined" and known.state == "new" else {}
        values |= {"language": sender.language} if sender.language and not known.language else {}
        _make_conversation(db, set_person(db, known, values, now), sender, now)
        return
    made = make_person(
        db,
        sender.organisation,
        now,
        name=sender.name[:200],
        state=state,
        **{k: v for k, v in (("language", sender.language), ("timezone", _known_zone(sender.timezone))) if v},
    )
    add_identity(db, made, sender.channel, sender.external)
    emails.keep(db, made.organisation, made.id, sender.emails, now)
    _make_conversation(db, made, sender, now)


def _recognised(db: Connection, sender: Sender) -> PersonRow | None:
    """The one person these addresses belong to, if they are not on this channel yet. Where the addresses are two people's, or
    the person is there already under another id, nobody is taken for anybody."""
    found = emails.whose(db, sender.organisation, sender.emails)
    if len(found) != 1:
        return None
    db.execute(select(PERSON.c.id).where(PERSON.c.id.in_(found)).with_for_update())
    one = person(db, sender.organisation, found.pop())
    is_there = one is None or one.state == "left" or any(i.channel == sender.channel for i in identities(db, one))
    return None if is_there else one


def _known_zone(name: str) -> str:
    """A platform's time zone, where this machine knows it; else empty, and ours will do."""
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, ValueError, OSError):
        return ""


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
    if values.get("centre") and values["centre"] not in {c.id for c in centres(db, person.organisation)}:
        raise ValueError("no such centre in this organisation")
    if values.get("leader") and not _is_here(db, person.organisation, values["leader"]):
        raise ValueError("no such person in this organisation")
    if values.get("notice_version"):
        changed["noticed_at"] = now
    if values.get("state") == "left" and person.state != "left":
        _log(db, person, "left", now)
    if values.get("state") == "active":
        for identity in identities(db, person):
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


def _log(db: Connection, person: PersonRow, what: str, now: datetime) -> None:
    line = {"id": uuid4().hex, "organisation": person.organisation, "at": now, "by": "", "about": person.id}
    db.execute(insert(ROLE_LOG).values(**line, what=what))


# ---- identities and conversations ------------------------------------------------------------------------


def identities(db: Connection, person: PersonRow) -> list[IdentityRow]:
    rows = db.execute(
        select(IDENTITY.c.channel, IDENTITY.c.external)
        .where(IDENTITY.c.person == person.id, IDENTITY.c.organisation == person.organisation)
        .order_by(IDENTITY.c.channel, IDENTITY.c.external)
    )
    return [IdentityRow(*row) for row in rows]


def add_identity(db: Connection, person: PersonRow, channel: str, external: str) -> None:
    """Raises `IntegrityError` where the id belongs to somebody already."""
    db.execute(
        insert(IDENTITY).values(
            channel=channel, organisation=person.organisation, external=external, person=person.id
        )
    )


def conversation_of(db: Connection, person: PersonRow) -> ConversationRow | None:
    """Where to talk to a person unasked: only reachable ones, in the order of `best_place`."""
    values = {"id": person.id, "organisation": person.organisation, "preferred": person.preferred_channel}
    row = db.execute(_TO_TALK_IN, values).first()
    return ConversationRow(*row) if row else None


def conversations(db: Connection, person: PersonRow) -> list[ConversationRow]:
    rows = db.execute(
        select(*CONVERSATION_COLUMNS)
        .where(CONVERSATION.c.person == person.id, CONVERSATION.c.organisation == person.organisation)
        .order_by(CONVERSATION.c.channel)
    )
    return [ConversationRow(*row) for row in rows]


def make_conversation(db: Connection, person: PersonRow, channel: str, address: dict[str, Any]) -> str:
    """A place to talk where nobody was heard yet (a demo, an import)."""
    return _insert_conversation(db, person, channel=channel, address=address)


def mark_unreachable(db: Connection, organisation: str, conversation: str) -> None:
    """Nothing can be sent there any more; being heard there again (`meet`) mends it."""
    db.execute(
        update(CONVERSATION)
        .where(CONVERSATION.c.id == conversation, CONVERSATION.c.organisation == organisation)
        .values(reachable=False)
    )


def _make_conversation(db: Connection, person: PersonRow, sender: Sender, now: datetime) -> str:
    said = {"language": sender.language, "timezone": _known_zone(sender.timezone)}
    return _insert_conversation(db, person, channel=sender.channel, address=sender.address, **said, last_heard_at=now)


def _insert_conversation(db: Connection, person: PersonRow, **values: Any) -> str:
    id = uuid4().hex
    db.execute(insert(CONVERSATION).values(id=id, organisation=person.organisation, person=person.id, **values))
    return id


# ---- organisations, centres, groups ----------------------------------------------------------------------


def organisations(db: Connection) -> list[tuple[str, str]]:
    """(id, name) of every organisation here, oldest first."""
    rows = db.execute(select(ORGANISATION.c.id, ORGANISATION.c.name).order_by(ORGANISATION.c.created_at))
    return [(id, name) for id, name in rows]


def make_organisation(
    db: Connection, name: str, now: datetime, *, id: str | None = None, is_demo: bool = False
) -> str:
    made = id or uuid4().hex
    db.execute(insert(ORGANISATION).values(id=made, name=name, is_demo=is_demo, created_at=now))
    return made


def centres(db: Connection, organisation: str) -> list[CentreRow]:
    rows = db.execute(
        select(CENTRE.c.id, CENTRE.c.name).where(CENTRE.c.organisation == organisation).order_by(CENTRE.c.name)
    )
    return [CentreRow(*row) for row in rows]


def make_centre(db: Connection, organisation: str, name: str) -> str:
    id = uuid4().hex
    db.execute(insert(CENTRE).values(id=id, organisation=organisation, name=name))
    return id


def make_group(db: Connection, organisation: str, name: str, centre: str | None = None) -> str:
    id = uuid4().hex
    db.execute(insert(GROUP).values(id=id, organisation=organisation, name=name, centre=centre))
    return id


def groups(db: Connection, organisation: str) -> list[GroupRow]:
    """The leader groups, by name."""
    rows = db.execute(select(GROUP.c.id, GROUP.c.name, GROUP.c.centre).where(GROUP.c.organisation == organisation).order_by(GROUP.c.name))
    return [GroupRow(*row) for row in rows]


def groups_of(db: Connection, person: PersonRow) -> list[tuple[str, str]]:
    """(id, name) of the leader groups a person is in, by name."""
    rows = db.execute(
        select(GROUP.c.id, GROUP.c.name)
        .join(MEMBER, MEMBER.c.leader_group == GROUP.c.id)
        .where(MEMBER.c.person == person.id, GROUP.c.organisation == person.organisation)
        .order_by(GROUP.c.name)
    )
    return [(id, name) for id, name in rows]


def enter_group(db: Connection, person: PersonRow, group: str) -> None:
    """Raises ValueError where there is no such group in the person's organisation; twice is once."""
    here = db.scalar(select(GROUP.c.id).where(GROUP.c.id == group, GROUP.c.organisation == person.organisation))
    if here is None:
        raise ValueError("no such leader group in this organisation")
    if group not in {id for id, _ in groups_of(db, person)}:
        db.execute(insert(MEMBER).values(leader_group=group, person=person.id, organisation=person.organisation))


def leave_group(db: Connection, person: PersonRow, group: str) -> None:
    db.execute(delete(MEMBER).where(MEMBER.c.leader_group == group, MEMBER.c.person == person.id))
