"""How long everything takes on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.services.outbox import SETTLE

SEND_SECONDS = 30.0
"""How long a platform gets to take one message; well under `SETTLE`."""
LEAVE_WITHIN = 10.0
"""Seconds after a message was marked as leaving within which its first byte must go: a process that was frozen in between must
not send what others have looked into since. With `SEND_SECONDS` it stays well under `SETTLE`."""
LOOK_AGAIN = 5.0
"""Seconds between looks at the outbox when nobody has woken us."""
MARK_PATIENCE = 30.0
"""Seconds for which a mark is tried again while the database is away: what the platform answered is worth keeping."""


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
