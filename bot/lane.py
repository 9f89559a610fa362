"""One channel's messages on their way out, and what becomes of each."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.clock import Clock
from bot.errors import ChannelError, GaveUp, TryAgain
from bot.leaving import leave_within
from bot.logs import about
from bot.pacing import LONGEST_WAIT, Limits, Pacing
from bot.services import groups, outbox
from bot.services.outbox import SETTLE, Outgoing, Overtaken
from bot.services.people import mark_unreachable
from bot.store.engine import Store
from bot.store.faults import StoreBusy, is_away

AT_ONCE = 16
"""Conversations spoken to at the same time, for each channel."""
SEND_SECONDS = 30.0
"""How long a platform gets to take one message; well under `SETTLE`."""
LEAVE_WITHIN = 10.0
"""Seconds after a message was marked as leaving within which its first byte must go: a process that was frozen in between must
not send what others have looked into since. With `SEND_SECONDS` it stays well under `SETTLE`."""
LOOK_AGAIN = 5.0
"""Seconds between looks at the outbox when nobody has woken us."""
MARK_PATIENCE = 30.0
"""Seconds for which a mark is tried again while the database is away: what the platform answered is worth keeping."""
MARK_PAUSE = 0.5
PAGES_LOOK_AGAIN = 1.0
"""The same for the web chat beside other replicas, where what somebody waits for may be put in the outbox by another."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
PATIENCE = {
    "reply": timedelta(hours=1),
    "update": timedelta(hours=24),
    "prompt": timedelta(hours=24),
    "nudge": timedelta(hours=24),
}
"""How long after the first try a message is given up, by kind."""
REPEAT_WHEN_UNKNOWN = {"reply": True, "prompt": True, "nudge": False, "update": False}
"""What to do where a platform cannot tell whether a message arrived (Teams). A prompt or a reply seen twice does no harm,
since answers are kept once; a nudge seen twice nags, and so would an update that is not an edit."""

NOT_REPEATED = "may have arrived; not repeated"
OUTCOMES = {"unreachable": "unreachable", "expired": "expired", NOT_REPEATED: "not_repeated"}
"""What the metrics call why a message was given up; a platform's own words are no label."""

DATABASE_AWAY = (DBAPIError, PoolTimeout, StoreBusy)
"""What the database raises when it is away, or (`_is_away`) refuses for good."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """How long everything takes; a test may live faster. Seconds, but for `settle` and `dead_after`.

    `beat`: between two signs of life of a replica, and two looks for what dead ones left; `dead_after`: without a sign, others
    take over what it held. `thorough`: between two looks at everything that waits.
    """

    settle: timedelta = SETTLE
    send: float = SEND_SECONDS
    leave_within: float = LEAVE_WITHIN
    look_again: float = LOOK_AGAIN
    mark_patience: float = MARK_PATIENCE
    beat: float = 1.0
    dead_after: timedelta = timedelta(seconds=3)
    thorough: float = 10.0


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


@runtime_checkable
class HasPages(Protocol):
    """A channel whose messages only one replica can show: the one where the page is open (the web chat)."""

    def present(self) -> Collection[str]:
        """The people whose pages are open here."""


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
        self._random, self._sleep, self._pace, self._limits = random, sleep, pace, limits
        self._owner, self._timing = owner, timing
        self._taking = asyncio.Lock()
        self.awake = asyncio.Event()
        self.is_stopping = False
        self.in_hand: dict[asyncio.Task[None], int] = {}
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.left: set[int] = set()  # rows the database would not let us mark

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
                self._set_about(self._deliver, message)
            for message in to_ask:
                self._set_about(self._reconcile, message)
            return len(to_send) + len(to_ask)

    def _take(self, db: Connection, left: set[int], limit: int) -> tuple[list[Outgoing], list[Outgoing]]:
        now = self._clock.now()
        if left:
            outbox.stuck(db, left, self._timing.settle)
        to_send = outbox.claim_heads(db, self.name, now, limit, self._owner, self._present())
        return to_send, outbox.claim_ambiguous(
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
            return outbox.claim_in(db, self.name, place, self._clock.now(), self._owner, self._timing.settle)

        to_send, to_ask = await self._store.run(take)
        for message in to_send:
            return self._set_about(self._deliver, message)
        for message in to_ask:
            return self._set_about(self._reconcile, message)
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

    # ---- sending ---------------------------------------------------------------------------------------------

    async def _deliver(self, message: Outgoing) -> None:
        refused = self._why_not(message)
        if refused:
            return await self._let_go(message, refused)
        wait = await self._its_turn(message)
        if wait > 0:
            await self._mark(outbox.mark_retry, message, self._clock.now() + timedelta(seconds=wait), "the platform rests")
            self._wake_at(self._clock.now() + timedelta(seconds=wait))
            return
        with leave_within(self._timing.leave_within):
            if not await self._leaves(message):
                return
            answer = await self._speak(
                message, self._channel.send(message.address, message.card, key=message.key, replaces=message.replaces)
            )
        match answer:
            case GaveUp():
                await self._give_up(message, answer)
            case TryAgain(maybe_sent=True):
                await self._ask_later(message, self._clock.now() + self._timing.settle, answer.reason)
            case TryAgain():
                await self._try_later(message, answer)
            case _:
                await self._mark(outbox.mark_sent, message, answer)

    async def _its_turn(self, message: Outgoing) -> float:
        """Wait for its turn; 0 when it has come, or the seconds for which it is better put back."""
        wait = await self._pace.reserve(message.organisation, message.conversation)
        if wait <= 0 or wait > LONGEST_WAIT:
            return max(0.0, wait)
        await self._sleep(wait)
        return await self._pace.held(message.organisation)

    async def _leaves(self, message: Outgoing) -> bool:
        """Mark that the first byte is about to go. Where the database is away nothing goes, and that is what is kept."""
        try:
            await self._store.run(lambda db: outbox.mark_leaving(db, message.id, message.attempt, self._clock.now()))
            return True
        except DATABASE_AWAY as error:
            if not _is_away(error):
                raise
        await self._mark(outbox.mark_retry, message, self._clock.now(), "the database was away")
        return False

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
        may_repeat = REPEAT_WHEN_UNKNOWN[message.kind] or message.replaces  # editing twice is editing once
        if may_repeat and self._clock.now() < self._deadline(message):
            await self._mark(outbox.mark_retry, message, self._clock.now(), "may have arrived; repeated")
        else:
            await self._let_go(message, NOT_REPEATED)

    async def _speak(self, message: Outgoing, asking: Awaitable[Any]) -> Any:
        """What the platform answered, or the ChannelError it came to."""
        try:
            async with asyncio.timeout(self._timing.send):
                return await asking
        except ChannelError as error:
            return error
        except TimeoutError:
            return TryAgain("no answer in time", maybe_sent=True)
        except Exception as error:
            log.error("channel %s failed on outbox row %d: %s", self.name, message.id, kind_of(error))
            return TryAgain(type(error).__name__, maybe_sent=True)

    def _why_not(self, message: Outgoing) -> str:
        if not message.reachable:
            return "unreachable"
        return "expired" if self._clock.now() >= self._deadline(message) else ""

    # ---- marking ---------------------------------------------------------------------------------------------

    async def _mark(self, mark: Callable[..., None], message: Outgoing, *values: Any) -> None:
        await self._keep(lambda db: mark(db, message.id, message.attempt, *values))
        self._count({outbox.mark_sent: "sent", outbox.mark_ambiguous: "unknown"}.get(mark, "put_off"))

    def _count(self, outcome: str) -> None:
        self.outcomes[self.name, outcome] += 1

    async def _keep(self, work: Callable[[Connection], None]) -> None:
        """Until it is kept: while the database is away, what the platform answered is remembered here. The fence makes a second
        try harmless, also where the first was kept and only its answer was lost."""
        waited = 0.0
        while True:
            try:
                return await self._store.run(work)
            except DATABASE_AWAY as error:
                if not _is_away(error) or waited >= self._timing.mark_patience or self.is_stopping:
                    raise
            await self._sleep(MARK_PAUSE)
            waited += MARK_PAUSE

    async def _give_up(self, message: Outgoing, error: GaveUp) -> None:
        await self._let_go(message, error.reason, is_unreachable=error.unreachable)
        log.warning("outbox row %d was given up: %s", message.id, type(error.__cause__ or error).__name__)

    async def _let_go(self, message: Outgoing, reason: str, *, is_unreachable: bool = False) -> None:
        """It is not sent. Where it was a group's, whoever facilitates hears of it (`groups.post_failed`)."""

        def work(db: Connection) -> None:
            outbox.mark_gave_up(db, message.id, message.attempt, reason)
            if is_unreachable:
                mark_unreachable(db, message.organisation, message.conversation)
            groups.post_failed(db, message.subject, self._clock.now())

        await self._keep(work)
        self._count("unreachable" if is_unreachable else OUTCOMES.get(reason, "refused"))

    async def _try_later(self, message: Outgoing, error: TryAgain) -> None:
        if error.after and self._limits.busy_holds_all:
            await self._pace.hold(message.organisation, error.after)
        at = self._clock.now() + self._pause(message, error.after)
        if at >= self._deadline(message):
            return await self._let_go(message, error.reason)
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


def _is_away(error: BaseException) -> bool:
    return isinstance(error, StoreBusy) or is_away(error)


def kind_of(error: BaseException) -> str:
    """What went wrong, without what it said: an error's text may hold somebody's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + where
