"""What is due: units of work that find it, put its cards in the outbox, and say when it is due again."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, bindparam, func, select

from bot.cards import Card, spoken
from bot.clock import local
from bot.dialogs.flow import Flow
from bot.editions import Editions
from bot.library import Library
from bot.open_cards import card_about, why_rhythm
from bot.prompts import less_card, prompt_card
from bot.recurrence import Rule, RuleError, instant, next_after
from bot.services import groups, occurrences, outbox, schedules
from bot.services.occurrences import DueOccurrence, morning_of
from bot.services.people import best_place
from bot.store.tables import Conversation, DialogRun, GroupRun, Occurrence, Person, Schedule
from scheduler.rotation import choose

ASK_LESS_AFTER = 3
"""Prompts in a row without an answer before the bot asks once whether to come less often (issue 2, point 7)."""
ONCE_MORE_AFTER = timedelta(days=3)
"""When a followup that is not answered comes once more; after that it is never sent again."""
SENT_AS = {"prompt": "prompt", "touch": "prompt", "less": "prompt", "followup": "nudge", "draft": "nudge"}
"""By kind of occurrence, the kind of message: what delivery does when it cannot know whether it arrived."""

OUR_ZONE = "Europe/Copenhagen"

conversation = Conversation.__table__
person = Person.__table__
run = DialogRun.__table__
group_run = GroupRun.__table__

log = logging.getLogger(__name__)


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


# ---- rhythms ---------------------------------------------------------------------------------------------


def prompt_due(db: Connection, editions: Editions, now: datetime, limit: int) -> Done:
    """Prompt everybody whose rhythm says so, at most `limit` of them. What was missed while down is caught up once."""
    rows = schedules.due_schedules(db, now, limit)
    if not rows:
        return Done()
    batch = _Batch.read(db, rows)
    here = editions.here(db)
    outcomes = [_outcome(db, here.library(row.organisation, row.centre), row, batch, now) for row in rows]
    schedules.advance(db, [changes for changes, _ in outcomes])
    return Done(len(rows), sum(cards for _, cards in outcomes))


@dataclass(frozen=True)
class _Batch:
    """What is known of everybody in a batch, read in a few statements."""

    places: dict[str, Place]
    waiting: dict[str, list[Row[Any]]]
    asked: dict[str, dict[str, datetime]]
    recorded: set[str]

    @classmethod
    def read(cls, db: Connection, rows: list[Row[Any]]) -> _Batch:
        people = {row.person for row in rows}
        waiting: dict[str, list[Row[Any]]] = {}
        for prompt in occurrences.unsettled_prompts(db, people):
            waiting.setdefault(prompt.person, []).append(prompt)
        recorded = occurrences.recorded(db, [_key(row) for row in rows])
        return cls(places_of(db, people), waiting, occurrences.last_asked(db, people), recorded)


def _key(row: Row[Any]) -> str:
    return f"prompt:{row.id}:{row.next_run_at.isoformat()}"


def _outcome(db: Connection, library: Library, row: Row[Any], batch: _Batch, now: datetime) -> tuple[dict[str, Any], int]:
    """What becomes of one due schedule, and how many cards went out."""
    kept = {"id": row.id, "unanswered": row.unanswered, "asked_less_at": row.asked_less_at, "resting": row.resting}
    try:
        rule = Rule.from_json(row.rule)
        after = next_after(rule, now, row.timezone)
    except RuleError as error:
        log.error("schedule %s cannot be followed and rests: %s", row.id, error.reason)
        return kept | {"next_run_at": None}, 0
    place = batch.places.get(row.person)
    put_off = _put_off(row, rule, batch, now)
    if put_off or row.state != "active" or place is None or _key(row) in batch.recorded:
        return kept | {"next_run_at": put_off or after}, 0
    ignored = [prompt.id for prompt in batch.waiting.get(row.person, ()) if prompt.due_at is None or prompt.due_at <= now]
    occurrences.drop(db, ignored)
    kept["unanswered"] += 1 if ignored else 0
    if kept["unanswered"] >= ASK_LESS_AFTER:
        _ask_less(db, library, row, rule, place, now)
        return kept | {"next_run_at": None, "asked_less_at": now, "resting": True}, 1
    return kept | {"next_run_at": after}, _prompt(db, library, row, rule, place, batch, now)


def _put_off(row: Row[Any], rule: Rule, batch: _Batch, now: datetime) -> datetime | None:
    """When to look again instead of asking now: after a pause, or tomorrow where the person has today's prompt already."""
    today = local(now, row.timezone).date()
    if row.paused_until is not None and row.paused_until > today:
        return schedules.after_pause(rule, row.paused_until, row.timezone, now)
    asked = [*batch.asked.get(row.person, {}).values()]
    chosen = [prompt.due_at for prompt in batch.waiting.get(row.person, ()) if prompt.due_at is not None]
    if today in {local(moment, row.timezone).date() for moment in (*asked, *chosen)}:
        return instant(today + timedelta(days=1), rule.at, row.timezone)
    return None


def _prompt(
    db: Connection, library: Library, row: Row[Any], rule: Rule, place: Place, batch: _Batch, now: datetime
) -> int:
    flow = library.flows.get(row.flow) if row.flow else _in_turn(library, row, batch, now)
    if flow is None:
        log.warning("schedule %s has no flow that fits", row.id)
        return 0
    new = {"schedule": row.id, "flow": flow.id, "state": "open", "sent": 1}
    id = _record(db, row, _key(row), "prompt", now, **new)
    if id is not None:
        _put(db, row, place, prompt_card(library, flow, id, why_rhythm(library, rule)), id, 1, "prompt", now)
    return 1 if id is not None else 0


def _in_turn(library: Library, row: Row[Any], batch: _Batch, now: datetime) -> Flow | None:
    return choose(library, row.level, batch.asked.get(row.person, {}), now, row.created_at)


def _ask_less(db: Connection, library: Library, row: Row[Any], rule: Rule, place: Place, now: datetime) -> None:
    key = f"less:{row.id}:{row.next_run_at.isoformat()}"
    id = _record(db, row, key, "less", now, schedule=row.id, state="open", sent=1)
    if id is not None:
        _put(db, row, place, less_card(library, id, rule.every), id, 1, "less", now)


def _record(db: Connection, row: Row[Any], key: str, kind: str, now: datetime, **values: Any) -> str | None:
    ids = {"organisation": row.organisation, "person": row.person}
    return occurrences.record(db, key=key, kind=kind, moment=now, **ids, **values)


# ---- what was agreed to be asked -------------------------------------------------------------------------


def send_due(db: Connection, editions: Editions, now: datetime, limit: int) -> Done:
    """Send the cards that are due about occurrences: put off, followups, later days of a series, pages left half-way."""
    found = [_in_a_known_zone(one) for one in occurrences.due(db, now, limit)]
    places = places_of(db, {one.occurrence.person for one in found}) if found else {}
    here = editions.here(db)
    cards = [
        _send(db, here.library(one.occurrence.organisation, one.centre), one, places.get(one.occurrence.person), now)
        for one in found
    ]
    return Done(len(found), sum(cards))


def _send(db: Connection, library: Library, due: DueOccurrence, place: Place | None, now: datetime) -> int:
    one = due.occurrence
    card = card_about(db, library, one, due.timezone, nth=one.sent + 1)
    if card is None or one.state == "begun" or one.is_over or due.person_state in ("left", "declined"):
        occurrences.drop(db, [one.id])
        return 0
    wait = _wait_until(due, local(now, due.timezone).date()) or _touched_since(db, due, now)
    if wait is not None:
        occurrences.postpone(db, one.id, wait)
        return 0
    occurrences.sent(db, one.id, _once_more(due, now), now)
    if place is None:  # nowhere to send it; it stands open for when the person comes by
        return 0
    _put(db, one, place, card, one.id, one.sent + 1, one.kind, now)
    return 1


def _in_a_known_zone(due: DueOccurrence) -> DueOccurrence:
    """A platform may name a time zone that this machine does not know; then our own will do."""
    try:
        ZoneInfo(due.timezone)
    except (KeyError, ValueError, OSError):
        return replace(due, timezone=OUR_ZONE)
    return due


def _wait_until(due: DueOccurrence, today: date) -> datetime | None:
    if due.paused_until is not None and due.paused_until > today:
        return morning_of(due.paused_until, due.timezone)
    if due.person_state != "active":  # has a notice to read first
        return morning_of(today + timedelta(days=1), due.timezone)
    return None


def _touched_since(db: Connection, due: DueOccurrence, now: datetime) -> datetime | None:
    """A page left half-way is mentioned a week after it was last touched, not after it was begun."""
    if due.occurrence.kind != "draft":
        return None
    touched = db.scalar(select(run.c.updated_at).where(run.c.id == due.occurrence.run))
    rests = local(touched, due.timezone).date() + timedelta(days=occurrences.DRAFT_RESTS) if touched else None
    return morning_of(rests, due.timezone) if rests and rests > local(now, due.timezone).date() else None


def _once_more(due: DueOccurrence, now: datetime) -> datetime | None:
    if due.occurrence.kind != "followup" or due.occurrence.sent > 0:
        return None
    return morning_of(local(now, due.timezone).date() + ONCE_MORE_AFTER, due.timezone)


# ---- shared ----------------------------------------------------------------------------------------------


def _put(db: Connection, row: Any, place: Place, card: Card, id: str, nth: int, kind: str, now: datetime) -> None:
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
    """Where to talk to each of these people unasked; by the same rule as `people.conversation_of`, for many at once."""
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


def is_anything_due(db: Connection, now: datetime) -> bool:
    """Whether a tick has anything to do."""
    return any(db.scalar(statement, {"now": now}) is not None for statement in _IS_DUE)


def next_moment(db: Connection, after: datetime, person: str = "") -> datetime | None:
    """The earliest moment after `after` at which anything falls due (for one person, or for anybody); None: nothing will."""
    found = [outbox.next_try(db, after)] if not person else []
    for column, *only in MOMENTS:
        mine = [column.table.c.person == person] if person and "person" in column.table.c else []
        found.append(db.scalar(select(func.min(column)).where(column > after, *only, *mine)))
    return min((moment for moment in found if moment is not None), default=None)


MOMENTS: tuple[tuple[Any, ...], ...] = (
    (Schedule.__table__.c.next_run_at,),
    (Occurrence.__table__.c.due_at,),
    (run.c.wake_at, run.c.status == "open"),
    (group_run.c.wake_at, group_run.c.status == "open"),
    (group_run.c.silent_at, group_run.c.status == "open"),
)
"""The columns that say when something falls due, each with what else must be true."""
_IS_DUE = [select(column).where(column <= bindparam("now"), *only).limit(1) for column, *only in MOMENTS]
