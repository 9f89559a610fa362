""""Later": when a card comes back, without moving the series."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

AFTERNOON = time(14)
MORNING = time(9)


def later_moment(choice: str, now: datetime, timezone: str) -> datetime | None:
    """When (UTC) a card comes back: in an hour, this afternoon at 14, tomorrow or in a week at 9, local time.

    An afternoon that is already here means in an hour. None for a choice that is not known.
    """
    local = now.astimezone(ZoneInfo(timezone))
    match choice:
        case "hour":
            return now + timedelta(hours=1)
        case "afternoon":
            at = _at(local, 0, AFTERNOON)
            return at if at > now else now + timedelta(hours=1)
        case "tomorrow":
            return _at(local, 1, MORNING)
        case "week":
            return _at(local, 7, MORNING)
    return None


def _at(local: datetime, days: int, clock: time) -> datetime:
    day = local.date() + timedelta(days=days)
    return datetime.combine(day, clock, local.tzinfo).astimezone(UTC)
