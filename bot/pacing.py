"""How fast a platform may be spoken to. One table; delivery waits accordingly before each message.

One process keeps the pace in memory (`Pace`). Several share it in the database (`bot/services/spacing.py`): the same windows,
so that all of them together are no faster than one would be.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

CROWDED = 10_000
"""Places remembered before those that have been quiet for long enough are forgotten."""
LONGEST_WAIT = 15.0
"""Seconds that a message in hand waits for its turn; for longer ones no place is kept, and it is taken up again then."""


@dataclass(frozen=True)
class Limit:
    """At most `messages` in any `seconds`."""

    messages: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """`conversation`: for each conversation; `organisation`: for a whole workspace or tenant.

    `busy_holds_all`: when the platform asks us to wait, it means the whole workspace, not only this conversation.
    """

    conversation: tuple[Limit, ...] = ()
    organisation: tuple[Limit, ...] = ()
    busy_holds_all: bool = False

    @property
    def longest(self) -> float:
        """The longest window, in seconds."""
        return max((limit.seconds for limit in (*self.conversation, *self.organisation)), default=0.0)


SLACK = Limits(
    # "about 1 message per second per channel", several hundred a minute for a workspace; after a 429 the method rests
    # for that workspace: https://docs.slack.dev/apis/web-api/rate-limits.md
    conversation=(Limit(1, 1),),
    organisation=(Limit(300, 60),),
    busy_holds_all=True,
)
TEAMS = Limits(
    # https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit; sources say 30 or 50 a second for an app
    # in a tenant, so the lower.
    conversation=(Limit(7, 1), Limit(8, 2), Limit(60, 30), Limit(1800, 3600)),
    organisation=(Limit(30, 1),),
)
PACING = {"slack": SLACK, "teams": TEAMS}
"""By channel; one that is not here (the web chat) needs no pacing."""


class Pacing(Protocol):
    """Who keeps the pace of one channel."""

    async def reserve(self, organisation: str, conversation: str) -> float:
        """The seconds to wait before a message to this conversation may leave. Its place in the row is taken, unless that is
        more than `LONGEST_WAIT`."""

    async def hold(self, organisation: str, seconds: float) -> None:
        """The platform wants to hear nothing more about this organisation for so long."""

    async def held(self, organisation: str) -> float:
        """The seconds for which it still wants to hear nothing."""


@dataclass
class Pace:
    """The pace of one channel in one process. `now` gives seconds and never goes back (`time.monotonic`)."""

    limits: Limits
    now: Callable[[], float] = monotonic
    _left: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)

    async def reserve(self, organisation: str, conversation: str) -> float:
        now = self.now()
        places = (
            (self.limits.conversation, self._of("conversation", conversation)),
            (self.limits.organisation, self._of("organisation", organisation)),
        )
        at = max(self._held.get(organisation, now), *(free_at(limits, left, now) for limits, left in places))
        if at - now <= LONGEST_WAIT:
            for limits, left in places:
                keep(limits, left, at)
        return at - now

    async def hold(self, organisation: str, seconds: float) -> None:
        self._held[organisation] = max(self._held.get(organisation, 0.0), self.now() + seconds)

    async def held(self, organisation: str) -> float:
        return max(0.0, self._held.get(organisation, 0.0) - self.now())

    def _of(self, kind: str, id: str) -> list[float]:
        if len(self._left) > CROWDED:
            self._forget()
        return self._left.setdefault((kind, id), [])

    def _forget(self) -> None:
        quiet = [place for place, left in self._left.items() if not left or left[-1] + self.limits.longest < self.now()]
        for place in quiet:
            del self._left[place]


def free_at(limits: Sequence[Limit], left: Sequence[float], now: float) -> float:
    """The first moment from `now` on when one more may leave, after those that left (or will leave) at `left`, sorted."""
    free = now
    for limit in limits:
        if len(left) >= limit.messages:
            free = max(free, left[-limit.messages] + limit.seconds)
    return free


def keep(limits: Sequence[Limit], left: list[float], at: float) -> None:
    """Remember that one leaves at `at`, and no more than the limits need."""
    if limits:
        insort(left, at)
        del left[: -max(limit.messages for limit in limits)]
