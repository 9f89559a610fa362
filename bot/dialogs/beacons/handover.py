"""The desk for handing a leader group's text over to the department: exactly what goes is shown on a private page first."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from bot.cards import Button, Card, Form, Words
from bot.dialogs.house import House
from bot.dialogs.turn import HandOver, Say, TakeBack, Turn
from bot.errors import Refused
from bot.events import Event, Submitted, pressed

OPEN, BACK = "handover", "take_back"
PAGE = "handover:"
SHOWN = "handover:shown"
"""A page with nothing to hand over any more; its buttons are pressed all the same."""
DIGEST = 24
"""Signs of the digest that travel with the page: enough to tell one text from another."""


@dataclass(frozen=True)
class Handing:
    """What would go, as it stands now; `refused`: the text that says why nothing can. `title`: the flow's."""

    refused: str = ""
    entry: str = ""
    title: Words | None = None
    group: str = ""
    centre: str = ""
    answers: tuple[dict[str, Any], ...] = ()
    digest: str = ""
    handed: str = ""
    is_newer: bool = False


class HandoverDesk:
    def __init__(self, house: House):
        self.say = house.say

    def concerns(self, event: Event) -> bool:
        return pressed(event)[0] in (OPEN, BACK) or isinstance(event, Submitted) and not event.run and event.page.startswith(PAGE)

    def resume(self, event: Event, facts: Handing) -> Turn | None:
        action, value = pressed(event)
        if action == BACK:
            effects = (TakeBack(value), Say(self._card(value, "handover.taken_back"), "update"))
            return Turn(None, effects, self._closed(self.say("handover.taken_back")) if isinstance(event, Submitted) else None)
        if facts.refused:
            return Turn(form=self._closed(self.say(facts.refused)))
        return Turn(form=self._form(facts)) if action == OPEN else self._sent(event, facts)

    def refused(self, event: Event, facts: Handing, refusal: Refused) -> Turn:
        return Turn(form=self._closed(self.say(refusal.text, **refusal.values_)))

    def _sent(self, event: Event, facts: Handing) -> Turn:
        assert isinstance(event, Submitted)
        if event.button != "hand_over":
            return Turn(form=self._closed(self.say("handover.kept")))
        shown = event.page.split(":")[-1]
        if shown != facts.digest[:DIGEST]:
            return Turn(form=self._form(facts, self.say("handover.changed")))
        id = facts.handed or blake2s(event.id.encode(), digest_size=16).hexdigest()
        title = {language: facts.title.spoken(language) if facts.title else "" for language in ("da", "en")}
        effects = (HandOver(id, facts.entry, facts.digest, title), Say(self._card(id, "handover.done"), "update"))
        return Turn(None, effects, self._closed(self.say("handover.done"), self._take_back(id)))

    # ---- drawing ---------------------------------------------------------------------------------------------

    def _form(self, facts: Handing, *notes: Words) -> Form:
        said = tuple(self._said(one) for one in facts.answers)
        lead = (self.say("handover.lead", group=facts.group, centre=facts.centre), *said, self.say("handover.back_later"))
        if facts.handed:
            buttons = (self._take_back(facts.handed),)
            return Form("", SHOWN, self.say("handover.title"), lead=lead, notes=(self.say("handover.already"),), buttons=buttons, closed=True)
        newer = (self.say("handover.newer"),) if facts.is_newer else ()
        buttons = (
            Button("hand_over", self.say("handover.button"), style="primary"),
            Button("no", self.say("handover.not_now")),
        )
        page = f"{PAGE}{facts.entry}:{facts.digest[:DIGEST]}"
        return Form("", page, self.say("handover.title"), (), buttons, lead, (*notes, *newer))

    def _said(self, one: dict[str, Any]) -> Words:
        question, shown = (Words(one[part]["da"], one[part]["en"]) for part in ("question", "shown"))
        return self.say("handover.question", question=question, answer=shown)

    def _take_back(self, id: str) -> Button:
        return Button(BACK, self.say("handover.take_back"), id, confirm=self.say("handover.take_back_sure"))

    def _card(self, id: str, text: str) -> Card:
        """Says that it was done, never what."""
        buttons = (self._take_back(id),) if text == "handover.done" else ()
        return Card((self.say(text),), buttons, self.say("handover.button"), f"handover:{id}")

    def _closed(self, text: Words, *buttons: Button) -> Form:
        return Form("", SHOWN, self.say("handover.button"), lead=(text,), buttons=buttons, closed=True)
