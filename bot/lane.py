"""One channel's messages on their way out: taken as they may go, many conversations at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from sqlalchemy import Connection

from bot.clock import Clock
from bot.dispatch import Dispatch
from bot.logs import about, kind_of
from bot.outlet import Channel, HasPages
from bot.pacing import Limits, Pacing
from bot.services import outbox, outgoing
from bot.services.outbox import Overtaken
from bot.services.outgoing import Outgoing
from bot.store.engine import Store
from bot.timing import Timing

AT_ONCE = 16
"""Conversations spoken to at the same time, for each channel."""
PAGES_LOOK_AGAIN = 1.0
"""Seconds between looks at the outbox (`Timing.look_again`) for the web chat beside other replicas, where what somebody waits for
may be put in the outbox by another."""

log = logging.getLogger(__name__)


class Lane:
    """One channel's messages. What one conversation runs into never stops the others, nor another lane."""

    def __init__(
        self,
        store: Store,
        name: str,
        channel: Channel,
        clock: Clock,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        pace: Pacing,
        limits: Limits,
        owner: str = "",
        timing: Timing = Timing(),
    ):
        self._store, self.name, self._channel, self._clock = store, name, channel, clock
        self._owner, self._timing = owner, timing
        self._taking = asyncio.Lock()
        self.awake = asyncio.Event()
        self.is_stopping = False
        self.in_hand: dict[asyncio.Task[None], int] = {}
        self.left: set[int] = set()  # rows the database would not let us mark
        self._dispatch = Dispatch(
            store, channel, clock, random, sleep, pace, limits, timing, self.awake.set, lambda: self.is_stopping
        )
        self.outcomes = self._dispatch.outcomes

    async def run(self) -> None:
        while not self.is_stopping:
            self.awake.clear()
            try:
                await self.begin()
            except Exception as error:  # the database is away; what is queued stays queued
                log.warning("delivery on %s could not look at the outbox: %s", self.name, kind_of(error))
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._timing.look_again if self._present() is None else PAGES_LOOK_AGAIN):
                await self.awake.wait()
        except TimeoutError:
            pass

    async def begin(self) -> int:
        """Take what may go now, as far as there are hands, and set about it; returns how many were taken."""
        async with self._taking:
            free = AT_ONCE - len(self.in_hand)
            if free <= 0 or self.is_stopping:
                return 0
            left = set(self.left)
            to_send, to_ask = await self._store.run(lambda db: self._take(db, left, free))
            self.left -= left
            for message in to_send:
                self._set_about(self._dispatch.deliver, message)
            for message in to_ask:
                self._set_about(self._dispatch.reconcile, message)
            return len(to_send) + len(to_ask)

    def _take(self, db: Connection, left: set[int], limit: int) -> tuple[list[Outgoing], list[Outgoing]]:
        now = self._clock.now()
        if left:
            outbox.stuck(db, left, self._timing.settle)
        to_send = outgoing.claim_heads(db, self.name, now, limit, self._owner, self._present())
        return to_send, outgoing.claim_ambiguous(
            db, self.name, now, limit - len(to_send), self._owner, self._timing.settle
        )

    def _present(self) -> Collection[str] | None:
        """Whose pages are open in this replica, where there may be others; None: it does not matter who sends."""
        return self._channel.present() if self._store.is_shared and isinstance(self._channel, HasPages) else None

    async def attend(self, place: str) -> None:
        """Send what may go now in one conversation, one after the other, until nothing may."""
        while not self.is_stopping and (task := await self._next_in(place)):
            await asyncio.wait([task])

    async def _next_in(self, place: str) -> asyncio.Task[None] | None:
        def take(db: Connection) -> tuple[list[Outgoing], list[Outgoing]]:
            return outgoing.claim_in(db, self.name, place, self._clock.now(), self._owner, self._timing.settle)

        to_send, to_ask = await self._store.run(take)
        for message in to_send:
            return self._set_about(self._dispatch.deliver, message)
        for message in to_ask:
            return self._set_about(self._dispatch.reconcile, message)
        return None

    def give_back_left(self, db: Connection) -> None:
        """Give back the rows that the database would not let us mark."""
        left = set(self.left)
        outbox.stuck(db, left, self._timing.settle)

    def _set_about(self, act: Callable[[Outgoing], Awaitable[None]], message: Outgoing) -> asyncio.Task[None]:
        task = asyncio.create_task(self._guarded(act, message))
        self.in_hand[task] = message.id
        task.add_done_callback(self._put_down)
        return task

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self.in_hand.pop(task, None)
        self.awake.set()

    async def _guarded(self, act: Callable[[Outgoing], Awaitable[None]], message: Outgoing) -> None:
        try:
            with about(row=message.id):
                await act(message)
        except Overtaken:
            log.info("outbox row %d is somebody else's now", message.id)
        except Exception as error:  # it could not be marked: found again by its state
            log.warning("outbox row %d could not be marked: %s", message.id, kind_of(error))
            self.left.add(message.id)
