"""The three closing questions of the implementation workshop: everyone first alone, then together, and agreements in the end.

State: {"phase": alone | together | agreeing | kept | over | dropped, "question": q1 …, "names": {member: name},
"alone": {question: {member: text}}, "shared": {question: text}, "agreed": […] (`group/agreements`),
"led_at": when the facilitator last did something (ISO)}
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards import Card, Form, Words
from bot.dialogs.group.agreements import ACTIONS, AGREE, Agreeing
from bot.dialogs.group.desk import given_back
from bot.dialogs.group.leading import HAND, led
from bot.dialogs.group.members import remembered, room_for
from bot.dialogs.group.pages import GroupPages
from bot.dialogs.group.turn import GroupContext, GroupEffect, GroupTurn, HandOver, Over, Rest, WakeIn
from bot.dialogs.house import House
from bot.dialogs.private_pages import Private, Taken
from bot.dialogs.turn import State
from bot.dialogs.workshop.pages import LONGEST_ALONE, LONGEST_SHARED, NAME, QUESTIONS, WorkshopPages, mark
from bot.events import Chose, Event, Submitted, Woke, pressed

BEACON = "implementering"
BYTES = 6
"""The most bytes that one character takes in the state."""
FORGOTTEN = timedelta(days=7)
"""How long an exercise is kept where nobody leads it on."""
KEPT = timedelta(days=30)
"""How long what the group wrote together can be fetched, before it is the group's alone to keep."""
STEERS = frozenset({"show", "onward", "back", "end", "drop"})
ONWARD = STEERS | ACTIONS | {HAND, "write", "read", "steer", "take_over"}
"""Buttons that lead on from a page without sending in what stands on it."""


class Workshop:
    name = NAME

    def __init__(self, house: House):
        self.pages = GroupPages(house, NAME)
        self.shown = WorkshopPages(self.pages)
        self.label = self.pages.say("offer")
        self.agreeing = Agreeing(self.pages, lambda state: state["phase"] == "agreeing", self.shown.steering)

    def begin(self, ctx: GroupContext) -> GroupTurn:
        who = ctx.actor.id if ctx.actor else ""
        names = {who: ctx.actor.name} if ctx.actor else {}
        state = {"phase": "alone", "question": "q1", "names": names, "alone": {}, "shared": {}, "agreed": []}
        state["led_at"] = ctx.now.isoformat()
        return GroupTurn(state, (HandOver(who), WakeIn(FORGOTTEN)), self.shown.steering(state, ctx))

    def load(self, state: State) -> int:
        texts = len(state["names"]) * LONGEST_ALONE + LONGEST_SHARED
        return 1000 + BYTES * texts * len(QUESTIONS) + room_for(state["names"]) + 900 * len(state["agreed"])

    def rest(self, state: State) -> Rest:
        return "done" if state["phase"] == "kept" else ""

    def post(self, state: State, ctx: GroupContext) -> Card:
        return self.shown.post(state, ctx)

    def page(self, state: State, ctx: GroupContext) -> Form | None:
        is_writing = state["phase"] in ("alone", "together")
        return self.shown.question(state, ctx) if is_writing else self.shown.steering(state, ctx)

    def answers(self, state: State) -> tuple[tuple[Words, Words], ...]:
        """Each question, and what the group answered together."""
        return self.shown.answers(state)

    def agreed(self, state: State) -> tuple[Words, ...]:
        """The agreements, line by line."""
        return self.shown.agreed(state)

    # ---- what can happen -----------------------------------------------------------------------------------------

    def resume(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        if isinstance(event, Woke) or ctx.actor is None:
            return self._woke(state)
        return remembered(state, ctx, lambda known: self._did(known, event, ctx))

    def _did(self, state: State, event: Event, ctx: GroupContext) -> GroupTurn:
        action, value = pressed(event)
        if isinstance(event, Chose) or action in ONWARD:
            return self._pressed(state, action, value, ctx)
        if not isinstance(event, Submitted):
            return GroupTurn()
        if event.page == AGREE:
            return self.agreeing.sent(state, event, ctx)
        if event.page == HAND:
            return self.shown.roles.sent(state, event, ctx)
        page = self._asked(event.page, state, ctx)
        if page is None:
            return self._too_late(state, event, ctx)
        taken = self.pages.take(page, event, ctx)
        if taken.form is not None:
            return GroupTurn(form=taken.form, leaves_no_trace=taken.leaves_no_trace)
        return self._taken(event, state, taken, ctx)

    def _pressed(self, state: State, action: str, value: str, ctx: GroupContext) -> GroupTurn:
        match action:
            case "write" | "read":
                return GroupTurn(form=self.shown.question(state, ctx))
            case "document" if state["phase"] == "kept":
                return GroupTurn(form=self.shown.paper(state, ctx))
            case "take_over":
                return self.shown.roles.taken_over(state, ctx)
            case "hand":
                return self.shown.roles.opened(state, ctx)
        if action in ACTIONS:
            return self.agreeing.pressed(state, action, value, ctx)
        if action in STEERS and ctx.is_led_by_actor:
            return self._steered(led(state, ctx), action, ctx)
        return GroupTurn(led(state, ctx), form=self.shown.steering(state, ctx))

    # ---- writing -----------------------------------------------------------------------------------------------------

    def _asked(self, name: str, state: State, ctx: GroupContext) -> Private | None:
        """The page with a question, called so, where it can be asked now."""
        kind, question, _ = [*name.split("_"), "", ""][:3]
        if kind != state["phase"] or question != state["question"]:
            return None
        match kind:
            case "alone":
                return self.shown.alone(state, ctx)
            case "together":
                return self.shown.together(state, ctx)
        return None

    def _taken(self, event: Submitted, state: State, taken: Taken, ctx: GroupContext) -> GroupTurn:
        if state["phase"] == "together":
            return self._shared(event, state, taken.values.get("shared") or "", ctx)
        question, me = state["question"], ctx.actor.id if ctx.actor else ""
        texts = {**state["alone"].get(question, {}), me: taken.values.get("text") or ""}
        texts = {member: text for member, text in texts.items() if text}
        state = state | {"alone": state["alone"] | {question: texts}}
        return GroupTurn(state, form=self.pages.closed(ctx, "saved", *taken.notes))

    def _too_late(self, state: State, event: Submitted, ctx: GroupContext) -> GroupTurn:
        """They have gone on meanwhile: what was typed stands where it can still be used."""
        is_writing = state["phase"] in ("alone", "together") and event.values
        form = self.shown.question(state, ctx) if is_writing else self.shown.steering(state, ctx)
        notes = (*form.notes, self.pages.say("too_late")) if is_writing and state["phase"] == "together" else form.notes
        return GroupTurn(form=given_back(replace(form, notes=notes), event, self.pages.house.say))

    def _shared(self, event: Submitted, state: State, text: str, ctx: GroupContext) -> GroupTurn:
        """Two who write at once lose nothing: the second sees what the first wrote, with their own below it. The page's name says
        what stood there when it was drawn."""
        question = state["question"]
        stands = state["shared"].get(question, "")
        if not event.page.endswith(mark(stands)) and text != stands:
            return GroupTurn(form=self.shown.changed_meanwhile(state, text, ctx))
        state = state | {"shared": state["shared"] | {question: text}}
        return GroupTurn(state, form=self.pages.closed(ctx, "saved_shared"))

    # ---- running it --------------------------------------------------------------------------------------------------

    def _steered(self, state: State, action: str, ctx: GroupContext) -> GroupTurn:
        at = QUESTIONS.index(state["question"])
        match action, state["phase"]:
            case "show", "alone":
                state = state | {"phase": "together"}
            case "onward", "together" if at + 1 < len(QUESTIONS):
                state = state | {"phase": "alone", "question": QUESTIONS[at + 1]}
            case "onward", "together":
                state = state | {"phase": "agreeing"}
            case "back", "agreeing":
                state = state | {"phase": "together"}
            case "back", "alone" if at:
                state = state | {"phase": "together", "question": QUESTIONS[at - 1]}
            case "end", "agreeing":
                return self._over(state, ctx)
            case "drop", "alone" | "together" | "agreeing":
                return GroupTurn(_emptied(state, "dropped"), (Over(dropped=True),), self.pages.closed(ctx, "dropped"))
        return GroupTurn(state, (WakeIn(FORGOTTEN),), self.shown.steering(state, ctx))

    def _over(self, state: State, ctx: GroupContext) -> GroupTurn:
        """What each wrote alone is deleted at once; the shared answers and agreements can be fetched for a while."""
        state = state | {"phase": "kept", "alone": {}}
        effects: tuple[GroupEffect, ...] = (*self.agreeing.agreements.kept(state["agreed"], BEACON), WakeIn(KEPT))
        return GroupTurn(state, effects, self.shown.paper(state, ctx))

    def _woke(self, state: State) -> GroupTurn:
        dropped = state["phase"] != "kept"
        return GroupTurn(_emptied(state, "dropped" if dropped else "over"), (Over(dropped=dropped),))


def _emptied(state: State, phase: str) -> State:
    return state | {"phase": phase, "alone": {}, "shared": {}, "agreed": []}
