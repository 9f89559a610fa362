"""How many took part, as a coordinator reads it in the chat: the last quarter's numbers of each programme, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.cards import Button, Card, Words, plain
from bot.dialogs.commands import is_command
from bot.dialogs.dates import words_of_date
from bot.dialogs.house import House
from bot.dialogs.turn import Say, Turn, answer
from bot.events import Chose, Event, Wrote

COMMAND = NUMBERS = "numbers"
SUBJECT = "numbers"
SHOWN_AT_ONCE = 4


@dataclass(frozen=True)
class ProgrammeNumbers:
    """`quarter`: (year, number). `people`: measure → how many; None: too few to show it. Empty: they come on that day."""

    title: str
    quarter: tuple[int, int]
    comes_on: date
    people: Mapping[str, int | None]


@dataclass(frozen=True)
class NumbersFacts:
    """`programmes`: the newest first; None: not for this person."""

    programmes: tuple[ProgrammeNumbers, ...] | None


class Numbers:
    def __init__(self, house: House):
        self.say = house.say

    def concerns(self, event: Event) -> bool:
        if isinstance(event, Chose):
            return event.action == NUMBERS
        return isinstance(event, Wrote) and is_command(event.text, COMMAND)

    def resume(self, event: Event, facts: NumbersFacts) -> Turn | None:
        """None: it is not for us after all."""
        return None if facts.programmes is None else answer(Say(self.card(facts.programmes)))

    def card(self, programmes: tuple[ProgrammeNumbers, ...]) -> Card:
        page = Button("page", self.say("numbers.open"), "coordinate/numbers", does="page", style="primary")
        title = self.say("numbers.title")
        if not programmes:
            return Card((self.say("numbers.none"),), (page,), title, SUBJECT)
        lines = tuple(self._line(one) for one in programmes[:SHOWN_AT_ONCE])
        return Card((*lines, self.say("numbers.rule")), (page,), title, SUBJECT)

    def _line(self, one: ProgrammeNumbers) -> Words:
        year, number = one.quarter
        said = {"title": plain(one.title), "quarter": self.say(f"numbers.quarter_{number}", year=year)}
        if not one.people:
            return self.say("numbers.line_waits", **said, date=words_of_date(one.comes_on))
        shown = [self.say(f"numbers.said_{measure}", count=count) for measure, count in one.people.items() if count is not None]
        if not shown:
            return self.say("numbers.line_hidden", **said)
        return self.say("numbers.line", **said, numbers=_joined(shown))


def _joined(parts: list[Words]) -> Words:
    spoken = [", ".join(part.spoken(language) for part in parts) for language in ("da", "en")]
    return Words(*spoken)
