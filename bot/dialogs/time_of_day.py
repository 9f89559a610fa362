"""A time of day as people write it."""

from __future__ import annotations

import re

CLOCK = re.compile(r"(?:kl\.? *)?([01]?\d|2[0-3])(?:[.:]?([0-5]\d))?", re.IGNORECASE)


def read_clock(said: str) -> str:
    """ "8", "8.30", "08:30" and "kl. 0830" as "HH:MM"; "" where it is no time of day."""
    match = CLOCK.fullmatch(said.strip())
    return f"{int(match[1]):02}:{match[2] or '00'}" if match else ""
