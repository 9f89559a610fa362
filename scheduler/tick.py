"""One tick of the clock: everything that is due, in units of work small enough that nobody waits for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection, text

from bot.clock import Clock
from bot.editions import Editions
from bot.events import Event, Woke
from bot.services import planning, schedules
from bot.services.retention import Expired, Periods, expire
from bot.store.engine import Store
from scheduler.due import BEGUN_ON, Done, due_wakes, look
from scheduler.rhythms import prompt_due
from scheduler.sending import send_due
from scheduler.zones import follow_laws

AT_ONCE = 50
"""People in one unit of work, so that nobody else waits long for the writer: about 20 ms on a small machine."""
RECORDED_AT_ONCE = 500
"""People of a programme recorded in one unit of work. Nothing is drawn or sealed for them yet, so it takes no longer."""

FIRST_EVER = text("INSERT INTO fact (name, value) VALUES (:name, :day) ON CONFLICT DO NOTHING")
FIRST_TODAY = text("UPDATE fact SET value = :day WHERE name = :name AND value <> :day")


class Turns(Protocol):
    """The one door in, as the clock sees it."""

    async def handle(self, event: Event) -> Any: ...


@dataclass(frozen=True)
class TickReport:
    """`cards` went in the outbox, `woken` runs were told that their deadline passed; `moved`: anything changed at all. `next_at`: when
    something falls due after this tick began; None: nothing does, or what is due already is in another clock's hands."""

    moved: bool = False
    cards: int = 0
    woken: int = 0
    next_at: datetime | None = None


async def tick(store: Store, turns: Turns, editions: Editions, clock: Clock, periods: Periods = Periods()) -> TickReport:
    """Do all that is due by now. Any number of processes may tick at once: each row is taken by one of them.

    What was agreed to be asked comes before prompts: open actions are asked about before new ones are made. Programmes come
    before rhythms: where a day has room for one prompt only, the rhythm waits.
    """
    now = clock.now()
    next_at, last_day = await store.read(look)
    is_due = next_at is not None and next_at <= now
    if last_day != _day(now):
        is_due = await _begin_day(store, editions, now, last_day) or is_due
        await _expire(store, now, periods)
    if not is_due:
        return TickReport(next_at=next_at)
    recorded = await record(store, editions, now)
    agreed = await _all(store, lambda db: send_due(db, editions, now, AT_ONCE))
    prompted = await _all(store, lambda db: prompt_due(db, editions, now, AT_ONCE))
    woken = await _wake(store, turns, now)
    moved = bool(recorded or agreed.found or prompted.found or woken)
    next_at, _ = await store.read(look)
    return TickReport(moved, agreed.cards + prompted.cards, woken, next_at if next_at and next_at > now else None)


async def _begin_day(store: Store, editions: Editions, now: datetime, last_day: str) -> bool:
    """Follow what laws have changed, and look again at when programmes are due. Where the clock is a day or more behind where it
    was, what it took for past lies ahead again, for rhythms too; says whether that is so."""
    has_jumped = last_day > _day(now)
    await follow_laws(store, now, RECORDED_AT_ONCE)
    await store.run(lambda db: planning.look_again(db, flows_here(db, editions), now, has_jumped=has_jumped))
    last = ""
    while has_jumped:
        last = await store.run(lambda db, after=last: schedules.look_again(db, after, now, RECORDED_AT_ONCE))
        if not last:
            break
    return has_jumped


async def record(store: Store, editions: Editions, now: datetime) -> int:
    """Rounds of programmes that have fallen due; what they bring is sent like everything else."""
    count = 0
    while found := await store.run(lambda db: planning.record_due(db, flows_here(db, editions), now, RECORDED_AT_ONCE)):
        count += found
    return count


def flows_here(db: Connection, editions: Editions) -> planning.FlowsOf:
    """Where a programme's reflections are looked up."""
    here = editions.here(db)
    return lambda organisation, centre: here.library(organisation, centre).flows


async def _all(store: Store, work: Callable[[Connection], Done]) -> Done:
    found = cards = 0
    while True:
        done = await store.run(work)
        found, cards = found + done.found, cards + done.cards
        if done.found < AT_ONCE:
            return Done(found, cards)


async def _wake(store: Store, turns: Turns, now: datetime) -> int:
    """Each deadline is an event of its own, with an id that is the same however often it is sent."""
    waiting = await store.read(lambda db: due_wakes(db, now, AT_ONCE))
    for run, wake_at in waiting:
        await turns.handle(Woke(id=f"woke:{run}:{wake_at.isoformat()}", run=run))
    return len(waiting)


# ---- once a day ------------------------------------------------------------------------------------------


async def _expire(store: Store, now: datetime, periods: Periods) -> None:
    if await store.run(partial(_expire_once, now=now, periods=periods)):
        await store.scrub()


def _expire_once(db: Connection, now: datetime, periods: Periods) -> Expired | None:
    if not _is_ours(db, _day(now)):
        return None
    return expire(db, now, periods)


def _is_ours(db: Connection, day: str) -> bool:
    """Whether we are the first today; whoever else asks waits here until we have committed."""
    mine = {"name": BEGUN_ON, "day": day}
    return db.execute(FIRST_EVER, mine).rowcount == 1 or db.execute(FIRST_TODAY, mine).rowcount == 1


def _day(now: datetime) -> str:
    return now.date().isoformat()
