"""The steps of a resident conference and their minutes, and how what is left is planned anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STEPS = ("s0", "s1", "s2", "s3", "s4")
MINUTES = {"s0": 5, "s1": 10, "s2": 15, "s3": 30, "s4": 15}
"""The work method's own times (004§Vejledning; Sundhedsstyrelsen 2020): 2 × 5, 15, 30 and 15 minutes. It gives the follow-up no
time; five minutes are ours."""
LEAST, MOST = 2, 90
"""Minutes a step can have; 0: it is left out."""
CHANGE = 5
"""Minutes that "more" and "less" mean."""
EVERY = (0, 4, 8, 12)
"""Weeks between conferences; 0: it does not come again."""
PREPARED_AT = time(9)
"""When somebody is reminded, in local time."""

Minutes = Mapping[str, int]


def read_minutes(said: str) -> int | None:
    """A step's minutes as they were typed, or None."""
    number = int(said) if said.strip().isdecimal() and len(said.strip()) < 4 else 0
    is_left_out = said.strip() == "0"
    return number if is_left_out or LEAST <= number <= MOST else None


def shared_out(minutes: Minutes, left: int) -> dict[str, int]:
    """`left` minutes over these steps, in the proportions they have now; none gets fewer than `LEAST`.

    Their sum is `left` where that is possible, else the least there can be.
    """
    if not minutes:
        return {}
    spare = max(0, left - LEAST * len(minutes))
    weights = {step: max(0, given - LEAST) or 1 for step, given in minutes.items()}
    whole = sum(weights.values())
    shares = {step: spare * weight // whole for step, weight in weights.items()}
    behind = spare - sum(shares.values())
    by_remainder = sorted(weights, key=lambda step: (-(spare * weights[step] % whole), step))
    return {step: LEAST + shares[step] + (step in by_remainder[:behind]) for step in minutes}


def held(minutes: Minutes) -> tuple[str, ...]:
    """The steps that are not left out."""
    return tuple(step for step in STEPS if minutes[step])


def after(step: str, minutes: Minutes) -> tuple[str, ...]:
    """The steps that come after this one."""
    return tuple(one for one in held(minutes) if one > step)


def before(step: str, minutes: Minutes) -> tuple[str, ...]:
    """The steps that come before this one."""
    return tuple(one for one in held(minutes) if one < step)


def moment_of(day: date, clock: str, timezone: str) -> datetime:
    """The moment (UTC) when clocks there show `clock` ("HH:MM") on that day."""
    at = time.fromisoformat(clock)
    return datetime.combine(day, at, ZoneInfo(timezone)).astimezone(UTC)


def morning_of(day: date, timezone: str) -> datetime:
    return datetime.combine(day, PREPARED_AT, ZoneInfo(timezone)).astimezone(UTC)


def minutes_until(moment: datetime, now: datetime) -> int:
    """Whole minutes, begun ones counted; 0 where it has passed."""
    return max(0, -((now - moment) // timedelta(minutes=1)))
