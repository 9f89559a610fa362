"""When something comes round again: a rule in local time, and the next moment it gives.

The next moment is always worked out from the rule, never by adding seconds to the last one, and compared in UTC: two
aware times with the same `ZoneInfo` compare by the wall clock and forget which of two equal hours is meant.
A local time that does not exist (summer time begins) becomes the first moment after the gap; one that comes twice
(summer time ends) is the first of the two.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

Kind = Literal["weekly", "monthly_date", "monthly_weekday", "quarterly", "yearly", "once"]

BELONGS = {
    "weekly": {"weekdays", "every", "anchor"},
    "monthly_date": {"day"},
    "monthly_weekday": {"weekdays", "nth"},
    "quarterly": {"month", "day"},
    "yearly": {"month", "day"},
    "once": {"on"},
}
OF_A_KIND = ("weekdays", "every", "anchor", "day", "nth", "month", "on")
DATES = ("anchor", "on", "from_", "until")
DAY = timedelta(days=1)


class RuleError(ValueError):
    """A rule that cannot be followed. `reason` is for machines: the field that is wrong (its JSON name), or

    kind · at · weekdays · every · anchor · day · nth · month · on · from · until · unknown · never (it gives no date at
    all) · timezone · moment.
    """

    def __init__(self, reason: str, detail: str = ""):
        self.reason = reason
        super().__init__(f"{reason}: {detail}" if detail else reason)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rhythm, in the local time of whoever it is for. Raises RuleError where it makes no sense.

    weekly           on `weekdays` (Monday 0), every `every` weeks counted from the week of `anchor` (else of `from_`)
    monthly_date     on `day`; in a shorter month on its last day
    monthly_weekday  on the `nth` (1–4, -1: the last) of the one weekday in `weekdays`
    quarterly        on `day` of the `month`th month (1–3) of each quarter; in a shorter month on its last day
    yearly           on `day` of `month`; 29 February is the 28th in other years
    once             on the date `on`

    `at` is a whole minute; `from_` and `until` are the first and last date, both included.
    """

    kind: Kind
    at: time
    weekdays: tuple[int, ...] = ()
    every: int = 1
    anchor: date | None = None
    day: int = 0
    nth: int = 0
    month: int = 0
    on: date | None = None
    from_: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        _check(self)

    def to_json(self) -> dict[str, Any]:
        """The rule as plain JSON: dates "2027-03-01", time "08:00", what stands at its default left out."""
        written: dict[str, Any] = {"kind": self.kind, "at": self.at.strftime("%H:%M")}
        for field in fields(self)[2:]:
            value = getattr(self, field.name)
            if value != field.default:
                written[field.name.rstrip("_")] = _plain(value)
        return written

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Rule:
        """Read what `to_json` wrote. Raises RuleError."""
        values = {"from_" if key == "from" else key: value for key, value in raw.items()}
        unknown = values.keys() - {field.name for field in fields(cls)}
        if unknown or "from_" in raw:
            raise RuleError("unknown", ", ".join(sorted(unknown | ({"from_"} & raw.keys()))))
        for name in ("kind", "at"):
            if name not in values:
                raise RuleError(name, "missing")
        values["at"] = _read(time.fromisoformat, values["at"], "at")
        for name in DATES:
            if values.get(name) is not None:
                values[name] = _read(date.fromisoformat, values[name], name.rstrip("_"))
        if "weekdays" in values:
            values["weekdays"] = tuple(_read(list, values["weekdays"], "weekdays", list))
        return cls(**values)


def next_after(rule: Rule, moment_utc: datetime, timezone: str) -> datetime | None:
    """The first moment (aware, UTC) strictly after `moment_utc` (aware) that `rule` gives in `timezone` (IANA name).

    None: it never comes again. Raises RuleError (reasons timezone, moment).
    """
    if moment_utc.tzinfo is None:
        raise RuleError("moment", "without a time zone")
    zone = _zone(timezone)
    moment = moment_utc.astimezone(UTC)
    day = next_date(rule, _local_date(moment, zone))
    while day is not None:
        at = _instant(day, rule.at, zone)
        if at is not None and at > moment:
            return at
        day = next_date(rule, day + DAY) if day < date.max else None
    return None


def next_date(rule: Rule, day: date) -> date | None:
    """The first local date on or after `day` that the rule gives, or None. Whether it is a working day is not asked."""
    if rule.from_ is not None and day < rule.from_:
        day = rule.from_
    try:
        found = FINDERS[rule.kind](rule, day)
    except (OverflowError, ValueError):  # past the year 9999
        return None
    if found is None or (rule.until is not None and found > rule.until):
        return None
    return found


def instant(day: date, at: time, timezone: str) -> datetime:
    """The moment (aware, UTC) when clocks in `timezone` show `at` on `day`.

    Not existing: the first moment after the gap. Twice: the first. Raises RuleError (reason timezone, or on: outside
    the years that can be counted in UTC).
    """
    found = _instant(day, at, _zone(timezone))
    if found is None:
        raise RuleError("on", day.isoformat())
    return found


# ---- from a date to a moment -----------------------------------------------------------------------------


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    wall = datetime.combine(day, at).replace(fold=0)
    try:
        before = wall - zone.utcoffset(wall.replace(tzinfo=zone))
        after = wall - zone.utcoffset(wall.replace(tzinfo=zone, fold=1))
    except OverflowError:
        return None
    # Twice: `before` (fold 0) is the first. In a gap the offset before it gives the later moment of the two.
    found = before if before <= after else _end_of_gap(after, before, zone)
    return found.replace(tzinfo=UTC)


def _end_of_gap(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The moment (naive UTC) in (low, high] when the offset changes. Rare, so found by halving, to the second."""
    old = _offset(low, zone)
    seconds = int((high - low).total_seconds())
    first, last = 0, seconds
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(low + timedelta(seconds=middle), zone) == old:
            first = middle
        else:
            last = middle
    return low + timedelta(seconds=last)


def _offset(naive_utc: datetime, zone: ZoneInfo) -> timedelta | None:
    return naive_utc.replace(tzinfo=UTC).astimezone(zone).utcoffset()


def _local_date(moment: datetime, zone: ZoneInfo) -> date:
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # within a day of the first or the last moment there is
        return moment.date()


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError) as wrong:
        raise RuleError("timezone", repr(name)) from wrong


# ---- the first date on or after a day, by kind ------------------------------------------------------------


def _weekly(rule: Rule, day: date) -> date:
    ordinal, today = day.toordinal(), day.weekday()
    if rule.every > 1:
        anchor = rule.anchor or rule.from_
        assert anchor is not None
        weeks = ((ordinal - today) - (anchor.toordinal() - anchor.weekday())) // 7
        to_wait = -weeks % rule.every
    else:
        to_wait = 0
    if to_wait == 0:
        for weekday in rule.weekdays:
            if weekday >= today:
                return date.fromordinal(ordinal + weekday - today)
        to_wait = rule.every
    return date.fromordinal(ordinal - today + 7 * to_wait + rule.weekdays[0])


def _monthly_date(rule: Rule, day: date) -> date:
    found = _in_month(day.year, day.month, rule.day)
    return found if found >= day else _in_month(*_later(day, 1), rule.day)


def _monthly_weekday(rule: Rule, day: date) -> date:
    found = _nth_weekday(day.year, day.month, rule.weekdays[0], rule.nth)
    return found if found >= day else _nth_weekday(*_later(day, 1), rule.weekdays[0], rule.nth)


def _quarterly(rule: Rule, day: date) -> date:
    ahead = (rule.month - day.month) % 3
    found = _in_month(*_later(day, ahead), rule.day)
    return found if found >= day else _in_month(*_later(day, ahead + 3), rule.day)


def _yearly(rule: Rule, day: date) -> date:
    found = _in_month(day.year, rule.month, rule.day)
    return found if found >= day else _in_month(day.year + 1, rule.month, rule.day)


def _once(rule: Rule, day: date) -> date | None:
    return rule.on if rule.on is not None and rule.on >= day else None


FINDERS = {
    "weekly": _weekly,
    "monthly_date": _monthly_date,
    "monthly_weekday": _monthly_weekday,
    "quarterly": _quarterly,
    "yearly": _yearly,
    "once": _once,
}


def _later(day: date, months: int) -> tuple[int, int]:
    count = day.year * 12 + day.month - 1 + months
    return count // 12, count % 12 + 1


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]) if day > 28 else day)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    starts_on, length = calendar.monthrange(year, month)
    first = 1 + (weekday - starts_on) % 7
    return date(year, month, first + 7 * (nth - 1) if nth > 0 else first + (length - first) // 7 * 7)


# ---- what makes sense ------------------------------------------------------------------------------------


def _check(rule: Rule) -> None:
    if rule.kind not in BELONGS:
        raise RuleError("kind", repr(rule.kind))
    if not isinstance(rule.at, time) or rule.at.tzinfo or rule.at.second or rule.at.microsecond:
        raise RuleError("at", "a local time in whole minutes")
    for name in DATES:
        if getattr(rule, name) is not None and type(getattr(rule, name)) is not date:
            raise RuleError(name.rstrip("_"), "not a date")
    for name in OF_A_KIND:
        if name not in BELONGS[rule.kind] and getattr(rule, name) != Rule.__dataclass_fields__[name].default:
            raise RuleError(name, f"does not belong to {rule.kind}")
    CHECKS[rule.kind](rule)
    if rule.from_ and rule.until and rule.from_ > rule.until:
        raise RuleError("until", "before the first date")
    if next_date(rule, date.min) is None:
        raise RuleError("never", "no date between the first and the last")


def _check_weekly(rule: Rule) -> None:
    _check_weekdays(rule)
    _within(rule, "every", 1, 52)
    if rule.every > 1 and rule.anchor is None and rule.from_ is None:
        raise RuleError("anchor", "needed when not every week")


def _check_monthly_weekday(rule: Rule) -> None:
    _check_weekdays(rule)
    if len(rule.weekdays) != 1:
        raise RuleError("weekdays", "exactly one")
    if rule.nth != -1:
        _within(rule, "nth", 1, 4)


def _check_quarterly(rule: Rule) -> None:
    _within(rule, "month", 1, 3)
    _within(rule, "day", 1, 31)


def _check_yearly(rule: Rule) -> None:
    _within(rule, "month", 1, 12)
    _within(rule, "day", 1, calendar.monthrange(2024, rule.month)[1])


def _check_once(rule: Rule) -> None:
    if rule.on is None:
        raise RuleError("on", "missing")


CHECKS = {
    "weekly": _check_weekly,
    "monthly_date": lambda rule: _within(rule, "day", 1, 31),
    "monthly_weekday": _check_monthly_weekday,
    "quarterly": _check_quarterly,
    "yearly": _check_yearly,
    "once": _check_once,
}


def _check_weekdays(rule: Rule) -> None:
    days = rule.weekdays
    if not isinstance(days, tuple) or not days or any(type(day) is not int or not 0 <= day <= 6 for day in days):
        raise RuleError("weekdays", "one or more of 0 (Monday) to 6")
    if list(days) != sorted(set(days)):
        raise RuleError("weekdays", "each once, in order")


def _within(rule: Rule, name: str, low: int, high: int) -> None:
    value = getattr(rule, name)
    if type(value) is not int or not low <= value <= high:
        raise RuleError(name, f"a whole number from {low} to {high}")


# ---- JSON ------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _read(reader: Any, value: Any, name: str, expected: type = str) -> Any:
    if not isinstance(value, expected):
        raise RuleError(name, f"{value!r} is not {expected.__name__}")
    try:
        return reader(value)
    except ValueError as wrong:
        raise RuleError(name, repr(value)) from wrong
