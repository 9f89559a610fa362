"""The last moment at which a message's first byte may go, checked inside the HTTP clients.

Between the mark that a message leaves and its first byte a process may be frozen for minutes; by then another has looked into
it. Delivery sets the moment (`leave_within`), and the clients ask just before they write (`refuse_late`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.errors import TryAgain

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where the system has such a clock, and never jumps."""
_latest: ContextVar[float | None] = ContextVar("latest", default=None)


@contextmanager
def leave_within(seconds: float) -> Iterator[None]:
    """What is sent in this block must have begun to leave within so many seconds from now."""
    token = _latest.set(time.clock_gettime(_CLOCK) + seconds)
    try:
        yield
    finally:
        _latest.reset(token)


def refuse_late() -> None:
    """Raises TryAgain when it is too late for a first byte; nothing has been sent."""
    latest = _latest.get()
    if latest is not None and time.clock_gettime(_CLOCK) > latest:
        raise TryAgain("too late for the first byte")
