"""A dilemma alone: the card that offers one, and the page where it is chosen – the one thought about longest ago first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.cards import Button, Card, Choice, Field, Form, Words
from bot.dialogs.commands import is_command
from bot.dialogs.dilemma.content import Dilemma
from bot.dialogs.house import House
from bot.dialogs.turn import Begin, Say, Turn, answer
from bot.events import Chose, Event, Submitted, Wrote

COMMAND = "dilemma"
DILEMMAS = "dilemmas"
"""The button that opens the page, and the page; among the flows that can be begun it stands for all of them."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class DilemmaFacts:
    """`has_arrived`: has read the notice as it is now, and takes part. `written`: dilemma's id → when one last wrote about it."""

    has_arrived: bool
    written: Mapping[str, datetime]


class DilemmaDesk:
    def __init__(self, house: House):
        self.house, self.dilemmas = house, house.dilemmas

    def concerns(self, event: Event) -> bool:
        if not self.dilemmas:
            return False
        match event:
            case Wrote(text=text):
                return is_command(text, COMMAND)
            case Chose(action=action, value=value):
                return action == DILEMMAS or (action, value) == ("begin", DILEMMAS)
            case Submitted(run="", page=page, values=values):
                return page == DILEMMAS or (page == "start" and values.get("flow") == DILEMMAS)
        return False

    def resume(self, event: Event, facts: DilemmaFacts) -> Turn | None:
        """None: the notice comes first, and the first desk says so."""
        if not facts.has_arrived:
            return None
        if isinstance(event, Wrote):
            return answer(Say(self.card()))
        if isinstance(event, Submitted) and event.page == DILEMMAS:
            chosen = event.values.get("dilemma")
            known = isinstance(chosen, str) and chosen in self.dilemmas
            return answer(Begin(chosen)) if known else Turn(form=self._form(facts, missed=True))
        return Turn(form=self._form(facts))

    def card(self) -> Card:
        pick = Button(DILEMMAS, self._say("alone_pick"), does="form", style="primary")
        return Card((self._say("alone_card"),), (pick,), self._say("alone_title"))

    def _form(self, facts: DilemmaFacts, *, missed: bool = False) -> Form:
        ordered = sorted(self.dilemmas.values(), key=lambda one: (facts.written.get(one.id, _NEVER), one.id))
        error = self.house.say("flow.required") if missed else None
        choices = tuple(Choice(one.id, self._listed(one)) for one in ordered)
        asked = self._say("alone_choice")
        field = Field("dilemma", "single", asked, self._say("alone_help"), choices, required=True, error=error)
        begin = Button("next", self.house.say("desk.start_begin"), style="primary")
        return Form("", DILEMMAS, self._say("alone_title"), (field,), (begin,), (self._say("purpose"),))

    def _listed(self, one: Dilemma) -> Words:
        return self._say("listed", title=one.title, about=one.about)

    def _say(self, key: str, **values: Words) -> Words:
        return self.house.say(f"dilemma.{key}", **values)
