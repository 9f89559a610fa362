"""Messages taken in hand: which may go now, each with all that it takes to send it.

Only the head of each conversation goes: while it waits, is being sent or is ambiguous, everything after it waits. What becomes of
a message that was taken is marked in the outbox (`outbox.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, or_, select, update

from bot.services.outbox import BESIDE, IN_FLIGHT, SETTLE, mark_gave_up, reference_of
from bot.store.secrets import Unreadable, unsealed
from bot.store.tables import Conversation, OutboxItem

UNSEEN, TOO_OLD = timedelta(seconds=3), timedelta(hours=1)
"""How long a card on the web is left to the replica where its reader looks, when it is drawn from rows anyway; and any other."""

URGENT = ("reply", "update")
"""Somebody is waiting for these, so they and what lies before them in the same conversation go first."""
NEW_MESSAGE = ("prompt", "nudge", "reply")
"""These are meant to be noticed, so they never replace an earlier card with the same subject."""

outbox = OutboxItem.__table__
conversation = Conversation.__table__


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


# ---- taking ----------------------------------------------------------------------------------------------


def claim_heads(
    db: Connection, channel: str, now: datetime, limit: int, owner: str = "", present: Collection[str] | None = None
) -> list[Outgoing]:
    """Take up to `limit` messages for `channel` that may go now, and mark them sending.

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
