"""Closed days in a line: "lukket 24. december - 1. januar", from whoever coordinates. Pure.

Whose days they are is asked where somebody coordinates more than one centre. The page has all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.cards import Button, Card, Words, plain
from bot.dialogs.commands import is_command, read_command
from bot.dialogs.dates import words_of_date
from bot.dialogs.house import House
from bot.dialogs.periods import read_period
from bot.dialogs.turn import CloseDays, OpenDays, Say, Turn, answer
from bot.events import Chose, Event, Wrote

COMMAND = "closed"
CLOSE, OPEN = "close_days", "open_days"
EVERYWHERE = "all"
MOST = 4
"""Centres, or days, that get a button: with the page's own they are no more than Teams shows."""


@dataclass(frozen=True)
class ClosedSeen:
    """Days ahead on which `centre` (None: everybody) is closed. `is_theirs`: whether this coordinator may open them again."""

    id: str
    centre: str | None
    starts: date
    ends: date
    is_theirs: bool


@dataclass(frozen=True)
class ClosedFacts:
    """`centres`: (id, name) of all there are; `own`: those somebody coordinates, None: everywhere."""

    is_coordinator: bool
    today: date
    centres: tuple[tuple[str, str], ...] = ()
    own: frozenset[str] | None = frozenset()
    ahead: tuple[ClosedSeen, ...] = ()


class ClosedDesk:
    def __init__(self, house: House):
        self.say = house.say

    def concerns(self, event: Event) -> bool:
        match event:
            case Wrote(text=text):
                return is_command(text, COMMAND)
            case Chose(action=action):
                return action in (CLOSE, OPEN)
        return False

    def resume(self, event: Event, facts: ClosedFacts) -> Turn | None:
        """None: to somebody who does not coordinate it is a word like any other."""
        if not facts.is_coordinator:
            return self._said(self.say("roles.not_coordinator")) if isinstance(event, Chose) else None
        if isinstance(event, Chose):
            return self._open(event.value, facts) if event.action == OPEN else self._close(event.value, facts)
        assert isinstance(event, Wrote)
        command = read_command(event.text)
        assert command
        return self._wrote(command.argument, facts)

    def _wrote(self, said: str, facts: ClosedFacts) -> Turn:
        if not said:
            return answer(Say(self._list(facts)))
        period = read_period(said, facts.today)
        if period is None or period[0] > period[1]:
            return self._said(self.say("times.closed_backwards" if period else "times.closed_unclear"))
        if period[1] < facts.today:
            return self._said(self.say("times.closed_past"))
        whose = self._own(facts)
        if len(whose) == 1:
            return self._closed(whose[0][0], *period, facts)
        buttons = (Button(CLOSE, plain(name) if id != EVERYWHERE else self.say("times.closed_all"), _value(id, *period)) for id, name in whose[: MOST + 1])
        page = (self._page(),) if len(whose) > MOST + 1 else ()
        return answer(Say(Card((self.say("times.closed_whom", period=self._period(*period)),), (*buttons, *page))))

    def _own(self, facts: ClosedFacts) -> list[tuple[str, str]]:
        if facts.own is None:
            return [(EVERYWHERE, ""), *facts.centres]
        return [(id, name) for id, name in facts.centres if id in facts.own]

    def _close(self, value: str, facts: ClosedFacts) -> Turn:
        centre, _, period = value.partition("|")
        found = _read(period)
        if found is None or centre not in dict(self._own(facts)):
            return self._said(self.say("programmes.not_yours"))
        return self._closed(centre, *found, facts)

    def _closed(self, centre: str, starts: date, ends: date, facts: ClosedFacts) -> Turn:
        said = self.say("times.closed_done", who=self._who(None if centre == EVERYWHERE else centre, facts), period=self._period(starts, ends))
        undo = Button(OPEN, self.say("times.leave_undo"), _value(centre, starts, ends))
        return answer(CloseDays(None if centre == EVERYWHERE else centre, starts, ends), Say(Card((said,), (undo,))))

    def _open(self, value: str, facts: ClosedFacts) -> Turn:
        one = next((one for one in facts.ahead if one.is_theirs and _value(one.centre or EVERYWHERE, one.starts, one.ends) == value), None)
        if one is None:
            return self._said(self.say("times.closed_gone"))
        who, period = self._who(one.centre, facts), self._period(one.starts, one.ends)
        return answer(OpenDays(one.id), Say(Card((self.say("times.closed_opened", who=who, period=period),))))

    def _list(self, facts: ClosedFacts) -> Card:
        if not facts.ahead:
            return Card((self.say("coordinate.closed_none"), self.say("times.closed_how")), (self._page(),))
        lines = (self.say("times.closed_line", who=self._who(one.centre, facts), period=self._period(one.starts, one.ends)) for one in facts.ahead)
        mine = [one for one in facts.ahead if one.is_theirs][:MOST]
        opens = (Button(OPEN, self.say("times.closed_open", date=words_of_date(one.starts)), _value(one.centre or EVERYWHERE, one.starts, one.ends)) for one in mine)
        return Card((self.say("times.closed_ahead"), *lines, self.say("times.closed_how")), (*opens, self._page()))

    def _who(self, centre: str | None, facts: ClosedFacts) -> Words:
        return self.say("times.closed_all") if centre is None else plain(dict(facts.centres).get(centre, ""))

    def _period(self, starts: date, ends: date) -> Words:
        if starts == ends:
            return words_of_date(starts)
        return self.say("times.period", starts=words_of_date(starts), ends=words_of_date(ends))

    def _page(self) -> Button:
        return Button("page", self.say("coordinate.card_open"), "coordinate/closed", does="page")

    def _said(self, text: Words) -> Turn:
        return answer(Say(Card((text,), (self._page(),))))


def _value(centre: str, starts: date, ends: date) -> str:
    return f"{centre}|{starts.isoformat()}/{ends.isoformat()}"


def _read(period: str) -> tuple[date, date] | None:
    try:
        starts, ends = map(date.fromisoformat, period.split("/"))
    except ValueError:
        return None
    return (starts, ends) if starts <= ends else None
