"""Prompts on the rhythms people have chosen."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.clock import local
from bot.dialogs.flow import Flow
from bot.editions import Editions
from bot.library import Library
from bot.open_cards import why_rhythm
from bot.prompts import less_card, prompt_card
from bot.recurrence import Rule, RuleError, next_after
from bot.services import occurrences, schedules
from scheduler.due import Done, Place, places_of, put
from scheduler.reach import Reach
from scheduler.rotation import choose
from scheduler.silence import ASK_LESS_AFTER

EVE = timedelta(hours=36)
"""A rhythm that would come so close to its next turn waits for that."""

log = logging.getLogger(__name__)


def prompt_due(db: Connection, editions: Editions, now: datetime, limit: int) -> Done:
    """Prompt everybody whose rhythm says so, at most `limit` of them. What was missed while down is caught up once."""
    rows = schedules.due_schedules(db, now, limit)
    if not rows:
        return Done()
    batch = _Batch.read(db, rows, now)
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
    questioned: set[str]
    reach: Reach

    @classmethod
    def read(cls, db: Connection, rows: list[Row[Any]], now: datetime) -> _Batch:
        people = {row.person for row in rows}
        waiting: dict[str, list[Row[Any]]] = {}
        for prompt in occurrences.unsettled_prompts(db, people):
            waiting.setdefault(prompt.person, []).append(prompt)
        recorded = occurrences.recorded(db, [_key(row) for row in rows])
        asked = occurrences.last_asked(db, people)
        return cls(places_of(db, people), waiting, asked, recorded, occurrences.questioned(db, people), Reach.read(db, people, now))


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
    if row.person in batch.questioned:  # they have been asked about what others planned, and not answered
        return kept | {"next_run_at": None, "resting": True}, 0
    place = batch.places.get(row.person)
    put_off = _put_off(row, rule, batch, now, after)
    if put_off or row.state != "active" or place is None or _key(row) in batch.recorded:
        return kept | {"next_run_at": put_off or after}, 0
    waiting = [prompt for prompt in batch.waiting.get(row.person, ()) if prompt.due_at is None or prompt.due_at <= now]
    occurrences.drop(db, [prompt.id for prompt in waiting])
    kept["unanswered"] += 1 if any(prompt.schedule == row.id for prompt in waiting) else 0
    if kept["unanswered"] >= ASK_LESS_AFTER:
        _ask_less(db, library, row, rule, place, now)
        return kept | {"next_run_at": None, "asked_less_at": now, "resting": True}, 1
    return kept | {"next_run_at": after}, _prompt(db, library, row, rule, place, batch, now)


def _put_off(row: Row[Any], rule: Rule, batch: _Batch, now: datetime, after: datetime | None) -> datetime | None:
    """When to look again instead of asking now: after a pause, or at the next good moment; never later than its next turn."""
    if row.paused_until is not None and row.paused_until > local(now, row.timezone).date():
        return schedules.after_pause(rule, row.paused_until, row.timezone, now)
    wait = batch.reach.wait_to_prompt(row.person, now, rule.at, _taken(row, batch, now))
    return after if wait and after and wait > after - EVE else wait


def _taken(row: Row[Any], batch: _Batch, now: datetime) -> set[date]:
    """The days that have something already: what the person put off till then, and what a programme brings."""
    waiting = batch.waiting.get(row.person, ())
    return {batch.reach.day_of(row.person, prompt.due_at) for prompt in waiting if prompt.due_at is not None}


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
        put(db, row, place, prompt_card(library, flow, id, why_rhythm(library, rule)), id, 1, "prompt", now)
        batch.reach.went(row.person, now)
    return 1 if id is not None else 0


def _in_turn(library: Library, row: Row[Any], batch: _Batch, now: datetime) -> Flow | None:
    return choose(library, row.level, batch.asked.get(row.person, {}), now, row.created_at)


def _ask_less(db: Connection, library: Library, row: Row[Any], rule: Rule, place: Place, now: datetime) -> None:
    key = f"less:{row.id}:{row.next_run_at.isoformat()}"
    id = _record(db, row, key, "less", now, schedule=row.id, state="open", sent=1)
    if id is not None:
        put(db, row, place, less_card(library, id, rule.every), id, 1, "less", now)


def _record(db: Connection, row: Row[Any], key: str, kind: str, now: datetime, **values: Any) -> str | None:
    ids = {"organisation": row.organisation, "person": row.person}
    return occurrences.record(db, key=key, kind=kind, moment=now, **ids, **values)
