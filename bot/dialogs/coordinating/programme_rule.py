"""When a programme comes, as it is asked – how often, from which day, at what time, until when – and as a rule. Pure.

What a rule needs beside (the weekday, the day of the month, which Tuesday of it) follows from the first day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EVERY = (2, 3, 4, 6, 8)
HOW = ("once", "weekly", *(f"every_{n}" for n in EVERY), "monthly_date", "monthly_weekday", "quarterly", "yearly")
LAST = -1


@dataclass(frozen=True)
class When:
    """`at` is "HH:MM", in each receiver's own time. `until` None: it goes on."""

    how: str
    first: date
    at: str
    until: date | None = None

    def rule(self) -> dict[str, Any]:
        """As `bot.recurrence.Rule` reads it."""
        if self.how == "once":
            return {"kind": "once", "on": self.first.isoformat(), "at": self.at}
        made = {"at": self.at, "from": self.first.isoformat(), **self._kind()}
        return made | ({"until": self.until.isoformat()} if self.until else {})

    def _kind(self) -> dict[str, Any]:
        day = self.first
        match self.how:
            case "monthly_date":
                return {"kind": "monthly_date", "day": day.day}
            case "monthly_weekday":
                return {"kind": "monthly_weekday", "weekdays": [day.weekday()], "nth": _nth(day)}
            case "quarterly":
                return {"kind": "quarterly", "month": (day.month - 1) % 3 + 1, "day": day.day}
            case "yearly":
                return {"kind": "yearly", "month": day.month, "day": day.day}
        every = int(self.how.removeprefix("every_")) if self.how.startswith("every_") else 1
        return {"kind": "weekly", "weekdays": [day.weekday()], **({"every": every} if every > 1 else {})}


def read_when(raw: Mapping[str, Any]) -> When:
    """The rule of a programme as it was asked."""
    until = date.fromisoformat(raw["until"]) if raw.get("until") else None
    first = date.fromisoformat(str(raw.get("from") or raw.get("on") or raw["anchor"]))
    every = int(raw.get("every", 1))
    how = f"every_{every}" if raw["kind"] == "weekly" and every > 1 else str(raw["kind"])
    return When(how, first, str(raw["at"]), until)


def suggested(kind: str, today: date, local_now: datetime) -> When:
    """What fits most: a programme on Tuesdays at nine (Mondays are full); a message tomorrow; a hard event begins the same day."""
    if kind == "rotation":
        return When("weekly", today + timedelta(days=(1 - today.weekday()) % 7 or 7), "09:00")
    if kind == "series" and local_now.hour < 15:
        return When("once", today, max(time(local_now.hour + 1), time(9)).strftime("%H:%M"))
    ahead = today + timedelta(days=1)
    while ahead.weekday() > 4:
        ahead += timedelta(days=1)
    return When("once", ahead, "09:00")


def is_skipped(day: date, at: str, timezone: str) -> bool:
    """Whether clocks never show that time on that day, because they go forward over it."""
    wall = datetime.combine(day, time.fromisoformat(at))
    there = wall.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC).astimezone(ZoneInfo(timezone))
    return there.replace(tzinfo=None) != wall


def _nth(day: date) -> int:
    """Which of its weekday in the month a day is; the fifth is the last."""
    nth = (day.day - 1) // 7 + 1
    return LAST if nth == 5 else nth
