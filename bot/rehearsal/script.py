"""Reading a script: one line, one thing that happens or is expected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.errors import PejlingError


class Difference(PejlingError):
    """The performance differs from the script; the message names the line."""


@dataclass(frozen=True)
class Line:
    number: int
    text: str


@dataclass(frozen=True)
class Cast(Line):
    """`role_centre`: the one centre a coordinator has; empty: all of them."""

    name: str
    language: str = "da"
    level: str = "lm"
    groups: tuple[str, ...] = ()
    leader: str = ""
    is_new: bool = False
    centre: str = ""
    role: str = ""
    role_centre: str = ""


@dataclass(frozen=True)
class PlaceCast(Line):
    """A place where `people` are together, and what is spoken there."""

    place: str
    people: tuple[str, ...]
    language: str = "da"


@dataclass(frozen=True)
class Time(Line):
    """`at` sets the clock (local time); `span` lets time pass; neither: to the next thing that happens."""

    at: str = ""
    span: timedelta | None = None


@dataclass(frozen=True)
class Expected(Line):
    """`what`: "bot" (a message), "post" (one that is edited), "page" (a form), or what is kept: "log", "agreements", "shared".
    `person`: to whom; a place, where `is_place`."""

    what: str
    person: str
    said: str
    is_place: bool = False


@dataclass(frozen=True)
class Deed(Line):
    """What a person does: joins, begins a flow, writes, presses `value`, or fills the field `about` with `value`. `place`: where
    others read along."""

    person: str
    kind: str
    value: str
    about: str = ""
    place: str = ""


@dataclass(frozen=True)
class Stagecraft(Line):
    """`kind`: restart, twice, notice, loses (`person` has the role `value` no more), reminds (`person` has those who have not begun
    the last programme reminded); closed and open: `place`, to the bot."""

    kind: str
    person: str = ""
    value: str = ""
    place: str = ""


@dataclass(frozen=True)
class Plans(Line):
    """`person`, who coordinates, plans something for everybody and starts it. `rule` and `at`: "weekly 1" (Monday 0) or
    "once 2026-03-04", and a local time; `flow` empty for a reminder; `words` the reason, or the reminder itself."""

    person: str
    kind: str
    flow: str
    rule: str
    at: str
    drops: bool
    title: str
    words: str


SPANS = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}
REPEATED = re.compile(r"(.+) × (\d+)")
SIGN = re.compile(r"\\n|\\x([0-9a-f]{2})")
PATTERNS = {
    "cast": re.compile(r"cast (\w+)(?:: (.+))?"),
    "at": re.compile(r"-- it is (\d{4}-\d\d-\d\d \d\d:\d\d)"),
    "span": re.compile(r"-- (\d+) (minute|hour|day|week)s? later"),
    "next": re.compile(r"-- to the next thing that happens"),
    "restart": re.compile(r"-- the bot restarts"),
    "twice": re.compile(r"-- that arrives twice"),
    "loses": re.compile(r"-- (\w+) is no longer (coordinator|administrator)"),
    "plans": re.compile(
        r"-- (\w+) plans (flow|series|reminder)(?: (F\d\d))? (weekly \d|once \d{4}-\d\d-\d\d) at (\d\d:\d\d)(, dropped on holidays)?: (.+?) / (.+)"
    ),
    "reminds": re.compile(r"-- (\w+) has the silent reminded"),
    "notice": re.compile(r"-- the notice changes"),
    "place": re.compile(r'place "([^":]+)"(?:, (da|en))?: (.+)'),
    "closed": re.compile(r"-- ([^:]+) is closed to the bot"),
    "open": re.compile(r"-- ([^:]+) is open again"),
    "expected": re.compile(r"(bot|page) to (\w+): (.+)"),
    "posted": re.compile(r"(bot|post) in ([^:]+): (.+)"),
    "kept": re.compile(r"(log|agreements|shared) of (\w+): (.+)"),
    "begins": re.compile(r"(\w+) begins (F\d\d)"),
    "joins": re.compile(r"(\w+) joins"),
    "presses_there": re.compile(r"(\w+) in ([^:]+): \[([^\]]+)\](?: on (an old card))?"),
    "writes_there": re.compile(r"(\w+) in ([^:]+): (.+)"),
    "presses": re.compile(r"(\w+): \[([^\]]+)\](?: on (.+))?"),
    "fills": re.compile(r"(\w+): (.+?) =(?: (.*))?"),
    "writes": re.compile(r"(\w+): (.+)"),
}


def read_script(text: str) -> list[Line]:
    """The lines of a script; comments (#) and empty lines are left out. Raises Difference on a line that means nothing."""
    lines = []
    for number, raw in enumerate(text.splitlines(), 1):
        said = raw.strip()
        if said and not said.startswith("#"):
            lines.append(_read_line(number, said))
    return lines


def _read_line(number: int, said: str) -> Line:
    for kind, pattern in PATTERNS.items():
        if match := pattern.fullmatch(said):
            return _line(kind, match, number, said)
    raise Difference(f"line {number}: a script has no such line: {said}")


def _line(kind: str, match: re.Match[str], number: int, said: str) -> Line:
    match kind:
        case "cast":
            return _cast(match, number, said)
        case "at":
            return Time(number, said, at=match[1])
        case "span":
            return Time(number, said, span=timedelta(minutes=int(match[1]) * SPANS[match[2]]))
        case "next":
            return Time(number, said)
        case "place":
            return PlaceCast(number, said, match[1], tuple(one.strip() for one in match[3].split(",")), match[2] or "da")
        case "closed" | "open":
            return Stagecraft(number, said, kind, place=match[1])
        case "posted":
            return Expected(number, said, match[1], match[2], match[3], is_place=True)
        case "presses_there":
            return Deed(number, said, match[1], "presses", match[3], match[4] or "", match[2])
        case "writes_there":
            return Deed(number, said, match[1], "writes", _typed(match[3]), place=match[2])
        case "restart" | "twice" | "notice":
            return Stagecraft(number, said, kind)
        case "loses":
            return Stagecraft(number, said, kind, match[1], match[2])
        case "reminds":
            return Stagecraft(number, said, kind, match[1])
        case "plans":
            person, what, flow, rule, at, drops, title, text = match.groups()
            return Plans(number, said, person, what, flow or "", rule, at, bool(drops), title, text)
        case "expected" | "kept":
            return Expected(number, said, match[1], match[2], match[3])
        case "fills":
            return Deed(number, said, match[1], kind, _typed(match[3] or ""), match[2])
        case "joins":
            return Deed(number, said, match[1], kind, "")
        case "presses":
            return Deed(number, said, match[1], kind, match[2], match[3] or "")
    return Deed(number, said, match[1], kind, _typed(match[2]))


def _typed(said: str) -> str:
    """What is typed: `\\n` is a new line, `\\x07` the sign of that number, and "a × 3000" stands for three thousand a's."""
    if repeated := REPEATED.fullmatch(said):
        return repeated[1] * int(repeated[2])
    return SIGN.sub(lambda sign: "\n" if sign[1] is None else chr(int(sign[1], 16)), said)


TRAITS = (
    (re.compile(r"(da|en)"), "language"),
    (re.compile(r"(lm|ll|chef|dir)"), "level"),
    (re.compile(r"led by (\w+)"), "leader"),
    (re.compile(r"at (.+)"), "centre"),
    (re.compile(r"(coordinator|administrator)(?: of (.+))?"), "role"),
)


def _cast(match: re.Match[str], number: int, said: str) -> Cast:
    about: dict[str, str] = {}
    groups: list[str] = []
    is_new = False
    for trait in filter(None, (one.strip() for one in (match[2] or "").split(","))):
        found = next(((name, given) for pattern, name in TRAITS if (given := pattern.fullmatch(trait))), None)
        if found:
            about[found[0]] = found[1][1]
            about |= {"role_centre": found[1][2] or ""} if found[0] == "role" else {}
        elif trait.startswith("in "):
            groups.append(trait.removeprefix("in "))
        elif trait == "new":
            is_new = True
        else:
            can = "da, en, a level, in GROUP, at CENTRE, led by NAME, coordinator (of CENTRE), administrator, new"
            raise Difference(f"line {number}: nobody can be cast as {trait!r} – {can}")
    return Cast(number, said, match[1], groups=tuple(groups), is_new=is_new, **about)


def is_as_written(expected: str, said: str) -> bool:
    """Whether what was said is what stands in the script; `…` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in _even(expected).split("…"))
    return re.fullmatch(pattern, _even(said), re.DOTALL) is not None


def _even(text: str) -> str:
    return " ".join(text.split())
