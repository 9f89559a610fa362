"""Sends what the outbox holds: in order within a conversation, many conversations at once, each channel in its own lane.

Every mark is a unit of work of its own: taken (sending) → about to leave → the platform is spoken to → sent. A crash before
the second leaves a message that is simply sent; after it, one whose platform is asked, when it has settled, whether it
arrived. Words never reach a log: only row ids, and the kind of what went wrong.

One process looks at the outbox itself. Several share the work through jobs where the database has them (`bot/engine.py`); each
shows that it lives, and takes over what dead ones held (`bot/presence.py`). `Channel` is what a platform has to offer.
"""

from __future__ import annotations

import asyncio
import logging
import random as randomness
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from secrets import token_hex
from typing import Any

from bot.clock import Clock
from bot.lane import AT_ONCE, Lane
from bot.outlet import UNKNOWN, Channel, Unknown
from bot.pacing import PACING, Limits, Pace, Pacing
from bot.presence import Presence
from bot.services import outbox, spacing
from bot.services.jobs import WITHOUT_JOBS
from bot.store.engine import Store
from bot.timing import Timing

__all__ = ["UNKNOWN", "Channel", "Delivery", "Timing", "Unknown"]

GRACE = 8.0
"""Seconds for what is in hand when we stop; the rest of the ten is for giving back."""

log = logging.getLogger(__name__)


class Delivery:
    """`run` until `stop`; `wake` after a commit; `drain` sends all that can go now and returns when it is done."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        random: Callable[[], float] = randomness.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        pacing: Mapping[str, Limits] = PACING,
        grace: float = GRACE,
        timing: Timing = Timing(),
    ):
        self.id = token_hex(8)
        self._store, self._grace, self._timing, self._clock = store, grace, timing, clock
        self._lanes = [self._lane(name, channel, random, sleep, pacing) for name, channel in channels.items()]
        longest = max((limits.longest for limits in pacing.values()), default=0.0)
        self.presence = Presence(store, self.id, clock, timing, longest)
        self._running: asyncio.Task[Any] | None = None
        self._engine: Any = None

    def _lane(self, name: str, channel: Channel, random: Any, sleep: Any, pacing: Mapping[str, Limits]) -> Lane:
        limits = pacing.get(name, Limits())
        pace: Pacing = SharedPace(self._store, name, limits) if self._store.is_shared else Pace(limits)
        return Lane(self._store, name, channel, self._clock, random, sleep, pace, limits, self.id, self._timing)

    def wake(self) -> None:
        """There may be something to send."""
        for lane in self._lanes:
            lane.awake.set()

    async def recover(self) -> None:
        """Take in hand what a process that is gone left half-sent. Called once, before anything is sent."""
        await self.presence.recover()

    async def run(self) -> None:
        """Send until `stop` is called, or this task is cancelled."""
        await self.recover()
        self._running = asyncio.current_task()
        beating = asyncio.create_task(self.presence.run(self._lanes)) if self._store.is_shared else None
        try:
            await asyncio.gather(*self._workers())
        finally:
            await self._finish()
            await self.presence.stop()
            if beating is not None:
                await asyncio.wait([beating])

    def _workers(self) -> list[Awaitable[None]]:
        looking = [lane for lane in self._lanes if not (self._store.has_jobs and lane.name != WITHOUT_JOBS)]
        waiting = {lane.name: lane for lane in self._lanes if lane not in looking}
        if waiting:
            from bot.engine import Engine  # half a second to load, and only where several share the work

            async def attend(channel: str, conversation: str) -> None:
                await waiting[channel].attend(conversation)

            self._engine = Engine(self._store.address, list(waiting), attend, len(waiting) * AT_ONCE, self._timing)
            return [*(lane.run() for lane in looking), self._engine.run()]
        return [lane.run() for lane in looking]

    async def stop(self) -> None:
        """Begin nothing new; finish or give back what is in hand. Takes ten seconds at the most."""
        for lane in self._lanes:
            lane.is_stopping = True
        self.wake()
        if self._engine is not None:
            self._engine.stop()
        if self._running is not None:
            await asyncio.wait([self._running])
        else:
            await self._finish()

    @property
    def outcomes(self) -> Counter[tuple[str, str]]:
        """What became of messages in this process, by (channel, outcome)."""
        return sum((lane.outcomes for lane in self._lanes), Counter())

    def trouble(self) -> list[str]:
        """What does not work; nothing where all is well."""
        is_running = self._running is not None and not self._running.done()
        return ([] if is_running else ["delivery: it does not run"]) + self.presence.trouble()

    async def drain(self) -> int:
        """Send all that can be sent now; returns how many were tried."""
        count = 0
        while True:
            count += sum([await lane.begin() for lane in self._lanes])
            in_hand = [task for lane in self._lanes for task in lane.in_hand]
            if not in_hand:
                return count
            await asyncio.wait(in_hand)

    async def _finish(self) -> None:
        lanes = self._lanes
        in_hand = [task for lane in lanes for task in lane.in_hand]
        ids = [id for lane in lanes for id in (*lane.in_hand.values(), *lane.left)]
        if in_hand:
            _, late = await asyncio.wait(in_hand, timeout=self._grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if ids:
            await self._store.run(partial(outbox.stuck, only=ids, settle=self._timing.settle))


class SharedPace:
    """One pace for all replicas, kept in the database (`bot/services/spacing.py`)."""

    def __init__(self, store: Store, channel: str, limits: Limits):
        self._store, self._channel, self._limits = store, channel, limits

    async def reserve(self, organisation: str, conversation: str) -> float:
        return await self._store.run(
            lambda db: spacing.reserve(db, self._channel, self._limits, organisation, conversation)
        )

    async def hold(self, organisation: str, seconds: float) -> None:
        await self._store.run(lambda db: spacing.hold(db, self._channel, organisation, seconds))

    async def held(self, organisation: str) -> float:
        return await self._store.read(lambda db: spacing.held(db, self._channel, organisation))
