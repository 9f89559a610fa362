"""Sends what the outbox holds: in order within a conversation, many conversations at once, each channel in its own lane.

Every mark is a unit of work of its own: taken (sending) → about to leave → the platform is spoken to → sent. A crash before
the second leaves a message that is simply sent; after it, one whose platform is asked, when it has settled, whether it
arrived. Words never reach a log: only row ids, and the kind of what went wrong.

`Channel` is what a platform has to offer.
"""

from __future__ import annotations

import asyncio
import logging
import random as randomness
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bot.clock import Clock
from bot.lane import UNKNOWN, Channel, Lane, Unknown
from bot.pacing import PACING, Limits, Pace
from bot.services import outbox
from bot.store.engine import Store

__all__ = ["UNKNOWN", "Channel", "Delivery", "Unknown"]

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
    ):
        self._store, self._grace = store, grace
        self._lanes = [
            Lane(store, name, channel, clock, random, sleep, Pace(pacing.get(name, Limits())))
            for name, channel in channels.items()
        ]
        self._running: asyncio.Task[Any] | None = None

    def wake(self) -> None:
        """There may be something to send."""
        for lane in self._lanes:
            lane.awake.set()

    async def recover(self) -> None:
        """Take in hand what a process that is gone left half-sent. Called once, before anything is sent."""
        count = await self._store.run(outbox.stuck)
        if count:
            log.warning("%d messages were being sent when Pejling last stopped; they are looked into", count)

    async def run(self) -> None:
        """Send until `stop` is called, or this task is cancelled."""
        await self.recover()
        self._running = asyncio.current_task()
        try:
            await asyncio.gather(*(lane.run() for lane in self._lanes))
        finally:
            await self._finish()

    async def stop(self) -> None:
        """Begin nothing new; finish or give back what is in hand. Takes ten seconds at the most."""
        for lane in self._lanes:
            lane.is_stopping = True
        self.wake()
        if self._running is not None:
            await asyncio.wait([self._running])
        else:
            await self._finish()

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
        in_hand = [task for lane in self._lanes for task in lane.in_hand]
        ids = [id for lane in self._lanes for id in (*lane.in_hand.values(), *lane.left)]
        if in_hand:
            _, late = await asyncio.wait(in_hand, timeout=self._grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if ids:
            await self._store.run(partial(outbox.stuck, only=ids))
