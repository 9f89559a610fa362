"""Quarters: what numbers are about (privacy §8.5: whole quarters, no day or week)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from bot.clock import local
from bot.recurrence import instant


@dataclass(frozen=True, order=True)
class Quarter:
    """`number`: 1 to 4."""

    year: int
    number: int

    @property
    def starts(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def after(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> Quarter:
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def key(self) -> str:
        """As it stands in the rows: "2027-1"."""
        return f"{self.year}-{self.number}"

    def over_at(self, timezone: str) -> datetime:
        """The moment (UTC) when it is over there."""
        return instant(self.after.starts, time(0), timezone)


def quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def quarter_at(moment: datetime, timezone: str) -> Quarter:
    return quarter_of(local(moment, timezone).date())


def read_quarter(key: str) -> Quarter:
    """The other way of `Quarter.key`. Raises ValueError."""
    year, number = (int(part) for part in key.split("-"))
    if not (1 <= number <= 4 and 1 <= year < 9999):
        raise ValueError("not a quarter")
    return Quarter(year, number)
