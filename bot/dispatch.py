"""One message in hand: sent, put off, asked about, or given up; and what became of it marked in the outbox."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.clock import Clock
from bot.errors import ChannelError, GaveUp, TryAgain
from bot.leaving import leave_within
from bot.logs import kind_of
from bot.outlet import UNKNOWN, Channel, Unknown
from bot.pacing import LONGEST_WAIT, Limits, Pacing
from bot.services import groups, outbox
from bot.services.outgoing import Outgoing
from bot.services.whereabouts import mark_unreachable
from bot.store.engine import Store
from bot.store.faults import DATABASE_AWAY, is_away
from bot.timing import Timing

MARK_PAUSE = 0.5
"""Seconds between two tries to mark while the database is away."""
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

log = logging.getLogger(__name__)


class Dispatch:
    """`wake`: called when something put off may go. `is_stopping`: whether nothing new is to be waited for. `outcomes` counts what
    became of messages, by (channel, outcome)."""

    def __init__(
        self,
        store: Store,
        channel: Channel,
        clock: Clock,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        pace: Pacing,
        limits: Limits,
        timing: Timing,
        wake: Callable[[], None],
        is_stopping: Callable[[], bool],
    ):
        self._store, self._channel, self._clock = store, channel, clock
        self._random, self._sleep, self._pace, self._limits = random, sleep, pace, limits
        self._timing, self._wake, self._is_stopping = timing, wake, is_stopping
        self.outcomes: Counter[tuple[str, str]] = Counter()

    async def deliver(self, message: Outgoing) -> None:
        """Send it, when its turn has come, and mark what became of it."""
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
            if not is_away(error):
                raise
        await self._mark(outbox.mark_retry, message, self._clock.now(), "the database was away")
        return False

    async def reconcile(self, message: Outgoing) -> None:
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
            log.error("channel %s failed on outbox row %d: %s", self._channel.name, message.id, kind_of(error))
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
        self.outcomes[self._channel.name, outcome] += 1

    async def _keep(self, work: Callable[[Connection], None]) -> None:
        """Until it is kept: while the database is away, what the platform answered is remembered here. The fence makes a second
        try harmless, also where the first was kept and only its answer was lost."""
        waited = 0.0
        while True:
            try:
                return await self._store.run(work)
            except DATABASE_AWAY as error:
                if not is_away(error) or waited >= self._timing.mark_patience or self._is_stopping():
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
        asyncio.get_running_loop().call_later(max(0.0, seconds), self._wake)

    def _deadline(self, message: Outgoing) -> datetime:
        patience = message.first_try + PATIENCE[message.kind]
        return min(patience, message.expires_at) if message.expires_at else patience

    def _pause(self, message: Outgoing, after: float | None) -> timedelta:
        """What the platform asks for, or a pause that doubles with each attempt; never two of us at the same moment."""
        if after is not None:
            return timedelta(seconds=after + self._random())
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(message.attempt - 1, 16))
        return timedelta(seconds=longest * (0.5 + self._random() / 2))
