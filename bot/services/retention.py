"""Nothing is kept longer than it is said to be. The caller runs `Store.scrub` after the commit when anything went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, insert, literal, or_, select, update

from bot.services import guard
from bot.services.erasing import erase
from bot.services.person_row import PERSON, PERSON_COLUMNS, PersonRow
from bot.store.tables import (
    Absence,
    Access,
    Action,
    Beacon,
    ClosedDay,
    Conversation,
    DialogRun,
    Entry,
    GroupNote,
    GroupRun,
    Handover,
    InboxItem,
    JoinCode,
    LoginLink,
    Occurrence,
    OutboxItem,
    Programme,
    RoleLog,
    Upload,
    WebSession,
)

ROLE_LOG = RoleLog.__table__
AT_ONCE = 100
"""How many people who left are erased in one unit of work."""


@dataclass(frozen=True)
class Periods:
    """How long everything is kept. The first six are promised to people (`bot/content/retention.yaml`)."""

    draft: timedelta = timedelta(days=30)
    reflection: timedelta = timedelta(days=365)
    agreement: timedelta = timedelta(days=365)
    access_log: timedelta = timedelta(days=183)
    beacon_status: timedelta = timedelta(days=730)
    leaver: timedelta = timedelta(days=30)
    numbers: timedelta = timedelta(days=730)
    run: timedelta = timedelta(days=365)
    event: timedelta = timedelta(days=30)
    message: timedelta = timedelta(days=30)
    sign_in: timedelta = timedelta(days=1)
    leave: timedelta = timedelta(days=30)
    programme: timedelta = timedelta(days=730)
    upload: timedelta = timedelta(days=1)

    @classmethod
    def of(cls, days: Mapping[str, int | None]) -> Periods:
        """The periods with some of them set, in days, by name; names that are not ours are left alone."""
        ours = {field.name for field in fields(cls)}
        return replace(cls(), **{k: timedelta(days=v) for k, v in days.items() if k in ours and v is not None})


@dataclass(frozen=True)
class Expired:
    """How many of each went."""

    drafts: int
    reflections: int
    agreements: int
    accesses: int
    statuses: int
    leavers: int
    runs: int
    events: int
    messages: int
    sign_ins: int
    leaves: int
    programmes: int
    uploads: int
    numbers: int
    groups: int

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def expire(db: Connection, now: datetime, periods: Periods = Periods()) -> Expired:
    """Delete what has been kept long enough, in every organisation.

    Reflections count from the day they were first saved, agreements from the day they were closed. An agreement outlives
    the reflection it was made in. Leavers count from the line "left" in the role log; where there is none, from now.
    """
    return Expired(
        leavers=_erase_leavers(db, now, periods.leaver),
        drafts=_drop_drafts(db, now - periods.draft),
        reflections=_delete(db, Entry.__table__, Entry.created_at < now - periods.reflection),
        agreements=_delete(db, Action.__table__, Action.closed_at < now - periods.agreement),
        accesses=_delete(db, Access.__table__, Access.at < now - periods.access_log),
        statuses=_delete_statuses(db, (now - periods.beacon_status).date()),
        runs=_delete_runs(db, now - periods.run),
        events=_delete(db, InboxItem.__table__, InboxItem.at < now - periods.event),
        messages=_delete_messages(db, now - periods.message),
        sign_ins=_delete_sign_ins(db, now - periods.sign_in),
        leaves=_delete_leaves(db, (now - periods.leave).date()),
        programmes=_delete(db, Programme.__table__, Programme.ended_at < now - periods.programme),
        uploads=_delete(db, Upload.__table__, Upload.created_at < now - periods.upload),
        numbers=guard.forget_before(db, now - periods.numbers),
        groups=_delete_of_groups(db, now, periods),
    )


def _delete(db: Connection, table: Table, old: ColumnElement[bool]) -> int:
    return db.execute(delete(table).where(old)).rowcount


def _drop_drafts(db: Connection, before: datetime) -> int:
    """Drafts and what was asked with them: nobody is sent back to a page that is not there any more."""
    is_old = and_(DialogRun.status == "open", DialogRun.updated_at < before)
    db.execute(
        update(Occurrence)
        .where(
            Occurrence.run != "",
            Occurrence.run.in_(select(DialogRun.id).where(is_old)),
            Occurrence.state.in_(("planned", "open", "begun")),
        )
        .values(state="dropped", due_at=None)
    )
    return _delete(db, DialogRun.__table__, is_old)


def _delete_statuses(db: Connection, before: date) -> int:
    """What was handed over about a beacon that has been closed for long."""
    of_it = and_(Beacon.organisation == Handover.organisation, Beacon.beacon == Handover.beacon)
    return _delete(db, Handover.__table__, exists().where(of_it, Beacon.state == "closed", Beacon.closed < before))


def _delete_runs(db: Connection, before: datetime) -> int:
    """Runs and questions long over; they hold no words."""
    is_over = and_(Occurrence.state.in_(("done", "dropped")), Occurrence.moment < before)
    gone = _delete(db, Occurrence.__table__, is_over)
    return gone + _delete(
        db, DialogRun.__table__, and_(DialogRun.status != "open", DialogRun.updated_at < before)
    )


def _delete_of_groups(db: Connection, now: datetime, periods: Periods) -> int:
    """What went on in a place and waits for nothing, or is over; what a group kept; places that nobody has been heard in since we
    were removed, or the room was closed, with everything in them; and rooms nobody has come into for as long as agreements live."""
    is_over = and_(GroupRun.status != "open", GroupRun.ended_at < now - periods.message)
    is_left = and_(GroupRun.status == "open", GroupRun.wake_at.is_(None), GroupRun.created_at < now - periods.draft)
    c = Conversation.__table__.c
    is_gone = and_(c.reachable.is_(False), c.last_heard_at < now - periods.leaver)
    place = and_(c.person.is_(None), or_(is_gone, c.last_heard_at < now - periods.agreement))
    gone = [
        _delete(db, GroupRun.__table__, or_(is_over, is_left)),
        _delete(db, GroupNote.__table__, GroupNote.at < now - periods.agreement),
        _delete(db, OutboxItem.__table__, OutboxItem.conversation.in_(select(c.id).where(place))),
        _delete(db, Conversation.__table__, place),
    ]
    return sum(gone)


def _delete_messages(db: Connection, before: datetime) -> int:
    """Messages delivered or given up; later ones about the same thing are sent anew instead of edited."""
    is_over = OutboxItem.state.in_(("sent", "gave_up"))
    is_old = and_(is_over, func.coalesce(OutboxItem.last_send, OutboxItem.created_at) < before)
    _remember_what_arrived(db, is_old)
    return _delete(db, OutboxItem.__table__, is_old)


def _remember_what_arrived(db: Connection, is_old: ColumnElement[bool]) -> None:
    """That a programme's message arrived is still counted when the quarter is over (`participation`)."""
    about = literal("occurrence:") + Occurrence.id
    arrived = select(OutboxItem.subject).where(is_old, OutboxItem.state == "sent", OutboxItem.subject.startswith("occurrence:"))
    db.execute(update(Occurrence).where(Occurrence.programme.is_not(None), about.in_(arrived)).values(delivered=True))


def _delete_sign_ins(db: Connection, before: datetime) -> int:
    tables = (LoginLink.__table__, WebSession.__table__, JoinCode.__table__)
    return sum(_delete(db, table, table.c.expires_at < before) for table in tables)


def _delete_leaves(db: Connection, before: date) -> int:
    """Leave that is over, and days on which somebody was closed."""
    return sum(_delete(db, of.__table__, of.ends < before) for of in (Absence, ClosedDay))


def _erase_leavers(db: Connection, now: datetime, kept: timedelta) -> int:
    left = (
        select(ROLE_LOG.c.about, func.max(ROLE_LOG.c.at).label("at"))
        .where(ROLE_LOG.c.what == "left")
        .group_by(ROLE_LOG.c.about)
        .subquery()
    )
    rows = db.execute(
        select(*PERSON_COLUMNS, left.c.at)
        .outerjoin(left, left.c.about == PERSON.c.id)
        .where(PERSON.c.state == "left", or_(left.c.at.is_(None), left.c.at < now - kept))
        .limit(AT_ONCE)
    ).all()
    for *values, at in rows:
        if at is None:
            _count_from_now(db, PersonRow(*values), now)
        else:
            erase(db, PersonRow(*values), now, by="retention", is_refusal=False)
    return sum(row.at is not None for row in rows)


def _count_from_now(db: Connection, person: PersonRow, now: datetime) -> None:
    line = {"id": uuid4().hex, "organisation": person.organisation, "at": now, "by": "retention", "about": person.id}
    db.execute(insert(ROLE_LOG).values(**line, what="left"))
