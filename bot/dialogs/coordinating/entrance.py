"""The coordinators' entrance in the chat: a card with what one can do, and the buttons that open its pages.

What it offers opens form pages (a modal, a dialog, a page) or the coordinators' pages on the web by a personal link.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import Button, Card
from bot.dialogs.commands import is_command
from bot.dialogs.coordinating.numbers import NUMBERS
from bot.dialogs.coordinating.programme_desk import LIST, NEW
from bot.dialogs.coordinating.programme_pages import KINDS
from bot.dialogs.house import House
from bot.dialogs.turn import Say, Turn, answer
from bot.events import Event, Wrote

COMMAND = "coordinate"
SUBJECT = "coordinate"


@dataclass(frozen=True)
class CoordinationFacts:
    """What this person may do for others now."""

    is_coordinator: bool
    is_administrator: bool


class Coordination:
    """Answers the word for it; what else coordinators press and send has a desk of its own."""

    def __init__(self, house: House):
        self.say = house.say

    def concerns(self, event: Event) -> bool:
        return isinstance(event, Wrote) and is_command(event.text, COMMAND)

    def resume(self, event: Event, facts: CoordinationFacts) -> Turn | None:
        """None: it is not for us after all. To somebody without a role the word is a word like any other."""
        if not (facts.is_coordinator or facts.is_administrator):
            return None
        return answer(Say(self.card(facts)))

    def card(self, facts: CoordinationFacts) -> Card:
        """At most six buttons, which is what Teams shows; everything else is on the page."""
        plans = [Button(NEW, self.say(f"planning.new_{kind}"), kind, does="form") for kind in KINDS]
        planning = (*plans, Button(LIST, self.say("planning.mine"), does="form")) if facts.is_coordinator else ()
        page = Button("page", self.say("coordinate.card_open"), "coordinate", does="page", style="primary")
        numbers = (Button(NUMBERS, self.say("coordinate.nav_numbers")),) if facts.is_coordinator else ()
        more = (self.say("coordinate.card_more"),) if facts.is_coordinator else ()
        more += (self.say("coordinate.card_roles"),) if facts.is_administrator else ()
        return Card((self.say("coordinate.card"), *more), (*planning, *numbers, page), self.say("coordinate.card_title"), SUBJECT)
