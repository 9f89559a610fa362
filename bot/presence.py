"""That this replica lives, and what becomes of what dead ones held. Only where a database may have several (PostgreSQL).

Nobody who was away judges others: after a pause in our own beat – the database was away, or this process frozen – we beat first,
and look at the others' only when they have had the time to beat as well.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from time import monotonic

from sqlalchemy import Connection

from bot.clock import Clock
from bot.lane import Lane
from bot.logs import kind_of
from bot.services import jobs, outbox, replicas, spacing
from bot.store.engine import Store
from bot.store.faults import DATABASE_AWAY
from bot.timing import Timing

log = logging.getLogger(__name__)


class Presence:
    """`run` beats and looks after others until `stop`. `longest`: the longest window of any platform's pace, in seconds."""

    def __init__(self, store: Store, id: str, clock: Clock, timing: Timing, longest: float):
        self._store, self._id, self._clock, self._timing, self._longest = store, id, clock, timing, longest
        self._last_beat = self._judges_from = self._looked_at_all = float("-inf")
        self._stopping = asyncio.Event()
        self.is_away = False

    async def recover(self) -> None:
        """Before anything is sent: on SQLite whatever is half-sent was left by a process that is gone."""
        if not self._store.is_shared:
            count = await self._store.run(lambda db: outbox.take_over(db, self._id, None, self._timing.settle))
        else:
            count = await self._store.run(self._beat_and_take_over)
            self._last_beat = monotonic()
        _say(count)

    async def run(self, lanes: Collection[Lane]) -> None:
        while not self._stopping.is_set():
            try:
                await self._beat(lanes)
                self.is_away = False
            except DATABASE_AWAY as error:
                if not self.is_away:
                    log.warning("the database is away: %s", kind_of(error))
                self.is_away = True
            try:
                async with asyncio.timeout(self._timing.beat):
                    await self._stopping.wait()
            except TimeoutError:
                pass

    def trouble(self) -> list[str]:
        """What does not work: others take over from a replica that does not beat."""
        silent = monotonic() - self._last_beat > self._timing.dead_after.total_seconds()
        return ["delivery: no sign of life"] if self._store.is_shared and silent else []

    async def stop(self) -> None:
        self._stopping.set()
        if self._store.is_shared:
            try:
                await self._store.run(lambda db: replicas.leave(db, self._id))
            except DATABASE_AWAY:
                log.warning("this replica could not say that it stops; the others see it in a moment")

    async def _beat(self, lanes: Collection[Lane]) -> None:
        now = monotonic()
        dead_after = self._timing.dead_after.total_seconds()
        if now - self._last_beat > dead_after / 2:
            self._judges_from = now + dead_after
        if now < self._judges_from:
            await self._store.run(lambda db: replicas.beat(db, self._id))
        else:
            is_thorough = now - self._looked_at_all >= self._timing.thorough
            await self._store.run(lambda db: self._look_after(db, lanes, is_thorough))
            self._looked_at_all = now if is_thorough else self._looked_at_all
        self._last_beat = now

    def _look_after(self, db: Connection, lanes: Collection[Lane], is_thorough: bool) -> None:
        _say(self._beat_and_take_over(db))
        for lane in lanes:
            lane.give_back_left(db)
        jobs.sweep(db, self._clock.now(), self._timing.dead_after, thoroughly=is_thorough)
        if is_thorough:
            spacing.forget(db, self._longest)

    def _beat_and_take_over(self, db: Connection) -> int:
        replicas.beat(db, self._id)
        return outbox.take_over(db, self._id, self._timing.dead_after, self._timing.settle)


def _say(count: int) -> None:
    if count:
        log.warning("%d messages were in the hands of a process that is gone; they are looked into", count)
