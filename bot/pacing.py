"""How fast a platform may be spoken to. One table; delivery waits accordingly before each message."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

CROWDED = 10_000
"""Places remembered before those that have been quiet for long enough are forgotten."""


@dataclass(frozen=True)
class Limit:
    """At most `messages` in any `seconds`."""

    messages: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """`conversation`: for each conversation; `organisation`: for a whole workspace or tenant."""

    conversation: tuple[Limit, ...] = ()
    organisation: tuple[Limit, ...] = ()


SLACK = Limits(
    # "about 1 message per second per channel", several hundred a minute for a workspace:
    # https://docs.slack.dev/apis/web-api/rate-limits.md
    conversation=(Limit(1, 1),),
    organisation=(Limit(300, 60),),
)
TEAMS = Limits(
    # https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit; sources say 30 or 50 a second for an app
    # in a tenant, so the lower.
    conversation=(Limit(7, 1), Limit(8, 2), Limit(60, 30), Limit(1800, 3600)),
    organisation=(Limit(30, 1),),
)
PACING = {"slack": SLACK, "teams": TEAMS}
"""By channel; one that is not here (the web chat) needs no pacing."""


@dataclass
class Pace:
    """When the next message to a place may leave. `now` gives seconds and never goes back (`time.monotonic`)."""

    limits: Limits
    now: Callable[[], float] = monotonic
    _left: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    def reserve(self, organisation: str, conversation: str) -> float:
        """The seconds to wait before a message to this conversation may leave; its place in the row is taken."""
        now = self.now()
        places = (
            (self.limits.conversation, self._of("conversation", conversation, self.limits.conversation)),
            (self.limits.organisation, self._of("organisation", organisation, self.limits.organisation)),
        )
        at = max((_free_at(limits, left, now) for limits, left in places), default=now)
        for limits, left in places:
            if limits:
                left.append(at)
        return at - now

    def _of(self, kind: str, id: str, limits: tuple[Limit, ...]) -> deque[float]:
        if len(self._left) > CROWDED:
            self._forget()
        most = max((limit.messages for limit in limits), default=0)
        return self._left.setdefault((kind, id), deque(maxlen=most)) if limits else deque()

    def _forget(self) -> None:
        longest = max(limit.seconds for limit in (*self.limits.conversation, *self.limits.organisation))
        quiet = [place for place, left in self._left.items() if not left or left[-1] + longest < self.now()]
        for place in quiet:
            del self._left[place]


def _free_at(limits: tuple[Limit, ...], left: deque[float], now: float) -> float:
    free = now
    for limit in limits:
        if len(left) >= limit.messages:
            free = max(free, left[-limit.messages] + limit.seconds)
    return free
