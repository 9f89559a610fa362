"""Messages on their way: in order within a conversation, each marked before and after it is sent.

    queued ──claim──► sending ──► sent
      ▲                  │ ├────► gave_up
      │◄── try again ────┘ └────► ambiguous ──► (the platform is asked) ──► sent, queued or gave_up

`attempt` is a fence: a mark names the attempt it is about, and raises `Overtaken` when somebody else has taken over since,
or the person has been erased. `owner` says which replica took it, so that only what a dead one held is taken from it.
Taking is in `outgoing.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, bindparam, exists, func, insert, select, update

from bot.errors import PejlingError
from bot.services import jobs, replicas
from bot.services.person_row import PersonRow
from bot.store.secrets import sealed
from bot.store.tables import Conversation, OutboxItem

SETTLE = timedelta(seconds=90)
"""How long a platform may still take a message in after we have stopped waiting: longer than our own patience with it plus
its own. Measured: asking sooner doubled messages, settling first did not (shared notes on platforms: 60–120 s)."""

IN_FLIGHT = ("queued", "sending", "ambiguous")

BESIDE = ":beside"
"""How the subject ends of what is said beside a shared post."""

REASON_LENGTH = 200

outbox = OutboxItem.__table__
conversation = Conversation.__table__
PUT = insert(outbox)
_c = outbox.c
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
    db: Connection,
    *,
    organisation: str,
    conversation: str,
    card: dict[str, Any],
    subject: str,
    is_first: bool,
    now: datetime,
    person: str | None = None,
) -> None:
    """Put how something stands now: what is still waiting to say so says this instead, else it is put as an edit of what
    was said (`is_first`: as a message of its own). However often it changes, one is in hand and one waits. `person`: whose
    conversation it is; None for what is said in a place."""
    blob = sealed(db, card, person)
    if db.execute(_LATEST, {"place": conversation, "about": subject, "blob": blob}).rowcount:
        return
    kind = "reply" if is_first else "update"
    whose = {"organisation": organisation, "person": person, "conversation": conversation}
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
