"""What can be shown, whatever the channel: words, cards, and form pages.

A `Card` is a message in a chat. It never holds what a person wrote: the platforms keep copies.
A `Form` is a private page with fields. Only there may a person's own words be shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

LANGUAGES = ("da", "en")
Language = Literal["da", "en"]

SELDOM = ("spread", "until", "strips")
"""Parts of a card or a form that are left out where there is nothing in them."""

BLOCK, NO_BLOCK, LONGEST_BAR = "\N{LOWER SEVEN EIGHTHS BLOCK}", "\N{LOWER ONE EIGHTH BLOCK}", 10

HEIGHTS = "\N{LOWER ONE QUARTER BLOCK}\N{LOWER FIVE EIGHTHS BLOCK}\N{FULL BLOCK}"
GAP = "\N{MIDDLE DOT}"
"""How high something stood, in text; and that it may not be shown."""

FieldKind = Literal["info", "text", "single", "multi", "scale", "yesno", "date", "person", "time"]


@dataclass(frozen=True)
class Words:
    """A text in every language; which one is used is decided by who reads it.

    Placeholders are written `{name}` and filled with `fill`; a value may itself be `Words`.
    """

    da: str
    en: str
    values: tuple[tuple[str, Any], ...] = ()

    def fill(self, **values: Any) -> Words:
        return replace(self, values=(*self.values, *values.items()))

    def spoken(self, language: str) -> str:
        """The text in `language` ("da" or "en"), placeholders filled."""
        text = self.en if language == "en" else self.da
        if not self.values:
            return text
        spoken = {k: v.spoken(language) if isinstance(v, Words) else v for k, v in self.values}
        return text.format_map(spoken)


def plain(text: str) -> Words:
    """Words that are the same in both languages (a name, a number, what somebody wrote)."""
    return Words(text, text)


@dataclass(frozen=True)
class Button:
    """Something to press on a card.

    `does` says what comes of it: `act` sends a `Chose` event; `form` does too, and is answered with a
    form page; `link` opens `url`; `page` opens one of our own pages (`value`: "logbook", "actions", …) by a
    personal link that the channel makes; `call` dials `value` (a telephone number).
    """

    action: str
    label: Words
    value: str = ""
    does: Literal["act", "form", "link", "page", "call"] = "act"
    style: Literal["", "primary", "danger"] = ""
    confirm: Words | None = None


@dataclass(frozen=True)
class Bar:
    """One line of a spread: how many `count`. `note` stands beside it, smaller."""

    label: Words
    count: int
    note: Words | None = None


@dataclass(frozen=True)
class Card:
    """A message. `subject` names what it is about ("occurrence:…", "run:…", "group:…"); a later card with the same
    subject replaces this one in place. `notice` is what a lock screen may show.

    `spread`: how a group answered, drawn as bars with the numbers beside them. `until`: the moment (aware) when something on
    the card ends, drawn as a time of day or as what is left of it.
    """

    text: tuple[Words, ...]
    buttons: tuple[Button, ...] = ()
    title: Words | None = None
    subject: str = ""
    notice: Words | None = None
    spread: tuple[Bar, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class Choice:
    id: str
    text: Words


@dataclass(frozen=True)
class Field:
    """One question on a form page, as it is shown now.

    `value` is what was given so far: str (text, single, yesno "yes"/"no", date "YYYY-MM-DD" or as typed,
    time "HH:MM"), list[str] (multi), int (scale 1–5), None. `choices` of a scale carry ids "1" … "5".
    `hint` is something to decide before it is saved (`Hint`), `error` why it could not be taken.
    """

    id: str
    kind: FieldKind
    label: Words
    help: Words | None = None
    choices: tuple[Choice, ...] = ()
    value: Any = None
    required: bool = False
    short: bool = False
    max: int | None = None
    exclusive: tuple[str, ...] = ()
    error: Words | None = None
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True)
class Hint:
    """Something in a text to decide before it is saved; the buttons submit the page with that decision."""

    text: Words
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Strip:
    """A picture of how one thing moved between a few levels. It stands above the line of the page's `lead` that says the same
    (`words`), which is also what is read aloud for it.

    `levels`: how high it stood at each of `moments`, counted from 1 up to the last of `names`; None leaves a gap.
    """

    words: Words
    label: Words
    moments: tuple[Words, ...]
    levels: tuple[int | None, ...]
    names: tuple[Words, ...]


@dataclass(frozen=True)
class Form:
    """A page of fields, private to one person.

    `number` of `of` says where one is. `buttons` submit the page (`Submitted.button` is the action pressed).
    `held` travels with the page and back, and is kept nowhere by us: decisions taken about hints (`seen`), and what was
    typed while a route card is shown.
    """

    run: str
    page: str
    title: Words
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = ()
    lead: tuple[Words, ...] = ()
    notes: tuple[Words, ...] = ()
    number: int = 0
    of: int = 0
    held: dict[str, Any] = field(default_factory=dict)
    care: bool = False
    closed: bool = False
    strips: tuple[Strip, ...] = ()


def strip_of(form: Mapping[str, Any], line: str) -> Mapping[str, Any] | None:
    """The picture that stands above this line of a page's lead, both spoken already."""
    return next((strip for strip in form.get("strips", ()) if strip["words"] == line), None)


def strip_signs(strip: Mapping[str, Any]) -> list[str]:
    """A strip, spoken already, as one sign for each moment."""
    return [HEIGHTS[level - 1] if level else GAP for level in strip["levels"]]


def bar_lines(bars: Sequence[Mapping[str, Any]]) -> list[str]:
    """A spread, spoken already, as lines of text: a bar of blocks (ten at the most), the number, and what it stands for."""
    most = max((bar["count"] for bar in bars), default=0)
    scale = min(1.0, LONGEST_BAR / most) if most else 1.0
    return [_bar_line(bar, round(bar["count"] * scale) or min(bar["count"], 1)) for bar in bars]


def _bar_line(bar: Mapping[str, Any], blocks: int) -> str:
    note = f" ({bar['note']})" if bar["note"] else ""
    return f"{BLOCK * blocks or NO_BLOCK} {bar['count']}  {bar['label']}{note}"


def spoken(shown: Any, language: str) -> Any:
    """A card, form or any part of one as plain JSON data in one language; what the channels draw from.

    Keys are the names of the dataclass fields; words become text, tuples become lists, moments ISO 8601 in UTC. What is
    `SELDOM` there is left out where there is nothing in it.
    """
    if isinstance(shown, Words):
        return shown.spoken(language)
    if isinstance(shown, datetime):
        return shown.astimezone(UTC).isoformat()
    if is_dataclass(shown):
        parts = {f.name: spoken(getattr(shown, f.name), language) for f in fields(shown)}
        return {name: part for name, part in parts.items() if part or name not in SELDOM}
    if isinstance(shown, (tuple, list)):
        return [spoken(part, language) for part in shown]
    if isinstance(shown, dict):
        return {key: spoken(part, language) for key, part in shown.items()}
    return shown
