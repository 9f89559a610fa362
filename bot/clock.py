"""What time it is. The only place that reads the wall clock; everything else is told.

Moments are aware and in UTC. Local time is for schedules and for what people read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""


class SystemClock:
    """The clock on the wall."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """Another clock, ahead by `offset`: in the demo a month passes in a minute."""

    def __init__(self, base: Clock, offset: timedelta = timedelta(0)):
        if offset < timedelta(0):
            raise ValueError("a shifted clock never lies behind")
        self.base, self.offset = base, offset

    def now(self) -> datetime:
        return self.base.now() + self.offset

    def forward_to(self, moment: datetime) -> None:
        """Move forward, so that it is `moment` (aware) now; a moment that has passed changes nothing."""
        self.offset = max(self.offset, _aware(moment) - self.base.now())


class FixedClock:
    """A clock that stands still until it is told otherwise: time is a line in the script."""

    def __init__(self, at: datetime):
        self.at = _aware(at)

    def now(self) -> datetime:
        return self.at

    def pass_(self, time: timedelta) -> None:
        """Let `time` go by. Raises ValueError where it is negative."""
        if time < timedelta(0):
            raise ValueError("time does not pass backwards; use `set`")
        self.at += time

    def set(self, at: datetime) -> None:
        """Make it `at` (aware), also backwards, as a machine's clock may jump."""
        self.at = _aware(at)


def local(moment: datetime, timezone: str) -> datetime:
    """`moment` (aware) as the wall clock shows it in `timezone` (IANA name). The other way: `recurrence.instant`."""
    return _aware(moment).astimezone(ZoneInfo(timezone))


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC)
