"""The words for dates and lengths of time, read from `bot/content/dates.yaml` and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from bot.cards import LANGUAGES, Words
from bot.dialogs.word_lists import CONTENT, WordReader, fold, read_mapping

SLOTS = {
    "weekday": r"(?P<weekday>[a-z]+)",
    "month": r"(?P<month>[a-z]+)",
    "day": r"(?P<day>[0-9]{1,2})\.?",
    "year": r"(?P<year>[0-9]{4})",
    "week": r"(?P<week>[0-9]{1,2})",
    "length": r"(?P<length>(?:[0-9]{1,4} )?[a-z]+(?: [a-z]+){0,5})",
}
MEANT = (
    "ahead ago today tomorrow day_after_tomorrow yesterday weekday weekday_next_week weekday_a_week_later next_week "
    "next_month next_year week_number weekday_of_week_number day_of_month day_and_month end_of_week end_of_month "
    "end_of_year start_of_a_month middle_of_a_month end_of_a_month"
).split()
PARTS = {"before", "after", "hours", "shown", "weekdays", "months", "numbers", "units", "lengths", "phrases", "named", "periods"}


class Amount(NamedTuple):
    """`number` times so many days or months."""

    number: float
    days: int
    months: int


@dataclass(frozen=True)
class PeriodWords:
    """What makes a period of two days. `to` matches with the spaces around it; `weeks` has the groups first and last."""

    before_first: re.Pattern[str]
    to: re.Pattern[str]
    weeks: re.Pattern[str]
    next_week: frozenset[str]
    this_week: frozenset[str]

    def without_from(self, said: str) -> str:
        match = self.before_first.match(said)
        return said[match.end() :] if match else said


@dataclass(frozen=True)
class DateWords:
    """Everything that is listened for, by its folded spelling."""

    weekdays: dict[str, int]
    months: dict[str, int]
    numbers: dict[str, float]
    units: dict[str, tuple[int, int]]
    named: dict[str, tuple[int, int]]
    fixed: dict[str, str]
    slotted: tuple[tuple[str, re.Pattern[str]], ...]
    lengths: tuple[re.Pattern[str], ...]
    before: re.Pattern[str]
    after: re.Pattern[str]
    shown_date: Words
    shown_moment: Words
    periods: PeriodWords

    def meanings(self, said: str) -> Iterator[tuple[str, dict[str, str]]]:
        """The phrases that `said` fits, by meaning, with what stands in their slots."""
        if said in self.fixed:
            yield self.fixed[said], {}
        for meaning, pattern in self.slotted:
            if match := pattern.fullmatch(said):
                yield meaning, match.groupdict()

    def amount(self, said: str) -> Amount | None:
        """ "to uger", "14 dage", "et halvt år", or None."""
        parts = said.split()
        for cut in range(1, len(parts)):
            number = self._number(" ".join(parts[:cut]))
            unit = self.units.get(" ".join(parts[cut:]))
            if number and unit:
                return Amount(number, *unit)
        return None

    def _number(self, said: str) -> float | None:
        return int(said) if said.isdigit() else self.numbers.get(said)

    def without_before(self, said: str) -> str:
        """Without one word or phrase in front that changes nothing; "" where there is none."""
        match = self.before.match(said)
        return said[match.end() :] if match else ""

    def without_after(self, said: str) -> str:
        """Without an hour or a part of the day at the end; "" where there is none."""
        match = self.after.search(said)
        return said[: match.start()] if match else ""


@lru_cache(maxsize=1)
def date_words() -> DateWords:
    """The words that came with the program, read when they are first needed."""
    return load_date_words(CONTENT / "dates.yaml")


def load_date_words(path: Path) -> DateWords:
    """Read and check the file. Raises ContentError."""
    raw = read_mapping(path)
    reader = _Reader(path.name)
    reader.keys(raw, PARTS, "")
    both = {part: reader.in_both(raw[part], part) for part in ("before", "after", "hours", "lengths")}
    fixed, slotted = reader.phrases(raw["phrases"])
    return DateWords(
        weekdays=reader.valued(raw["weekdays"], "weekdays") | reader.from_babel("days"),
        months=reader.valued(raw["months"], "months") | reader.from_babel("months"),
        numbers=reader.valued(raw["numbers"], "numbers"),
        units=reader.units(raw["units"]),
        named=reader.named(raw["named"]),
        fixed=fixed,
        slotted=slotted,
        lengths=tuple(reader.pattern(phrase, "lengths") for phrase in both["lengths"]),
        before=re.compile(rf"(?:{_any_of(both['before'])}) "),
        after=re.compile(rf" (?:{_any_of(both['after'])}|{_hour(both['hours'])})$"),
        shown_date=reader.shown(raw["shown"], "date"),
        shown_moment=reader.shown(raw["shown"], "moment"),
        periods=reader.periods(raw["periods"]),
    )


class _Reader(WordReader):
    """Reads the parts of the file."""

    def valued(self, raw: Any, where: str) -> dict[str, Any]:
        if not isinstance(raw, dict) or not all(type(value) in (int, float) for value in raw):
            raise self.refuse(where, "its keys are not numbers", "write the number first, then its words")
        return self.once({value: self.in_both(words, f"{where}.{value}") for value, words in raw.items()}, where)

    def units(self, raw: Any) -> dict[str, tuple[int, int]]:
        by_length: dict[Any, list[str]] = {}
        for unit, body in (raw if isinstance(raw, dict) else {}).items():
            where = f"units.{unit}"
            words = dict(body) if isinstance(body, dict) else {}
            days, months = words.pop("days", 0), words.pop("months", 0)
            if type(days) is not int or type(months) is not int or (days > 0) == (months > 0):
                raise self.refuse(where, "needs days or months", "write one of them, as a whole number")
            by_length[(days, months)] = self.in_both(words, where)
        return self.once(by_length, "units")

    def named(self, raw: Any) -> dict[str, tuple[int, int]]:
        by_day: dict[Any, list[str]] = {}
        for day, words in (raw if isinstance(raw, dict) else {}).items():
            if not isinstance(day, str) or not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", day):
                raise self.refuse(f"named.{day}", "is not a day of the year", 'write it as "12-24"')
            by_day[(int(day[:2]), int(day[3:]))] = self.in_both(words, f"named.{day}")
        return self.once(by_day, "named")

    def phrases(self, raw: Any) -> tuple[dict[str, str], tuple[tuple[str, re.Pattern[str]], ...]]:
        self.keys(raw, set(MEANT), "phrases")
        by_phrase = self.once({name: self.in_both(raw[name], f"phrases.{name}") for name in raw}, "phrases")
        fixed = {phrase: name for phrase, name in by_phrase.items() if "{" not in phrase}
        slotted = ((phrase, name) for phrase, name in by_phrase.items() if "{" in phrase)
        return fixed, tuple((name, self.pattern(phrase, f"phrases.{name}")) for phrase, name in slotted)

    def periods(self, raw: Any) -> PeriodWords:
        self.keys(raw, {"from", "to", "week", "next_week", "this_week"}, "periods")
        said = {part: [fold(word) for word in self.in_both(raw[part], f"periods.{part}")] for part in raw}
        to, week = _any_of(said["to"]), _any_of(said["week"])
        weeks = rf"(?:{week}) (?P<first>[0-9]{{1,2}})(?: ?(?:[-–—]|{to}) ?(?:(?:{week}) )?(?P<last>[0-9]{{1,2}}))?"
        return PeriodWords(
            before_first=re.compile(rf"(?:{_any_of(said['from'])}) "),
            to=re.compile(rf" (?:{to}) "),
            weeks=re.compile(weeks),
            next_week=frozenset(said["next_week"]),
            this_week=frozenset(said["this_week"]),
        )

    def pattern(self, phrase: str, where: str) -> re.Pattern[str]:
        unknown = set(re.findall(r"\{(.*?)\}", phrase)) - SLOTS.keys()
        if unknown:
            raise self.refuse(where, f"unknown slot {{{min(unknown)}}}", f"use {', '.join(SLOTS)}")
        return re.compile(re.sub(r"\{(\w+)\}", lambda slot: SLOTS[slot[1]], phrase))

    def shown(self, raw: Any, part: str) -> Words:
        self.keys(raw, {"date", "moment"}, "shown")
        self.keys(raw[part], set(LANGUAGES), f"shown.{part}")
        return Words(**raw[part])

    def from_babel(self, part: str) -> dict[str, int]:
        from babel import Locale  # here, because it is dear and not needed at start

        by_width = (getattr(Locale(language), part)["format"] for language in LANGUAGES)
        widths = (names[width] for names in by_width for width in ("wide", "abbreviated"))
        return {fold(word).strip("."): value for names in widths for value, word in names.items()}



def _hour(words: list[str]) -> str:
    return rf"(?:(?:{_any_of(words)}) [0-9]{{1,2}}(?:[:.][0-9]{{2}})?|[0-9]{{1,2}}:[0-9]{{2}})(?: ?[ap]m)?"


def _any_of(phrases: list[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
