"""What is due, and where to send it: shared by all that the clock does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from bot.cards import Card, spoken
from bot.services import groups, outbox
from bot.services.whereabouts import best_place
from bot.store.tables import Conversation, DialogRun, Fact, GroupRun, Occurrence, Person, Programme, Schedule

SENT_AS = {"prompt": "prompt", "touch": "prompt", "reminder": "prompt", "less": "prompt", "followup": "nudge", "draft": "nudge"}
"""By kind of occurrence, the kind of message: what delivery does when it cannot know whether it arrived."""

BEGUN_ON = "expired_on"
"""The fact that says which day (UTC) was last begun: what had been kept long enough was deleted then."""

conversation = Conversation.__table__
person = Person.__table__
run = DialogRun.__table__
group_run = GroupRun.__table__


@dataclass(frozen=True)
class Place:
    """Where to talk to somebody, and in which language."""

    conversation: str
    language: str


@dataclass(frozen=True)
class Done:
    """`found` rows were due; `cards` went in the outbox."""

    found: int = 0
    cards: int = 0


def put(db: Connection, row: Any, place: Place, card: Card, id: str, nth: int, kind: str, now: datetime) -> None:
    outbox.put(
        db,
        organisation=row.organisation,
        person=row.person,
        conversation=place.conversation,
        card=spoken(card, place.language),
        subject=card.subject,
        kind=SENT_AS[kind],
        key=f"{id}:{nth}",
        now=now,
    )


def places_of(db: Connection, people: Iterable[str]) -> dict[str, Place]:
    """Where to talk to each of these people unasked; by the same rule as `whereabouts.conversation_of`, for many at once."""
    c = conversation.c
    rows = db.execute(
        select(c.person, c.id, c.language, person.c.language.label("own"))
        .join(person, person.c.id == c.person)
        .where(c.person.in_(list(people)), c.organisation == person.c.organisation, c.reachable.is_(True))
        .order_by(*best_place(person.c.preferred_channel))
    )
    found: dict[str, Place] = {}
    for row in rows:
        found.setdefault(row.person, Place(row.id, row.own or row.language or "da"))
    return found


def due_wakes(db: Connection, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    """(run, moment) of the runs whose deadline has passed, earliest first."""
    waiting = and_(run.c.wake_at <= now, run.c.status == "open")
    rows = db.execute(select(run.c.id, run.c.wake_at).where(waiting).order_by(run.c.wake_at, run.c.id).limit(limit))
    found = [*((id, wake_at) for id, wake_at in rows), *groups.due_wakes(db, now, limit)]
    return sorted(found, key=lambda one: one[1])[:limit]


def look(db: Connection) -> tuple[datetime | None, str]:
    """When anything falls due next, passed or to come (None: nothing does), and the last day (UTC, "YYYY-MM-DD") that was begun,
    empty before the first. One statement, since most ticks ask nothing else."""
    *moments, last_day = db.execute(_LOOK).one()
    return min((moment for moment in moments if moment is not None), default=None), last_day or ""


def next_moment(db: Connection, after: datetime, person: str = "") -> datetime | None:
    """The earliest moment after `after` at which anything falls due (for one person, or for anybody); None: nothing will."""
    found = [outbox.next_try(db, after)] if not person else []
    for column, *only in MOMENTS:
        mine = [column.table.c.person == person] if person and "person" in column.table.c else []
        found.append(db.scalar(select(func.min(column)).where(column > after, *only, *mine)))
    return min((moment for moment in found if moment is not None), default=None)


MOMENTS: tuple[tuple[Any, ...], ...] = (
    (Schedule.__table__.c.next_run_at,),
    (Programme.__table__.c.next_run_at,),
    (Occurrence.__table__.c.due_at,),
    (run.c.wake_at, run.c.status == "open"),
    (group_run.c.wake_at, group_run.c.status == "open"),
    (group_run.c.silent_at, group_run.c.status == "open"),
)
"""The columns that say when something falls due, each with what else must be true."""
_LOOK = select(
    *(select(func.min(column)).where(*only).scalar_subquery() for column, *only in MOMENTS),
    select(Fact.__table__.c.value).where(Fact.__table__.c.name == BEGUN_ON).scalar_subquery(),
)
"""The least of each, not whether one has passed: PostgreSQL plans a statement it has seen often without its values, then takes a
third of all rows for due, and to meet one of so many it reads the table. For the least it goes by the index, whatever it believes."""
