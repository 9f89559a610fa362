"""The clock that ticks: one APScheduler interval job in each process, and nothing else in it.

APScheduler never computes anybody's time and keeps nothing: our tables are the truth, so a process that dies takes nothing
with it. `misfire_grace_time=None` because its default drops what was due while the process was busy.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.base import STATE_RUNNING
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.clock import Clock
from bot.editions import Editions
from bot.services.retention import Periods
from bot.store.engine import Store
from bot.store.faults import StoreBusy, StoreFull, is_away
from scheduler.tick import TickReport, Turns, tick

EVERY = 1.0
"""Seconds between ticks; an idle one is a handful of index look-ups. What is seen to fall due before the next one gets a tick of its
own, at its moment."""

LATE = 120.0
"""Seconds by which a tick may be late before that is worth a word."""

log = logging.getLogger(__name__)


class Ticker:
    """Ticks from `start` until `stop`. `wake` is called after each tick that put something in the outbox."""

    def __init__(
        self,
        store: Store,
        turns: Turns,
        editions: Editions,
        clock: Clock,
        wake: Callable[[], None],
        *,
        periods: Periods = Periods(),
        every: float = EVERY,
    ):
        self._store, self._turns, self._editions, self._clock = store, turns, editions, clock
        self._wake, self._periods, self._every = wake, periods, every
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._ticking = asyncio.Lock()
        self._early: asyncio.TimerHandle | None = None
        self._last_tick = monotonic()

    def start(self) -> None:
        """Begin to tick, on the running loop; what was missed while down is due at once."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # else a line for every tick
        self._scheduler.add_job(
            self.tick, "interval", seconds=self._every, max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin no new tick, and let the one under way finish."""
        if self._scheduler.running:
            self._scheduler.pause()
        self._come_early(None)
        async with self._ticking:
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)

    async def tick(self) -> TickReport:
        """One tick, now. A database that is away is no reason to stop: the next tick finds the same rows."""
        async with self._ticking:
            try:
                report = await tick(self._store, self._turns, self._editions, self._clock, self._periods)
            except (StoreBusy, StoreFull) as error:
                log.warning("the clock could not look at what is due: %s", error)
                return TickReport()
            except (DBAPIError, PoolTimeout) as error:
                if not is_away(error):
                    raise
                log.warning("the clock could not look at what is due: %s", type(error).__name__)
                return TickReport()
        self._last_tick = monotonic()
        if report.moved:
            self._wake()
        self._come_early(report.next_at)
        return report

    def _come_early(self, next_at: datetime | None) -> None:
        """Tick at that moment, if it is before the next tick; at once if it has passed meanwhile."""
        if self._early is not None:
            self._early.cancel()
            self._early = None
        if next_at is None or self._scheduler.state != STATE_RUNNING:
            return
        wait = max(0.0, (next_at - self._clock.now()).total_seconds())
        if wait < self._every:
            again = partial(self._scheduler.add_job, self.tick, misfire_grace_time=None)
            self._early = asyncio.get_running_loop().call_later(wait, again)

    def trouble(self) -> list[str]:
        """What does not work; nothing where all is well. A tick may take its time when much is due."""
        late = monotonic() - self._last_tick > self._every + LATE
        return ["clock: it has not ticked for a while"] if late else []
