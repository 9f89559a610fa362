"""Moves the demo's time forward: what falls due in between happens in order, one moment at a time, as if waited for."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, func, select

from bot.delivery import Delivery
from bot.editions import Editions
from bot.services.retention import Periods
from bot.store.engine import Store
from bot.store.tables import OutboxItem
from scheduler.due import next_moment
from scheduler.tick import Turns, tick

HORIZON = timedelta(days=400)
"""How far ahead "the next thing that happens" is looked for."""

outbox = OutboxItem.__table__


class MovableClock(Protocol):
    """A clock that can be moved forward (`bot.clock.ShiftedClock`)."""

    def now(self) -> datetime: ...

    def forward_to(self, moment: datetime) -> None: ...


class Travel:
    """Goes through the same tick and the same delivery as everything else. One journey at a time."""

    def __init__(
        self,
        store: Store,
        turns: Turns,
        editions: Editions,
        clock: MovableClock,
        delivery: Delivery,
        periods: Periods = Periods(),
    ):
        self._store, self._turns, self._editions, self._clock = store, turns, editions, clock
        self._delivery, self._periods = delivery, periods
        self._under_way = asyncio.Lock()

    async def until(self, moment: datetime) -> None:
        """Go forward to `moment` (aware); one that has passed only lets happen what is due now."""
        async with self._under_way:
            await self._go(moment)

    async def to_next(self, person: str = "") -> bool:
        """Go forward until a card has reached this person (empty: anybody). False: nothing is to come, and time stands."""
        async with self._under_way:
            before = await self._last_card(person)
            horizon = self._clock.now() + HORIZON
            while True:
                moment = await self._next(self._clock.now(), person)
                if moment is None or moment > horizon:
                    return False
                await self._go(moment)
                if await self._last_card(person) > before:
                    return True

    async def _go(self, to: datetime) -> None:
        while True:
            seen = await self._let_happen()
            moment = await self._next(seen)
            if moment is None or moment > to:
                break
            self._clock.forward_to(moment)
        self._clock.forward_to(to)
        await self._let_happen()

    async def _let_happen(self) -> datetime:
        """Everything due now, until it has reached those it is for; returns the moment up to which it has happened."""
        now = self._clock.now()
        await tick(self._store, self._turns, self._editions, self._clock, self._periods)
        await self._delivery.drain()
        return now

    async def _next(self, after: datetime, person: str = "") -> datetime | None:
        return await self._store.read(lambda db: next_moment(db, after, person))

    async def _last_card(self, person: str) -> int:
        return await self._store.read(lambda db: last_card(db, person))


def last_card(db: Connection, person: str) -> int:
    """The number of the newest card to this person (empty: to anybody); 0: none."""
    mine = [outbox.c.person == person] if person else []
    return db.scalar(select(func.max(outbox.c.id)).where(*mine)) or 0
