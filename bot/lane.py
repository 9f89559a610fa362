"""One channel's messages on their way out, and what becomes of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import Connection

from bot.clock import Clock
from bot.errors import ChannelError, GaveUp, TryAgain
from bot.pacing import Pace
from bot.services import outbox
from bot.services.outbox import SETTLE, Outgoing, Overtaken
from bot.services.people import mark_unreachable
from bot.store.engine import Store

AT_ONCE = 16
"""Conversations spoken to at the same time, for each channel."""
SEND_SECONDS = 30.0
"""How long a platform gets to take one message; well under `SETTLE`."""
LOOK_AGAIN = 5.0
"""Seconds between looks at the outbox when nobody has woken us."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
PATIENCE = {
    "reply": timedelta(hours=1),
    "update": timedelta(hours=1),
    "prompt": timedelta(hours=24),
    "nudge": timedelta(hours=24),
}
"""How long after the first try a message is given up, by kind."""
REPEAT_WHEN_UNKNOWN = {"reply": True, "prompt": True, "nudge": False, "update": False}
"""What to do where a platform cannot tell whether a message arrived (Teams). A prompt or a reply seen twice does no harm,
since answers are kept once; a nudge seen twice nags, and an update is soon overtaken by another."""

log = logging.getLogger(__name__)


class Unknown(Enum):
    """The platform cannot tell."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


class Channel(Protocol):
    """A platform, as delivery sees it. Raises TryAgain and GaveUp, and nothing else on purpose."""

    name: str

    async def send(self, address: dict[str, Any], card: dict[str, Any], *, key: str, replaces: str) -> str:
        """Send a spoken card, and return what the platform calls the message.

        `key` is ours, for `was_sent`; `replaces` is the platform's id of the message this one takes the place of, or empty.
        """

    async def was_sent(self, address: dict[str, Any], key: str, since: datetime) -> str | Unknown | None:
        """What the platform calls the message `key`, tried at `since` at the earliest; None: surely not there; UNKNOWN."""


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
        pace: Pace,
    ):
        self._store, self._name, self._channel, self._clock = store, name, channel, clock
        self._random, self._sleep, self._pace = random, sleep, pace
        self._taking = asyncio.Lock()
        self.awake = asyncio.Event()
        self.is_stopping = False
        self.in_hand: dict[asyncio.Task[None], int] = {}
        self.left: set[int] = set()  # rows the database would not let us mark

    async def run(self) -> None:
        while not self.is_stopping:
            self.awake.clear()
            try:
                await self.begin()
            except Exception as error:  # the database is away; what is queued stays queued
                log.warning("delivery on %s could not look at the outbox: %s", self._name, kind_of(error))
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN):
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
                self._set_about(self._deliver, message)
            for message in to_ask:
                self._set_about(self._reconcile, message)
            return len(to_send) + len(to_ask)

    def _take(self, db: Connection, left: set[int], limit: int) -> tuple[list[Outgoing], list[Outgoing]]:
        now = self._clock.now()
        if left:
            outbox.stuck(db, only=left)
        to_send = outbox.claim_heads(db, self._name, now, limit)
        return to_send, outbox.claim_ambiguous(db, self._name, now, limit - len(to_send))

    def _set_about(self, act: Callable[[Outgoing], Awaitable[None]], message: Outgoing) -> None:
        task = asyncio.create_task(self._guarded(act, message))
        self.in_hand[task] = message.id
        task.add_done_callback(self._put_down)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self.in_hand.pop(task, None)
        self.awake.set()

    async def _guarded(self, act: Callable[[Outgoing], Awaitable[None]], message: Outgoing) -> None:
        try:
            await act(message)
        except Overtaken:
            log.info("outbox row %d is somebody else's now", message.id)
        except Exception as error:  # it could not be marked: found again by its state
            log.warning("outbox row %d could not be marked: %s", message.id, kind_of(error))
            self.left.add(message.id)

    # ---- sending ---------------------------------------------------------------------------------------------

    async def _deliver(self, message: Outgoing) -> None:
        refused = self._why_not(message)
        if refused:
            await self._mark(outbox.mark_gave_up, message, refused)
            return
        wait = self._pace.reserve(message.organisation, message.conversation)
        if wait > 0:
            await self._sleep(wait)
        await self._mark(outbox.mark_leaving, message, self._clock.now())
        answer = await self._speak(
            message, self._channel.send(message.address, message.card, key=message.key, replaces=message.replaces)
        )
        match answer:
            case GaveUp():
                await self._give_up(message, answer)
            case TryAgain(maybe_sent=True):
                await self._ask_later(message, self._clock.now() + SETTLE, answer.reason)
            case TryAgain():
                await self._try_later(message, answer)
            case _:
                await self._mark(outbox.mark_sent, message, answer)

    async def _reconcile(self, message: Outgoing) -> None:
        """The message may have arrived: ask, and act on the answer."""
        since = message.last_send or message.first_try
        answer = await self._speak(message, self._channel.was_sent(message.address, message.key, since))
        if isinstance(answer, TryAgain) and self._clock.now() >= self._deadline(message):
            answer = UNKNOWN
        match answer:
            case GaveUp():
                await self._give_up(message, answer)
            case TryAgain():
                await self._ask_later(message, self._clock.now() + self._pause(message, answer.after), answer.reason)
            case None:
                await self._mark(outbox.mark_retry, message, self._clock.now(), "did not arrive")
            case Unknown():
                await self._settle_unknown(message)
            case _:
                await self._mark(outbox.mark_sent, message, answer)

    async def _settle_unknown(self, message: Outgoing) -> None:
        if REPEAT_WHEN_UNKNOWN[message.kind] and self._clock.now() < self._deadline(message):
            await self._mark(outbox.mark_retry, message, self._clock.now(), "may have arrived; repeated")
        else:
            await self._mark(outbox.mark_gave_up, message, "may have arrived; not repeated")

    async def _speak(self, message: Outgoing, asking: Awaitable[Any]) -> Any:
        """What the platform answered, or the ChannelError it came to."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await asking
        except ChannelError as error:
            return error
        except TimeoutError:
            return TryAgain("no answer in time", maybe_sent=True)
        except Exception as error:
            log.error("channel %s failed on outbox row %d: %s", self._name, message.id, kind_of(error))
            return TryAgain(type(error).__name__, maybe_sent=True)

    def _why_not(self, message: Outgoing) -> str:
        if not message.reachable:
            return "unreachable"
        return "expired" if self._clock.now() >= self._deadline(message) else ""

    # ---- marking ---------------------------------------------------------------------------------------------

    async def _mark(self, mark: Callable[..., None], message: Outgoing, *values: Any) -> None:
        await self._store.run(lambda db: mark(db, message.id, message.attempt, *values))

    async def _give_up(self, message: Outgoing, error: GaveUp) -> None:
        def work(db: Connection) -> None:
            outbox.mark_gave_up(db, message.id, message.attempt, error.reason)
            if error.unreachable:
                mark_unreachable(db, message.organisation, message.conversation)

        await self._store.run(work)
        log.warning("outbox row %d was given up: %s", message.id, type(error.__cause__ or error).__name__)

    async def _try_later(self, message: Outgoing, error: TryAgain) -> None:
        at = self._clock.now() + self._pause(message, error.after)
        if at >= self._deadline(message):
            await self._mark(outbox.mark_gave_up, message, error.reason)
            return
        await self._mark(outbox.mark_retry, message, at, error.reason)
        self._wake_at(at)

    async def _ask_later(self, message: Outgoing, at: datetime, reason: str) -> None:
        await self._mark(outbox.mark_ambiguous, message, at, reason)
        self._wake_at(at)

    def _wake_at(self, moment: datetime) -> None:
        seconds = (moment - self._clock.now()).total_seconds()
        asyncio.get_running_loop().call_later(max(0.0, seconds), self.awake.set)

    def _deadline(self, message: Outgoing) -> datetime:
        patience = message.first_try + PATIENCE[message.kind]
        return min(patience, message.expires_at) if message.expires_at else patience

    def _pause(self, message: Outgoing, after: float | None) -> timedelta:
        """What the platform asks for, or a pause that doubles with each attempt; never two of us at the same moment."""
        if after is not None:
            return timedelta(seconds=after + self._random())
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(message.attempt - 1, 16))
        return timedelta(seconds=longest * (0.5 + self._random() / 2))


def kind_of(error: BaseException) -> str:
    """What went wrong, without what it said: an error's text may hold somebody's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + where
