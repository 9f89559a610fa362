"""Messages on their way: in order within a conversation, each marked before and after it is sent.

    queued ──claim──► sending ──► sent
      ▲                  │ ├────► gave_up
      │◄── try again ────┘ └────► ambiguous ──► (the platform is asked) ──► sent, queued or gave_up

`attempt` is a fence: a mark names the attempt it is about, and raises `Overtaken` when somebody else has taken over since,
or the person has been erased. `owner` says which replica took it, so that only what a dead one held is taken from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Update, and_, bindparam, exists, func, insert, or_, select, update

from bot.errors import PejlingError
from bot.services import jobs, replicas
from bot.services.people import PersonRow
from bot.store.secrets import Unreadable, sealed, unsealed
from bot.store.tables import Conversation, OutboxItem

SETTLE = timedelta(seconds=90)
"""How long a platform may still take a message in after we have stopped waiting: longer than our own patience with it plus
its own. Measured: asking sooner doubled messages, settling first did not (shared notes on platforms: 60–120 s)."""

UNSEEN, TOO_OLD = timedelta(seconds=3), timedelta(hours=1)
"""How long a card on the web is left to the replica where its reader looks, when it is drawn from rows anyway; and any other."""

IN_FLIGHT = ("queued", "sending", "ambiguous")
URGENT = ("reply", "update")
"""Somebody is waiting for these, so they and what lies before them in the same conversation go first."""
NEW_MESSAGE = ("prompt", "nudge", "reply")
"""These are meant to be noticed, so they never replace an earlier card with the same subject."""

BESIDE = ":beside"
"""How the subject ends of what is said beside a shared post."""

REASON_LENGTH = 200

outbox = OutboxItem.__table__
conversation = Conversation.__table__
PUT = insert(outbox)


def _heads() -> Select[Any]:
    """The first message in flight of each conversation on `channel`, `most` at the most; ours until the commit."""
    c, earlier = outbox.c, outbox.alias()
    blocked = select(earlier.c.id).where(
        earlier.c.state.in_(IN_FLIGHT), earlier.c.conversation == c.conversation, earlier.c.id < c.id
    )
    place = (conversation.c.channel, conversation.c.address, conversation.c.reachable)
    heads = select(outbox, *place).join(conversation, conversation.c.id == c.conversation)
    heads = heads.where(conversation.c.channel == bindparam("channel"), ~blocked.exists())
    return heads.limit(bindparam("most")).with_for_update(of=outbox, skip_locked=True)


_c = outbox.c
_MAY_GO = _heads().where(_c.state == "queued", or_(_c.next_try.is_(None), _c.next_try <= bindparam("now")))
_WAITED_FOR = select(_c.conversation).where(_c.state == "queued", _c.kind.in_(URGENT))
_URGENT_HEADS = _MAY_GO.where(_c.conversation.in_(_WAITED_FOR)).order_by(_c.id)
_OTHER_HEADS = _MAY_GO.where(_c.id.not_in(bindparam("taken", expanding=True))).order_by(_c.kind, _c.id)
_SEEN_HERE = or_(
    conversation.c.person.in_(bindparam("here", expanding=True)),
    and_(_c.subject != "", _c.created_at <= bindparam("unseen")),
    _c.created_at <= bindparam("too_old"),
)
_URGENT_SEEN, _OTHERS_SEEN = _URGENT_HEADS.where(_SEEN_HERE), _OTHER_HEADS.where(_SEEN_HERE)
_SETTLED_HEADS = _heads().where(_c.state == "ambiguous", _c.next_try <= bindparam("now")).order_by(_c.id)
_HEAD_HERE = _MAY_GO.where(_c.conversation == bindparam("place"))
_SETTLED_HERE = _SETTLED_HEADS.where(_c.conversation == bindparam("place"))
_CLAIM = (
    update(outbox)
    .where(_c.id == bindparam("row"))
    .values(state="sending", attempt=_c.attempt + 1, owner=bindparam("by"), first_try=bindparam("first"), last_send=None)
)
_CLAIM_AMBIGUOUS = (
    update(outbox)
    .where(_c.id == bindparam("row"))
    .values(attempt=_c.attempt + 1, owner=bindparam("by"), next_try=bindparam("until"))
)
_REFERENCE = (
    select(_c.reference)
    .where(
        _c.conversation == bindparam("place"),
        _c.subject == bindparam("about"),
        _c.state == "sent",
        _c.reference != "",
    )
    .order_by(_c.id.desc())
    .limit(1)
)
_OTHER_PLACES = select(conversation.c.id).where(
    conversation.c.person == bindparam("who"),
    conversation.c.organisation == bindparam("organisation"),
    conversation.c.id != bindparam("place"),
    conversation.c.reachable.is_(True),
    exists().where(_c.conversation == conversation.c.id, _c.subject == bindparam("about"), _c.state == "sent", _c.reference != ""),
)
_LATEST = (
    update(outbox)
    .where(_c.conversation == bindparam("place"), _c.subject == bindparam("about"), _c.state == "queued")
    .values(sealed=bindparam("blob"))
)
_MINE = update(outbox).where(
    _c.id == bindparam("row"), _c.attempt == bindparam("by"), _c.state.in_(("sending", "ambiguous"))
)
_GONE = (
    update(outbox)
    .where(_c.id == bindparam("row"))
    .values(state="ambiguous", attempt=_c.attempt + 1, next_try=bindparam("ask"))
)
_LEAVING = _MINE.values(last_send=bindparam("at"))
_SENT = _MINE.values(state="sent", reference=bindparam("called"), sealed=None, next_try=None)


class Overtaken(PejlingError):
    """The message is no longer ours to mark."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One message in hand. `card` is spoken already; `replaces` the platform's id of the message it edits, or empty.

    In the address of what is said beside a shared post, "under" is the platform's id of that post.
    """

    id: int
    attempt: int
    key: str
    kind: str
    organisation: str
    conversation: str
    channel: str
    address: dict[str, Any]
    reachable: bool
    first_try: datetime
    last_send: datetime | None
    expires_at: datetime | None
    replaces: str = ""
    subject: str = ""
    card: dict[str, Any] = field(default_factory=dict, repr=False)  # never in a log


def put(
    db: Connection,
    *,
    organisation: str,
    person: str | None,
    conversation: str,
    card: dict[str, Any],
    subject: str,
    kind: str,
    now: datetime,
    key: str | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Put a card, spoken in the reader's language (`cards.spoken`), in the outbox; returns its id.

    `kind`: reply, update, prompt, nudge. `key` names the message to the platform; given by those who must be sure that it is
    put once (IntegrityError the second time). `person` is None for what is said in a place. After `expires_at` it is not sent any more.
    """
    row = {
        "key": key or token_hex(16),
        "organisation": organisation,
        "person": person,
        "conversation": conversation,
        "subject": subject,
        "kind": kind,
        "sealed": sealed(db, card, person),
        "state": "queued",
        "attempt": 0,
        "reference": "",
        "reason": "",
        "expires_at": expires_at,
        "created_at": now,
    }
    id = db.execute(PUT, row).inserted_primary_key[0]
    jobs.enqueue(db, [id])
    return id


def put_latest(
    db: Connection, *, organisation: str, conversation: str, card: dict[str, Any], subject: str, is_first: bool, now: datetime
) -> None:
    """Put how something shared stands now: what is still waiting to say so says this instead, else it is put as an edit of what
    was said (`is_first`: as a message of its own). However often it changes, one is in hand and one waits."""
    blob = sealed(db, card, None)
    if db.execute(_LATEST, {"place": conversation, "about": subject, "blob": blob}).rowcount:
        return
    kind = "reply" if is_first else "update"
    whose = {"organisation": organisation, "person": None, "conversation": conversation}
    put(db, **whose, card=card, subject=subject, kind=kind, now=now)


def reference_of(db: Connection, conversation: str, subject: str) -> str:
    """The platform's id of the last message about `subject` in this conversation, for editing it; empty: there is none."""
    if not subject:
        return ""
    return db.scalar(_REFERENCE, {"place": conversation, "about": subject}) or ""


def other_places(db: Connection, person: PersonRow, conversation: str, subject: str) -> list[str]:
    """The person's other conversations, reachable ones, in which a card about `subject` stands."""
    about = {"who": person.id, "organisation": person.organisation, "place": conversation, "about": subject}
    return list(db.scalars(_OTHER_PLACES, about))


# ---- taking ----------------------------------------------------------------------------------------------


def claim_heads(
    db: Connection, channel: str, now: datetime, limit: int, owner: str = "", present: Collection[str] | None = None
) -> list[Outgoing]:
    """Take up to `limit` messages for `channel` that may go now, and mark them sending.

    Only the head of each conversation goes: while it waits, is being sent or is ambiguous, everything after it waits.
    `present`: the people whose pages are open in this replica. Others' cards are left to the replica where they look; only a card
    that nobody took for a moment, and that is drawn again from rows anyway, or one that nobody looked at for an hour, is taken.
    """
    here: dict[str, Any] = {"channel": channel, "now": now}
    urgent, others = _URGENT_HEADS, _OTHER_HEADS
    if present is not None:
        urgent, others = _URGENT_SEEN, _OTHERS_SEEN
        here |= {"here": list(present), "unseen": now - UNSEEN, "too_old": now - TOO_OLD}
    rows = list(db.execute(urgent, here | {"most": limit}).all())
    if len(rows) < limit:
        taken = {"taken": [row.id for row in rows], "most": limit - len(rows)}
        rows += db.execute(others, here | taken).all()
    return _claimed(db, rows, now, owner)


def claim_ambiguous(
    db: Connection, channel: str, now: datetime, limit: int, owner: str = "", settle: timedelta = SETTLE
) -> list[Outgoing]:
    """Take up to `limit` ambiguous messages whose platform can be asked by now; nobody else asks for `settle` after that."""
    rows = db.execute(_SETTLED_HEADS, {"channel": channel, "now": now, "most": limit}).all()
    return _claimed_to_ask(db, rows, now, owner, settle)


def claim_in(
    db: Connection, channel: str, place: str, now: datetime, owner: str, settle: timedelta = SETTLE
) -> tuple[list[Outgoing], list[Outgoing]]:
    """Take the head of one conversation where it may go now: (to send, to ask about); one of the two is empty, or both."""
    here = {"channel": channel, "now": now, "place": place, "most": 1}
    to_send = _claimed(db, db.execute(_HEAD_HERE, here).all(), now, owner)
    if to_send:
        return to_send, []
    return [], _claimed_to_ask(db, db.execute(_SETTLED_HERE, here).all(), now, owner, settle)


def _claimed(db: Connection, rows: Sequence[Row[Any]], now: datetime, owner: str) -> list[Outgoing]:
    if rows:
        db.execute(_CLAIM, [{"row": row.id, "by": owner, "first": row.first_try or now} for row in rows])
    return _readable(db, rows, now)


def _claimed_to_ask(
    db: Connection, rows: Sequence[Row[Any]], now: datetime, owner: str, settle: timedelta
) -> list[Outgoing]:
    if rows:
        db.execute(_CLAIM_AMBIGUOUS, [{"row": row.id, "by": owner, "until": now + settle} for row in rows])
    return _readable(db, rows, now)


def _readable(db: Connection, rows: Iterable[Row[Any]], now: datetime) -> list[Outgoing]:
    """The messages taken. One that no key opens is given up by itself, so that it does not stand in the way of the others."""
    found = []
    for row in rows:
        try:
            found.append(_outgoing(db, row, now))
        except Unreadable:
            mark_gave_up(db, row.id, row.attempt + 1, "unreadable")
    return found


def _outgoing(db: Connection, row: Row[Any], now: datetime) -> Outgoing:
    return Outgoing(
        id=row.id,
        attempt=row.attempt + 1,
        key=row.key,
        kind=row.kind,
        organisation=row.organisation,
        conversation=row.conversation,
        channel=row.channel,
        address=row.address | _under(db, row),
        reachable=row.reachable,
        first_try=row.first_try or now,
        last_send=row.last_send,
        expires_at=row.expires_at,
        replaces="" if row.kind in NEW_MESSAGE else reference_of(db, row.conversation, row.subject),
        subject=row.subject,
        card=unsealed(db, row.sealed, row.person),
    )


def _under(db: Connection, row: Row[Any]) -> dict[str, str]:
    if not row.subject.endswith(BESIDE):
        return {}
    post = reference_of(db, row.conversation, row.subject.removesuffix(BESIDE))
    return {"under": post} if post else {}


# ---- marking ---------------------------------------------------------------------------------------------


def mark_leaving(db: Connection, id: int, attempt: int, now: datetime) -> None:
    """The first byte is about to go: from here on a crash leaves it unknown whether the message arrived."""
    _mark(db, _LEAVING, id, attempt, at=now)


def mark_sent(db: Connection, id: int, attempt: int, reference: str) -> None:
    """It arrived, and the platform calls it `reference`. Its text is blanked."""
    _mark(db, _SENT, id, attempt, called=reference)


def mark_retry(db: Connection, id: int, attempt: int, next_try: datetime, reason: str) -> None:
    """It did not arrive, and is sent again from `next_try` on."""
    values = {"state": "queued", "next_try": next_try, "last_send": None, "reason": reason[:REASON_LENGTH]}
    _mark(db, _MINE.values(**values), id, attempt)


def mark_ambiguous(db: Connection, id: int, attempt: int, ask_at: datetime, reason: str) -> None:
    """It may have arrived; the platform is asked from `ask_at` on."""
    values = {"state": "ambiguous", "next_try": ask_at, "reason": reason[:REASON_LENGTH]}
    _mark(db, _MINE.values(**values), id, attempt)


def mark_gave_up(db: Connection, id: int, attempt: int, reason: str) -> None:
    """It is not sent, now or later. Its text is blanked."""
    values = {"state": "gave_up", "sealed": None, "next_try": None, "reason": reason[:REASON_LENGTH]}
    _mark(db, _MINE.values(**values), id, attempt)


def stuck(db: Connection, only: Collection[int] | None = None, settle: timedelta = SETTLE) -> int:
    """Give back what was left in `sending` (`only` these, or all); returns how many.

    Where nothing had left the house it is simply queued again; else it is ambiguous until it has settled. The fence moves,
    so whoever had it can no longer mark it.
    """
    return _given_back(db, [] if only is None else [outbox.c.id.in_(only)], settle)


def take_over(db: Connection, owner: str, dead_after: timedelta | None, settle: timedelta = SETTLE) -> int:
    """Give back what is held by replicas that are dead, or frozen for longer than `dead_after`; returns how many.

    `dead_after` None: there is only one process, so everybody but `owner` is dead (SQLite).
    """
    others = [outbox.c.owner != owner]
    return _given_back(db, others if dead_after is None else [*others, ~replicas.lives(outbox.c.owner, dead_after)], settle)


def _given_back(db: Connection, which: Sequence[ColumnElement[bool]], settle: timedelta) -> int:
    c = outbox.c
    left = select(c.id, c.last_send).where(c.state == "sending", *which)
    rows = db.execute(left.order_by(c.id).with_for_update(skip_locked=True)).all()
    waiting = [row.id for row in rows if row.last_send is None]
    if waiting:
        db.execute(update(outbox).where(c.id.in_(waiting)).values(state="queued", attempt=c.attempt + 1))
        jobs.enqueue(db, waiting)
    gone = [{"row": row.id, "ask": row.last_send + settle} for row in rows if row.last_send is not None]
    if gone:
        db.execute(_GONE, gone)
    return len(rows)


def next_try(db: Connection, after: datetime) -> datetime | None:
    """The first moment after `after` when a waiting message may go, or its platform be asked."""
    c = outbox.c
    return db.scalar(select(func.min(c.next_try)).where(c.state.in_(("queued", "ambiguous")), c.next_try > after))


def _mark(db: Connection, how: Update, id: int, attempt: int, **values: Any) -> None:
    if db.execute(how, {"row": id, "by": attempt, **values}).rowcount != 1:
        raise Overtaken(f"outbox row {id}: attempt {attempt} was overtaken")
