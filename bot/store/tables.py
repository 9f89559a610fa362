"""The tables. Every row of a person, centre or group carries its organisation, and nothing is looked up without it.

Columns named `sealed` hold a person's words, encrypted (`bot/store/secrets.py`). No other column may hold any.
Moments are aware UTC; dates are local to the person.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    true,
    types,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = String(40)


class Utc(types.TypeDecorator[datetime]):
    """A moment, aware and in UTC on both databases (SQLite itself forgets the time zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[str]: JSON, list[float]: JSON, datetime: Utc()}


class Organisation(Base):
    """A municipality's department: a Slack workspace, a Teams tenant or this machine's own.

    `edition` names what its people are asked beyond what came with Pejling: another name after every change, never one that
    was used before. Empty: nothing was changed.
    """

    __tablename__ = "organisation"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    is_demo: Mapped[bool] = mapped_column(default=False)
    edition: Mapped[str] = mapped_column(Id, default="", server_default="")
    created_at: Mapped[datetime]


class Centre(Base):
    __tablename__ = "centre"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))


class Person(Base):
    """The human. `state`: new (has not read the notice), active, declined, left.

    `notice_version` is the notice that was read; `language` is empty until chosen or told by a channel.
    Nothing comes unasked before `day_from` or from `day_until` on (local "HH:MM"), on other days than `working_days` (digits,
    Monday 0), or as a prompt more than `most_per_week` times a week.
    `counted`: whether they are part of the numbers that coordinators get.
    """

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(5), default="")
    timezone: Mapped[str] = mapped_column(String(60), default="Europe/Copenhagen")
    level: Mapped[str] = mapped_column(String(10), default="")
    centre: Mapped[str | None] = mapped_column(Id, ForeignKey("centre.id"))
    leader: Mapped[str | None] = mapped_column(Id, ForeignKey("person.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="new")
    notice_version: Mapped[str] = mapped_column(String(20), default="")
    noticed_at: Mapped[datetime | None]
    welcomed_at: Mapped[datetime | None]
    paused_until: Mapped[date | None]
    preferred_channel: Mapped[str] = mapped_column(String(10), default="")
    told_about_chat: Mapped[bool] = mapped_column(default=False)
    day_from: Mapped[str] = mapped_column(String(5), default="07:00", server_default="07:00")
    day_until: Mapped[str] = mapped_column(String(5), default="17:00", server_default="17:00")
    working_days: Mapped[str] = mapped_column(String(7), default="01234", server_default="01234")
    most_per_week: Mapped[int] = mapped_column(Integer, default=2, server_default="2")
    counted: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
    __table_args__ = (Index("person_of_organisation", "organisation", "id"),)


class Absence(Base):
    """Leave, from `starts` to `ends` (the person's own dates, both included); it ends by itself."""

    __tablename__ = "absence"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"))
    starts: Mapped[date]
    ends: Mapped[date]
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("person", "starts", "ends"),)


class ClosedDay(Base):
    """Days on which a centre (None: the whole organisation) is closed, both included."""

    __tablename__ = "closed_day"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    centre: Mapped[str | None] = mapped_column(Id, ForeignKey("centre.id"))
    starts: Mapped[date]
    ends: Mapped[date]
    created_at: Mapped[datetime]


class Identity(Base):
    """A person's id on one channel."""

    __tablename__ = "identity"
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), primary_key=True)
    external: Mapped[str] = mapped_column(String(200), primary_key=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)


class Conversation(Base):
    """A place to talk with one person (`person`) or a group; `address` is the JSON needed to reach it. `timezone`: the one that was
    last said to be theirs there, empty where none was."""

    __tablename__ = "conversation"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    person: Mapped[str | None] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reachable: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(5), default="")
    timezone: Mapped[str] = mapped_column(String(60), default="", server_default="")
    last_heard_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("channel", "person"),)


class LeaderGroup(Base):
    __tablename__ = "leader_group"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    centre: Mapped[str | None] = mapped_column(Id, ForeignKey("centre.id"))
    name: Mapped[str] = mapped_column(String(200))


class LeaderGroupMember(Base):
    __tablename__ = "leader_group_member"
    leader_group: Mapped[str] = mapped_column(Id, ForeignKey("leader_group.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))


class Role(Base):
    """What a person may do beyond their own things: coordinator (of one centre, or of all), administrator."""

    __tablename__ = "role"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    centre: Mapped[str | None] = mapped_column(Id, ForeignKey("centre.id"))
    given_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("person", "role", "centre"),)


class RoleLog(Base):
    """Who was given or lost a role, and when. Outlives the person: `about` and `by` are ids, never names."""

    __tablename__ = "role_log"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(200))


class Refusal(Base):
    """Somebody who deleted everything and said no; only a keyed hash of their channel id is kept."""

    __tablename__ = "refusal"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime]


class Schedule(Base):
    """A rhythm. `rule` is `bot.recurrence.Rule` as JSON. `flow` empty: a rotation, least recently asked first.

    `unanswered` counts prompts in a row without an answer; `asked_less_at` is when the question "less often?" was asked;
    `resting` means that it stays quiet until the person comes back.
    """

    __tablename__ = "schedule"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    rule: Mapped[dict[str, Any]]
    timezone: Mapped[str] = mapped_column(String(60))
    flow: Mapped[str] = mapped_column(String(60), default="")
    next_run_at: Mapped[datetime | None] = mapped_column(Utc(), index=True)
    unanswered: Mapped[int] = mapped_column(Integer, default=0)
    asked_less_at: Mapped[datetime | None]
    resting: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Programme(Base):
    """What a coordinator has planned for others, of one centre (`centre`) or of all (None).

    `kind`: flow (one of `flows`, again and again), rotation (over `flows`; none: over those of `beacon`; neither: over all),
    reminder (a text), series (a flow with days of its own, counted from the rule's one date).
    `sealed`: {"title", "why", "text"} as the coordinator wrote them, owned by the programme's id.
    `audience`: {"everyone", "people", "levels", "centres", "groups", "except"}, see `bot.services.audiences`.
    `rule`: `bot.recurrence.Rule` as JSON, in each receiver's own time. `holidays`: move, early, drop. `catch_up`: hours within which what
    was missed is caught up. `state`: draft, active, paused, ended. `revision` grows with every change.

    For the clock: `next_run_at` is when somebody is due next; no round before `counts_from` counts (it was started, resumed or
    changed then); everything up to `ran_to` has been recorded; `reached` is the last
    person of the batch before, `gone` how many have been gone through since `next_run_at` passed. `reminded` is the round whose
    silent ones have been reminded.
    """

    __tablename__ = "programme"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    centre: Mapped[str | None] = mapped_column(Id, ForeignKey("centre.id"))
    kind: Mapped[str] = mapped_column(String(10))
    flows: Mapped[list[str]] = mapped_column(default=list)
    beacon: Mapped[str] = mapped_column(String(60), default="")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    audience: Mapped[dict[str, Any]]
    rule: Mapped[dict[str, Any]]
    holidays: Mapped[str] = mapped_column(String(5), default="move")
    catch_up: Mapped[int] = mapped_column(Integer, default=24)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    next_run_at: Mapped[datetime | None] = mapped_column(Utc(), index=True)
    counts_from: Mapped[datetime | None]
    ran_to: Mapped[datetime | None]
    reached: Mapped[str] = mapped_column(Id, default="")
    gone: Mapped[int] = mapped_column(Integer, default=0)
    reminded: Mapped[date | None]


class Occurrence(Base):
    """Something a person is asked at a moment; recorded once (`key`).

    `kind`: prompt (a rhythm or a programme), reminder (a programme's text), followup (F17 on an agreed action), touch (a later day
    of a series), less ("less often?"), draft (a page left half-way). `state`: planned, open (a card was sent), begun, done, dropped.
    `due_at`: when the next card about it goes out (a first card, "later", a repeat); None: nothing more goes out.
    `sent`: how many cards went out. `series` is the first run of a series, or the programme that is one.
    `round`: the local date of the programme's round it belongs to, wherever the card itself was moved; with `programme` and
    `person` it makes the key, so that nobody is asked twice in a round. `nudges`: how often a reminder was asked for.
    `delivered`: a message about it arrived; written when the message itself is deleted.
    """

    __tablename__ = "occurrence"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"))
    schedule: Mapped[str | None] = mapped_column(Id, ForeignKey("schedule.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    flow: Mapped[str] = mapped_column(String(60), default="")
    action: Mapped[str | None] = mapped_column(Id, ForeignKey("action.id", ondelete="CASCADE"), index=True)
    series: Mapped[str] = mapped_column(Id, default="")
    touch: Mapped[int | None]
    run: Mapped[str] = mapped_column(Id, default="")
    moment: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="planned")
    due_at: Mapped[datetime | None] = mapped_column(Utc(), index=True)
    sent: Mapped[int] = mapped_column(Integer, default=0)
    programme: Mapped[str | None] = mapped_column(Id, ForeignKey("programme.id", ondelete="SET NULL"))
    round: Mapped[date | None]
    nudges: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    delivered: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (
        Index("occurrence_of_person", "person", "state"),
        Index("occurrence_of_programme", "programme", "round"),
    )


class DialogRun(Base):
    """One dialog going on. `sealed` is its state: the page, the answers so far. `status`: open, finished, dropped.

    `edits` is the entry being edited, `action` the agreed action it is about, `touch` the day of a series.
    `page` (a page's name, never words) and `dialog` say where things stand without opening the state.
    """

    __tablename__ = "dialog_run"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"))
    dialog: Mapped[str] = mapped_column(String(60))
    release: Mapped[str] = mapped_column(String(20), default="")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    page: Mapped[str] = mapped_column(String(60), default="")
    status: Mapped[str] = mapped_column(String(10), default="open")
    occurrence: Mapped[str] = mapped_column(Id, default="")
    action: Mapped[str] = mapped_column(Id, default="")
    edits: Mapped[str] = mapped_column(Id, default="")
    series: Mapped[str] = mapped_column(Id, default="")
    touch: Mapped[int | None]
    wake_at: Mapped[datetime | None] = mapped_column(Utc(), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (Index("run_of_person", "person", "status"),)


class Entry(Base):
    """A logbook entry. `sealed`: [{"step", "kind", "question": {"da", "en"}, "answer", "shown": {"da", "en"}}, …], as worded then.

    `visibility`: private, my_leader, leader_group. `shared_to`: whom the yes named, the ids of a person or of groups.
    """

    __tablename__ = "entry"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"))
    run: Mapped[str] = mapped_column(Id, unique=True)
    flow: Mapped[str] = mapped_column(String(60))
    beacon: Mapped[str] = mapped_column(String(60), default="")
    release: Mapped[str] = mapped_column(String(20), default="")
    visibility: Mapped[str] = mapped_column(String(15), default="private")
    shared_to: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (Index("entry_of_person", "person", "created_at"),)


class Action(Base):
    """An agreed action. `sealed`: {"what": …}. `who` and `evaluator` are role ids (mig, kollega, team, trio, leder, ledergruppe).

    `state`: open, done, partly, passed_on, let_go. `ask_at`: when to ask what became of it. `shared_to`: as on `Entry`.
    """

    __tablename__ = "action"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"))
    run: Mapped[str] = mapped_column(Id, default="")
    entry: Mapped[str | None] = mapped_column(Id, ForeignKey("entry.id", ondelete="SET NULL"), index=True)
    flow: Mapped[str] = mapped_column(String(60), default="")
    beacon: Mapped[str] = mapped_column(String(60), default="")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    who: Mapped[str] = mapped_column(String(20), default="mig")
    by: Mapped[date | None]
    evaluator: Mapped[str] = mapped_column(String(20), default="mig")
    ask_at: Mapped[datetime | None]
    visibility: Mapped[str] = mapped_column(String(15), default="private")
    shared_to: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (Index("action_of_person", "person", "state"),)


class Access(Base):
    """Who opened what of whose, and when; the owner can read it."""

    __tablename__ = "access"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, index=True)
    owner: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    reader: Mapped[str] = mapped_column(Id)
    what: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime]


class Beacon(Base):
    """A beacon of an organisation's own, or what became there of one that came with Pejling (`sealed` is None).

    `beacon` is the id that entries and flows carry. `centre`: the only one it is for; None: common. `state`: proposed, active,
    extended, closed, withdrawn. `sealed`: `bot.dialogs.beacons.own.Own`, owned by the row's id. `revision` counts its changes,
    so that nobody writes over what another has written meanwhile.
    """

    __tablename__ = "beacon"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    beacon: Mapped[str] = mapped_column(String(60))
    centre: Mapped[str | None] = mapped_column(Id, ForeignKey("centre.id"))
    state: Mapped[str] = mapped_column(String(10))
    since: Mapped[date]
    until: Mapped[date | None]
    closed: Mapped[date | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    __table_args__ = (UniqueConstraint("organisation", "beacon"),)


class BeaconChange(Base):
    """One line of a beacon's history: what was done, when and by whom. `sealed`: {"why": …}, owned by the row's id.

    `what`: proposed, designated, extended, closed, withdrawn, written. Outlives the person: `by` is an id, never a name.
    """

    __tablename__ = "beacon_change"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    beacon: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(15))
    until: Mapped[date | None]
    revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (Index("change_of_beacon", "organisation", "beacon", "at"),)


class Release(Base):
    """A question about numbers that was answered, once. Only `bot/services/guard.py` reads and writes it.

    `subject`: "programme:<id>" …; `period`: a quarter, "2027-1". `sealed`: {"counted": {keyed hash of a person: [cell, reached]},
    "measures": {name: step}}, owned by the row's id: whom its numbers counted, so that later ones can be held against them.
    """

    __tablename__ = "release"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    subject: Mapped[str] = mapped_column(String(80))
    period: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("organisation", "subject", "period"),)


class ReleasedNumber(Base):
    """One number of an answer. `cell`: a centre's id, empty for everybody. `people` None: too few to be shown."""

    __tablename__ = "released_number"
    release: Mapped[str] = mapped_column(Id, ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    cell: Mapped[str] = mapped_column(Id, primary_key=True)
    measure: Mapped[str] = mapped_column(String(20), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    people: Mapped[int | None]


class Handover(Base):
    """A leader group's text, given to the department by one of them: just what was shown, as it stood then.

    `sealed`: {"title": {"da", "en"}, "group", "answers": [as on `Entry`]}, owned by the row's id; None once it was taken back. `digest`
    is a keyed hash of it. `by` is an id, never a name. `used_at`: when a document with it was first fetched.
    """

    __tablename__ = "handover"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    centre: Mapped[str] = mapped_column(Id, ForeignKey("centre.id"))
    leader_group: Mapped[str] = mapped_column(Id, ForeignKey("leader_group.id"))
    beacon: Mapped[str] = mapped_column(String(60))
    entry: Mapped[str] = mapped_column(Id)
    by: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    digest: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (Index("handover_of_entry", "organisation", "entry"),)


class InboxItem(Base):
    """Every event handled so far; the key is what makes a second delivery harmless."""

    __tablename__ = "inbox"
    event: Mapped[str] = mapped_column(String(200), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc(), index=True)


class OutboxItem(Base):
    """A message on its way. `sealed`: the card in the reader's language; blanked once it is delivered.

    `state`: queued, sending, ambiguous, sent, gave_up. `attempt` is a fence: every write names it and must hit one row.
    `owner`: the replica that took it last.
    `reference` is the platform's id of the message, for editing it. `kind`: reply, prompt, nudge, update.
    """

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    person: Mapped[str | None] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    conversation: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(100), default="")
    kind: Mapped[str] = mapped_column(String(10), default="reply")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str] = mapped_column(Id, default="", server_default="")
    first_try: Mapped[datetime | None]
    last_send: Mapped[datetime | None]
    next_try: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    reference: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    __table_args__ = (
        Index("outbox_waiting", "state", "conversation", "id"),
        Index("outbox_kind", "state", "kind", "id"),
        Index("outbox_subject", "conversation", "subject"),
        Index("outbox_next_try", "state", "next_try"),
    )


class Replica(Base):
    """A Pejling that runs on this database beside others; one that has not beaten for some seconds is dead, or frozen."""

    __tablename__ = "replica"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    beat_at: Mapped[datetime]


class Spacing(Base):
    """When messages to a place left last, or are about to leave, so that several replicas keep one pace.

    `place`: a conversation, or "channel:organisation". `moments`: seconds since 1970 by the database's clock, sorted.
    `held_until`: nothing leaves before that, because the platform said so.
    """

    __tablename__ = "spacing"
    place: Mapped[str] = mapped_column(String(60), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    moments: Mapped[list[float]] = mapped_column(default=list)
    held_until: Mapped[float] = mapped_column(Double(), default=0.0)
    touched: Mapped[float] = mapped_column(Double(), default=0.0, index=True)


class GroupRun(Base):
    """One dialog with a group going on in a place. `sealed`: its state, who takes part and who facilitates, padded to an even
    length and without a time of its own (`bot/services/groups.py`). `status`: open, finished, dropped.

    Nothing here changes when somebody chooses in secret but `sealed`: no moment of the last change, no count, no row for each.
    `posted`: a keyed digest of the shared post as it was last put in the outbox. `silent_at`: the post could not be delivered,
    and whoever facilitates is to be told.
    """

    __tablename__ = "group_run"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    place: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id", ondelete="CASCADE"))
    dialog: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), default="open")
    posted: Mapped[str] = mapped_column(String(64), default="")
    wake_at: Mapped[datetime | None] = mapped_column(Utc(), index=True)
    silent_at: Mapped[datetime | None] = mapped_column(Utc(), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (Index("group_run_of_place", "place", "status"),)


class GroupNote(Base):
    """What a group keeps between its dialogs: agreements, what was played. `sealed` is the place's own; never who said what.

    `kind` is the dialog's own word; "agreement" is the house's: an agreed action with one name.
    """

    __tablename__ = "group_note"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    place: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id", ondelete="CASCADE"))
    run: Mapped[str] = mapped_column(Id, default="")
    dialog: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(30))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    __table_args__ = (Index("group_note_of_place", "place", "at"),)


class Room(Base):
    """A place on the web, entered by a link. `digest` is a hash of the link's token; `sealed`: the token (so that it can be shown
    again), who made the room, and who has come in with a profile. A guest is no row."""

    __tablename__ = "room"
    id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class LoginLink(Base):
    """A one-time link to the web pages; only a hash of it is kept. `goes_to` is one of our own paths."""

    __tablename__ = "login_link"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    goes_to: Mapped[str] = mapped_column(String(200), default="/")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WebSession(Base):
    """Somebody signed in on the web pages; only a hash of the cookie is kept."""

    __tablename__ = "web_session"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, index=True)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class JoinCode(Base):
    """A one-time code by which a second identity is joined to a person; only a keyed hash is kept."""

    __tablename__ = "join_code"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    organisation: Mapped[str] = mapped_column(Id)
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Email(Base):
    """An address by which somebody is recognised on a channel that has verified it. `digest`: its keyed hash.

    `sealed`: the address itself, where it came from a list; None where a channel named it: to recognise it the hash is enough.
    """

    __tablename__ = "email"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"))
    person: Mapped[str] = mapped_column(Id, ForeignKey("person.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("organisation", "digest"),)


class Upload(Base):
    """A list of people that was sent in and waits for a yes, for a day at most. `id` is known only to the page that asks."""

    __tablename__ = "upload"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class Installation(Base):
    """A workspace or tenant on a channel, and the organisation it is here. `external` is its id there.

    `sealed`: what lets us talk there (tokens), owned by the row's id; None once it was taken back.
    """

    __tablename__ = "installation"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    external: Mapped[str] = mapped_column(String(100))
    organisation: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("channel", "external"),)


class Fact(Base):
    """A few facts about this installation: the demo's clock, the salt of keyed hashes."""

    __tablename__ = "fact"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(500))
