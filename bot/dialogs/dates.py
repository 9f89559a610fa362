"""Dates as people say and read them: "på fredag", "om to uger", "1/3", "in two weeks", "fredag den 3. marts 2027".

Danish and English are always both listened for. What is not sure is not guessed at: then the answer is None, and the
bot asks. The words stand in `bot/content/dates.yaml`, the names of weekdays and months come from Babel.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.cards import LANGUAGES, Words
from bot.dialogs.date_words import Amount, DateWords, date_words
from bot.dialogs.word_lists import fold

LONGEST = 80
MOST_SHORTENINGS = 12
DAYS_PER_MONTH = 365.25 / 12
FRIDAY = 4
EVERY_WEEKDAY = range(2024, 2035)  # in these years every date falls on each weekday once or more

NUMERIC = (
    re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})"),
    re.compile(r"(?P<day>[0-9]{1,2})[./](?P<month>[0-9]{1,2})(?:[./-](?P<year>[0-9]{4}|[0-9]{2}))?"),
    re.compile(r"(?P<day>[0-9]{1,2})-(?P<month>[0-9]{1,2})-(?P<year>[0-9]{4}|[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{1,2})[./](?P<month>[0-9]{1,2})\.? (?P<year>[0-9]{4})"),
)


# ---- reading ---------------------------------------------------------------------------------------------


def read_date(text: str, today: date) -> date | None:
    """The day that `text` means when it is said on `today`, or None where it is not understood or not sure.

    A bare weekday is the next one, never today. "næste fredag" is Friday of next week. A day and month without a year
    is the next such day, today included. 1/3 is 1 March. A numbered week without a day is its Friday: what is promised
    for that week is due then. The day may lie in the past where that is what was said; the caller judges.
    """
    said = _tidy(text)
    if not said:
        return None
    try:
        return _read(said, today, date_words())
    except (OverflowError, ValueError):  # no such day: 31 February, or past the year 9999
        return None


def is_date(text: str) -> bool:
    """Whether `text` names a day at all, on whatever day it is said."""
    return any(read_date(text, date(year, 1, 1)) is not None for year in EVERY_WEEKDAY)


def read_days(text: str) -> int | None:
    """A length of time in days: "2 uger" 14, "en måned" 30, "et halvt år" 183, "3 weeks" 21; else None.

    `read_date` understands every such length too, counted from today and by calendar months.
    """
    words = date_words()
    said = _tidy(text)
    for pattern in words.lengths:
        if match := pattern.fullmatch(said):
            if amount := words.amount(match["length"]):
                return math.ceil(amount.number * amount.days) + round(amount.number * amount.months * DAYS_PER_MONTH)
    return None


def _tidy(text: str) -> str:
    """The text with spelling variants gone, and full stops only after digits."""
    if len(text) > LONGEST:
        return ""
    said = fold(text)
    said = re.sub(r"(?<=[0-9])(st|nd|rd|th)\b", ".", said)
    said = re.sub(r"(?<![0-9])[.,–-]|[,–-](?![0-9 ])|,(?![0-9])", " ", said)
    said = re.sub(r"(?<=[0-9]) ?([./-]) ?(?=[0-9])", r"\1", said)
    said = re.sub(r"(?<=[0-9.])(?=[a-z])", " ", said)
    return " ".join(said.split()).strip(" .!?…")


def _read(said: str, today: date, words: DateWords) -> date | None:
    for shorter in _shortenings(said, words):
        found = _read_plainly(shorter, today, words) or _read_with_weekday(shorter, today, words)
        if found is not None:
            return found
    return None


def _shortenings(said: str, words: DateWords) -> Iterator[str]:
    """The text, then without what does not change the day: "senest …", "… kl. 10", "… formiddag"; a few layers of it."""
    texts = [said]
    for text in texts:
        yield text
        for shorter in (words.without_before(text), words.without_after(text)):
            if shorter and shorter not in texts and len(texts) < MOST_SHORTENINGS:
                texts.append(shorter)


def _read_plainly(said: str, today: date, words: DateWords) -> date | None:
    for pattern in NUMERIC:
        if match := pattern.fullmatch(said):
            return _dated(int(match["day"]), int(match["month"]), match["year"], today)
    if said in words.named:
        month, day = words.named[said]
        return _next_dated(day, month, today)
    for meaning, slots in words.meanings(said):
        if (found := MEANINGS[meaning](Said(slots, today, words))) is not None:
            return found
    return None


def _read_with_weekday(said: str, today: date, words: DateWords) -> date | None:
    """ "fredag den 3. marts": the date counts, and the weekday must agree, else one of the two is a slip."""
    first, _, rest = said.partition(" ")
    weekday = words.weekdays.get(first)
    if weekday is None or not rest:
        return None
    rest = words.without_before(rest) or rest
    is_dated = rest[0].isdigit() or rest.partition(" ")[0] in words.months
    found = _read_plainly(rest, today, words) if is_dated and words.amount(rest) is None else None
    return found if found is not None and found.weekday() == weekday else None


# ---- what each phrase means ------------------------------------------------------------------------------


class Said(NamedTuple):
    """A phrase that fits: what stood in its slots, and when it was said."""

    slots: dict[str, str]
    today: date
    words: DateWords

    @property
    def weekday(self) -> int | None:
        return self.words.weekdays.get(self.slots["weekday"])

    @property
    def month(self) -> int | None:
        return self.words.months.get(self.slots["month"])

    @property
    def amount(self) -> Amount | None:
        return self.words.amount(self.slots["length"])


def _ahead(said: Said, sign: int = 1) -> date | None:
    amount = said.amount
    if amount is None:
        return None
    months = int(amount.number * amount.months)
    days = math.ceil(amount.number * amount.days + (amount.number * amount.months - months) * 30)
    return _months_later(said.today, sign * months) + timedelta(days=sign * days)


def _weekday(said: Said, weeks: int = 0) -> date | None:
    if said.weekday is None:
        return None
    return _after(said.today, said.weekday) + timedelta(weeks=weeks)


def _weekday_next_week(said: Said) -> date | None:
    return None if said.weekday is None else _monday(said.today) + timedelta(days=7 + said.weekday)


def _weekday_of_week(said: Said) -> date | None:
    return None if said.weekday is None else _in_week(int(said.slots["week"]), said.weekday, said.today)


def _day_of_month(said: Said) -> date | None:
    """The next month (this one included) that has such a day, and has not passed it."""
    day = int(said.slots["day"])
    for months in range(3):
        first = _months_later(said.today.replace(day=1), months)
        if 1 <= day <= _days_in(first) and first.replace(day=day) >= said.today:
            return first.replace(day=day)
    return None


def _day_and_month(said: Said) -> date | None:
    if said.month is None:
        return None
    return _dated(int(said.slots["day"]), said.month, said.slots.get("year"), said.today)


def _in_a_month(said: Said, day: int) -> date | None:
    """The day of the named month; -1 is its last. A month that has begun still counts until that day has passed."""
    if said.month is None:
        return None
    for year in (said.today.year, said.today.year + 1):
        first = date(year, said.month, 1)
        found = first.replace(day=day if day > 0 else _days_in(first))
        if found >= said.today:
            return found
    return None


def _end_of_week(said: Said) -> date:
    """Friday, the last working day; said on a weekend, that Sunday."""
    friday = _monday(said.today) + timedelta(days=FRIDAY)
    return friday if friday >= said.today else friday + timedelta(days=2)


MEANINGS: dict[str, Callable[[Said], date | None]] = {
    "today": lambda said: said.today,
    "tomorrow": lambda said: said.today + timedelta(days=1),
    "day_after_tomorrow": lambda said: said.today + timedelta(days=2),
    "yesterday": lambda said: said.today - timedelta(days=1),
    "ahead": _ahead,
    "ago": lambda said: _ahead(said, -1),
    "weekday": _weekday,
    "weekday_next_week": _weekday_next_week,
    "weekday_a_week_later": lambda said: _weekday(said, 1),
    "next_week": lambda said: said.today + timedelta(days=7),
    "next_month": lambda said: _months_later(said.today, 1),
    "next_year": lambda said: _months_later(said.today, 12),
    "week_number": lambda said: _in_week(int(said.slots["week"]), FRIDAY, said.today),
    "weekday_of_week_number": _weekday_of_week,
    "day_of_month": _day_of_month,
    "day_and_month": _day_and_month,
    "end_of_week": _end_of_week,
    "end_of_month": lambda said: said.today.replace(day=_days_in(said.today)),
    "end_of_year": lambda said: date(said.today.year, 12, 31),
    "start_of_a_month": lambda said: _in_a_month(said, 1),
    "middle_of_a_month": lambda said: _in_a_month(said, 15),
    "end_of_a_month": lambda said: _in_a_month(said, -1),
}


# ---- the calendar ----------------------------------------------------------------------------------------


def _dated(day: int, month: int, year: str | None, today: date) -> date | None:
    if not year:
        return _next_dated(day, month, today)
    return date(int(year) + (2000 if len(year) == 2 else 0), month, day)


def _next_dated(day: int, month: int, today: date) -> date | None:
    date(2024, month, day)  # a day that no year has is an error, not a search
    for year in range(today.year, today.year + 9):  # 29 February can be eight years away
        if month == 2 and day == 29 and not calendar.isleap(year):
            continue
        if (found := date(year, month, day)) >= today:
            return found
    return None


def _in_week(week: int, weekday: int, today: date) -> date:
    """The day in that ISO week, this year or, where that has passed, the next year that has such a week."""
    for year in range(today.isocalendar().year, today.year + 9):
        try:
            found = date.fromisocalendar(year, week, weekday + 1)
        except ValueError:  # week 53 in a year of 52
            continue
        if found >= today:
            return found
    raise ValueError(week)


def _after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months_later(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    return first.replace(day=min(day.day, _days_in(first)))


def _days_in(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


# ---- showing ---------------------------------------------------------------------------------------------


def show_date(d: date, language: str) -> str:
    """In full: "onsdag den 3. marts 2027", "Wednesday 3 March 2027"."""
    from babel.dates import format_date  # here, because it is dear and not needed at start

    return format_date(d, date_words().shown_date.spoken(language), locale=language)


def show_moment(at_utc: datetime, timezone: str, language: str) -> str:
    """In full, as the clock shows it in `timezone` (IANA name): "onsdag den 3. marts 2027 kl. 08.00"."""
    from babel.dates import format_time

    at = at_utc.astimezone(ZoneInfo(timezone))
    clock = format_time(at.time(), "short", locale="en_GB" if language == "en" else language)
    return date_words().shown_moment.fill(date=show_date(at.date(), language), time=clock).spoken(language)


def words_of_date(d: date) -> Words:
    """The date in full, for whoever reads it."""
    return Words(**{language: show_date(d, language) for language in LANGUAGES})


def words_of_day(d: date) -> Words:
    """Day and month, where the year goes without saying: "3. marts", "3 March"."""
    from babel.dates import format_skeleton

    locales = {language: "en_GB" if language == "en" else language for language in LANGUAGES}
    return Words(**{language: format_skeleton("MMMMd", d, locale=locale) for language, locale in locales.items()})


def words_of_moment(at_utc: datetime, timezone: str) -> Words:
    """The moment in full, for whoever reads it."""
    return Words(**{language: show_moment(at_utc, timezone, language) for language in LANGUAGES})


def words_of_clock(at_utc: datetime, timezone: str) -> Words:
    """The time of day there, as each language writes it: "14.30", "14:30"."""
    shown = at_utc.astimezone(ZoneInfo(timezone)).strftime("%H:%M")
    return Words(shown.replace(":", "."), shown)
